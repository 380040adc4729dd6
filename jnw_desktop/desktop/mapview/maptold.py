"""What the map's tools tell: what was clicked or selected, what was measured, what lies under the mouse."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from jnw_desktop.desktop.selection import by_kind, kind_of_layer
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow

UNITS = {"length": "m", "area": "m²"}  # of what is measured


class MapTold(QObject):
    """Listens to the map for the window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.engine.heard.connect(self._heard)

    def _heard(self, name: str, params: dict[str, Any]) -> None:
        if name == "identified":
            hits = [(kind_of_layer(hit["layer"]), hit["fid"]) for hit in params["hits"]]
            self._identified([hit for hit in dict.fromkeys(hits) if hit[0] in KINDS])
        elif name == "selected":
            self._selected(by_kind(params["layers"]), params["mode"])
        elif name == "measured":
            self._measured(params)
        elif name == "tip" and (kind := kind_of_layer(params["layer"])) in KINDS:
            show = functools.partial(self._window.map.show_tip, (params["x"], params["y"]))
            ask = self._window.jobs.ask
            ask("facilities.summary", show, lambda _error: None, kind=kind, fid=params["fid"])

    def _identified(self, hits: list[tuple[str, int]]) -> None:
        self._window.hits.offer(hits)
        if hits:
            kind, fid = hits[0]
            self._window.selection.choose(kind, fid=fid)
        else:
            self._window.selection.take({})

    def _selected(self, layers: dict[str, list[int]], mode: str) -> None:
        self._window.selection.take(layers, mode)
        chosen = self._window.selection.layers
        total = sum(len(fids) for fids in chosen.values())
        parts = [f"{_(KINDS[kind].title)} {len(fids)}" for kind, fids in chosen.items()]
        told = _("Selected {total}: {parts}").format(total=total, parts=", ".join(parts))
        self._window.messages.info(told if chosen else _("Nothing is selected."))

    def _measured(self, params: dict[str, Any]) -> None:
        if params["kind"] == "angle":  # the same on the plane as on the ellipsoid
            self._window.messages.info(_("Angle {angle:.2f}°").format(angle=params["planar"]))
            return
        text = _("On the plane {planar:,.2f} {unit}, on the ellipsoid {ellipsoidal:,.2f} {unit}")
        shown = {name: params[name] for name in ("planar", "ellipsoidal")}
        self._window.messages.info(text.format(**shown, unit=UNITS[params["kind"]]))
