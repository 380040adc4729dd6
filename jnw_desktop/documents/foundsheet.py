"""What an analysis found on paper, list and map, and as a workbook."""

from __future__ import annotations

import math
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pikepdf
import shapely
from reportlab.platypus import Flowable, PageBreak, Paragraph

from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.handing import handing_out
from jnw_desktop.documents.mapframe import MapFrame, MapPrinter, lay_under
from jnw_desktop.documents.paper import MARGIN, POINT_MM, fitting_scale, paper_size
from jnw_desktop.documents.tables import table, write_story
from jnw_desktop.documents.text import styles
from jnw_desktop.documents.workbook import write_workbook
from jnw_desktop.facilities.found import Found, Glance, whole
from jnw_desktop.facilities.layers import layer_tree
from jnw_desktop.facilities.queries import Bounds, bounds_of
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Terms, united
from jnw_desktop.language import _
from jnw_desktop.mapengine.errors import EngineFailed, NoQgis
from jnw_desktop.workspace import Workspace

ROOM = 1.1  # of the map about what is shown
HEADING = 40.0  # pt above the map
SHOWN = 400  # rows of the list; the workbook has them all
NARROW, BROAD = 6.0, 30.0  # letters of a column
LAYERS = ("road", "neighbourhood", "valve")
WIDE, THIN = 0.5, 0.2  # mm, a line on the map of some streets, and of a city
CITY = 20_000  # from this scale on the map is of a city, and fills the paper


def list_found(
    workspace: Workspace, found: Found | Glance, out: str, *, terms: Terms = IN_HOUSE, who: str | None = None
) -> str:
    """Write every row to the workbook ``out``; returns its path.

    Raises UsageError for a role, ResultGone, DocumentNotWritten.
    """
    found = whole(workspace, found)
    with handing_out(workspace, out, title=found.title, what="export", terms=terms, who=who) as draft:
        write_workbook(str(draft.path), found.title, found.head, found.rows, note=draft.stamp)
        draft.kinds, draft.bounds = _counted(found), _bounds(found.shapes)
    return out


def _counted(found: Found) -> dict[str, int]:
    """The facilities its rows are about, by kind, where the kind is known."""
    return dict(Counter(named[0] for named in found.named if named is not None and named[0]))


def _bounds(shapes: Mapping[str, Sequence[bytes]]) -> Bounds | None:
    return united(bounds for parts in shapes.values() for wkb in parts if (bounds := bounds_of(wkb)) is not None)


def print_found(
    workspace: Workspace,
    out: str,
    *,
    found: Found | Glance,
    code: str = "",  # noqa: ARG001 - only names the document
    terms: Terms = IN_HOUSE,
    who: str | None = None,
) -> str:
    """Write the PDF ``out``; returns its path. Raises UsageError for a role, ResultGone, NoFont, DocumentNotWritten."""
    found = whole(workspace, found)
    font, size = chinese_font(), paper_size("A4", landscape=False)
    style, width = styles(font), size[0] - 2 * MARGIN
    story: list[Flowable] = [Paragraph(escape(found.title), style["heading"])]
    story += [Paragraph(escape(fact), style["body"]) for fact in found.facts]
    rows = [["–" if value is None else _shown(value) for value in row] for row in found.rows[:SHOWN]]
    longest = (max([len(row[i]) for row in rows[:50]], default=0) for i in range(len(found.head)))
    shares = [min(max(wide + 3.0, NARROW), BROAD) for wide in longest]
    if rows:
        story.append(table(found.head, rows, shares, font, width))
    if len(found.rows) > SHOWN:
        story.append(Paragraph(_("and {count} more").format(count=len(found.rows) - SHOWN), style["small"]))
    drawn = Drawn(found.shapes, found.legend, kinds=_counted(found))
    return write_with_map(workspace, found.title, story, out, drawn, terms=terms, who=who)


def _shown(value: str | int | float) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Drawn:
    """What the map shows: ``shapes`` (WKB by colour), ``legend`` (colours and what they mean).

    ``about``: WKB of what it is to show with ``beside`` m round it; all shapes where nothing is named. ``kinds``: how
    many facilities of each kind the document tells of. ``layers``: what of the workspace is drawn beneath.
    """

    shapes: Mapping[str, Sequence[bytes]]
    legend: Sequence[tuple[str, str]]
    about: Sequence[bytes] = ()
    beside: float = 0.0
    kinds: Mapping[str, int] = field(default_factory=dict)
    layers: Sequence[str] = LAYERS

    @property
    def wanted(self) -> list[bytes]:
        """What must be on the map."""
        return [*self.about] or [wkb for part in self.shapes.values() for wkb in part]


def write_with_map(
    workspace: Workspace,
    title: str,
    story: list[Flowable],
    out: str,
    drawn: Drawn,
    *,
    terms: Terms = IN_HOUSE,
    who: str | None = None,
) -> str:
    """Write ``story`` and a last page with the map; returns the path ``out``.

    Where there is no QGIS the last line says so. Raises UsageError for a role, NoFont, DocumentNotWritten.
    """
    size = paper_size("A4", landscape=False)
    style = styles(chinese_font())
    with (
        handing_out(workspace, out, title=title, terms=terms, who=who) as draft,
        tempfile.TemporaryDirectory(prefix="jnw-found-") as folder,
    ):
        draft.kinds, draft.bounds = drawn.kinds, _bounds(drawn.shapes)
        frame: MapFrame | None = None
        if drawn.wanted:
            try:
                frame = _map(workspace, drawn, Path(folder))
            except (NoQgis, EngineFailed) as error:
                left_out = _("The map is left out: {reason}").format(reason=error.message)
                story = [*story, Paragraph(escape(left_out), style["small"])]
        if frame is not None:
            scale = _("Scale 1:{scale}").format(scale=round(frame.scale))
            key = "  ".join(f'<font color="{colour}">■</font> {escape(meaning)}' for colour, meaning in drawn.legend)
            story = [*story, PageBreak(), Paragraph(escape(f"{title}  {scale}"), style["heading"])]
            story.append(Paragraph(key, style["small"]))
        pages, made_up = str(Path(folder) / "pages.pdf"), workspace.is_demonstration
        write_story(title, story, pages, who=draft.who, size=size, demonstration=made_up)
        with pikepdf.open(pages) as document:
            if frame is not None:
                lay_under(document, len(document.pages) - 1, frame, MARGIN, MARGIN)
                draft.bounds = frame.bounds
            document.save(draft.path)
    return out


def _map(workspace: Workspace, drawn: Drawn, folder: Path) -> MapFrame:
    """Raises NoQgis, EngineFailed."""
    width, height = paper_size("A4", landscape=False)
    size = int(width - 2 * MARGIN), int(height - 2 * MARGIN - HEADING)
    low_e, low_n, high_e, high_n = shapely.total_bounds(shapely.from_wkb(np.array(drawn.wanted, dtype=object))).tolist()
    more = 2 * drawn.beside
    across = (high_e - low_e) * ROOM + more, (high_n - low_n) * ROOM + more
    scale = _scale(across, size)
    wide = WIDE if scale <= CITY else THIN
    features = [
        {"wkb": wkb.hex(), "role": "result", "line": colour, "width": wide}
        for colour, parts in drawn.shapes.items()
        for wkb in _whole(parts)
    ]
    with MapPrinter(workspace.source, workspace.crs, layer_tree(), folder) as printer:
        return printer.frame(((low_e + high_e) / 2, (low_n + high_n) / 2), scale, size, drawn.layers, features)


def _whole(parts: Sequence[bytes]) -> list[bytes]:
    """All multilines as one: the engine makes a layer of each feature of a page."""
    shapes = shapely.from_wkb(np.array(parts, dtype=object))
    lines = shapely.get_type_id(shapes) == shapely.GeometryType.MULTILINESTRING
    if lines.sum() < 2:
        return list(parts)
    merged: bytes = shapely.to_wkb(shapely.multilinestrings(shapely.get_parts(shapes[lines])))
    return [merged, *shapely.to_wkb(shapes[~lines]).tolist()]


def _scale(across: tuple[float, float], size: tuple[float, float]) -> float:
    """One of the series; of a city the largest with two figures at which ``across`` (m) fits ``size`` (pt)."""
    chosen = fitting_scale(*across, size)
    if chosen <= CITY:
        return float(chosen)
    needed = max(metres / (points * POINT_MM / 1000) for metres, points in zip(across, size, strict=True))
    step = 10 ** (int(math.log10(needed)) - 1)
    return float(math.ceil(needed / step) * step)
