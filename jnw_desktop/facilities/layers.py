"""The layers the map shows of a workspace, as plain values of the engine's protocol; the first is drawn on top."""

from __future__ import annotations

from typing import Any

from jnw_desktop.facilities.kinds import GROUPS, KINDS
from jnw_desktop.language import _

# Kind, smallest scale it is drawn at (0: always), whether it is shown at first. Within a group the first is on top.
_ORDER: dict[str, tuple[tuple[str, int, bool], ...]] = {
    "works": (("break", 15000, False), ("construction_site", 0, True)),
    "supply": (
        ("waterworks", 0, True), ("tank", 150000, True), ("pump_station", 150000, True), ("pump_room", 8000, True),
        ("spring_station", 30000, True), ("well", 30000, True),
    ),
    "customers": (("customer", 2000, False),),
    "network": (
        ("sensor", 25000, True), ("valve", 10000, True), ("hydrant", 6000, True), ("meter", 5000, True),
        ("node", 2000, True), ("chamber", 3000, True), ("pipe", 0, True),
    ),
    "others": (("other_line", 5000, False),),
    "zones": (("dma", 0, False), ("pressure_zone", 0, False)),
    "ground": (("spring", 50000, True), ("road", 0, True), ("building", 8000, True), ("neighbourhood", 60000, True)),
}  # fmt: skip


def layer_tree() -> list[dict[str, Any]]:
    """Groups of layers in drawing order; a layer's id is its kind's."""
    return [
        {
            "title": _(GROUPS[group]),
            "layers": [_layer(kind, scale, shown) for kind, scale, shown in members],
        }
        for group, members in _ORDER.items()
    ]


def facility_layer(kind: str) -> dict[str, Any]:
    """The layer of one kind."""
    scales = {name: (scale, shown) for members in _ORDER.values() for name, scale, shown in members}
    return _layer(kind, *scales[kind])


def _layer(kind: str, scale: int, shown: bool) -> dict[str, Any]:
    return {
        "id": kind,
        "title": _(KINDS[kind].title),
        "source": {"type": "facility", "table": kind},
        "style": f"{kind}.qml",
        "visible": shown,
        "opacity": 1.0,
        "labels": True,
        "min_scale": scale,
        "max_scale": 0,
    }
