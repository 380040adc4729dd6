"""What happens with a site after its guide was issued is kept: extended, explained, dug up, closed."""

import sqlalchemy as sa
from alembic import op

from jnw_desktop.workspace.tables import recorded_table

revision = "guide_0005"
down_revision = "guide_0004"
branch_labels = None
depends_on = None


def tables() -> list[sa.Table]:
    """The table as this step makes it, whatever is declared today."""
    then = sa.MetaData()
    told = (sa.Column(name, sa.Text) for name in ("site", "guide", "step", "day", "told", "settled"))
    recorded_table("guide_step", *told, geometry=None, code_prefix="JDS", indexed=("site",), metadata=then)
    return list(then.sorted_tables)


def upgrade() -> None:
    """Add the table."""
    op.get_context().opts["home"].create_missing(op.get_bind(), tables())


def downgrade() -> None:
    """A backup is made before a step; there is no way back but that."""
