"""The one selection: what is selected on the map is selected in table and inspector, and the other way round."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import shapely
from PySide6.QtCore import QObject, Signal

from jnw_desktop.desktop.jobs import Jobs
from jnw_desktop.desktop.mapview.engine import EngineBridge
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import Record, bounds_of
from jnw_desktop.facilities.savedfilters import SEPARATOR
from jnw_desktop.workspace import ChangeResult

Layers = Mapping[str, Sequence[int]]  # kind to fids
# Of several kinds that were hit, which comes first.
_GROUPS = ("network", "supply", "works", "customers", "others", "zones", "ground")
PLACE_SCALE = 1000  # of a place that was typed


class Selection(QObject):
    """Facilities by kind and ``fid``; the first of them is ``record``, which the inspector shows.

    ``changed(layers)`` after every change, ``shown(record)`` when its first facility was read, ``None`` for none.
    """

    changed = Signal(object)
    shown = Signal(object)

    def __init__(self, engine: EngineBridge, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine, self._jobs = engine, jobs
        self.layers: dict[str, list[int]] = {}
        self.record: Record | None = None

    def choose(self, kind: str, *, uid: str | None = None, fid: int | None = None, fly: bool = False) -> None:
        """Select one facility; with ``fly`` the map goes there."""

        def take(record: Record) -> None:
            self._mark({kind: [record.fid]})
            self._show(record, fly)

        self._jobs.ask("facilities.describe", take, kind=kind, uid=uid, fid=fid)

    def take(self, layers: Layers, mode: str = "replace", fly: bool = False) -> None:
        """Select these facilities; ``mode``: replace, or add, remove, toggle them among those selected."""
        self._mark(combined(self.layers, layers, mode))
        if not self.layers:
            self._show(None)
            return
        kind, fids = next(iter(self.layers.items()))
        self._jobs.ask("facilities.describe", lambda record: self._show(record, fly), kind=kind, fid=fids[0])

    def look_again(self, result: ChangeResult | None) -> None:
        """After a change set: read the facility shown again if it was touched; one that is gone is shown no more."""
        record = self.record
        if record is None or not _concerns(result, record):
            return

        def still(then: Callable[[], None]) -> None:
            if self.record is record:  # and nothing else was chosen while the worker was asked
                then()

        self._jobs.ask(
            "facilities.describe",
            lambda now: still(lambda: self._show(now)),
            lambda _gone: still(lambda: self.take({})),
            kind=record.kind,
            uid=record.uid,
        )

    def fly_to(self, record: Record) -> None:
        """Show the place of a facility with some room about it; a point gets 60 m."""
        bounds = bounds_of(record.geometry)
        if bounds is None:
            return
        self.show_extent(bounds)

    def show_extent(self, bounds: tuple[float, float, float, float]) -> None:
        """Show a part of the ground with some room about it."""
        low_e, low_n, high_e, high_n = bounds
        wide = max(high_e - low_e, high_n - low_n)
        room = 30.0 if wide < 1 else max(0.15 * wide, 20.0)
        self._engine.request("view.set", extent=[low_e - room, low_n - room, high_e + room, high_n + room])

    def go_to(self, x: float, y: float) -> None:
        """Show a place in the workspace's CRS."""
        point = {"wkb": shapely.Point(x, y).wkb.hex()}
        self._engine.request("view.set", center=[x, y], scale=PLACE_SCALE)
        self._engine.keep("overlay.set", "place", id="place", role="highlight", features=[point])

    def _mark(self, layers: dict[str, list[int]]) -> None:
        self.layers = layers
        self._engine.keep("selection.set", layers=layers)
        self.changed.emit(layers)

    def _show(self, record: Record | None, fly: bool = False) -> None:
        self.record = record
        shapes = [] if record is None or record.geometry is None else [{"wkb": record.geometry.hex()}]
        self._engine.keep("overlay.set", "selection", id="selection", role="selection", features=shapes)
        self.shown.emit(record)
        if fly and record is not None:
            self.fly_to(record)


def combined(before: Layers, chosen: Layers, mode: str) -> dict[str, list[int]]:
    """What is selected after ``chosen``; the network comes first, so that of a pipe in a road the pipe is shown."""
    order = sorted({*before, *chosen}, key=lambda kind: (_GROUPS.index(KINDS[kind].group), kind != "pipe"))
    found: dict[str, list[int]] = {}
    for kind in order:
        old, new = list(before.get(kind, ())), list(chosen.get(kind, ()))
        if mode == "replace":
            fids = new
        elif mode == "add":
            fids = list(dict.fromkeys([*old, *new]))
        elif mode == "remove":
            fids = [fid for fid in old if fid not in set(new)]
        else:
            fids = [fid for fid in old if fid not in set(new)] + [fid for fid in new if fid not in set(old)]
        if fids:
            found[kind] = fids
    return found


def kind_of_layer(layer: str) -> str:
    """The kind that a layer of the map shows; that of a saved filter is called ``kind@name``."""
    return layer.partition(SEPARATOR)[0]


def by_kind(layers: Layers) -> dict[str, list[int]]:
    """What was selected in layers, by kind of facility, each once."""
    found: dict[str, dict[int, None]] = {}
    for layer, fids in layers.items():
        if (kind := kind_of_layer(layer)) in KINDS:
            found.setdefault(kind, {}).update(dict.fromkeys(fids))
    return {kind: list(fids) for kind, fids in found.items()}


def _concerns(result: ChangeResult | None, record: Record) -> bool:
    """Whether a change may have touched a facility; a change by another process tells nothing and may."""
    if result is None:
        return True
    touched = result.touched.get(record.kind)
    return touched is not None and (touched.whole or record.uid in (*touched.updated, *touched.deleted))
