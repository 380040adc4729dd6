"""Filters kept in the workspace under a name, for every view, export and map: ``--where @name``."""

from __future__ import annotations

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
