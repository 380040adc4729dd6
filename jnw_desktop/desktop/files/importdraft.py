"""What the user has settled so far of an import: which files, which of their layers, and how each comes in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jnw_desktop.exchange.looks import FilesLook, LayerLook
from jnw_desktop.exchange.mapping import Mapping as FieldMapping
from jnw_desktop.facilities.tolerances import JOINED
from jnw_desktop.language import _


@dataclass
class LayerDraft:
    """One layer: whether it comes in, and how; no ``mapping`` while nothing says what its rows are."""

    look: LayerLook
    chosen: bool
    mapping: FieldMapping | None


@dataclass
class ImportDraft:
    """Empty ``encoding``, ``unit`` and ``rejects`` leave it to the program; ``tolerance`` in metres."""

    files: list[str] = field(default_factory=list)
    layers: list[LayerDraft] = field(default_factory=list)
    encoding: str = ""
    unit: str = ""
    tolerance: float = JOINED
    rejects: str = ""

    def take(self, told: FilesLook) -> None:
        """Begin anew with what the files hold; CRSs that were given before stay with layers of the same name."""
        given = {one.look.name: one.mapping.crs for one in self.layers if one.mapping is not None}
        self.files = told.files
        self.layers = [LayerDraft(one, one.chosen, one.mapping) for one in told.layers]
        for layer in self.layers:
            if layer.mapping is not None:
                layer.mapping.crs = given.get(layer.look.name, "")

    def mappings(self) -> tuple[FieldMapping, ...]:
        """Of the layers that come in."""
        return tuple(
            replace(one.mapping, encoding=self.encoding)
            for one in self.layers
            if one.chosen and one.mapping is not None
        )

    def choices(self) -> dict[str, Any]:
        """As :func:`jnw_desktop.exchange.importing.import_file` takes them."""
        return {
            "mappings": self.mappings(), "encoding": self.encoding, "unit": self.unit, "tolerance": self.tolerance,
        }  # fmt: skip

    def give_crs(self, layer: LayerDraft, crs: str) -> None:
        """Say which CRS a layer is in; others of the files that state none, and were given none, are in it too."""
        before = layer.mapping.crs if layer.mapping is not None else ""
        for one in self.layers:
            if one.mapping is None:
                continue
            if one is layer or (not one.look.crs and one.mapping.crs in ("", before)):
                one.mapping = replace(one.mapping, crs=crs)

    def lacking(self) -> str:
        """What is still to be said before anything can come in; empty when all is."""
        if not self.files:
            return _("No file is chosen.")
        if not any(one.chosen for one in self.layers):
            return _("Tick the layers that are to come in.")
        unknown = [one.look.name for one in self.layers if one.chosen and one.mapping is None]
        return _("Choose what {layer} holds.").format(layer=unknown[0]) if unknown else ""

    @property
    def title(self) -> str:
        """The files, for people."""
        names = [Path(file).name for file in self.files]
        told = ", ".join(names[:3])
        return told if len(names) <= 3 else _("{names} and {count} more").format(names=told, count=len(names) - 3)
