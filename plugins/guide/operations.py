"""Issue a guide, withdraw it, list the guides, find the stale ones."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
import sqlalchemy as sa

from jnw_desktop.documents import certificates
from jnw_desktop.documents.certificates import Certificate
from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.handing import handing_out
from jnw_desktop.documents.writing import require_writable, write_whole
from jnw_desktop.errors import RefusedError, UsageError
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.attachments import add_file
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import Record
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Terms, leaving
from jnw_desktop.facilities.sites import refuse_unfit_works
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import ChangeResult, Workspace
from jnw_desktop.workspace.errors import NoSuchRow
from jnw_desktop.workspace.tables import CONTENTS, ROW_CHANGES
from jnw_plugins.guide.document import Content, write_guide
from jnw_plugins.guide.heading import Heading
from jnw_plugins.guide.model import GUIDE
from jnw_plugins.guide.proof import seal
from jnw_plugins.guide.sheets import MOST
from jnw_plugins.guide.survey import Finding, survey
from jnw_plugins.guide.table import read_table

PAPERS = ("A3", "A4")


class AlreadyWithdrawn(RefusedError):
    """A guide cannot be withdrawn twice."""

    kind = "already_withdrawn"


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
    sheets: int
    scale: int
    notes: list[str]
    change: ChangeResult

    @property
    def document(self) -> str:
        """What the document is called: by its own number, not its site's."""
        return self.guide


def issue(  # noqa: PLR0913 - by name
    workspace: Workspace,
    code: str,
    out: str,
    *,
    paper: str = "A3",
    most_sheets: int = MOST,
    terms: Terms = IN_HOUSE,
    who: str | None = None,
    why: str | None = None,
    task: Task = SILENT,
) -> Issued:
    """Write the guide of the construction site ``code`` (or ``construction_site:code``) to the PDF ``out``.

    That it was issued is recorded as an event, which undo leaves alone: the paper is out of the house. The file itself
    stays with the site, see :func:`copy`. Raises NoSuchRow, UsageError, SiteWithoutArea, WorksRefused, TooManySheets,
    CertificateRefused, NoQgis, NoFont, DocumentNotWritten. Without the file nothing is recorded.
    """
    certificate = prepare(out, paper, most_sheets)
    table = read_table()
    ground = queries.find(workspace, code, "construction_site")
    code = ground.code
    refuse_unfit_works(None, ground.values["dig_depth"])
    if ground.geometry is None:
        raise SiteWithoutArea(_("The site {code} has no area.").format(code=code), _("Draw its area first."))
    task.progress(0.1, _("Looking for pipes"))
    found = survey(workspace, ground.geometry, table)
    issued = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    shown = found.shown() | {ground.kind: {ground.uid: ground.version}}
    with workspace.change(why or _("Issue a pipeline guide for {site}").format(site=code), who, event=True) as change:
        (uid,) = change.insert(GUIDE, [{"site": ground.uid, "issued": issued, "edition": table.edition}])
        number = str(change.connection.scalar(sa.select(GUIDE.c.code).where(GUIDE.c.uid == uid)))
        properties, who = workspace.properties(), change.result.who
        title = properties.get("title", "")
        heading = Heading(number, ground, issued, who, paper, title, workspace.is_demonstration)
        record = {
            "guide": number,
            "site": code,
            "issued": issued,
            "by": who,
            "edition": table.edition,
            "workspace": {"title": title, "created": properties.get("created")},
            "facilities": shown,
        }
        named, sealed = (
            f"{_('Pipeline guide')} {number}",
            functools.partial(seal, record=record, certificate=certificate),
        )
        with (
            handing_out(
                workspace, out, title=named, terms=_terms(terms, ground), who=who, change=change, seal=sealed
            ) as draft,
            tempfile.TemporaryDirectory() as folder,
        ):
            made = Path(folder) / "guide.pdf"
            heading = dataclasses.replace(heading, exact=draft.coordinates.exact)
            written = write_guide(workspace, Content(heading, found, table, most_sheets), made, task)
            draft.path.write_bytes(made.read_bytes())
            draft.kinds = {kind: len(versions) for kind, versions in shown.items()}
            draft.bounds = queries.bounds_of(ground.geometry)
        sha = add_file(change, ground.kind, ground.uid, f"{number}.pdf", Path(out).read_bytes())
        change.update(GUIDE, uid, {"shown": json.dumps(shown), "pages": written.pages, "sha256": sha})
    task.progress(1.0)
    pipes, facilities = [_pipe(f) for f in found.pipes], [_facility(f) for f in found.facilities]
    plan = written.plan
    notes = [*plan.notes]
    if certificate.demonstration and not workspace.is_demonstration:
        notes.append(_("Signed with the demonstration key. The company's: jnw guide certificate --use FILE.p12"))
    scale = plan.detail_scale if plan.details else plan.scale
    return Issued(number, code, out, pipes, facilities, written.pages, issued, plan.count, scale, notes, change.result)


def _terms(terms: Terms, site: Record) -> Terms:
    """Where nobody is named a guide goes to the contractor, or to who applied for it."""
    named = terms.recipient or site.values.get("contractor") or site.values.get("applicant") or ""
    return dataclasses.replace(terms, recipient=str(named))


def prepare(out: str, paper: str, most_sheets: int = MOST) -> Certificate:
    """Raise what would keep a guide from being written, before anything is done for it; what it will be signed with."""
    require_writable(Path(out))
    if paper not in PAPERS:
        raise UsageError(
            _("A guide is not printed on {paper}.").format(paper=paper),
            _("Choose one of: {names}").format(names=", ".join(PAPERS)),
        )
    if most_sheets < 1:
        raise UsageError(
            _("A guide has at least one map sheet."), _("Allow 1 or more; {most} is usual.").format(most=MOST)
        )
    chinese_font()
    certificate = certificates.current()
    certificate.refuse_unless_valid()
    return certificate


def withdraw(workspace: Workspace, guide: str, why: str, *, who: str | None = None) -> ChangeResult:
    """Declare the guide of that number void, and say why. It stays in the list and in the record.

    Raises UsageError without a reason, NoSuchRow, AlreadyWithdrawn.
    """
    if not why.strip():
        raise UsageError(_("A guide is withdrawn for a reason."), _("Say why: those who hold the paper will ask."))
    with workspace.change(
        _("Withdraw the guide {guide}: {why}").format(guide=guide, why=why), who, event=True
    ) as change:
        row = change.connection.execute(sa.select(GUIDE.c.uid, GUIDE.c.withdrawn).where(GUIDE.c.code == guide)).first()
        if row is None:
            raise NoSuchRow(_("There is no guide {guide}.").format(guide=guide), _("jnw guide list W shows them all."))
        if row.withdrawn:
            raise AlreadyWithdrawn(
                _("The guide {guide} was withdrawn on {date}.").format(guide=guide, date=row.withdrawn[:10]),
                _("There is nothing more to do."),
            )
        change.update(GUIDE, row.uid, {"withdrawn": change.result.at, "withdrawn_why": why})
    return change.result


def copy(workspace: Workspace, guide: str, out: str, *, terms: Terms | None = None, who: str | None = None) -> str:
    """Write the guide of that number to ``out`` again, byte for byte as it was issued; returns the path.

    With ``terms`` it is recorded that a copy left, and to whom; without, it is only looked at. Raises NoSuchRow,
    DocumentNotWritten.
    """
    require_writable(Path(out))
    query = sa.select(GUIDE.c.uid, CONTENTS.c.content).outerjoin(CONTENTS, CONTENTS.c.sha256 == GUIDE.c.sha256)
    with workspace.read() as connection:
        row = connection.execute(query.where(GUIDE.c.code == guide)).first()
    if row is None:
        raise NoSuchRow(_("There is no guide {guide}.").format(guide=guide), _("jnw guide list W shows them all."))
    if row.content is None:
        raise NoSuchRow(
            _("The file of the guide {guide} was not kept: it was issued by an earlier version.").format(guide=guide),
            _("Issue the guide anew."),
        )
    if terms is None:
        write_whole(Path(out), bytes(row.content))
        return out
    with leaving(workspace, "copy", Path(out), title=f"{_('Pipeline guide')} {guide}", terms=terms, who=who) as draft:
        draft.path.write_bytes(row.content)  # as it is: a stamp would undo its proof
    return out


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
    """Every guide, newest first: code, site, issued, pages, when and why it was withdrawn, and whether it is stale.

    It is stale when what it showed has changed since and it was not withdrawn.
    """
    sites = KINDS["construction_site"].table
    query = sa.select(GUIDE, sites.c.code.label("site_code"), sites.c.name.label("site_name"))
    query = query.outerjoin(sites, sites.c.uid == GUIDE.c.site).order_by(GUIDE.c.fid.desc())
    with workspace.read() as connection:
        rows = connection.execute(query).mappings().all()
        return [
            {
                "guide": row["code"],
                "site_uid": row["site"],
                "site": row["site_code"] or _code_of_removed(connection, row["site"]),
                "name": row["site_name"],
                "issued": row["issued"],
                "pages": row["pages"],
                "withdrawn": row["withdrawn"],
                "withdrawn_why": row["withdrawn_why"],
                "stale": bool(changed := _changed(connection, row["shown"])) and row["withdrawn"] is None,
                "changed": changed,
            }
            for row in rows
        ]


def _changed(connection: sa.Connection, shown: str | None) -> list[str]:
    """Codes of shown facilities whose version is another now, or that are gone."""
    changed: list[str] = []
    for kind, versions in json.loads(shown or "{}").items():
        table = KINDS[kind].table
        now = sa.select(table.c.uid, table.c.code, table.c.version).where(table.c.uid.in_(list(versions)))
        found = {row.uid: (row.code, row.version) for row in connection.execute(now)}
        for uid, version in versions.items():
            code, current = found.get(uid, (None, None))
            if current != version:
                changed.append(code or _code_of_removed(connection, uid))
    return sorted(changed)


def _code_of_removed(connection: sa.Connection, uid: str) -> str:
    """The code a row had when it was removed; its uid where the record does not say."""
    query = sa.select(ROW_CHANGES.c.before).where(ROW_CHANGES.c.uid == uid, ROW_CHANGES.c.operation == "delete")
    before = connection.scalar(query.order_by(ROW_CHANGES.c.id.desc()).limit(1))
    return str(json.loads(before or "{}").get("code") or uid)
