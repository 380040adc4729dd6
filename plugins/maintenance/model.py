"""What is kept of upkeep: the plans, and a record of every time a facility was seen to."""

from __future__ import annotations

import sqlalchemy as sa

from jnw_desktop.workspace.tables import IsoDate, recorded_table

# Which facilities: those that a task is for, in service, that meet the ``condition`` (a filter expression) and all that
# is said beside it. ``dma``: uid. ``ended``: the plan's last day; it has none while it goes on. ``source``: the law the
# interval is taken from; none where the user stated it.
PLAN = recorded_table(
    "maintenance_plan",
    sa.Column("title", sa.Text),
    sa.Column("task", sa.Text),
    sa.Column("months", sa.Integer),
    sa.Column("source", sa.Text),
    sa.Column("condition", sa.Text),
    sa.Column("dma", sa.Text, info={"reference": True}),
    sa.Column("dn_from", sa.Integer),
    sa.Column("dn_to", sa.Integer),
    sa.Column("road", sa.Text),
    sa.Column("start", IsoDate),
    sa.Column("ended", IsoDate),
    geometry=None,
    code_prefix="YJ",
    indexed=("task",),
)

# The columns after ``facility`` are those of ``rules.Entry``; ``done_by``: who did it, in the field. ``photo``: one of
# the facility's attachments, by its hash.
RECORD = recorded_table(
    "maintenance_record",
    sa.Column("facility_kind", sa.Text),
    sa.Column("facility", sa.Text, info={"reference": True}),
    sa.Column("task", sa.Text),
    sa.Column("date", IsoDate),
    sa.Column("done_by", sa.Text),
    sa.Column("result", sa.Text),
    sa.Column("found", sa.Text),
    sa.Column("left_as", sa.Text),
    sa.Column("turns", sa.Double),
    sa.Column("flow", sa.Double),
    sa.Column("pressure", sa.Double),
    sa.Column("reading", sa.Double),
    sa.Column("note", sa.Text),
    sa.Column("photo", sa.Text, info={"content": True}),
    geometry=None,
    code_prefix="YB",
    indexed=("facility", "date"),
)
