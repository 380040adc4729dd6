"""A guide keeps what it told, the mark that stands on its pages, and which earlier one it takes the place of."""

import sqlalchemy as sa
from alembic import op

revision = "guide_0003"
down_revision = "guide_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    for name in ("content", "mark", "replaces"):
        op.add_column("guide", sa.Column(name, sa.Text))


def downgrade() -> None:
    """A backup is made before a step; there is no way back but that."""
