"""The first version: a new workspace's tables are made from their declaration, so there is nothing to do."""

revision = "core_0001"
down_revision = None
branch_labels = ("core",)
depends_on = None


def upgrade() -> None:
    """Nothing came before."""


def downgrade() -> None:
    """Nothing came before."""
