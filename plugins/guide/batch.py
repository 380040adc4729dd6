"""Guides of many sites in one go, unattended: what one run leaves, the next one takes up; nothing is issued twice."""

from __future__ import annotations

import csv
import hashlib
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from jnw_desktop.documents.mapframe import MapPrinter
from jnw_desktop.documents.writing import not_written
from jnw_desktop.errors import JnwError, UsageError
from jnw_desktop.exchange.importing import Choices, import_file
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Terms
from jnw_desktop.language import _
from jnw_desktop.mapengine.errors import EngineFailed
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import CHANGE_SETS
from jnw_plugins.guide import operations, register
from jnw_plugins.guide.issuing import Issued
from jnw_plugins.guide.mappages import map_printer
from jnw_plugins.guide.sheets import MOST

KIND = "construction_site"
SITE = KINDS[KIND].table
REPORT = "guides.csv"  # what came of each site, in the folder of the guides
COLUMNS = ("site", "name", "outcome", "guide", "file", "reason")


@dataclass(frozen=True)
class Outcome:
    """What came of one site: ``outcome`` is issued, reissued (its guide was stale), already or failed."""

    site: str
    name: str
    outcome: str
    guide: str = ""
    file: str = ""
    reason: str = ""


@dataclass
class Batch:
    """What a run did. ``rejected`` rows of the file are no sites and are in the CSV ``rejects`` with their reasons."""

    sites: int
    report: str
    outcomes: list[Outcome] = field(default_factory=list)
    rejected: int = 0
    rejects: str | None = None
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def count(self, *outcomes: str) -> int:
        """How many sites came to one of ``outcomes``."""
        return sum(one.outcome in outcomes for one in self.outcomes)

    @property
    def failures(self) -> list[Outcome]:
        """The sites that have no guide now."""
        return [one for one in self.outcomes if one.outcome == "failed"]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as scripts read them (see ``docs/commands.md``)."""
        counted = {name: self.count(name) for name in ("issued", "reissued", "already", "failed")}
        told = {name: value for name, value in asdict(self).items() if name != "outcomes"}
        return told | counted | {"guides": [asdict(one) for one in self.outcomes]}


@dataclass(frozen=True)
class Source:
    """Which sites: those in ``file`` (polygons in a vector file, or WKT in a table), or those of which ``where`` is so.

    ``layer``, ``crs`` and ``encoding`` of the file, where it does not say.
    """

    file: str = ""
    where: str = ""
    layer: str = ""
    crs: str = ""
    encoding: str = ""


@dataclass(frozen=True)
class Shape:
    """What the guides are like, and for whom; as :func:`jnw_plugins.guide.operations.issue` takes it."""

    paper: str = "A3"
    most_sheets: int = MOST
    terms: Terms = IN_HOUSE


def batch(
    workspace: Workspace,
    folder: str,
    *,
    source: Source | dict[str, Any],
    shape: Shape | None = None,
    who: str | None = None,
    why: str | None = None,
    task: Task = SILENT,
) -> Batch:
    """See that each site of ``source`` has a guide that is valid, and its PDF, named by the site, in ``folder``.

    A site whose guide is valid keeps it, one whose guide is stale gets a new edition, so a run that was broken off is
    taken up by running it again. A site for which no guide can be made is told in the report, and the others go on.
    Raises UsageError, what ``import_file`` raises for the file, and what :func:`operations.prepare` raises; then
    nothing is done.
    """
    began, told, shape = (
        time.perf_counter(),
        source if isinstance(source, Source) else Source(**source),
        shape or Shape(),
    )
    place = _folder(folder)
    operations.prepare(str(place / "guide.pdf"), shape.paper, shape.most_sheets)
    done = Batch(0, str(place / REPORT))
    sites = _imported(workspace, told, done, who, task) if told.file else _chosen(workspace, told.where)
    done.sites = len(sites)
    standing = register.standing(workspace, [uid for uid, _code, _name in sites])
    try:
        with _press(workspace) as press:
            for number, (uid, code, name) in enumerate(sites):
                step = _step(task, number, len(sites), code)
                order = _Order(workspace, place / f"{_safe(code)}.pdf", shape, who, why)
                done.outcomes.append(_see_to(order, press, (code, name), standing.get(uid), step))
    finally:
        _write(place / REPORT, done.outcomes)
    done.seconds = round(time.perf_counter() - began, 3)
    task.progress(1.0)
    return done


def _folder(folder: str) -> Path:
    place = Path(folder).expanduser().absolute()
    try:
        place.mkdir(exist_ok=True)
        (place / REPORT).open("ab").close()  # somebody who has it open in a spreadsheet would lock it
    except OSError as error:
        raise not_written(place, error) from error
    return place


def _safe(code: str) -> str:
    """A code as the name of a file."""
    return "".join(sign if sign.isalnum() or sign in "-_.·（）()" else "_" for sign in code)


Sites = Sequence[tuple[str, str, str]]  # uid, code, name


def _chosen(workspace: Workspace, where: str) -> Sites:
    if not where.strip():
        raise UsageError(
            _("Nothing says which sites are meant."), _("Name a file of sites, or a condition: supervised = true")
        )
    fids = queries.matching(workspace, KIND, where).fids
    if not fids:
        raise UsageError(_("There is no construction site of which this is so."), where)
    return _sites(workspace, SITE.c.fid.in_(fids))


def _sites(workspace: Workspace, condition: sa.ColumnElement[bool]) -> Sites:
    query = sa.select(SITE.c.uid, SITE.c.code, SITE.c.name).where(condition).order_by(SITE.c.fid)
    with workspace.read() as connection:
        return [(row.uid, row.code, row.name or "") for row in connection.execute(query)]


def _imported(workspace: Workspace, source: Source, done: Batch, who: str | None, task: Task) -> Sites:
    """The sites a file holds: opened now, or by the run before. Which change set did it says its reason."""
    file = Path(source.file).expanduser()
    try:
        mark = hashlib.sha256(file.read_bytes()).hexdigest()[:16].upper()
    except OSError as error:
        raise UsageError(
            _("{file} cannot be read: {reason}").format(file=file, reason=error.strerror or error),
            _("Name a file of sites."),
        ) from error
    why = _("Construction sites of {file} ({mark})").format(file=file.name, mark=mark)
    born = _born(workspace, mark)
    if born is None:
        choices = Choices(kind=KIND, layer=source.layer, crs=source.crs, encoding=source.encoding)
        step = Task(lambda fraction, message: task.progress(0.05 * fraction, message))
        rejects = Path(done.report).with_name(f"{file.stem}.rejects.csv")
        came = import_file(workspace, [file], choices=choices, rejects=rejects, who=who, why=why, task=step)
        done.rejected, done.rejects, done.warnings = came.rejected, came.rejects, came.warnings
        if came.unchanged or came.updated:
            told = _("{count} rows are sites that were there already; --where finds those.")
            done.warnings.append(told.format(count=came.unchanged + came.updated))
        born = _born(workspace, mark)
    return [] if born is None else _sites(workspace, SITE.c.born == born)


def _born(workspace: Workspace, mark: str) -> int | None:
    """The change set that opened the sites of the file with that mark, unless it was taken back."""
    column = CHANGE_SETS.c
    query = (
        sa.select(column.id).where(column.why.like(f"%({mark})"), column.kind == "change").order_by(column.id.desc())
    )
    with workspace.read() as connection:
        found = connection.scalar(query.limit(1))
        there = found is not None and connection.scalar(sa.select(SITE.c.fid).where(SITE.c.born == found).limit(1))
    return found if there else None


class _Press:
    """The printer that all guides of a run share; another one when it fails."""

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        self._workspace, self._folder = workspace, folder
        self._printer: MapPrinter | None = None

    def printer(self) -> MapPrinter:
        """The one there is, started when it is first asked for."""
        if self._printer is None:
            self._printer = map_printer(self._workspace, self._folder).__enter__()
        return self._printer

    def drop(self) -> None:
        """Let go of it."""
        if self._printer is not None:
            self._printer.__exit__(None, None, None)
            self._printer = None


@contextmanager
def _press(workspace: Workspace) -> Iterator[_Press]:
    with tempfile.TemporaryDirectory(prefix="jnw-guides-") as folder:
        press = _Press(workspace, Path(folder))
        try:
            yield press
        finally:
            press.drop()


@dataclass(frozen=True)
class _Order:
    """What is wanted of one site."""

    workspace: Workspace
    out: Path
    shape: Shape
    who: str | None
    why: str | None


def _step(task: Task, number: int, count: int, code: str) -> Task:
    """The share of one site in the whole; asking it asks whether the whole was cancelled."""

    def report(fraction: float, message: str) -> None:
        told = _("{number} of {count}, {site}: {what}").format(number=number + 1, count=count, site=code, what=message)
        task.progress(min(0.05 + 0.95 * (number + fraction) / count, 0.999), told)

    step = Task(report)
    report(0.0, "")
    return step


def _see_to(
    order: _Order, press: _Press, site: tuple[str, str], standing: register.Standing | None, task: Task
) -> Outcome:
    """The guide of one site: the one it has, or a new one."""
    code, name = site
    try:
        if standing is not None and not standing.stale:
            if not order.out.exists():
                operations.copy(order.workspace, standing.guide, str(order.out))
            return Outcome(code, name, "already", standing.guide, str(order.out))
        try:
            issued = _issue(order, press, code, standing, task)
        except EngineFailed:
            press.drop()  # one that died: whether it was this site's fault, another engine shows
            issued = _issue(order, press, code, standing, task)
    except JnwError as error:
        return Outcome(code, name, "failed", reason=error.message)
    return Outcome(code, name, "reissued" if issued.replaces else "issued", issued.guide, str(order.out))


def _issue(order: _Order, press: _Press, code: str, standing: register.Standing | None, task: Task) -> Issued:
    shape = order.shape
    values: dict[str, Any] = {
        "paper": shape.paper,
        "most_sheets": shape.most_sheets,
        "terms": shape.terms,
        "who": order.who,
        "why": order.why,
        "task": task,
        "printer": press.printer(),
    }
    if standing is not None:
        return operations.reissue(order.workspace, standing.guide, str(order.out), **values)
    return operations.issue(order.workspace, f"{KIND}:{code}", str(order.out), **values)


def _write(path: Path, outcomes: Sequence[Outcome]) -> None:
    """The report; a spreadsheet that has the last one open must not undo the work."""
    with suppress(OSError), path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([getattr(one, column) for column in COLUMNS] for one in outcomes)
