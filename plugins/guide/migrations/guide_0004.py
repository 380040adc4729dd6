"""A guide holds until a day, and is issued in the name of a company that can be called."""

import sqlalchemy as sa
from alembic import op

from jnw_desktop.workspace.tables import recorded_table

revision = "guide_0004"
down_revision = "guide_0003"
branch_labels = None
depends_on = None


def tables() -> list[sa.Table]:
    """The table as this step makes it, whatever is declared today."""
    then = sa.MetaData()
    told = (sa.Column(name, sa.Text) for name in ("name", "department", "phone", "address"))
    recorded_table("guide_company", *told, geometry=None, metadata=then)
    return list(then.sorted_tables)


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("guide", sa.Column("valid_until", sa.Text))
    op.get_context().opts["home"].create_missing(op.get_bind(), tables())


def downgrade() -> None:
    """A backup is made before a step; there is no way back but that."""
