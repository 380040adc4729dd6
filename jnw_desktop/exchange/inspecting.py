"""What files hold and how a layer of them would come in, told before anything is written, by what the import runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from jnw_desktop.errors import JnwError
from jnw_desktop.exchange.cleaning import Cleaned, Cleaning, word
from jnw_desktop.exchange.errors import unreadable
from jnw_desktop.exchange.fitting import fit
from jnw_desktop.exchange.gathering import Gathered
from jnw_desktop.exchange.importing import (
    SAMPLED,
    Choices,
    choices_of,
    company_box,
    given_crs,
    mapping_for,
    opened,
    parts_of,
    refuse_own,
    warn_shifted,
)
from jnw_desktop.exchange.layer import BATCH, Batch, Layer, Objects, objects
from jnw_desktop.exchange.looks import FilesLook, LayerLook, LayerPreview, PreviewRow, Word
from jnw_desktop.exchange.mapping import Mapping as FieldMapping
from jnw_desktop.exchange.matching import plain_value
from jnw_desktop.exchange.opening import MAIN, Part, likely_kind, settled_parts
from jnw_desktop.exchange.parting import parted
from jnw_desktop.exchange.placing import Placement, decide
from jnw_desktop.exchange.sampling import Samples
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace

LOOKED = 20_000  # rows of a layer that are looked at
SHOWN = 50  # rows of a preview
DRAWN = 2000  # of its geometries
SAMPLES = 3  # values shown of a column
WORDS = 500  # different values of a coded column that are listed


def describe(
    workspace: Workspace, files: Sequence[str | Path], *, encoding: str = "", task: Task = SILENT
) -> FilesLook:
    """The layers of ``files``; a folder means the shapefiles in it, else whatever can be read there.

    Raises UnreadableFile, WrongEncoding, UnsafeArchive, WorkspaceAsFile, UsageError.
    """
    told = choices_of({"encoding": encoding})
    paths, warnings = _paths(workspace, files, told)
    layers = workspace.kept(Samples).of(workspace, paths, told)
    task.progress(0.9)
    chosen = _chosen(layers, told, several=len(paths) > 1)
    looks = [_layer_look(layer, told, chosen) for layer in layers]
    encoding = next((layer.encoding for layer in layers if layer.encoding), "")
    return FilesLook([str(path) for path in paths], looks, encoding, warnings)


def count_rows(
    workspace: Workspace, files: Sequence[str | Path], *, encoding: str = "", task: Task = SILENT
) -> dict[str, int]:
    """How many rows each layer of ``files`` has, by its name; the files are read through."""
    counts: dict[str, int] = {}
    with opened(workspace, choices_of({"encoding": encoding})) as opener:
        for layer in opener.layers([Path(file) for file in files]):
            for batch in layer.read():
                counts[layer.name] = counts.get(layer.name, 0) + len(batch.numbers)
                task.progress(0.0, layer.name)
    return counts


def look(
    workspace: Workspace, files: Sequence[str | Path], *, mapping: FieldMapping, guess: bool = False, unit: str = "",
    task: Task = SILENT,
) -> LayerPreview:  # fmt: skip
    """How the layer that ``mapping`` names would come in; ``guess``: its columns are guessed, whatever it says.

    Raises what :func:`describe` raises, and NoSuchLayer.
    """
    told = choices_of({"encoding": mapping.encoding, "unit": unit, "mappings": () if guess else (mapping,)})
    layers = workspace.kept(Samples).of(workspace, [Path(file) for file in files], told)
    task.progress(0.5)
    part = settled_parts(layers, {mapping.layer: mapping.kind})[0]
    first = part.layer.first()
    used = mapping_for(part, told, first)
    used.layer, used.crs, used.encoding = mapping.layer, mapping.crs, mapping.encoding
    done = LayerPreview(used, _crs_name(part.layer), part.layer.encoding, _samples(part.layer, first))
    if first is not None:
        _fill(done, workspace, part, _cut(first), told)
    done.warnings = [*part.layer.notes, *done.warnings]
    return done


def _paths(workspace: Workspace, files: Sequence[str | Path], told: Choices) -> tuple[list[Path], list[str]]:
    """The files meant, and what to say of those in a folder that cannot be read."""
    paths: list[Path] = []
    warnings: list[str] = []
    for path in (Path(file).expanduser().absolute() for file in files):
        if not path.is_dir() or path.suffix.lower() == ".gdb":
            refuse_own(workspace, path)
            paths.append(path)
            continue
        for inner in _in_folder(path):
            try:
                refuse_own(workspace, inner)
                with opened(workspace, told) as opener:
                    opener.layers([inner])
            except JnwError as error:
                warnings.append(_("Left out: {why}").format(why=error.message))
            else:
                paths.append(inner)
    return paths, warnings


def _in_folder(folder: Path) -> list[Path]:
    inside = sorted(path for path in folder.iterdir() if path.suffix.lower() in MAIN)
    found = [path for path in inside if path.suffix.lower() == ".shp"] or inside
    if not found:
        raise unreadable(folder, _("nothing in it can be read"))
    return found


def _chosen(layers: list[Layer], told: Choices, several: bool) -> set[tuple[str, str]]:
    """Layers and kinds that an import takes which is told no more; of ``several`` files all that are known."""
    try:
        return {(part.layer.name, part.kind) for part in parts_of(layers, told)}
    except JnwError:  # several layers, or one that nothing is known of: the user says
        return {(one.name, likely_kind(one)) for one in layers if several and likely_kind(one)}


def _cut(batch: Batch) -> Batch:
    """Enough rows to look at."""
    if len(batch.numbers) <= LOOKED:
        return batch
    return Batch(
        batch.numbers[:LOOKED],
        {name: values[:LOOKED] for name, values in batch.columns.items()},
        batch.shapes[:LOOKED],
        {at: why for at, why in batch.reasons.items() if at < LOOKED},
    )


def _layer_look(layer: Layer, told: Choices, chosen: set[tuple[str, str]]) -> LayerLook:
    kind, first = likely_kind(layer), layer.first()
    mapping = None
    if kind:
        mapping = mapping_for(Part(kind, layer), told, first)
        mapping.layer = layer.name
    rows = 0 if first is None else len(first.numbers)
    return LayerLook(
        layer.name, rows, rows >= BATCH, layer.geometry, kind, bool(layer.kind), (layer.name, kind) in chosen,
        _crs_name(layer), mapping,
    )  # fmt: skip


def _crs_name(layer: Layer) -> str:
    if layer.crs is None:
        return ""
    number = layer.crs.to_epsg()
    return f"EPSG:{number} {layer.crs.name}" if number else layer.crs.name


def _samples(layer: Layer, first: Batch | None) -> dict[str, list[str]]:
    """The first different values of each column."""
    found: dict[str, list[str]] = {}
    for column in layer.columns:
        values = dict.fromkeys(word(raw) for raw in (() if first is None else first.columns.get(column, ())[:SAMPLED]))
        found[column] = [text for text in values if text][:SAMPLES]
    return found


def _fill(done: LayerPreview, workspace: Workspace, part: Part, first: Batch, told: Choices) -> None:
    single = parted(first, KINDS[part.kind].geometry)
    first, count = single.batch, len(single.batch.numbers)
    cleaned = Cleaning(done.mapping).clean(first.columns, count)
    single.name(cleaned.columns)
    done.words = _words(done.mapping, first, cleaned)
    wrong = dict(cleaned.wrong)
    shapes: Objects = objects([])
    try:
        placement = decide(
            part.layer, given_crs(part.layer, done.mapping, told), told.unit, first.shapes[:SAMPLED], workspace.crs,
            company_box(workspace),
        )  # fmt: skip
    except JnwError as error:
        done.problem = error
    else:
        shapes, misfits, _repaired = fit(placement.apply(first.shapes), KINDS[part.kind].geometry)
        for at, why in (misfits | first.reasons).items():
            wrong[at] = f"{why}; {wrong[at]}" if at in wrong else why
        _draw(done, shapes, wrong)
        done.warnings = [*placement.warnings, *_shifted(workspace, part, placement, cleaned, shapes, wrong)]
    done.looked, done.refused = count, len(wrong)
    done.rows = _rows(first, cleaned, wrong)


def _words(mapping: FieldMapping, first: Batch, cleaned: Cleaned) -> dict[str, list[Word]]:
    found: dict[str, list[Word]] = {}
    for name, column in mapping.columns.items():
        declared = KINDS[mapping.kind].field(name)
        if declared is None or not declared.code_list or column not in first.columns:
            continue
        texts = [word(raw) for raw in first.columns[column]]
        codes = dict(zip(texts, cleaned.columns[name], strict=True))
        counted = Counter(text for text in texts if text).most_common(WORDS)
        found[name] = [Word(text, codes[text], count, (name, text) in cleaned.kept) for text, count in counted]
    return found


def _rows(first: Batch, cleaned: Cleaned, wrong: dict[int, str]) -> list[PreviewRow]:
    return [
        PreviewRow(
            int(first.numbers[at]), {name: plain_value(values[at]) for name, values in cleaned.columns.items()},
            wrong.get(at, ""),
        )
        for at in range(min(SHOWN, len(first.numbers)))
    ]  # fmt: skip


def _draw(done: LayerPreview, shapes: Objects, wrong: dict[int, str]) -> None:
    good = shapes[_fitting(len(shapes), wrong)]
    if not len(good):
        return
    west, south, east, north = shapely.total_bounds(good).tolist()
    done.extent = (west, south, east, north)
    done.shapes = shapely.to_wkb(good[:: max(1, -(-len(good) // DRAWN))]).tolist()


def _fitting(count: int, wrong: Iterable[int]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    fits = np.ones(count, dtype=bool)
    fits[list(wrong)] = False
    return fits


def _shifted(
    workspace: Workspace, part: Part, placement: Placement, cleaned: Cleaned, shapes: Objects, wrong: dict[int, str]
) -> list[str]:
    if not placement.crs.is_geographic or placement.shifted:
        return []
    fits = _fitting(len(shapes), wrong)
    columns = {name: values[fits] for name, values in cleaned.columns.items()}
    return warn_shifted(workspace, placement.crs, Gathered(part.kind, columns, shapes[fits]))
