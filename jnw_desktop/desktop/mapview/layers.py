"""What the map shows: the workspace's layers as the user arranged them, with base maps and files beside them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSettings, Signal

from jnw_desktop.desktop.mapview.engine import EngineBridge
from jnw_desktop.language import _

if TYPE_CHECKING:
    from jnw_desktop.facilities.overview import Overview
    from jnw_desktop.worker.sessions import WorkspaceState

Spec = dict[str, Any]
ARRANGED = ("visible", "opacity", "labels")  # of a layer, what the user may set and we remember
OWN = "own"  # the group of layers that the user added; it is drawn first, so it lies lowest


class MapLayers(QObject):
    """The wanted state of the map, top first. Every change asks the engine for all of it, and it is remembered."""

    changed = Signal()
    failed = Signal(object)  # {id: why} of layers that cannot be shown

    def __init__(self, engine: EngineBridge, settings: QSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._settings = settings
        self._state: WorkspaceState | None = None
        self._overviews: dict[str, Spec] = {}
        self.groups: list[Spec] = []

    def open(self, state: WorkspaceState) -> None:
        """Show a workspace as it was last arranged on this machine."""
        if self._state is None or self._state.where != state.where:
            self._overviews = {}
        self._state = state
        kept = json.loads(str(self._settings.value(self._key, "{}")))
        own = {"id": OWN, "title": _("Base maps and files"), "layers": kept.get("own", [])}
        groups = [{"id": group["title"], **group} for group in state.layers] + [own]
        self.groups = _arranged(groups, kept.get("order", []), kept.get("layers", {}))
        self._show()
        self.changed.emit()

    def renew(self, state: WorkspaceState) -> None:
        """The workspace shows other layers by now (a filter was saved, or finds others): show them as arranged."""
        before = self._state
        if before is not None and before.where == state.where and before.layers != state.layers:
            self.open(state)

    @property
    def _key(self) -> str:
        where = self._state.where if self._state is not None else ""
        return "layers/" + where.replace("/", "|").replace("\\", "|")

    def layers(self) -> Iterator[Spec]:
        """Every layer, top first."""
        for group in self.groups:
            yield from group["layers"]

    def tree(self) -> list[Spec]:
        """Groups of layers in the engine's form."""
        return [{"title": group["title"], "layers": group["layers"]} for group in self.groups]

    def layer(self, name: str) -> Spec:
        """The layer of that id."""
        return next(spec for spec in self.layers() if spec["id"] == name)

    def is_own(self, name: str) -> bool:
        """Whether the user added the layer."""
        return bool(self.layer(name)["source"]["type"] != "facility")

    def set(self, name: str, **values: Any) -> None:
        """Set ``visible``, ``opacity`` or ``labels`` of a layer."""
        self.layer(name).update(values)
        self._keep()

    def arrange(self, order: list[tuple[str, list[str]]]) -> None:
        """Put groups and the layers in them into another order, top first: ids."""
        specs = {spec["id"]: spec for spec in self.layers()}
        groups = {group["id"]: group for group in self.groups}
        self.groups = [groups[name] | {"layers": [specs[one] for one in names]} for name, names in order]
        self._keep()

    def add(self, title: str, source: Mapping[str, Any]) -> str:
        """Add a base map or a file; returns its id."""
        name = f"{OWN}-{uuid.uuid4().hex[:8]}"
        spec = {"id": name, "title": title, "source": dict(source), "visible": True, "opacity": 1.0, "labels": True}
        next(group for group in self.groups if group["id"] == OWN)["layers"].insert(0, spec)
        self._keep()
        self.changed.emit()
        return name

    def remove(self, name: str) -> None:
        """Take away a layer that the user added."""
        for group in self.groups:
            group["layers"] = [spec for spec in group["layers"] if spec["id"] != name]
        self._keep()
        self.changed.emit()

    def set_overview(self, overview: Overview | None) -> None:
        """Let a file stand for a layer at small scales."""
        wanted: dict[str, Spec] = {}
        if overview is not None:
            wanted = {name: {"path": overview.path, "scale": overview.scale} for name in overview.layers}
        if wanted != self._overviews:
            self._overviews = wanted
            self._show()

    def _keep(self) -> None:
        own = [spec for spec in self.layers() if self.is_own(spec["id"])]
        kept = {
            "order": [[group["id"], [spec["id"] for spec in group["layers"]]] for group in self.groups],
            "layers": {spec["id"]: {name: spec[name] for name in ARRANGED} for spec in self.layers()},
            "own": own,
        }
        self._settings.setValue(self._key, json.dumps(kept, ensure_ascii=False))
        self._show()

    def _show(self) -> None:
        if self._state is None:
            return
        tree = [
            {
                "title": group["title"],
                "layers": [
                    spec | ({"overview": self._overviews[spec["id"]]} if spec["id"] in self._overviews else {})
                    for spec in group["layers"]
                ],
            }
            for group in self.tree()
        ]
        self._engine.keep(
            "project.set", on_value=self._told, crs=self._state.crs, workspace=self._state.source, tree=tree
        )

    def _told(self, answer: Spec) -> None:
        self.failed.emit({layer["id"]: layer["error"] for layer in answer["layers"] if not layer["ok"]})


def _arranged(groups: list[Spec], order: list[Any], layers: dict[str, Spec]) -> list[Spec]:
    """The groups in the remembered order with the remembered settings; what is new since comes last in its group."""
    specs = {spec["id"]: spec | layers.get(spec["id"], {}) for group in groups for spec in group["layers"]}
    members = {group["id"]: [spec["id"] for spec in group["layers"]] for group in groups}
    titles = {group["id"]: group["title"] for group in groups}
    kept = {name: [one for one in names if one in specs] for name, names in order if name in members}
    placed = {one for names in kept.values() for one in names}
    for name, names in members.items():
        kept.setdefault(name, [])
        kept[name] += [one for one in names if one not in placed]
    return [
        {"id": name, "title": titles[name], "layers": [specs[one] for one in names]} for name, names in kept.items()
    ]
