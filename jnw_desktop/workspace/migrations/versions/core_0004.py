"""The head of sources; the calendar of working days."""

import sqlalchemy as sa
from alembic import op

from jnw_desktop.workspace.tables import recorded_table

revision = "core_0004"
down_revision = "core_0003"
branch_labels = None
depends_on = None

SOURCES = ("waterworks", "well", "tank")
HEAD = "water_head"


def tables() -> list[sa.Table]:
    """The tables as this step makes them, whatever is declared today."""
    then = sa.MetaData()
    announced = [sa.Column(name, sa.Text) for name in ("off", "worked", "source")]
    recorded_table("calendar_year", *announced, sa.Column("verified", sa.Boolean), geometry=None, metadata=then)
    return list(then.sorted_tables)


def upgrade() -> None:
    for table in SOURCES:
        op.add_column(table, sa.Column(HEAD, sa.Double))
    op.get_context().opts["home"].create_missing(op.get_bind(), tables())


def downgrade() -> None:
    """A backup is made before a step; there is no way back but that."""
