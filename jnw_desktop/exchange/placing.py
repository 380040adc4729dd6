"""From a file's coordinates to the workspace's: which CRS, axes swapped, zone prefixes, units; nothing silently."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from jnw_desktop.errors import UsageError
from jnw_desktop.exchange import gcj02
from jnw_desktop.exchange.errors import CrsDoubtful, NoCrs
from jnw_desktop.exchange.layer import Layer, Objects
from jnw_desktop.language import _

Floats = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]
AROUND = 100_000.0  # metres about the company's network beyond which a file is said to be elsewhere
ZONES_3 = range(25, 46)  # China's 3-degree zones; the zone's number stands before the easting of a prefixed CRS
UNITS = {"mm": 0.001, "ft": 0.3048, "us-ft": 1200 / 3937}


@dataclass
class Placement:
    """How coordinates of a layer become the workspace's. ``warnings`` say what was found and done."""

    crs: pyproj.CRS
    target: int
    shifted: str = ""  # gcj02 or bd09
    swap: bool = False
    factor: float = 1.0
    prefix: float = 0.0  # taken off every easting
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        same = self.crs.to_epsg(min_confidence=70) == self.target and not self.shifted
        wanted = pyproj.CRS.from_epsg(self.target)
        self._transformer = None if same else pyproj.Transformer.from_crs(self.crs, wanted, always_xy=True)

    def apply(self, shapes: Objects) -> Objects:
        """Shapes in the workspace's CRS, flat; where that cannot be, coordinates are infinite."""
        flat: Objects = shapely.force_2d(shapes) if (shapely.get_coordinate_dimension(shapes) > 2).any() else shapes
        plain = self._transformer is None and not self.swap and self.factor == 1.0 and not self.prefix
        return flat if plain else shapely.transform(flat, self._moved)

    def _moved(self, at: Floats) -> Floats:
        at = self.straightened(at)
        shift = {"gcj02": gcj02.from_gcj02, "bd09": gcj02.from_bd09}.get(self.shifted)
        at = at if shift is None else shift(at)
        if self._transformer is not None and len(at):
            at = np.column_stack(self._transformer.transform(at[:, 0], at[:, 1]))
        return at

    def straightened(self, at: Floats) -> Floats:
        """Coordinates east before north, in the CRS's unit, without prefix."""
        at = at[:, ::-1] if self.swap else at
        return np.asarray(at * self.factor - np.array([self.prefix, 0.0]))


def parse_crs(text: str) -> tuple[pyproj.CRS, str]:
    """The CRS a user means: an EPSG code, WKT, PROJ text, or GCJ-02 and BD-09. Raises UsageError."""
    word = text.strip().lower().replace("-", "").replace("_", "")
    if word in gcj02.NAMES:
        return pyproj.CRS.from_epsg(4326), word
    try:
        return pyproj.CRS.from_user_input(int(word) if word.isdigit() else text.strip()), ""
    except pyproj.exceptions.CRSError as error:
        raise UsageError(_("{text} is not a CRS.").format(text=text), _("Write it as EPSG:4548.")) from error


def decide(layer: Layer, given: str, unit: str, sample: Objects, target: int, company: Box | None) -> Placement:
    """How ``layer`` is placed; ``given`` is the user's CRS, ``unit`` that of its coordinates, both may be empty.

    ``company`` bounds what the workspace holds. Raises NoCrs, CrsDoubtful, UsageError.
    """
    crs, shifted = parse_crs(given) if given else (layer.crs, "")
    points = shapely.get_coordinates(sample)
    points = points[np.isfinite(points).all(axis=1)]
    if crs is None:
        raise NoCrs(_("{layer} does not state its CRS.").format(layer=layer.name), _("Give it: --crs EPSG:4548"))
    placement = Placement(crs, target, shifted, layer.north_first)
    if unit:
        if unit not in UNITS:
            raise UsageError(
                _("{unit} is not a unit of coordinates.").format(unit=unit), _("Known are: mm, ft, us-ft.")
            )
        placement.factor = UNITS[unit]
    if given and layer.crs is not None and not layer.assumed_crs and not layer.crs.equals(crs, ignore_axis_order=True):
        placement.warnings.append(
            _("{layer} states {stated}; {given} was used as asked.").format(
                layer=layer.name, stated=layer.crs.name, given=given
            )
        )
    if len(points):
        _straighten(placement, points, layer)
        _look_around(placement, points, company)
    return placement


def _straighten(placement: Placement, points: Floats, layer: Layer) -> None:
    """Find what makes the coordinates lie in the CRS's area of use; as they are comes first."""
    crs = placement.crs
    if crs.is_geographic:
        _straighten_degrees(placement, points, layer)
        return
    area = _area(crs)
    if area is None or _inside(placement.straightened(points), area):
        return
    for swap in (placement.swap, not placement.swap):
        turned = points[:, ::-1] if swap else points
        for factor in (placement.factor, 0.001):
            for prefix in (0.0, _prefix(turned * factor), -1_000_000.0 * (area[0] // 1_000_000)):
                if _inside(turned * factor - np.array([prefix, 0.0]), area):
                    _tell(placement, swap, factor, prefix)
                    return
    for swap in (placement.swap, not placement.swap):
        turned = points[:, ::-1] if swap else points
        if placement.factor == 1.0 and _inside(turned * UNITS["ft"], area):
            raise CrsDoubtful(
                _("The coordinates of {layer} look like feet, and {crs} is in metres.").format(
                    layer=layer.name, crs=crs.name
                ),
                _("Say which feet, for they differ by metres here: --unit ft or --unit us-ft"),
            )
    placement.warnings.append(
        _("The coordinates lie outside the area {crs} is made for; check the CRS.").format(crs=crs.name)
    )


def _straighten_degrees(placement: Placement, points: Floats, layer: Layer) -> None:
    middle = np.abs(np.median(placement.straightened(points), axis=0))
    if (middle > 360).any():
        kind = NoCrs if layer.assumed_crs else CrsDoubtful
        raise kind(
            _("The coordinates of {layer} are not degrees.").format(layer=layer.name),
            _("Give the CRS they are in: --crs EPSG:4548"),
        )
    if middle[1] > 90 >= middle[0]:
        _tell(placement, not placement.swap, placement.factor, 0.0)


def _tell(placement: Placement, swap: bool, factor: float, prefix: float) -> None:
    if swap != placement.swap:
        placement.warnings.append(_("East and north were swapped in the file; they were put right."))
    if factor != placement.factor:
        placement.warnings.append(_("The coordinates were in millimetres; they were turned into metres."))
    if prefix > 0:
        placement.warnings.append(
            _("The eastings bore the zone number {zone}; it was taken off.").format(zone=round(prefix / 1e6))
        )
    elif prefix < 0:
        placement.warnings.append(
            _("The eastings lacked the zone number {zone} of their CRS; it was added.").format(
                zone=round(-prefix / 1e6)
            )
        )
    placement.swap, placement.factor, placement.prefix = swap, factor, prefix


def _prefix(points: Floats) -> float:
    """The zone number before the eastings, in metres; 0 where there is none. EPSG:4527 has 39 before 500000."""
    zone = int(np.median(points[:, 0]) // 1_000_000)
    return zone * 1_000_000.0 if zone in ZONES_3 or 13 <= zone <= 23 else 0.0


def _area(crs: pyproj.CRS) -> Box | None:
    """The CRS's area of use in its own coordinates, a tenth wider on every side."""
    use = crs.area_of_use
    if use is None:
        number = crs.to_epsg(min_confidence=70)
        use = pyproj.CRS.from_epsg(number).area_of_use if number else None
    if use is None:
        return None
    there = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    west, south, east, north = there.transform_bounds(use.west, use.south, use.east, use.north)
    if not np.isfinite([west, south, east, north]).all():
        return None
    wide, high = (east - west) / 10, (north - south) / 10
    return west - wide, south - high, east + wide, north + high


def _inside(points: Floats, box: Box) -> bool:
    east, north = np.median(points, axis=0)
    return bool(box[0] <= east <= box[2] and box[1] <= north <= box[3])


def _look_around(placement: Placement, points: Floats, company: Box | None) -> None:
    if company is None:
        return
    east, north = np.median(shapely.get_coordinates(placement.apply(shapely.points(points[:1000]))), axis=0)
    if not (company[0] - AROUND <= east <= company[2] + AROUND and company[1] - AROUND <= north <= company[3] + AROUND):
        placement.warnings.append(
            _("The file lies outside the company's area, about {east:.0f}, {north:.0f}; check the CRS.").format(
                east=east, north=north
            )
        )


def looks_shifted(crs: pyproj.CRS, target: int, found: Floats, known: Floats) -> bool:
    """Whether points placed at ``found`` (n, 2) stand off their ``known`` places as GCJ-02 would have them."""
    if len(found) < 3 or not crs.is_geographic:
        return False
    off = np.median(np.hypot(*(found - known).T))
    back = pyproj.Transformer.from_crs(target, 4326, always_xy=True)
    there = pyproj.Transformer.from_crs(4326, target, always_xy=True)
    degrees = np.column_stack(back.transform(found[:, 0], found[:, 1]))
    moved: Any = np.column_stack(there.transform(*gcj02.from_gcj02(degrees).T))
    return bool(off > 50 and np.median(np.hypot(*(moved - known).T)) < off / 10)
