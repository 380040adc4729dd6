"""Issue a guide, list the guides, find the stale ones."""

from __future__ import annotations

import datetime
import hashlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
import sqlalchemy as sa

from jnw_desktop.documents.writing import write_whole
from jnw_desktop.errors import RefusedError
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace
from jnw_plugins.guide.document import Heading, write_guide
from jnw_plugins.guide.model import GUIDE
from jnw_plugins.guide.survey import Finding, survey
from jnw_plugins.guide.table import read_table


class SiteWithoutArea(RefusedError):
    """A site that was recorded with no area: there is nothing to look around."""

    kind = "site_without_area"


@dataclass(frozen=True)
class Issued:
    """A guide that was issued; ``pipes`` and ``facilities`` are what scripts read (see ``docs/commands.md``)."""

    guide: str
    site: str
    file: str
    pipes: list[dict[str, Any]]
    facilities: list[dict[str, Any]]
    pages: int
    issued: str


def issue(
    workspace: Workspace,
    code: str,
    out: str,
    *,
    paper: str = "A3",
    who: str | None = None,
    why: str | None = None,
    task: Task = SILENT,
) -> Issued:
    """Write the guide of the construction site ``code`` to the PDF ``out`` and record it.

    Raises NoSuchRow, SiteWithoutArea, NoQgis, NoFont, DocumentNotWritten. Without the file nothing is recorded.
    """
    table = read_table()
    ground = queries.describe(workspace, "construction_site", code=code)
    if ground.geometry is None:
        raise SiteWithoutArea(_("The site {code} has no area.").format(code=code), _("Draw its area first."))
    task.progress(0.1, _("Looking for pipes"))
    found = survey(workspace, ground.geometry, table)
    issued = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    with workspace.change(why or _("Issue a pipeline guide for {site}").format(site=code), who) as change:
        (uid,) = change.insert(GUIDE, [{"site": ground.uid, "issued": issued, "edition": table.edition}])
        number = str(change.connection.scalar(sa.select(GUIDE.c.code).where(GUIDE.c.uid == uid)))
        heading = Heading(number, ground, issued, change.result.who, paper)
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / "guide.pdf"
            pages = write_guide(workspace, heading, found, table, made, task)
            content = made.read_bytes()
        write_whole(Path(out), content)
        told = json.dumps(found.shown())
        sha = hashlib.sha256(content).hexdigest()
        change.update(GUIDE, uid, {"shown": told, "pages": pages, "sha256": sha})
    task.progress(1.0)
    return Issued(
        number, code, out, [_pipe(f) for f in found.pipes], [_facility(f) for f in found.facilities], pages, issued
    )


def _pipe(finding: Finding) -> dict[str, Any]:
    record, relation = finding.record, finding.relation
    named = ("dn", "material", "year", "embedding", "state", "road")
    return {
        "code": record.code,
        "offset": round(relation.offset, 4),
        "clear": round(relation.clear, 4),
        "length_inside": round(relation.length_inside, 4),
        "depth": None if relation.depth is None else round(relation.depth, 3),
        "relation": relation.relation,
        "accuracy": record.values.get("accuracy_position"),
        **{name: record.values.get(name) for name in named},
    }


def _facility(finding: Finding) -> dict[str, Any]:
    record, relation = finding.record, finding.relation
    at = shapely.point_on_surface(shapely.from_wkb(record.geometry))
    return {
        "kind": record.kind,
        "code": record.code,
        "offset": round(relation.offset, 4),
        "depth": None if relation.depth is None else round(relation.depth, 3),
        "relation": relation.relation,
        "at": [round(at.x, 3), round(at.y, 3)],
    }


def issued(workspace: Workspace) -> list[dict[str, Any]]:
    """Every guide, newest first: code, site, issued, pages, and whether what it showed has changed since."""
    sites = KINDS["construction_site"].table
    query = sa.select(GUIDE, sites.c.code.label("site_code"), sites.c.name.label("site_name"))
    query = query.outerjoin(sites, sites.c.uid == GUIDE.c.site).order_by(GUIDE.c.fid.desc())
    with workspace.read() as connection:
        rows = connection.execute(query).mappings().all()
        return [
            {
                "guide": row["code"],
                "site": row["site_code"],
                "name": row["site_name"],
                "issued": row["issued"],
                "pages": row["pages"],
                "stale": bool(changed := _changed(connection, row["shown"])),
                "changed": changed,
            }
            for row in rows
        ]


def _changed(connection: sa.Connection, shown: str | None) -> list[str]:
    """Codes (or uids of what is gone) of shown facilities whose version is another now."""
    changed: list[str] = []
    for kind, versions in json.loads(shown or "{}").items():
        table = KINDS[kind].table
        now = sa.select(table.c.uid, table.c.code, table.c.version).where(table.c.uid.in_(list(versions)))
        found = {row.uid: (row.code, row.version) for row in connection.execute(now)}
        for uid, version in versions.items():
            code, current = found.get(uid, (uid, None))
            if current != version:
                changed.append(code)
    return sorted(changed)
