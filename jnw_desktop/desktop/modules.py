"""The rail and the side panels behind it: the layers, the core's modules, then one for each plugin that has a panel."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import qtawesome
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QGuiApplication
from PySide6.QtWidgets import QLabel, QToolBar, QWidget

from jnw_desktop.desktop import forms
from jnw_desktop.desktop.actions import ACCENT, Action
from jnw_desktop.desktop.panels.recordlist import RecordList
from jnw_desktop.desktop.papers.handingout import HandOut, write_file
from jnw_desktop.desktop.scrolling import SidePanels
from jnw_desktop.desktop.themes import RAIL
from jnw_desktop.extension.listing import Listing, ListOf
from jnw_desktop.extension.registry import Plugin, registry
from jnw_desktop.extension.session import OnValue
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.language import N_, _
from jnw_desktop.worker.catalogue import find

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow

MENUS = {"file": "&File", "edit": "&Edit", "map": "&Map", "tools": "&Tools", "view": "&View", "help": "&Help"}


@dataclass(frozen=True)
class Module:
    """One entry of the rail; ``widget`` is its panel's class (``module:Class``), of a plugin or of the core."""

    id: str
    title: str
    icon: str
    widget: str
    plugin: Plugin | None = None

    def load(self) -> Callable[[ModuleSession], object]:
        """The panel's class. Raises whatever its code raises."""
        module, _colon, name = self.widget.partition(":")
        made: Callable[[ModuleSession], object] = (
            getattr(import_module(module), name) if self.plugin is None else self.plugin.load(self.widget)
        )
        return made

    def make(self, window: MainWindow) -> QWidget:
        """The panel. Raises whatever its code raises."""
        panel = self.load()(ModuleSession(window, self.id))
        if not isinstance(panel, QWidget):
            raise TypeError(f"{self.widget} is no QWidget")
        return panel


# The core's own modules, in the rail's order; their panels see the window only through a session, as a plugin's do.
CORE: tuple[Module, ...] = (
    Module("home", N_("Home"), "fa5s.home", "jnw_desktop.desktop.panels.home:HomePanel"),
    Module("analysis", N_("Analysis"), "fa5s.project-diagram", "jnw_desktop.desktop.panels.analysis:AnalysisPanel"),
    Module("checks", N_("Checks"), "fa5s.clipboard-check", "jnw_desktop.desktop.panels.checks:ChecksPanel"),
)  # fmt: skip


TIED = ("valve", "hydrant")  # kinds that have a tie card


def modules() -> Iterator[Module]:
    """The core's, then the plugins'."""
    yield from CORE
    for plugin, manifest in registry().usable():
        if manifest.panel is not None:
            yield Module(plugin.id, manifest.title, manifest.panel.icon, manifest.panel.widget, plugin)


SIDE_WIDTH = 270  # px, at first


class ModuleSession:
    """What one module's panel may ask of the window. See :class:`jnw_desktop.extension.session.Session`."""

    def __init__(self, window: MainWindow, module: str) -> None:
        self._window = window
        self._module = module

    def ask(self, operation: str, on_value: OnValue, /, **values: Any) -> None:
        """Ask the worker quietly."""
        self._window.jobs.ask(operation, on_value, **values)

    def run(self, title: str, operation: str, on_value: OnValue, /, **values: Any) -> None:
        """Run a job that is shown with its progress."""
        self._window.jobs.run(title, operation, on_value, **values)

    def select(self, kind: str, uid: str, *, fly: bool = False) -> None:
        """Select a facility everywhere."""
        self._window.selection.choose(kind, uid=uid, fly=fly)

    def inspect(self, kind: str, uid: str) -> None:
        """Select a facility and bring this module's page of it forward."""
        self._window.inspector.want_page(self._module)
        self._window.selection.choose(kind, uid=uid)
        self._window.show_inspector()

    def draw(self, shape: str, on_drawn: Callable[[bytes], None]) -> None:
        """Let the user draw."""
        self._window.drawing.ask(shape, on_drawn)

    def point_at(self, on_point: Callable[[bytes], None]) -> None:
        """Let the user click what is meant."""
        self._window.drawing.ask("point", on_point, snap=False)

    def show(
        self, name: str, features: Sequence[bytes], colour: str | None = None, *, size: int | None = None,
        width: int | None = None,
    ) -> None:  # fmt: skip
        """Show geometries over the map."""
        key = f"{self._module}.{name}"
        before = self._window.engine.kept("overlay.set", key) or {}
        if not features and not before.get("features") and not before.get("file"):
            return  # nothing is there to be taken away
        shapes = [{"wkb": wkb.hex()} for wkb in features]
        style: dict[str, Any] = {} if colour is None else {"line": colour, "fill": f"#40{colour[1:]}"}
        style |= {part: pixels for part, pixels in (("size", size), ("width", width)) if pixels is not None}
        self._window.engine.keep("overlay.set", key, id=key, role="result", features=shapes, style=style)

    def show_file(self, name: str, file: str | None, colour: str, *, width: int | None = None) -> None:
        """Show the geometries in a file over the map; none takes them away."""
        if file is None:
            self.show(name, ())
            return
        key = f"{self._module}.{name}"
        style: dict[str, Any] = {"line": colour, "fill": f"#40{colour[1:]}"}
        style |= {} if width is None else {"width": width}
        self._window.engine.keep("overlay.set", key, id=key, role="result", file=file, style=style)

    def document(self, title: str, operation: str, code: str, /, **values: Any) -> None:
        """Write a document about a facility and open it."""
        self.open_file(title, operation, code, code=code, **values)

    def open_file(self, title: str, operation: str, name: str, /, **values: Any) -> None:
        """Write a document and open it; where the operation can name a recipient, that is offered beside it."""
        window = self._window
        out = window.tabs.new_document(name)

        def again(terms: Terms) -> None:
            self.open_file(title, operation, name, **values | {"terms": terms})

        def done(value: Any) -> None:
            called = f"{title} {getattr(value, 'document', name)}".strip()
            recipient = values["terms"].recipient if "terms" in values else ""
            hand_out = (lambda: HandOut(window.jobs, called, again, window).open()) if find(operation).terms else None
            window.tabs.open_document(out, f"{called} → {recipient}" if recipient else called, hand_out)
            ready = _("{title} {code} is ready.").format(title=title, code=getattr(value, "document", name))
            self.tell(" ".join([ready, *getattr(value, "notes", ())]))

        window.jobs.run(f"{title} {name}", operation, done, out=out, **values)

    def write_file(self, title: str, operation: str, out: str, /, **values: Any) -> None:
        """Write a list to the file that the user named, and offer to make it again for a recipient."""
        write_file(self._window, title, operation, out, **values)

    def listing(self, of: ListOf) -> Listing:
        """A list for a panel."""

        def export(out: str, title: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
            told = _("{title}: {count:,} rows were written to {path}.").format(title=title, count=len(rows), path=out)
            wanted = {"title": title, "head": head, "rows": rows}
            write_file(self._window, _("Export a list"), "documents.write_list", out, told, **wanted)

        def hand(text: str, count: int) -> None:
            """To the clipboard, when it is in the register."""

            def recorded(_change: Any) -> None:
                QGuiApplication.clipboard().setText(text)
                self.tell(_("{count} rows are in the clipboard.").format(count=count))

            title = _("{count} rows of {kind}").format(count=count, kind=of.title)
            self.ask("releases.copy", recorded, title=title, kinds=[])

        return RecordList(of, lambda place: self.select(*place, fly=True), export, hand)

    def form(self, widget: QWidget, name: str) -> forms.Form[QWidget]:
        """Fill a widget with a form of Qt Designer."""
        return forms.fill(widget, name)

    def tab(self, title: str, widget: QWidget) -> None:
        """Show a widget in a tab."""
        self._window.tabs.open(widget, title)

    def table(self, kind: str) -> None:
        """Open the attribute table of a kind."""
        self._window.open_table(kind)

    def setting(self, key: str) -> str:
        """What the user set on this machine."""
        return str(self._window.settings.value(key, ""))

    def may_change(self) -> bool:
        """Whether the workspace can be changed; where not, that is told."""
        return self._window.may_change()

    def come_forward(self) -> None:
        """Show this module's panel."""
        self._window.modules.show(self._module)

    def tell(self, text: str) -> None:
        """Say something in the message line."""
        self._window.messages.info(text)


class Modules:
    """Makes the rail's entries and, at its first use, each module's panel. ``side`` holds the panels."""

    LAYERS = "layers"
    PLACE = 1  # of the layers in the rail: after the first page

    def __init__(self, window: MainWindow, layers: QWidget) -> None:
        self._window = window
        self.side = SidePanels(SIDE_WIDTH)
        self.side.add(layers)
        self.rail = QToolBar(_("Modules"))
        self.rail.setObjectName("rail")
        self.rail.setMovable(False)
        self.rail.setStyleSheet(RAIL)
        self.rail.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self._group = QActionGroup(window)
        self._titles: dict[str, str] = {}
        self._panels: dict[str, QWidget] = {self.LAYERS: layers}
        self._broken: dict[str, QWidget] = {}
        self._pages: dict[str, QWidget] = {}
        self._modules = {module.id: module for module in modules()}
        self.entries: dict[str, QAction] = {}
        entries = [(module.id, _(module.title), module.icon) for module in self._modules.values()]
        entries.insert(self.PLACE, (self.LAYERS, _("Layers"), "fa5s.layer-group"))
        for entry in entries:
            self._entry(*entry)
        self.entries[f"module-{self.LAYERS}"].setChecked(True)

    def _entry(self, name: str, title: str, icon: str) -> QAction:
        action = QAction(qtawesome.icon(icon, color=ACCENT, color_on="white"), title, self._window)
        action.setCheckable(True)
        action.triggered.connect(lambda: self.show(name))
        self._titles[name] = title
        self._group.addAction(action)
        self.rail.addAction(action)
        self.entries[f"module-{name}"] = action
        return action

    def actions(self) -> Iterator[tuple[Action, Callable[[], None]]]:
        """What plugins add to menus, toolbar and palette, with what each does."""
        for plugin, manifest in registry().usable():
            for entry in manifest.actions:
                declared = Action(
                    entry.id,
                    entry.title,
                    MENUS[entry.menu],
                    "",
                    entry.icon,
                    entry.key,
                    toolbar=entry.toolbar,
                    writes=entry.changes,
                )
                yield declared, functools.partial(self.call, plugin.id, entry.call)

    def documents(self, kind: str) -> list[tuple[str, Callable[[str], None]]]:
        """Documents that can be written about a facility of ``kind``: title, and what to call with its code."""
        found: list[tuple[str, Callable[[str], None]]] = []
        if kind in TIED:
            session = ModuleSession(self._window, "documents")
            card = functools.partial(session.document, _("Tie card"), "documents.tie_card", kind=kind)
            found.append((_("Tie card"), card))
        for plugin, manifest in registry().usable():
            session = ModuleSession(self._window, plugin.id)
            for entry in manifest.documents:
                if entry.kind == kind:
                    name = f"{plugin.id}.{entry.operation}"
                    found.append((_(entry.title), functools.partial(session.document, _(entry.title), name)))
        return found

    def pages(self, kind: str) -> list[tuple[str, str, QWidget]]:
        """The inspector's pages about a facility of ``kind``, made at their first use: plugin, title, widget."""
        found = []
        for plugin, manifest in registry().usable():
            if manifest.page is not None and kind in manifest.page.kinds:
                if plugin.id not in self._pages:
                    module = Module(plugin.id, manifest.title, "", manifest.page.widget, plugin)
                    self._pages[plugin.id] = self._made(module)[0]
                found.append((plugin.id, _(manifest.title), self._pages[plugin.id]))
        return found

    def imports(self) -> Iterator[Callable[[], object]]:
        """Calls that import the code of the core's panels, each a few milliseconds; a plugin's comes at first use."""
        return (module.load for module in CORE)

    def panel(self, name: str) -> QWidget | None:
        """The panel of a module, made now if it was not; ``None`` where its code failed."""
        if name not in self._panels and name not in self._broken:
            self._make(self._modules[name])
        return self._panels.get(name)

    def _make(self, module: Module) -> None:
        made, whole = self._made(module)
        self.side.add(made)
        if not whole:
            self._broken[module.id] = made
            return
        self._panels[module.id] = made
        if self._window.state is not None:
            _refresh(made)

    def _made(self, module: Module) -> tuple[QWidget, bool]:
        """The widget of a module and whether it is whole; where a plugin's code fails, what went wrong instead."""
        try:
            return module.make(self._window), True
        except Exception as fault:
            if module.plugin is None:
                raise
            # The plugin's own code: it is out of use, and the panel says what went wrong.
            module.plugin.reason = module.plugin.reason or f"{type(fault).__name__}: {fault}"
            label = QLabel(
                _("The plugin {name} cannot be used: {reason}").format(name=module.id, reason=module.plugin.reason)
            )
            label.setWordWrap(True)
            label.setMargin(12)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            return label, False

    def show(self, name: str) -> None:
        """Show one module's side panel."""
        panel = self.panel(name) or self._broken[name]
        self.side.show_panel(panel)
        self.entries[f"module-{name}"].setChecked(True)
        self._window.show_side(self._titles[name])

    def refresh(self) -> None:
        """The workspace is another or has changed: the panels that were made look again."""
        for name, panel in self._panels.items():
            if name != self.LAYERS:
                _refresh(panel)
        for page in self._pages.values():
            _refresh(page)

    def call(self, name: str, method: str) -> None:
        """Call a method of a module's panel; of one that cannot be used, show why."""
        called = getattr(self.panel(name), method, None)
        if called is None:
            self.show(name)
        else:
            called()


def _refresh(panel: QWidget) -> None:
    refresh = getattr(panel, "refresh", None)
    if refresh is not None:
        refresh()
