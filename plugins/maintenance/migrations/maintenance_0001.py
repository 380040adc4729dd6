"""The first version: the tables are made from their declaration, so there is nothing to do."""

revision = "maintenance_0001"
down_revision = None
branch_labels = ("maintenance",)
depends_on = None


def upgrade() -> None:
    """Nothing came before."""


def downgrade() -> None:
    """Nothing came before."""
