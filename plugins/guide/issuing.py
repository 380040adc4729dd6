"""How a guide is made: looked for, recorded, drawn, signed, kept; in one transaction, so that it is all or nothing."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
import sqlalchemy as sa

from jnw_desktop.documents.certificates import Certificate
from jnw_desktop.documents.handing import handing_out
from jnw_desktop.documents.mapframe import MapPrinter
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.attachments import add_file
from jnw_desktop.facilities.calendar.years import calendar_of
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import Record
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.language import _
from jnw_desktop.task import Task
from jnw_desktop.workspace import Change, ChangeResult, Workspace
from jnw_plugins.guide.cautions import Caution, cautions
from jnw_plugins.guide.closing import Edition
from jnw_plugins.guide.company import company
from jnw_plugins.guide.cover import Cover
from jnw_plugins.guide.difference import Difference, compare
from jnw_plugins.guide.document import Content, Written, write_guide
from jnw_plugins.guide.heading import Heading
from jnw_plugins.guide.mappages import map_printer
from jnw_plugins.guide.measures import Measures, read_measures
from jnw_plugins.guide.model import GUIDE
from jnw_plugins.guide.proof import seal
from jnw_plugins.guide.record import Row, mark_of, rows
from jnw_plugins.guide.rules import months_later, supervision
from jnw_plugins.guide.sections import cuts
from jnw_plugins.guide.struck import Plans, plans
from jnw_plugins.guide.survey import Finding, Survey, survey
from jnw_plugins.guide.table import RuleTable, read_table

# What a guide warns of and rests on: when one of these changes it is stale.
WATCHED = ("spring", "road", "pipe")
NEEDED = ("applicant", "contractor", "work_type", "dig_depth")  # what a guide should say


@dataclass(frozen=True)
class Earlier:
    """The guide a new edition takes the place of; ``rows`` as its record has them, ``None`` where it kept none."""

    uid: str
    code: str
    rows: Sequence[Row] | None


@dataclass(frozen=True)
class Order:
    """What is to be issued, on which paper, signed with what, for whom, and in whose name."""

    site: Record
    out: str
    paper: str
    most_sheets: int
    certificate: Certificate
    terms: Terms
    who: str | None
    why: str
    earlier: Earlier | None = None

    @property
    def recipient(self) -> Terms:
        """Where nobody is named a guide goes to the contractor, or to who applied for it."""
        values = self.site.values
        named = self.terms.recipient or values.get("contractor") or values.get("applicant") or ""
        return dataclasses.replace(self.terms, recipient=str(named))


@dataclass(frozen=True)
class Issued:
    """A guide that was issued; ``pipes`` and ``facilities`` are what scripts read (see ``docs/commands.md``).

    ``changes``: what is another than in the guide it ``replaces``, a line each.
    """

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
    replaces: str | None
    supervision: str
    valid_until: str
    changes: list[str]
    change: ChangeResult

    @property
    def document(self) -> str:
        """What the document is called: by its own number, not its site's."""
        return self.guide


def carry_out(workspace: Workspace, order: Order, task: Task, printer: MapPrinter | None = None) -> Issued:
    """Issue what is ordered, with the maps of ``printer`` or of one of its own.

    Raises TooManySheets, NoQgis, NoFont, DocumentNotWritten; then nothing is recorded.
    """
    if printer is not None:
        return _carry_out(workspace, order, task, printer)
    with tempfile.TemporaryDirectory(prefix="jnw-guide-") as folder, map_printer(workspace, Path(folder)) as own:
        import jnw_desktop.documents.signing  # noqa: F401 - takes a second, and so does the engine's start meanwhile

        return _carry_out(workspace, order, task, own)


def _carry_out(workspace: Workspace, order: Order, task: Task, printer: MapPrinter) -> Issued:
    table, site = read_table(), order.site
    task.progress(0.1, _("Looking for pipes"))
    found = survey(workspace, site, table)
    told, earlier = rows(found, site), order.earlier
    differences = compare(earlier.rows, told) if earlier is not None and earlier.rows is not None else None
    issued = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    replaces = earlier.uid if earlier else None
    measures = read_measures()
    today = datetime.date.fromisoformat(issued[:10])
    until = months_later(today, measures.validity.months)
    known = cautions(workspace, site, table.reach, measures, today)
    shut = plans(workspace, found.pipes)
    begun = {"site": site.uid, "issued": issued, "edition": table.edition, "replaces": replaces}
    begun |= {"valid_until": until.isoformat()}
    with workspace.change(order.why, order.who, event=True) as change:
        (uid,) = change.insert(GUIDE, [begun])
        number = str(change.connection.scalar(sa.select(GUIDE.c.code).where(GUIDE.c.uid == uid)))
        record = _record(workspace, order, number, issued, change.result.who, table) | {"rows": told}
        record |= {"valid_until": until.isoformat(), "measures": measures.edition}
        heading = _heading(workspace, order, record)
        cover = _cover(workspace, today, found, known, shut, measures)
        sections = cuts(workspace, shapely.from_wkb(site.geometry), found)
        editions = _editions(change.connection, site.uid)
        content = Content(heading, found, table, cover, sections, editions, order.most_sheets, differences)
        written = _hand_out(workspace, order, content, record, change, task, printer)
        sha = add_file(change, site.kind, site.uid, f"{number}.pdf", Path(order.out).read_bytes())
        kept = {
            "content": json.dumps(record, ensure_ascii=False),
            "mark": heading.mark,
            "shown": json.dumps(_watched(change.connection, told, known, shut)),
        }
        change.update(GUIDE, uid, kept | {"pages": written.pages, "sha256": sha})
    task.progress(1.0)
    return _issued(workspace, order, number, issued, content, written, differences or [], change.result)


def _cover(
    workspace: Workspace,
    today: datetime.date,
    found: Survey,
    known: Sequence[Caution],
    shut: Plans,
    measures: Measures,
) -> Cover:
    days = calendar_of(workspace)
    begin_by = days.add(today, measures.start.working_days)
    return Cover(found, known, shut, measures, begin_by, days.unknown(today, begin_by), workspace.crs)


def _record(workspace: Workspace, order: Order, number: str, issued: str, who: str, table: RuleTable) -> dict[str, Any]:
    properties = workspace.properties()
    return {
        "guide": number,
        "site": order.site.code,
        "issued": issued,
        "by": who,
        "edition": table.edition,
        "replaces": order.earlier.code if order.earlier else None,
        "workspace": {"title": properties.get("title", ""), "created": properties.get("created")},
    }


def _heading(workspace: Workspace, order: Order, record: dict[str, Any]) -> Heading:
    return Heading(
        record["guide"],
        order.site,
        record["issued"],
        record["by"],
        order.paper,
        record["workspace"]["title"],
        workspace.is_demonstration,
        mark_of(record),
        record["replaces"] or "",
        order.certificate.subject,
        datetime.date.fromisoformat(record["valid_until"]),
        company(workspace),
    )


def _editions(connection: sa.Connection, site: str) -> list[Edition]:
    """Every guide of a site, the newest first, with what became of it."""
    later = GUIDE.alias()
    columns = GUIDE.c.code, GUIDE.c.issued, GUIDE.c.valid_until, GUIDE.c.withdrawn, GUIDE.c.withdrawn_why
    query = sa.select(*columns, later.c.code.label("later")).outerjoin(later, later.c.replaces == GUIDE.c.uid)
    told = []
    for row in connection.execute(query.where(GUIDE.c.site == site).order_by(GUIDE.c.fid.desc())):
        stands = _("valid")
        if row.withdrawn:
            stands = f"{_('withdrawn')}: {row.withdrawn_why}"
        elif row.later:
            stands = _("replaced by {guide}").format(guide=row.later)
        told.append(Edition(row.code, row.issued[:10], row.valid_until or "–", stands))
    return told


def _hand_out(
    workspace: Workspace,
    order: Order,
    content: Content,
    record: dict[str, Any],
    change: Change,
    task: Task,
    printer: MapPrinter,
) -> Written:
    """Draw the guide, and let it leave with its recipient's name, sealed and signed."""
    sealed = functools.partial(seal, record=record, certificate=order.certificate)
    leaving = handing_out(
        workspace,
        order.out,
        title=f"{_('Pipeline guide')} {content.heading.code}",
        terms=order.recipient,
        who=content.heading.who,
        change=change,
        seal=sealed,
    )
    with leaving as draft, tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "guide.pdf"
        heading = dataclasses.replace(content.heading, coordinates=draft.coordinates)
        written = write_guide(printer, dataclasses.replace(content, heading=heading), made, task)
        draft.path.write_bytes(made.read_bytes())
        draft.kinds = {kind: len(versions) for kind, versions in _shown(record["rows"]).items()}
        draft.bounds = queries.bounds_of(order.site.geometry)
    return written


def _shown(told: Sequence[Row]) -> dict[str, dict[str, int]]:
    """Versions of what is told, {kind: {uid: version}}."""
    shown: dict[str, dict[str, int]] = {}
    for row in told:
        shown.setdefault(row["kind"], {})[row["uid"]] = row["version"]
    return shown


def _watched(
    connection: sa.Connection, told: Sequence[Row], known: Sequence[Caution], shut: Plans
) -> dict[str, dict[str, int]]:
    """Versions of all that a guide rests on: what it tells, what it warns of, and the valves it names."""
    shown = _shown(told)
    for record in (record for caution in known for record in caution.records if record.kind in WATCHED):
        shown.setdefault(record.kind, {})[record.uid] = record.version
    valve = KINDS["valve"].table.c
    codes = list(dict.fromkeys(code for plan in shut.plans for code in plan.close))
    for low in range(0, len(codes), 500):
        query = sa.select(valve.uid, valve.version).where(valve.code.in_(codes[low : low + 500]))
        shown.setdefault("valve", {}).update({row.uid: row.version for row in connection.execute(query)})
    return shown


def _issued(
    workspace: Workspace,
    order: Order,
    number: str,
    issued: str,
    content: Content,
    written: Written,
    differences: Sequence[Difference],
    change: ChangeResult,
) -> Issued:
    found, plan = content.found, written.plan
    notes = [*plan.notes, *_unstated(content.heading.site)]
    if order.certificate.demonstration and not workspace.is_demonstration:
        notes.append(_("Signed with the demonstration key. The company's: jnw guide certificate --use FILE.p12"))
    return Issued(
        number,
        order.site.code,
        order.out,
        [_pipe(finding) for finding in found.pipes],
        [_facility(finding) for finding in found.facilities],
        written.pages,
        issued,
        plan.count,
        plan.detail_scale if plan.details else plan.scale,
        notes,
        order.earlier.code if order.earlier else None,
        supervision(finding.relation.relation for finding in found.pipes),
        content.heading.valid_until.isoformat(),
        [str(difference) for difference in differences],
        change,
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


def _unstated(site: Record) -> list[str]:
    """What a guide should not be without, and the site's form does not say."""
    unknown = [
        _(field.title)
        for name in NEEDED
        if (field := KINDS[site.kind].field(name)) is not None and site.values.get(name) in (None, "")
    ]
    if not unknown:
        return []
    return [
        _("Not stated: {fields}. Fill in the site's form and issue a new edition.").format(fields="、".join(unknown))
    ]
