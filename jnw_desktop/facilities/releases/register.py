"""The register of releases: what left, when, by whom, to whom."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from jnw_desktop.facilities.queries import bounds_of
from jnw_desktop.facilities.releases.model import RELEASE
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import CHANGE_SETS

FIELDS = (
    "what", "format", "title", "facilities", "recipient", "role", "coordinates", "why", "file", "sha256",
)  # fmt: skip


def releases(workspace: Workspace, text: str = "") -> list[dict[str, Any]]:
    """Every release, newest first; with ``text`` those whose number, file, title, recipient, reason or who holds it.

    Of each: ``release`` (its number), ``at``, ``who``, ``kinds`` (facilities by kind), ``bounds`` in the workspace's
    CRS or ``None``, and :data:`FIELDS`.
    """
    query = sa.select(RELEASE, CHANGE_SETS.c.at, CHANGE_SETS.c.who).join(
        CHANGE_SETS, CHANGE_SETS.c.id == RELEASE.c.born, isouter=True
    )
    with workspace.read() as connection:
        rows = connection.execute(query.order_by(RELEASE.c.fid.desc())).mappings().all()
    told = [
        {
            "release": row["code"],
            "at": row["at"],
            "who": row["who"],
            **{name: row[name] for name in FIELDS},
            "kinds": json.loads(row["kinds"] or "{}"),
            "bounds": bounds_of(row["geom"]) if row["geom"] is not None else None,
        }
        for row in rows
    ]
    searched = ("release", "who", "title", "recipient", "role", "why", "file")
    wanted = text.casefold()
    return [row for row in told if not wanted or any(wanted in str(row[name] or "").casefold() for name in searched)]
