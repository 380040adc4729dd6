"""Bringing a file in: one transaction for all of it, what did not fit set aside, what was built and changed told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyproj
import shapely
import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.exchange.differences import title
from jnw_desktop.exchange.errors import WorkspaceAsFile
from jnw_desktop.exchange.gathering import Gathered, gather, refine
from jnw_desktop.exchange.layer import Batch, Layer, Objects, objects
from jnw_desktop.exchange.mapping import Mapping as FieldMapping
from jnw_desktop.exchange.mapping import guess, read_mapping
from jnw_desktop.exchange.opening import Opener, Part, choose_parts, settled_parts
from jnw_desktop.exchange.outcomes import Imported
from jnw_desktop.exchange.placing import Box, decide, looks_shifted
from jnw_desktop.exchange.rejects import Rejects
from jnw_desktop.exchange.storing import Store, Stored
from jnw_desktop.facilities.kinds import ENDS, KINDS
from jnw_desktop.facilities.queries import kind_of
from jnw_desktop.facilities.tolerances import JOINED
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY

SAMPLED = 2000  # rows looked at before the CRS is decided, and facilities that tell where the company is
KEPT_SHOWN = 20  # values kept in the note that are told
WIDEST = 5.0  # metres of tolerance; beyond it house connections shrink to nothing


@dataclass(frozen=True)
class Choices:
    """What the user says of the files, empty where nothing; ``tolerance``: metres between a pipe's end and its node.

    ``mappings``, one for each layer that comes in, settle which those are and what is done with each; they stand in
    place of ``kind``, ``layer`` and ``mapping``.
    """

    kind: str = ""
    layer: str = ""
    mapping: FieldMapping | None = None
    crs: str = ""
    unit: str = ""
    encoding: str = ""
    tolerance: float = JOINED
    mappings: tuple[FieldMapping, ...] = ()


class _DryRun(Exception):
    """Takes back what a dry run wrote."""


def import_file(
    workspace: Workspace,
    files: Sequence[str | Path],
    *,
    choices: Mapping[str, Any] | Choices | None = None,
    rejects: str | Path | None = None,
    dry_run: bool = False,
    who: str | None = None,
    why: str | None = None,
    task: Task = SILENT,
) -> Imported:
    """Bring ``files`` (one, or the tables of a survey) into the workspace as one change set.

    ``choices``: :class:`Choices` or its fields. Rows that do not fit go to the CSV ``rejects`` (beside the first file
    when not named). Raises UnreadableFile, NoCrs, CrsDoubtful, WrongEncoding, MappingRefused, KindUnclear, NoSuchLayer,
    UnsafeArchive, WorkspaceAsFile, CannotWrite (the rejects); nothing is written then.
    """
    began = perf_counter()
    paths = [Path(file).expanduser().absolute() for file in files]
    told = choices_of(choices)
    done = Imported(dry_run=dry_run)
    for path in paths:
        refuse_own(workspace, path)
    left = Path(rejects).absolute() if rejects else paths[0].with_name(f"{paths[0].stem}.rejects.csv")
    _refuse_over(workspace, left, paths)
    known = Known(workspace)
    with Rejects() as refused, opened(workspace, told, known) as opener:
        layers = opener.layers(paths, as_survey=not told.kind)
        parts = parts_of(layers, told)
        done.warnings += _left_out(layers, parts, told)
        company = company_box(workspace)
        try:
            with workspace.change(why or _("Import {file}").format(file=paths[0].name), who) as change:
                known.within = change.connection
                store = Store(workspace, change, told.tolerance, done.differences)
                bringing = _Bringing(workspace, told, company, refused, done, store, task)
                for at, part in enumerate(parts):
                    bringing.bring(part, 0.6 * at / len(parts))
                if refused.count:  # before it is too late to write nothing
                    refused.write(left)
                    done.rejects = str(left)
                if dry_run:
                    raise _DryRun  # noqa: TRY301 - leaves the change, which takes everything back
                task.progress(0.95, _("Finishing"))
        except _DryRun:
            pass
        else:
            done.change = change.result if not change.empty else None
        done.topology = store.builder.report.as_dict()
        done.rejected, done.reasons = refused.count, refused.reasons
        done.written = done.inserted + done.updated
    done.warnings = list(dict.fromkeys(done.warnings))
    done.seconds = round(perf_counter() - began, 3)
    task.progress(1.0)
    return done


def choices_of(given: Mapping[str, Any] | Choices | None) -> Choices:
    """What the user says, checked. Raises UsageError, MappingRefused."""
    if isinstance(given, Choices):
        told = given
    else:
        values = dict(given or {})
        if isinstance(values.get("mapping"), dict):
            values["mapping"] = FieldMapping(**values["mapping"])
        elif isinstance(values.get("mapping"), str):
            values["mapping"] = read_mapping(Path(values["mapping"]))
        values["mappings"] = tuple(values.get("mappings") or ())
        told = Choices(**{name: value for name, value in values.items() if value is not None})
    if told.mapping is not None:
        if told.kind and told.kind != told.mapping.kind:
            raise UsageError(
                _("The mapping is for {mapped}, and {kind} was asked for.").format(
                    mapped=told.mapping.kind, kind=told.kind
                )
            )
        saved = told.mapping
        told = replace(
            told, kind=saved.kind, layer=told.layer or saved.layer, crs=told.crs or saved.crs,
            encoding=told.encoding or saved.encoding,
        )  # fmt: skip
    for kind in (told.kind, *(mapping.kind for mapping in told.mappings)):
        if kind:
            kind_of(kind)
    if not 0 <= told.tolerance <= WIDEST:
        raise UsageError(
            _("{tolerance} m is no tolerance for the ends of pipes.").format(tolerance=told.tolerance),
            _("Give metres, 0 to {most}.").format(most=WIDEST),
        )
    return told


def parts_of(layers: list[Layer], told: Choices) -> list[Part]:
    """Which layers come in and what their rows are. Raises NoSuchLayer, KindUnclear."""
    if told.mappings:
        return settled_parts(layers, {mapping.layer: mapping.kind for mapping in told.mappings})
    return choose_parts(layers, told.kind, told.layer)


def _left_out(layers: list[Layer], parts: list[Part], told: Choices) -> Iterator[str]:
    """What to say where the user named no layer and some were not known for what they are."""
    taken = {part.layer.name for part in parts}
    left = [layer.name for layer in layers if layer.name not in taken]
    if left and not (told.kind or told.layer or told.mappings):
        yield _("Left out, for nothing says what they hold: {names}. Name one with --layer, and its --kind.").format(
            names=", ".join(left)
        )


class Known:
    """Places of facilities by code, for the lines of a survey; within a change it sees what the change has written."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.within: sa.Connection | None = None

    def __call__(self, names: Iterable[str]) -> Mapping[str, tuple[float, float]]:
        """East and north by code."""
        if self.within is not None:
            return _places(self.within, set(names))
        with self._workspace.read() as connection:
            return _places(connection, set(names))


def opened(workspace: Workspace, told: Choices, known: Known | None = None) -> Opener:
    """An opener for the workspace: a survey's lines may name points that are there already."""
    return Opener(told.encoding or None, known or Known(workspace), pyproj.CRS.from_epsg(workspace.crs))


def _places(connection: sa.Connection, names: set[str]) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    wanted = sorted(names)
    others = [name for name, kind in KINDS.items() if kind.geometry == "POINT" and name not in ENDS]
    for kind in (*others, *reversed(ENDS)):  # what a pipe can end at has the last word
        table = KINDS[kind].table
        for first in range(0, len(wanted), 500):
            query = sa.select(table.c.code, table.c[GEOMETRY]).where(table.c.code.in_(wanted[first : first + 500]))
            for code, wkb in connection.execute(query):
                shape = shapely.from_wkb(wkb)
                found[code] = (shape.x, shape.y)
    return found


def refuse_own(workspace: Workspace, path: Path) -> None:
    """Refuse to read the workspace into itself. Raises WorkspaceAsFile."""
    own = workspace.location.path
    if own is not None and path.exists() and path.samefile(own):
        raise WorkspaceAsFile(_("{file} is the workspace itself.").format(file=path.name), _("Name another file."))


def _refuse_over(workspace: Workspace, target: Path, paths: Sequence[Path]) -> None:
    """Refuse to write rejects over the workspace or what is read. Raises UsageError."""
    kept = [*paths, *([workspace.location.path] if workspace.location.path else [])]
    if target.exists() and any(path.exists() and path.samefile(target) for path in kept):
        raise UsageError(
            _("The rejects would be written over {file}.").format(file=target), _("Name another place: --rejects F.csv")
        )


def company_box(workspace: Workspace) -> Box | None:
    """Bounds of some of the network: where the company is."""
    with workspace.read() as connection:
        for kind in ("pipe", "node", "valve"):
            table = KINDS[kind].table
            some = connection.scalars(sa.select(table.c[GEOMETRY]).limit(SAMPLED)).all()
            bounds = shapely.total_bounds(shapely.from_wkb(objects(list(some)))) if some else np.array([np.nan])
            if np.isfinite(bounds).all():
                low_e, low_n, high_e, high_n = bounds.tolist()
                return low_e, low_n, high_e, high_n
    return None


@dataclass(frozen=True)
class _Bringing:
    """An import under way."""

    workspace: Workspace
    told: Choices
    company: Box | None
    refused: Rejects
    done: Imported
    store: Store
    task: Task

    def bring(self, part: Part, share: float) -> None:
        """Read one layer, mapped, placed, cleaned, and put it into the workspace."""
        layer, told, done = part.layer, self.told, self.done
        first = layer.first()
        mapping = mapping_for(part, told, first)
        sample = objects([]) if first is None else first.shapes[:SAMPLED]
        crs = given_crs(layer, mapping, told)
        placement = decide(layer, crs, told.unit, sample, self.workspace.crs, self.company)
        done.mappings.append(replace(mapping, layer=layer.name, crs=crs, encoding=told.encoding))
        done.encoding = done.encoding or layer.encoding
        done.warnings += [*layer.notes, *placement.warnings]
        before, whole = self.refused.count, Gathered(part.kind)
        for portion in gather(layer, mapping, placement, self.refused, self.task, share):
            done.extent = _widened(done.extent, portion.shapes)
            if (
                not whole.read
                and self.refused.count == before
                and placement.crs.is_geographic
                and not placement.shifted
            ):
                done.warnings += warn_shifted(self.workspace, placement.crs, portion)
            whole.count(portion)
            self.task.progress(share, _("Writing"))
            _add_up(done, part.kind, self.store.put(portion, layer.joined))
        done.read += whole.read
        done.warnings += [*_told_of(part, whole), *self.store.told()]


def _told_of(part: Part, whole: Gathered) -> Iterator[str]:
    """What there is to say of a layer that was read."""
    for (name, text), count in sorted(whole.kept.items(), key=lambda item: -item[1])[:KEPT_SHOWN]:
        yield _("{field}: {text} is no value we know; it is kept in the note ({count} rows).").format(
            field=title(f"{part.kind}.{name}"), text=text, count=count
        )
    if whole.repaired:
        yield _("{count} areas crossed themselves and were repaired.").format(count=whole.repaired)
    if whole.parted:
        yield _(
            "{rows} rows are made of parts that do not join; they came in as {parts} facilities, one for each "
            "part: the longest keeps the code, the others are CODE-2, CODE-3 …"
        ).format(rows=whole.parted, parts=whole.parts)
    if whole.read == 0:
        yield _("{layer} has no rows.").format(layer=part.layer.name)


def given_crs(layer: Layer, mapping: FieldMapping, told: Choices) -> str:
    """The CRS that the user says a layer is in; empty where the layer's own counts, as that of a survey's does."""
    return "" if layer.kind and layer.crs is not None else told.crs or mapping.crs


def _widened(box: Box | None, shapes: Objects) -> Box | None:
    corners = shapely.total_bounds(shapes) if len(shapes) else np.array([np.nan])
    if np.isnan(corners).any():
        return box
    if box is not None:
        corners = np.r_[np.minimum(corners[:2], box[:2]), np.maximum(corners[2:], box[2:])]
    west, south, east, north = corners.tolist()
    return west, south, east, north


def mapping_for(part: Part, told: Choices, first: Batch | None) -> FieldMapping:
    """The mapping of a part: the user's, the format's own, or the guess."""
    settled = [one for one in told.mappings if one.layer == part.layer.name]
    if told.mapping is not None or settled:
        return told.mapping or settled[0]
    guessed = guess(part.kind, part.layer.columns)
    if part.layer.fields:
        taken = set(part.layer.fields.values())
        left = {name: column for name, column in guessed.columns.items() if column not in taken}
        guessed.columns = part.layer.fields | {n: c for n, c in left.items() if n not in part.layer.fields}
    refine(guessed, part.layer, first)
    return guessed


def warn_shifted(workspace: Workspace, crs: pyproj.CRS, gathered: Gathered) -> list[str]:
    """What to say when facilities that are known by code stand off as GCJ-02 would have them. Nothing is moved."""
    if KINDS[gathered.kind].geometry != "POINT" or "code" not in gathered.columns:
        return []
    rows = list(islice(((c, s) for c, s in zip(gathered.columns["code"], gathered.shapes, strict=True) if c), 200))
    with workspace.read() as connection:
        known = _places(connection, {code for code, _shape in rows})
    pairs = [(shape.coords[0], known[code]) for code, shape in rows if code in known]
    if pairs and looks_shifted(crs, workspace.crs, *(np.array(side, dtype=float) for side in zip(*pairs, strict=True))):
        return [
            _(
                "The coordinates look like GCJ-02, the shifted ones of map services; nothing was moved. "
                "Give --crs GCJ-02."
            )
        ]
    return []


def _add_up(done: Imported, kind: str, stored: Stored) -> None:
    done.inserted += stored.inserted
    done.updated += stored.updated
    done.unchanged += stored.unchanged
    done.kinds[kind] = done.kinds.get(kind, 0) + stored.inserted + stored.updated + stored.unchanged
