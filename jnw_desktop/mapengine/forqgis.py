"""Gives a GeoPackage the company's styles and a project, so that QGIS Desktop shows it as the window does."""

from __future__ import annotations

import base64
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities import queries
from jnw_desktop.language import _
from jnw_desktop.mapengine.client import MapEngine
from jnw_desktop.mapengine.errors import NoQgis
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace

_SVG = re.compile(r'value="([\w-]+\.svg)"')


@dataclass(frozen=True)
class Given:
    """How many tables got a style, and how many layers the project has; 0 where there is no QGIS to make one."""

    styles: int
    layers: int


def give_to_qgis(workspace: Workspace, *, tree: Sequence[dict[str, Any]], task: Task = SILENT) -> Given:
    """Put the styles of ``tree`` (groups of layers in the engine's form) and a project into the workspace's file.

    The project is made over an empty workspace of the same name: QGIS never opens this one to write. Raises UsageError
    for a database, EngineFailed, ReadOnlyWorkspace.
    """
    if workspace.location.path is None:
        raise UsageError(
            _("Only a GeoPackage keeps styles and a project for QGIS."), _("Export the workspace to a file first.")
        )
    styles = styles_of(tree)
    task.progress(0.2, _("Making the project"))
    project, count = make_project(workspace, tree, styles, workspace.location.path.name)
    workspace.keep_for_qgis(styles, project)
    task.progress(1.0)
    return Given(len(styles), count)


def styles_of(tree: Sequence[dict[str, Any]]) -> dict[str, str]:
    """QML with its symbols within, by table."""
    layers = [layer for group in tree for layer in group["layers"] if layer.get("style")]
    return {layer["source"]["table"]: embedded(style_text(layer["style"])) for layer in layers}


def style_text(style: str) -> str:
    """The QML of a style: a file of the program's, or a plugin's by its whole path."""
    path = Path(style)
    if path.is_absolute():
        return path.read_text("utf-8")
    return (files("jnw_resources") / "styles" / style).read_text("utf-8")


def embedded(qml: str) -> str:
    """``qml`` with the program's symbols within it: QGIS Desktop does not know our folder of symbols."""
    symbols = files("jnw_resources") / "symbols"

    def within(found: re.Match[str]) -> str:
        symbol = symbols / found[1]
        if not symbol.is_file():
            return found[0]
        return f'value="base64:{base64.b64encode(symbol.read_bytes()).decode()}"'

    return _SVG.sub(within, qml)


def make_project(
    workspace: Workspace, tree: Sequence[dict[str, Any]], styles: dict[str, str], name: str
) -> tuple[bytes | None, int]:
    """A project (.qgz) over a copy of the workspace called ``name`` that lies beside it, and how many layers it has.

    ``None`` and 0 where there is no QGIS. Raises EngineFailed.
    """
    with tempfile.TemporaryDirectory(prefix="jnw-project-") as folder:
        empty = Path(folder) / name
        Workspace.create(empty, crs=workspace.crs).close()
        for table, qml in styles.items():
            (Path(folder) / f"{table}.qml").write_text(qml, "utf-8")
        groups = [group | {"layers": [_at(layer, folder, styles) for layer in group["layers"]]} for group in tree]
        out = Path(folder) / "project.qgz"
        engine = MapEngine()
        try:
            engine.start()
        except NoQgis:
            return None, 0
        try:
            count = engine.call(
                "project.write", path=str(out), workspace=str(empty), crs=workspace.crs, tree=groups,
                title=workspace.properties().get("title", ""), extent=queries.bounds(workspace, "pipe"),
            )  # fmt: skip
        finally:
            engine.stop()
        return out.read_bytes(), int(count)


def _at(layer: dict[str, Any], folder: str, styles: dict[str, str]) -> dict[str, Any]:
    table = layer["source"]["table"]
    return layer | {"style": str(Path(folder) / f"{table}.qml") if table in styles else None}
