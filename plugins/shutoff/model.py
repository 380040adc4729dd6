"""What is kept of shut-offs: the register, every step with who and when, every turn of a valve."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from jnw_desktop.workspace.tables import recorded_table

# ``geom``: the isolated pipes. Times are ISO 8601 with their offset. ``plan``: JSON of the isolation plan, facilities
# by uid: {burst, close, needless, already_closed, pipes, starved_pipes, customers, essential, hydrants, drain, refill,
# stuck, households, volume, length, unstoppable, doubts (sentences)}.
SHUTOFF = recorded_table(
    "shutoff",
    sa.Column("kind", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("road", sa.Text),
    sa.Column("planned_begin", sa.Text),
    sa.Column("planned_end", sa.Text),
    sa.Column("actual_begin", sa.Text),
    sa.Column("actual_end", sa.Text),
    sa.Column("supply", sa.Text),  # how emergency supply is arranged
    sa.Column("contact", sa.Text),
    sa.Column("customers", sa.Integer),
    sa.Column("essential", sa.Integer),
    sa.Column("plan", sa.Text),
    geometry="MULTILINESTRING",
    code_prefix="TS",
    indexed=("state",),
)


def _log(name: str, code_prefix: str, *columns: sa.Column[Any], indexed: tuple[str, ...] = ()) -> sa.Table:
    """What happened to a shut-off: a row for each, when and by whom; it is added to and never changed."""
    common = ("shutoff", "at", "who")
    return recorded_table(
        name,
        *(sa.Column(column, sa.Text) for column in common),
        *columns,
        geometry=None,
        code_prefix=code_prefix,
        indexed=("shutoff", *indexed),
    )


# ``state``: the one that was reached, or ``FIRE``: the fire brigade was told of the hydrants it loses.
FIRE = "fire"
SHUTOFF_STEP = _log("shutoff_step", "TSB", sa.Column("state", sa.Text), sa.Column("note", sa.Text))

# ``result``: done, held (another shut-off needs it closed), stuck or lost. ``before``, ``after``: its present state.
VALVE_OPERATION = _log(
    "valve_operation",
    "FC",
    sa.Column("valve", sa.Text),
    sa.Column("action", sa.Text),
    sa.Column("turns", sa.Double),
    sa.Column("result", sa.Text),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
    indexed=("valve",),
)
