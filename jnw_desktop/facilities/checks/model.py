"""The one table checks keep: findings that someone looked at and let stand, with the reason."""

import sqlalchemy as sa

from jnw_desktop.workspace.tables import recorded_table

# ``facility`` is the uid of the facility the finding is about; empty for a finding about the whole workspace.
CHECK_WAIVER = recorded_table(
    "check_waiver",
    sa.Column("rule", sa.Text),
    sa.Column("facility", sa.Text),
    sa.Column("reason", sa.Text),
    geometry=None,
    code_prefix="HM",
    indexed=("facility",),
)
