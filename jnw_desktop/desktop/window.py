"""The main window: map in the middle, layers at the left, what is selected at the right, the table below."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyproj
import qtawesome
import shapely
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QColor
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QFileDialog,
    QMainWindow,
    QMessageBox,
    QSizePolicy,
    QTabWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

import jnw_desktop
from jnw_desktop import language
from jnw_desktop.desktop import themes
from jnw_desktop.desktop.actions import ACCENT, ACTIONS, DISABLED, MENUS, Action
from jnw_desktop.desktop.basemaps import BaseMaps
from jnw_desktop.desktop.connecting import ConnectDatabase
from jnw_desktop.desktop.jobs import Jobs
from jnw_desktop.desktop.mapview.engine import EngineBridge
from jnw_desktop.desktop.mapview.layers import MapLayers
from jnw_desktop.desktop.mapview.widget import MapWidget
from jnw_desktop.desktop.messages import MessageLine
from jnw_desktop.desktop.modules import Modules
from jnw_desktop.desktop.palette import Palette
from jnw_desktop.desktop.panels.attributetable import AttributeTable
from jnw_desktop.desktop.panels.inspector import Inspector
from jnw_desktop.desktop.panels.layertree import LayerTree
from jnw_desktop.desktop.panels.pluginlist import PluginList
from jnw_desktop.desktop.panels.preview import Preview
from jnw_desktop.desktop.panels.search import SearchBox
from jnw_desktop.desktop.printing import PrintMap
from jnw_desktop.desktop.statusbar import StatusBar
from jnw_desktop.errors import JnwError
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import Hit, Record, bounds_of
from jnw_desktop.language import N_, _
from jnw_desktop.worker.sessions import WorkspaceState
from jnw_desktop.workspace import ChangeResult
from jnw_desktop.workspace.location import Location

OVERVIEW_AFTER_MS = 3000  # after the last of several edits


def _concerns(result: ChangeResult | None, record: Record) -> bool:
    """Whether a change may have touched a facility; a change by another process tells nothing and may."""
    if result is None:
        return True
    touched = result.touched.get(record.kind)
    return touched is not None and (touched.whole or record.uid in (*touched.updated, *touched.deleted))


class MainWindow(QMainWindow):
    """One window over one workspace. ``settings`` remembers layout, language, colours and recent workspaces."""

    def __init__(self, settings: QSettings, engine: EngineBridge, jobs: Jobs) -> None:
        super().__init__()
        self.settings = settings
        self.state: WorkspaceState | None = None
        self.jobs, self.engine = jobs, engine
        jobs.setParent(self)
        engine.setParent(self)
        self.actions_by_id: dict[str, QAction] = {}
        self._documents = tempfile.TemporaryDirectory(prefix="jnw-documents-", ignore_cleanup_errors=True)
        self._on_drawn: Callable[[bytes], None] | None = None
        self._on_left: Callable[[], object] | None = None
        self._build()
        self._connect()
        self._title()
        self.resize(1440, 900)
        geometry, layout = settings.value("geometry"), settings.value("layout")
        if geometry:
            self.restoreGeometry(geometry)
            self.restoreState(layout)
        else:
            self.setWindowState(Qt.WindowState.WindowMaximized)

    # -- building ----------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.map = MapWidget(self.engine)
        self.messages = MessageLine()
        self.tabs = QTabWidget(tabsClosable=True, documentMode=True)
        self.tabs.addTab(self.map, _("Map"))
        self.tabs.tabBar().setTabButton(0, self.tabs.tabBar().ButtonPosition.RightSide, None)
        self.tabs.tabCloseRequested.connect(self._close_tab)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.messages)
        column.addWidget(self.tabs)
        self.setCentralWidget(centre)
        self.map_layers = MapLayers(self.engine, self.settings, self)
        self.base_maps = BaseMaps(self, self.map_layers, self.settings)
        self.layers = LayerTree(self.map_layers, self.base_maps.fill_menu)
        self.modules = Modules(self, self.layers)
        self.inspector = Inspector(self.modules.documents)
        self.table = AttributeTable(self.jobs)
        self.search = SearchBox(self.jobs)
        self.status = StatusBar()
        self.setStatusBar(self.status)
        self._make_actions()
        self._make_bars()
        self._side_dock = self._dock("side", _("Layers"), self.modules.side, Qt.DockWidgetArea.LeftDockWidgetArea, 270)
        self._dock("inspector", _("Properties"), self.inspector, Qt.DockWidgetArea.RightDockWidgetArea, 330)
        self._dock("table", _("Attribute table"), self.table, Qt.DockWidgetArea.BottomDockWidgetArea, 230)

    def _dock(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea, size: int) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        dock.setWidget(widget)
        self.addDockWidget(area, dock)
        upright = area == Qt.DockWidgetArea.BottomDockWidgetArea
        self.resizeDocks([dock], [size], Qt.Orientation.Vertical if upright else Qt.Orientation.Horizontal)
        self._view_menu.addAction(dock.toggleViewAction())
        return dock

    def _make_actions(self) -> None:
        self._tools = QActionGroup(self)
        self._needing: list[QAction] = []
        self._toolbar = QToolBar(_("Tools"))
        self._toolbar.setObjectName("tools")
        self._toolbar.setMovable(False)
        menus = {menu: self.menuBar().addMenu(_(menu)) for menu in MENUS}
        self._view_menu = menus[N_("&View")]
        for declared in ACTIONS:
            menus[declared.menu].addAction(self._action(declared, None))
        for declared, call in self.modules.actions():
            menus[declared.menu].addAction(self._action(declared, call))
        self.recent = menus[N_("&File")].addMenu(_("Recent workspaces"))
        self._fill_recent()

    def _action(self, declared: Action, call: Callable[[], None] | None) -> QAction:
        action = QAction(_(declared.title), self)
        if declared.icon:
            action.setIcon(
                qtawesome.icon(declared.icon, color=ACCENT, color_on="white", color_disabled=QColor(DISABLED))
            )
        if declared.key:
            action.setShortcut(declared.key)
            action.setToolTip(f"{_(declared.title)} ({declared.key})")
        if call is not None:
            action.triggered.connect(call)
        elif declared.call.startswith("tool:"):
            tool = declared.call.removeprefix("tool:")
            action.setCheckable(True)
            self._tools.addAction(action)
            action.triggered.connect(lambda: self.map.set_tool(tool))
        else:
            action.triggered.connect(lambda: getattr(self, declared.call)())
        action.setEnabled(not declared.needs)
        self._needing += [action] if declared.needs and declared.id not in ("undo", "redo") else []
        self.actions_by_id[declared.id] = action
        if declared.toolbar:
            self._toolbar.addAction(action)
        return action

    def _make_bars(self) -> None:
        room = QWidget()
        room.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._toolbar.addWidget(room)
        self._toolbar.addWidget(self.search)
        self.addToolBar(self._toolbar)
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, self.modules.rail)

    def _connect(self) -> None:
        self.jobs.changed.connect(self._changed)
        self.jobs.failed.connect(self.messages.error)
        self.jobs.started.connect(self.status.add_job)
        self.jobs.progressed.connect(self.status.set_progress)
        self.jobs.ended.connect(lambda number, _error: self.status.end_job(number))
        self.status.cancel_wanted.connect(self.jobs.cancel)
        self.status.scale_wanted.connect(lambda scale: self.engine.request("view.set", scale=scale))
        self.engine.heard.connect(self._heard)
        self.engine.ready.connect(self._engine_ready)
        self.engine.gave_up.connect(self._engine_gave_up)
        self.map.cursor_at.connect(self.status.set_place)
        self.map.view_changed.connect(self.status.set_view)
        self.map.drawing.connect(self.status.set_drawing)
        self.layers.zoom_to.connect(lambda layer: self.engine.request("view.layer", id=layer))
        self.layers.open_table.connect(self._open_table)
        self.map_layers.changed.connect(self._ask_legends)
        self._overview_timer = QTimer(self, singleShot=True, interval=OVERVIEW_AFTER_MS)
        self._overview_timer.timeout.connect(self._ask_overview)
        self.inspector.save.connect(self._save)
        self.inspector.show_on_map.connect(self._fly_to)
        self.table.picked.connect(lambda kind, uid: self.select(kind, uid=uid, fly=True))
        self.search.chosen.connect(self._found)
        self.search.place.connect(self._go_to)

    # -- life --------------------------------------------------------------------------------------------------------

    def start(self, where: str | None) -> None:
        """Open a workspace, or say how; the window is already there."""
        if where:
            self.open_workspace(where)
        else:
            self.map.tell(_("Open a workspace (Ctrl+O) to see its map."))

    def open_workspace(self, where: str) -> None:
        """Open a workspace in place of the one that is open; a refusal leaves that one open."""
        self.jobs.ask("workspace.open", self._opened, functools.partial(self._not_opened, where), where=where)

    def _not_opened(self, where: str, error: JnwError) -> None:
        self.messages.error(error)
        if error.kind == "workspace_unreachable":  # a remembered address has no password
            self.connect_database(str(Location.parse(where)))

    def connect_database(self, where: str = "") -> None:
        """Ask for the address of a team workspace and open it."""
        asked = ConnectDatabase(self, where)
        asked.form.accepted.connect(lambda: self.open_workspace(asked.address()))
        asked.form.finished.connect(asked.form.deleteLater)
        asked.form.open()

    def _opened(self, state: WorkspaceState) -> None:
        first = self.state is None or self.state.where != state.where
        self._take_state(state)
        for action in self._needing:
            action.setEnabled(True)
        self.status.set_crs(state.crs)
        self.engine.forget("view.set")
        self.map_layers.open(state)
        self._ask_overview()
        self.engine.keep("snap.config", enabled=True)
        if first:
            self.engine.request("view.full")
        self.actions_by_id["identify"].trigger()
        self.table.refresh()
        self.modules.refresh()
        self._remember(state.where)
        if state.read_only:
            self.messages.warning(_("The workspace can only be read here. To change it, copy it to a folder of yours."))

    def _take_state(self, state: WorkspaceState) -> None:
        self.state = state
        self.layers.set_counts(state.counts)
        for name, why in (("undo", state.undo), ("redo", state.redo)):
            action = self.actions_by_id[name]
            action.setEnabled(why is not None and not state.read_only)
            action.setText((_("Undo") if name == "undo" else _("Redo")) + (f": {why}" if why else ""))
        self._title()

    def _title(self) -> None:
        program = _("Jinan Water pipe network · JNW Desktop")
        if self.state is None:
            self.setWindowTitle(program)
            return
        title = self.state.title
        if self.state.read_only:
            title = _("{title} (read only)").format(title=title)
        self.setWindowTitle(f"{title} — {program}")

    def _remember(self, where: str) -> None:
        known = [where, *(place for place in self._recent() if place != where)][:8]
        self.settings.setValue("recent", known)
        self._fill_recent()

    def _recent(self) -> list[str]:
        value = self.settings.value("recent") or []
        return [value] if isinstance(value, str) else list(value)

    def _fill_recent(self) -> None:
        self.recent.clear()
        for place in self._recent():
            self.recent.addAction(place, functools.partial(self.open_workspace, place))
        self.recent.setEnabled(not self.recent.isEmpty())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the layout, end the processes."""
        self.settings.setValue("geometry", self.saveGeometry())
        self.settings.setValue("layout", self.saveState())
        self.engine.stop()
        self.jobs.stop()
        self._documents.cleanup()
        event.accept()

    # -- the map -----------------------------------------------------------------------------------------------------

    def _engine_ready(self, _versions: dict[str, Any]) -> None:
        self.engine.resize(self.map.width(), self.map.height())
        self._ask_legends()

    def _engine_gave_up(self, error: Any) -> None:
        self.map.tell(f"{error.message}\n{error.hint}")
        self.messages.error(error, _("Start the map again"), self.restart_map)

    def _ask_legends(self) -> None:
        for layer in [spec["id"] for spec in self.map_layers.layers() if spec["source"]["type"] == "facility"]:
            self.engine.request("layer.legend", functools.partial(self.layers.set_legend, layer), id=layer, size=16)

    def _ask_overview(self) -> None:
        # The map is right without it, only slower: a refusal (a full disk) is nothing to tell.
        self.jobs.ask("facilities.overview", self.map_layers.set_overview, lambda _error: None)

    def _open_table(self, kind: str) -> None:
        self.table.show_kind(kind)
        dock = self.findChild(QDockWidget, "table")
        if dock is not None:
            dock.show()
            dock.raise_()

    def _heard(self, name: str, params: dict[str, Any]) -> None:
        if name == "identified":
            hit = next((hit for hit in params["hits"] if hit["layer"] in KINDS), None)
            if hit is not None:
                self.select(hit["layer"], fid=hit["fid"])
        elif name == "selected":
            self._selected({kind: fids for kind, fids in params["layers"].items() if kind in KINDS})
        elif name == "drawn":
            self._drawn(bytes.fromhex(params["wkb"]))
        elif name == "measured":
            self._measured(params)
        elif name == "tip" and params["layer"] in KINDS:
            show = functools.partial(self.map.show_tip, (params["x"], params["y"]))
            self.jobs.ask("facilities.summary", show, lambda _error: None, kind=params["layer"], fid=params["fid"])
        elif name == "tool.left":
            self.actions_by_id["pan"].trigger()
            on_left, self._on_left, self._on_drawn = self._on_left, None, None
            if on_left is not None:
                on_left()

    def _selected(self, layers: dict[str, list[int]]) -> None:
        self.engine.keep("selection.set", layers=layers)
        total = sum(len(fids) for fids in layers.values())
        parts = [f"{_(KINDS[kind].title)} {len(fids)}" for kind, fids in layers.items()]
        self.messages.info(_("Selected {total}: {parts}").format(total=total, parts=", ".join(parts)))
        if layers:
            kind, fids = next(iter(layers.items()))
            self.select(kind, fid=fids[0], mark=False)

    def _measured(self, params: dict[str, Any]) -> None:
        unit = {"length": "m", "area": "m²", "angle": "°"}[params["kind"]]
        text = _("On the plane {planar:,.2f} {unit}, on the ellipsoid {ellipsoidal:,.2f} {unit}")
        self.messages.info(text.format(planar=params["planar"], ellipsoidal=params["ellipsoidal"], unit=unit))

    def select(
        self, kind: str, *, uid: str | None = None, fid: int | None = None, fly: bool = False, mark: bool = True
    ) -> None:
        """Show one facility in the inspector and on the map."""

        def take(record: Record) -> None:
            self.inspector.show_record(record)
            if mark:
                self.engine.keep("selection.set", layers={kind: [record.fid]})
            if record.geometry is not None:
                shape = {"wkb": record.geometry.hex()}
                self.engine.keep("overlay.set", "selection", id="selection", role="selection", features=[shape])
            if fly:
                self._fly_to(record)

        self.jobs.ask("facilities.describe", take, kind=kind, uid=uid, fid=fid)

    def _fly_to(self, record: Record) -> None:
        bounds = bounds_of(record.geometry)
        if bounds is not None:
            self.map.zoom_to(list(bounds))

    def _found(self, hit: Hit) -> None:
        self.tabs.setCurrentIndex(0)
        self.select(hit.kind, uid=hit.uid, fly=True)

    def _go_to(self, x: float, y: float) -> None:
        if self.state is None:
            return
        if abs(x) <= 180 and abs(y) <= 90:
            system = pyproj.CRS.from_epsg(self.state.crs)
            x, y = pyproj.Transformer.from_crs(system.geodetic_crs, system, always_xy=True).transform(x, y)
        point = {"wkb": shapely.Point(x, y).wkb.hex()}
        self.engine.request("view.set", center=[x, y], scale=1000)
        self.engine.keep("overlay.set", "place", id="place", role="highlight", features=[point])

    def show_all(self) -> None:
        """The whole city."""
        self.engine.request("view.full")

    def previous_view(self) -> None:
        """One view back."""
        self.engine.request("view.history", step=-1)

    def next_view(self) -> None:
        """One view on."""
        self.engine.request("view.history", step=1)

    def north_up(self) -> None:
        """Turn the map back."""
        self.engine.request("view.set", rotation=0.0)

    def restart_map(self) -> None:
        """Start the engine again after it gave up."""
        self.engine.start_again()

    def print_map(self) -> None:
        """Choose paper and place, and make a sheet of the map."""
        if self.map.state:
            self.printing = PrintMap(self)
            self.printing.form.show()

    def copy_view(self) -> None:
        """The map as it is, to the clipboard."""
        QApplication.clipboard().setPixmap(self.map.grab())
        self.messages.info(_("The view is in the clipboard."))

    # -- changes -----------------------------------------------------------------------------------------------------

    def _changed(self, result: ChangeResult | None) -> None:
        self.jobs.ask("workspace.state", self._take_state)
        touched = set(result.touched) if result is not None else None
        drawn = [spec["id"] for spec in self.map_layers.layers() if touched is None or spec["id"] in touched]
        self.engine.request("layer.refresh", ids=drawn)
        if touched is None or touched & {"pipe", "road"}:
            self._overview_timer.start()
        self.table.refresh()
        self.modules.refresh()
        record = self.inspector.record
        if record is not None and _concerns(result, record):
            self.jobs.ask(
                "facilities.describe",
                self.inspector.show_record,
                lambda _error: self.inspector.clear(),
                kind=record.kind,
                uid=record.uid,
            )

    def _save(self, kind: str, uid: str, version: int, values: dict[str, Any]) -> None:
        self.jobs.ask(
            "facilities.update",
            lambda _result: self.messages.info(_("Saved.")),
            kind=kind,
            uid=uid,
            version=version,
            values=values,
        )

    def undo(self) -> None:
        """Take back the newest change."""
        self.jobs.ask("workspace.undo", lambda result: self._told(_("Undone: {why}"), result))

    def redo(self) -> None:
        """Make the last undone change again."""
        self.jobs.ask("workspace.redo", lambda result: self._told(_("Done again: {why}"), result))

    def _told(self, text: str, result: Any) -> None:
        if result is not None:
            self.messages.info(text.format(why=result.why))

    def draw(self, shape: str, on_drawn: Callable[[bytes], None], on_left: Callable[[], object] | None = None) -> None:
        """Let the user draw a point, line, polygon or rectangle; ``on_drawn`` gets its WKB once, or Esc ends it."""
        self._on_drawn, self._on_left = on_drawn, on_left
        self.tabs.setCurrentIndex(0)
        self.map.set_tool(f"draw-{shape}")

    def _drawn(self, wkb: bytes) -> None:
        on_drawn, self._on_drawn, self._on_left = self._on_drawn, None, None
        self.actions_by_id["identify"].trigger()
        if on_drawn is not None:
            on_drawn(wkb)

    # -- documents ---------------------------------------------------------------------------------------------------

    def new_document(self, name: str) -> str:
        """A path for a document that will be shown; it is there until the window closes."""
        plain = "".join(sign if sign.isalnum() or sign in "-_ " else "-" for sign in name).strip()
        return str(Path(tempfile.mkdtemp(dir=self._documents.name)) / f"{plain or 'document'}.pdf")

    def open_document(self, path: str, title: str) -> None:
        """Show a PDF in a tab."""
        self.tabs.setCurrentIndex(self.tabs.addTab(Preview(path), title))

    def _close_tab(self, index: int) -> None:
        if index > 0:
            widget = self.tabs.widget(index)
            self.tabs.removeTab(index)
            if widget is not None:
                widget.deleteLater()

    # -- window ------------------------------------------------------------------------------------------------------

    def show_side(self, title: str) -> None:
        """Bring the side panel forward under the module's title."""
        self._side_dock.setWindowTitle(title)
        self._side_dock.show()

    def show_plugins(self) -> None:
        """The list of plugins, in a tab."""
        self.tabs.setCurrentIndex(self.tabs.addTab(PluginList(), _("Plugins")))

    def choose_workspace(self) -> None:
        """Ask which workspace to open."""
        path, _kind = QFileDialog.getOpenFileName(self, _("Open workspace…"), "", _("Workspaces (*.gpkg)"))
        if path:
            self.open_workspace(path)

    def back_up(self) -> None:
        """Ask where to, and copy the workspace."""
        path, _kind = QFileDialog.getSaveFileName(self, _("Back up workspace…"), "", _("Workspaces (*.gpkg)"))
        if path:
            self.jobs.run(
                _("Back up"),
                "workspace.backup",
                lambda target: self.messages.info(_("Copied to {file}.").format(file=target)),
                target=path,
            )

    def find_facility(self) -> None:
        """To the search box."""
        self.search.setFocus()
        self.search.selectAll()

    def show_palette(self) -> None:
        """Every action by name."""
        palette = Palette(list(self.actions_by_id.values()), self)
        palette.move(self.mapToGlobal(self.rect().center()) - palette.rect().center())
        palette.show()
        palette.text.setFocus()

    def toggle_dark(self) -> None:
        """Light or dark."""
        dark = not self.settings.value("dark", False, bool)
        self.settings.setValue("dark", dark)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        themes.use(application, bool(dark))

    def switch_language(self) -> None:
        """The other language, from the next start on."""
        other = "en" if language.current() == "zh_CN" else "zh_CN"
        self.settings.setValue("language", other)
        self.messages.info(_("The language changes when the program is started again."))

    def about(self) -> None:
        """What this is and what draws the map."""
        versions = self.engine.engine.versions if self.engine.engine else {}
        drawn = ", ".join(
            f"{name} {value}" for name, value in versions.items() if name in ("qgis", "qt", "gdal", "proj")
        )
        QMessageBox.about(self, _("About"), f"<b>JNW Desktop {jnw_desktop.__version__}</b><p>{drawn}</p>")
