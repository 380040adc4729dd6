"""The manifest of a plugin, ``plugin.toml``: what it contributes, said without importing any of it."""

from __future__ import annotations

import tomllib
from typing import Annotated, Literal

import pydantic
from pydantic_core import ErrorDetails

from jnw_desktop.language import N_, _

INTERFACE = 1  # of plugins; counted up when a manifest or a call that plugins make changes its meaning

Name = Annotated[str, pydantic.StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Target = Annotated[str, pydantic.StringConstraints(pattern=r"^[a-z][a-z0-9_.]*:[A-Za-z][A-Za-z0-9_]*$")]
Text = Annotated[str, pydantic.StringConstraints(min_length=1)]


class _Part(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


class OperationEntry(_Part):
    """``PLUGIN.name`` for the worker: ``f(workspace, …)``, in a module of the plugin (``operations:issue``).

    With ``changes`` it runs alone on the worker's writing lane. With ``terms`` it writes a document and can do so again
    for a recipient: it takes ``terms`` (``facilities.releases.leaving.Terms``).
    """

    name: Name
    run: Target
    changes: bool = False
    terms: bool = False


class PanelEntry(_Part):
    """One entry of the rail and the side panel behind it: a QWidget made with a ``Session``."""

    widget: Target
    icon: Text = "fa5s.puzzle-piece"


class PageEntry(_Part):
    """A page of the inspector about a facility of one of ``kinds``: a QWidget made with a ``Session``.

    It bears the plugin's title; its ``show_facility(kind, uid, code)`` is called when it is looked at.
    """

    widget: Target
    kinds: Annotated[tuple[Name, ...], pydantic.Field(min_length=1)]


class ActionEntry(_Part):
    """A command of menu, toolbar and palette; ``call`` names a method of the panel."""

    id: Annotated[str, pydantic.StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
    title: Text
    call: Name
    menu: Literal["file", "edit", "map", "tools", "view", "help"] = "tools"
    icon: str = ""
    key: str = ""
    toolbar: bool = False


class LayerEntry(_Part):
    """A map layer over one of the plugin's tables; ``style`` is a QML file in the plugin's folder."""

    table: Name
    title: Text
    style: Annotated[str, pydantic.StringConstraints(pattern=r"^[\w-]+\.qml$")] | None = None
    visible: bool = True
    min_scale: Annotated[int, pydantic.Field(ge=0)] = 0


class DocumentEntry(_Part):
    """A document about a facility of ``kind``: the operation gets the facility's ``code`` and ``out``, a PDF's path."""

    title: Text
    kind: Name
    operation: Name


class Manifest(_Part):
    """The whole of a ``plugin.toml``."""

    id: Name
    title: Text
    version: Annotated[str, pydantic.StringConstraints(pattern=r"^\d+(\.\d+)*$")]
    interface: int
    tables: str | None = None
    commands: Target | None = None
    key_points: Target | None = None
    panel: PanelEntry | None = None
    page: PageEntry | None = None
    operations: tuple[OperationEntry, ...] = ()
    actions: tuple[ActionEntry, ...] = ()
    layers: tuple[LayerEntry, ...] = ()
    documents: tuple[DocumentEntry, ...] = ()

    @pydantic.model_validator(mode="after")
    def _hangs_together(self) -> Manifest:
        if self.interface != INTERFACE:
            told = _("it is made for interface {its} of plugins; this program has {ours}")
            raise ValueError(told.format(its=self.interface, ours=INTERFACE))
        names = [entry.name for entry in self.operations]
        if len(set(names)) != len(names):
            raise ValueError(_("two operations have one name"))
        if unknown := {entry.operation for entry in self.documents} - set(names):
            told = _("a document names an operation that is not there: {names}")
            raise ValueError(told.format(names=", ".join(sorted(unknown))))
        if self.actions and self.panel is None:
            raise ValueError(_("actions call methods of the panel, and there is none"))
        if self.layers and self.tables is None:
            raise ValueError(_("layers show the plugin's tables, and it declares none"))
        return self


def read_manifest(content: bytes) -> Manifest:
    """The manifest in a ``plugin.toml``. Raises ValueError with one line that says what is wrong and where."""
    try:
        values = tomllib.loads(content.decode("utf-8"))
    except ValueError as error:
        raise ValueError(_("it is no TOML in UTF-8: {why}").format(why=error)) from error
    try:
        return Manifest.model_validate(values)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{where}: {_said(first)}" if where else _said(first)) from error


def _said(wrong: ErrorDetails) -> str:
    """What pydantic found wrong, in the user's language."""
    if wrong["type"] == "value_error":
        return str(wrong["ctx"]["error"])  # a sentence of ours
    said = {"missing": N_("is missing"), "extra_forbidden": N_("is no key of a manifest")}.get(wrong["type"])
    return _(said) if said else _("{value} does not fit").format(value=repr(wrong["input"]))
