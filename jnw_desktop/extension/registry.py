"""Every plugin that was found, what each contributes, and why one cannot be used."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from jnw_desktop.errors import JnwError
from jnw_desktop.extension.manifest import Manifest, read_manifest
from jnw_desktop.language import _
from jnw_desktop.workspace.migrations.steps import declare_branch

ENTRY_POINTS = "jnw.plugins"  # an installed distribution names its plugin's package under this group
BUILT_IN = "jnw_plugins"


class PluginFailed(JnwError):
    """A plugin raised while one of its modules was loaded, or its manifest is wrong."""

    kind = "plugin_failed"


@dataclass
class Plugin:
    """One plugin that was found. ``reason`` says why it cannot be used; its manifest is ``None`` when that is wrong."""

    id: str
    package: str
    folder: Path
    manifest: Manifest | None = None
    reason: str | None = None

    def load(self, target: str) -> Any:
        """What ``module:name`` of the plugin is, imported now. Raises PluginFailed, and keeps the reason."""
        module, _colon, name = target.partition(":")
        if self.manifest is None:
            raise self._failed()
        try:
            loaded = import_module(f"{self.package}.{module}")
            return getattr(loaded, name) if name else loaded
        except Exception as fault:  # the plugin's code may raise anything; it becomes a row in the list
            self.reason = f"{type(fault).__name__}: {fault}"
            raise self._failed() from fault

    def try_out(self) -> None:
        """Load what runs without a window, so that ``reason`` is known before somebody needs it."""
        if self.manifest is None or self.reason is not None:
            return
        targets = [one.run for one in self.manifest.operations]
        targets += [target for target in (self.manifest.tables, self.manifest.commands) if target]
        for target in targets:
            with suppress(PluginFailed):
                self.load(target)

    def _failed(self) -> PluginFailed:
        return PluginFailed(
            _("The plugin {name} cannot be used: {reason}").format(name=self.id, reason=self.reason),
            _("Everything else works. Ask whoever made the plugin; the list of plugins shows where it lies."),
        )


@dataclass(frozen=True)
class Registry:
    """The plugins by id. What they contribute comes from their manifests; only :meth:`Plugin.load` imports."""

    plugins: dict[str, Plugin] = field(default_factory=dict)

    def usable(self) -> Iterator[tuple[Plugin, Manifest]]:
        """The plugins whose manifest is right, in the list's order."""
        for plugin in self.plugins.values():
            if plugin.manifest is not None:
                yield plugin, plugin.manifest

    def declare_tables(self) -> None:
        """Declare every plugin's tables, so that undo, verify and migration know them; one that raises is left out."""
        for plugin, manifest in self.usable():
            if manifest.tables is None or plugin.reason is not None:
                continue
            try:
                plugin.load(manifest.tables)
            except PluginFailed:
                continue  # the plugin keeps the reason
            declare_branch(plugin.id, plugin.folder / "migrations")


def discover() -> Registry:
    """Look for plugins in the program's ``plugins`` folder and among installed distributions; import none."""
    found: dict[str, Plugin] = {}
    for package, folder in [*_built_in(), *_installed()]:
        plugin = _look(package, folder)
        if plugin.id in found:
            plugin.reason = _("another plugin has the id {id}: {folder}").format(
                id=plugin.id, folder=found[plugin.id].folder
            )
            plugin.manifest = None
            plugin.id = f"{plugin.id}@{package}"
        found[plugin.id] = plugin
    return Registry(found)


@cache
def registry() -> Registry:
    """The plugins of this process, their tables declared."""
    known = discover()
    known.declare_tables()
    return known


def _built_in() -> Iterator[tuple[str, Path]]:
    spec = importlib.util.find_spec(BUILT_IN)
    for place in spec.submodule_search_locations or () if spec is not None else ():
        for file in sorted(Path(place).glob("*/plugin.toml")):
            yield f"{BUILT_IN}.{file.parent.name}", file.parent


def _installed() -> Iterator[tuple[str, Path | None]]:
    for entry in sorted(importlib.metadata.entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name):
        spec = importlib.util.find_spec(entry.value) if "." not in entry.value else None
        places = spec.submodule_search_locations if spec is not None else None
        yield entry.value, Path(next(iter(places))) if places else None


def _look(package: str, folder: Path | None) -> Plugin:
    name = package.rpartition(".")[2]
    if folder is None:
        return Plugin(name, package, Path(), reason=_("its entry point does not name a package at the top level"))
    plugin = Plugin(name, package, folder)
    try:
        manifest = read_manifest((folder / "plugin.toml").read_bytes())
    except (OSError, ValueError) as error:
        plugin.reason = str(error)
        return plugin
    if package.startswith(BUILT_IN + ".") and manifest.id != name:
        plugin.reason = _("its id is {id}, its folder {name}").format(id=manifest.id, name=name)
        return plugin
    plugin.id, plugin.manifest = manifest.id, manifest
    return plugin
