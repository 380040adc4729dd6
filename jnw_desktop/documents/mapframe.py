"""Map frames of a document: drawn by QGIS as vectors, laid under a page with their georeference."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any

import pikepdf
import pyproj

from jnw_desktop.errors import JnwError
from jnw_desktop.mapengine.client import MapEngine

LEGEND_SYMBOL = (22.0, 13.0)  # pt, width and height of a symbol's picture
POINT_M = 0.0254 / 72.0  # metres on paper of one point


@dataclass(frozen=True)
class MapFrame:
    """A map on paper: its PDF, its size in whole points, its scale, and where page points are on the ground.

    ``affine`` (a, b, c, d, e, f): E = a x + b y + c, N = d x + e y + f of a point (x, y) from the lower left, in pt.
    """

    path: Path
    width: int
    height: int
    scale: float
    affine: tuple[float, float, float, float, float, float]
    crs: int

    def to_page(self, east: float, north: float) -> tuple[float, float]:
        """The frame's point of a place, in pt from its lower left."""
        a, b, c, d, e, f = self.affine
        det = a * e - b * d
        x, y = east - c, north - f
        return ((e * x - b * y) / det, (a * y - d * x) / det)

    @property
    def turn(self) -> float:
        """Degrees from the top of the page to north, anticlockwise; 0 where the map is not turned."""
        (x0, y0), (x1, y1) = (
            self.to_page(self.affine[2], self.affine[5]),
            self.to_page(self.affine[2], self.affine[5] + 1000.0),
        )
        return round(math.degrees(math.atan2(x0 - x1, y1 - y0)), 6) + 0.0

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """What the frame's corners lie in (xmin, ymin, xmax, ymax)."""
        corners = [self.to_ground(x, y) for x in (0, self.width) for y in (0, self.height)]
        easts, norths = [corner[0] for corner in corners], [corner[1] for corner in corners]
        return min(easts), min(norths), max(easts), max(norths)

    def to_ground(self, x: float, y: float) -> tuple[float, float]:
        """The place of a point of the frame."""
        a, b, c, d, e, f = self.affine
        return (a * x + b * y + c, d * x + e * y + f)


def on_paper(tree: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The layers with the styles for paper, where a style has one."""
    styles = files("jnw_resources") / "styles"

    def dressed(layer: dict[str, Any]) -> dict[str, Any]:
        style = f"paper/{layer.get('style')}"
        return layer | {"style": style} if (styles / style).is_file() else layer

    return [group | {"layers": [dressed(layer) for layer in group["layers"]]} for group in tree]


class MapPrinter:
    """An engine without a view that prints frames of one workspace into ``folder``. Use it in a ``with`` block.

    It starts beside what the block does first; the first frame waits for it, and raises why it did not start.
    """

    def __init__(self, source: dict[str, Any], crs: int, tree: list[dict[str, Any]], folder: Path) -> None:
        self._engine = MapEngine()
        self._project: dict[str, Any] = {"crs": crs, "workspace": source, "tree": on_paper(tree)}
        self._folder = folder
        self._crs = crs
        self._printed = 0
        self._begun: Future[None] = Future()
        self._starting = threading.Thread(target=self._start, name="map printer")

    def __enter__(self) -> MapPrinter:
        self._starting.start()
        return self

    def __exit__(self, _t: type[BaseException] | None, _e: BaseException | None, _b: TracebackType | None) -> None:
        self._starting.join()
        self._engine.kill()  # it only reads: there is nothing that it would have to put in order
        self._engine.stop()

    def _start(self) -> None:
        try:
            self._engine.start()
            self._engine.call("project.set", **self._project)
        except JnwError as error:
            self._begun.set_exception(error)
        else:
            self._begun.set_result(None)

    def _ask(self, method: str, **params: Any) -> Any:
        self._begun.result()
        return self._engine.call(method, **params)

    def refresh(self, layers: Sequence[str]) -> None:
        """Read those layers again: rows were written since it started."""
        self._ask("layer.refresh", ids=list(layers))

    def frame(
        self,
        center: tuple[float, float],
        scale: float,
        size: tuple[int, int],
        layers: Sequence[str],
        features: Sequence[dict[str, Any]] = (),
        rotation: float = 0.0,
        ties: Sequence[dict[str, str]] = (),
        names: Sequence[dict[str, str]] = (),
    ) -> MapFrame:
        """Print one frame of ``size`` whole points; ``features``: overlays ({wkb in hex, role, line?, width?}).

        ``ties``: dimension lines ({wkb in hex, label}); ``names`` of places ({wkb, label, colour}): both are lettered
        where they and the map's own labels leave room.
        """
        self._printed += 1
        path = self._folder / f"map-{self._printed}.pdf"
        told = self._ask(
            "print.map",
            path=str(path),
            width_pt=size[0],
            height_pt=size[1],
            center=list(center),
            scale=scale,
            layers=list(layers),
            features=list(features),
            rotation=rotation,
            ties=list(ties),
            names=list(names),
        )
        return MapFrame(path, *size, told["scale"], tuple(told["georeference"]), self._crs)

    def legend(self, layer: str, frame: MapFrame) -> list[dict[str, str]]:
        """Label and picture (PNG in base64, ``LEGEND_SYMBOL`` pt) of each symbol of a layer that is in ``frame``."""
        width, height = LEGEND_SYMBOL
        rows: list[dict[str, str]] = self._ask(
            "print.legend", id=layer, extent=list(frame.bounds), scale=frame.scale, width_pt=width, height_pt=height
        )
        return rows

    @property
    def versions(self) -> dict[str, Any]:
        """The engine's versions."""
        self._begun.result()
        return self._engine.versions


def lay_under(document: pikepdf.Pdf, page_number: int, frame: MapFrame, x: float, y: float) -> None:
    """Lay a frame under a page with its lower left at (``x``, ``y``) pt, and carry its georeference over."""
    page = document.pages[page_number]
    with pikepdf.open(frame.path) as printed:
        form = document.copy_foreign(printed.pages[0].as_form_xobject())
    name = page.add_resource(form, pikepdf.Name.XObject, prefix="Map")
    page.contents_add(f"q 1 0 0 1 {x:.4f} {y:.4f} cm {name} Do Q\n".encode(), prepend=True)
    known = page.obj.get("/VP", pikepdf.Array())
    known.append(document.make_indirect(_viewport(frame, x, y)))
    page.obj[pikepdf.Name("/VP")] = known


def _viewport(frame: MapFrame, x: float, y: float) -> pikepdf.Dictionary:
    """The geospatial measure of ISO 32000-2, 12.10: the frame's corners in longitude and latitude."""
    system = pyproj.CRS.from_epsg(frame.crs)
    to_degrees = pyproj.Transformer.from_crs(system, system.geodetic_crs, always_xy=True)
    corners = [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0)]
    degrees: list[float] = []
    for unit_x, unit_y in corners:
        lon, lat = to_degrees.transform(*frame.to_ground(unit_x * frame.width, unit_y * frame.height))
        degrees += [round(lat, 12), round(lon, 12)]
    unit = pikepdf.Array([0, 0, 0, 1, 1, 1, 1, 0])
    coordinates = pikepdf.Dictionary(
        Type=pikepdf.Name("/PROJCS"), EPSG=frame.crs, WKT=pikepdf.String(system.to_wkt("WKT1_GDAL"))
    )
    measure = pikepdf.Dictionary(
        Type=pikepdf.Name("/Measure"),
        Subtype=pikepdf.Name("/GEO"),
        Bounds=unit,
        LPTS=unit,
        GPTS=pikepdf.Array([pikepdf.Object.parse(f"{value:.12f}".encode()) for value in degrees]),
        GCS=coordinates,
    )
    return pikepdf.Dictionary(
        Type=pikepdf.Name("/Viewport"),
        BBox=pikepdf.Array([x, y, x + frame.width, y + frame.height]),
        Measure=measure,
    )
