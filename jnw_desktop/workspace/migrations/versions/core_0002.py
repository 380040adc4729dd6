"""Assets on the books, height datums, what a pipe replaces, valves and pumps that join two nodes themselves."""

import sqlalchemy as sa
from alembic import op

revision = "core_0002"
down_revision = "core_0001"
branch_labels = None
depends_on = None

OWNED = (
    "chamber", "hydrant", "meter", "node", "pipe", "pump_room", "pump_station", "sensor", "spring_station", "tank",
    "valve", "waterworks", "well",
)  # fmt: skip
MEASURED = (
    "chamber", "hydrant", "meter", "node", "other_line", "pipe", "pump_room", "pump_station", "sensor", "spring",
    "tank", "valve", "waterworks", "well",
)  # fmt: skip
LINKS = ("valve", "pump_station")
INDEXED = (
    ("pipe", "replaces"), ("valve", "start_node"), ("valve", "end_node"), ("valve", "chamber"),
    ("pump_station", "start_node"), ("pump_station", "end_node"), ("customer", "meter"), ("building", "neighbourhood"),
    ("break", "pipe"),
)  # fmt: skip


def upgrade() -> None:
    for table in OWNED:
        op.add_column(table, sa.Column("asset_card", sa.Text))
        op.add_column(table, sa.Column("original_value", sa.Double))
        op.add_column(table, sa.Column("value_date", sa.Date))
    for table in MEASURED:
        op.add_column(table, sa.Column("height_datum", sa.Text))
    for table in LINKS:
        op.add_column(table, sa.Column("start_node", sa.Text))
        op.add_column(table, sa.Column("end_node", sa.Text))
    op.add_column("pipe", sa.Column("replaces", sa.Text))
    op.add_column("break", sa.Column("break_kind", sa.Text))
    for table, column in INDEXED:
        op.create_index(f"{table}_{column}", table, [column])


def downgrade() -> None:
    """A backup is made before a step; there is no way back but that."""
