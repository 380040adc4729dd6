"""A guide can be withdrawn: when, and why."""

import sqlalchemy as sa
from alembic import op

revision = "guide_0002"
down_revision = "guide_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("guide", sa.Column("withdrawn", sa.Text))
    op.add_column("guide", sa.Column("withdrawn_why", sa.Text))


def downgrade() -> None:
    """A backup is made before a step; there is no way back but that."""
