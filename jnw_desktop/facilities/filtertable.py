"""The table of filters saved under a name."""

import sqlalchemy as sa

from jnw_desktop.workspace.tables import recorded_table

# Named by its code. ``condition`` is in the language of ``filters.py``.
SAVED_FILTER = recorded_table(
    "saved_filter",
    sa.Column("kind", sa.Text),
    sa.Column("condition", sa.Text),
    geometry=None,
    code_prefix="F",
)
