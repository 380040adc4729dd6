"""The main window: map in the middle, layers at the left, what is selected at the right, the table below."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QAction, QCloseEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QLabel,
    QMainWindow,
    QMenu,
    QMessageBox,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

import jnw_desktop
from jnw_desktop.desktop import preferences, themes
from jnw_desktop.desktop.actions import FILE
from jnw_desktop.desktop.editing.attaching import Attaching
from jnw_desktop.desktop.editing.drafts import Drafts
from jnw_desktop.desktop.editing.draftstrip import DraftStrip
from jnw_desktop.desktop.editing.drawing import Drawing
from jnw_desktop.desktop.editing.edits import Editing
from jnw_desktop.desktop.editing.referring import Referring
from jnw_desktop.desktop.editing.undoing import Undoing, next_undo
from jnw_desktop.desktop.files.exchanging import Exchanging
from jnw_desktop.desktop.files.fieldwork import FieldWork
from jnw_desktop.desktop.filtering import Filtering
from jnw_desktop.desktop.jobs import Jobs
from jnw_desktop.desktop.mapview.basemaps import BaseMaps
from jnw_desktop.desktop.mapview.engine import EngineBridge
from jnw_desktop.desktop.mapview.layers import MapLayers
from jnw_desktop.desktop.mapview.maptold import MapTold
from jnw_desktop.desktop.mapview.widget import MapWidget
from jnw_desktop.desktop.menus import Menus
from jnw_desktop.desktop.messages import MessageLine
from jnw_desktop.desktop.modules import Modules
from jnw_desktop.desktop.opening import Opening
from jnw_desktop.desktop.palette import Palette
from jnw_desktop.desktop.panels.attributetable import AttributeTable
from jnw_desktop.desktop.panels.calendar import CalendarPage
from jnw_desktop.desktop.panels.hits import Hits
from jnw_desktop.desktop.panels.inspector import Inspector
from jnw_desktop.desktop.panels.layertree import LayerTree
from jnw_desktop.desktop.panels.pluginlist import PluginList
from jnw_desktop.desktop.panels.search import SearchBox
from jnw_desktop.desktop.panels.statistics import StatisticsPage
from jnw_desktop.desktop.papers.printing import PrintMap
from jnw_desktop.desktop.papers.releasing import Releasing
from jnw_desktop.desktop.places import Places
from jnw_desktop.desktop.readying import Readying
from jnw_desktop.desktop.selection import Selection, kind_of_layer
from jnw_desktop.desktop.statusbar import StatusBar
from jnw_desktop.desktop.tabs import Tabs
from jnw_desktop.desktop.tasks import Tasks
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import Hit, Record
from jnw_desktop.language import _
from jnw_desktop.worker.sessions import WorkspaceState
from jnw_desktop.workspace import ChangeResult

LOW_SCREEN = 820  # px
OVERVIEW_AFTER_MS = 3000  # after the last of several edits


class MainWindow(QMainWindow):
    """One window over one workspace. ``settings`` remembers layout, language, colours and recent workspaces."""

    def __init__(self, settings: QSettings, engine: EngineBridge, jobs: Jobs) -> None:
        super().__init__()
        self.settings = settings
        self.state: WorkspaceState | None = None
        self.places: Places | None = None
        self.jobs, self.engine = jobs, engine
        jobs.setParent(self)
        engine.setParent(self)
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
            if self.screen().availableGeometry().height() < LOW_SCREEN:
                self._table_dock.hide()  # the map needs the room

    # -- building ----------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.map = MapWidget(self.engine)
        self.tabs = Tabs(self.map)
        self.messages = MessageLine(self.tabs)
        self.setCentralWidget(self.tabs)
        self.strip = DraftStrip(self.map, self.engine)
        self.selection = Selection(self.engine, self.jobs, self)
        self.map_layers = MapLayers(self.engine, self.settings, self)
        self.base_maps = BaseMaps(self, self.map_layers, self.settings)
        self.layers = LayerTree(self.map_layers, self.base_maps.fill_menu)
        self.modules = Modules(self, self.layers)
        self.menus = Menus(self, self.modules.actions())
        recent = QMenu(_("Recent workspaces"), self)
        self.menus.menus[FILE].insertMenu(self.menus.actions["backup"], recent)
        self.opening = Opening(self, self.settings, recent)
        self.inspector = Inspector(self.modules.documents, self.modules.pages, Referring(self))
        self.table = AttributeTable(self.jobs)
        self.search = SearchBox(self.jobs)
        self.status = StatusBar()
        self.setStatusBar(self.status)
        self.undoing = Undoing(self)
        self.exchanging = Exchanging(self)
        self.editing = Editing(self)
        self.drafts = Drafts(self)
        self.readying = Readying(self)
        self.drawing = Drawing(self)
        MapTold(self)
        Attaching(self)
        self.releasing, self.filtering, self.field = Releasing(self), Filtering(self), FieldWork(self)
        self._make_bars()
        self._side_dock = self._dock("side", _("Layers"), self.modules.side, Qt.DockWidgetArea.LeftDockWidgetArea, 270)
        self.hits = Hits(self.jobs)
        known = QWidget()
        column = QVBoxLayout(known)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.hits)
        column.addWidget(self.inspector)
        self._dock("inspector", _("Properties"), known, Qt.DockWidgetArea.RightDockWidgetArea, 330)
        self._table_dock = self._dock(
            "table", _("Attribute table"), self.table, Qt.DockWidgetArea.BottomDockWidgetArea, 230
        )

    def _dock(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea, size: int) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        dock.setWidget(widget)
        self.addDockWidget(area, dock)
        upright = area == Qt.DockWidgetArea.BottomDockWidgetArea
        self.resizeDocks([dock], [size], Qt.Orientation.Vertical if upright else Qt.Orientation.Horizontal)
        self.menus.view.addAction(dock.toggleViewAction())
        return dock

    def _make_bars(self) -> None:
        room = QWidget()
        room.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.menus.toolbar.addWidget(room)
        self.menus.toolbar.addWidget(self.search)
        self.tasks = Tasks(self.jobs)
        self._who = QLabel()
        self._who.setObjectName("who")
        self._who.setToolTip(_("Stands beside every change you make."))
        for widget in (self.tasks, self._who):
            self.menus.toolbar.addWidget(widget)
        self.addToolBar(self.menus.toolbar)
        self.addToolBarBreak()
        self.addToolBar(self.menus.editing)
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, self.modules.rail)

    @property
    def actions_by_id(self) -> dict[str, QAction]:
        """Every action of menus and rail, for the palette and for who triggers one by name."""
        return self.menus.actions | self.modules.entries

    def _connect(self) -> None:
        self.jobs.changed.connect(self._changed)
        self.jobs.failed.connect(self.messages.error)
        self.jobs.started.connect(self.status.add_job)
        self.jobs.progressed.connect(self.status.set_progress)
        self.jobs.ended.connect(lambda number, _error: self.status.end_job(number))
        self.status.cancel_wanted.connect(self.jobs.cancel)
        self.status.magnified.connect(lambda factor: self.engine.keep("view.magnify", factor=factor))
        self.status.scale_refused.connect(lambda: self.messages.warning(_("A scale is written as 1:500.")))
        self.status.scale_wanted.connect(lambda scale: self.engine.request("view.set", scale=scale))
        self.engine.ready.connect(self._engine_ready)
        self.engine.gave_up.connect(self._engine_gave_up)
        self.map.cursor_at.connect(self.status.set_place)
        self.map.edit_wanted.connect(self.inspector.edit)
        self.map.view_changed.connect(self.status.set_view)
        self.map.unreachable.connect(self._unreachable)
        self.map.drawing.connect(self.status.set_drawing)
        self.layers.zoom_to.connect(lambda layer: self.engine.request("view.layer", id=layer))
        self.layers.open_table.connect(self.open_table)
        self.layers.export.connect(lambda layer: self.exchanging.take_out().show_layer(layer))
        self.map_layers.changed.connect(self._ask_legends)
        self._overview_timer = QTimer(self, singleShot=True, interval=OVERVIEW_AFTER_MS)
        self._overview_timer.timeout.connect(self._ask_overview)
        self.selection.shown.connect(self._inspect)
        self.selection.changed.connect(self.table.mark)
        self.hits.chosen.connect(lambda kind, fid: self.selection.choose(kind, fid=fid))
        self.inspector.save.connect(self._save)
        self.inspector.show_on_map.connect(self.selection.fly_to)
        self.table.told.connect(self.messages.warning)
        self.table.model.edited.connect(self._save)
        self.table.picked.connect(lambda kind, fids: self.selection.take({kind: fids}, fly=len(fids) == 1))
        self.search.chosen.connect(self._found)
        self.search.place.connect(self._go_to)
        self.search.nothing.connect(lambda text: self.messages.info(_("Nothing is called {text}.").format(text=text)))

    # -- life --------------------------------------------------------------------------------------------------------

    def start(self, where: str | None) -> None:
        """Open a workspace, or say how; the window is already there."""
        if where:
            self.opening.open(where)
        else:
            self.map.tell(_("Open a workspace (Ctrl+O) to see its map."))

    def show_workspace(self, state: WorkspaceState) -> None:
        """A workspace was opened: show it in place of the one before."""
        first = self.state is None or self.state.where != state.where
        self._take_state(state)
        self.menus.workspace_is_open(state.read_only)
        self.places = Places(state.crs)
        self.status.set_crs(state.crs, self.places)
        self.engine.forget("view.set")
        self.map_layers.open(state)
        self._ask_overview()
        self.engine.keep("snap.config", enabled=True)
        if first:
            self.drafts.leave()
            self.tabs.close_all()
            self.selection.take({})
            forms = [kind for kind, count in state.counts.items() if count and kind in KINDS]
            self.readying.begin(functools.partial(self.inspector.make_form, kind) for kind in forms)
            self.readying.begin(self.modules.imports())
            self.engine.request("view.full")
        self.actions_by_id["identify"].trigger()
        self.table.refresh()
        self.modules.refresh()
        self._who.setText(state.who)
        self.opening.remember(state.where)
        if first:
            self.drafts.open(state.where)
        self.table.model.editable = not state.read_only
        self.inspector.read_only = state.read_only
        self.may_change()

    def may_change(self) -> bool:
        """Whether the workspace can be changed; where it can only be read, that is told."""
        if self.state is None or self.state.read_only:
            self.messages.warning(_("The workspace can only be read here. To change it, copy it to a folder of yours."))
            return False
        return True

    def _take_state(self, state: WorkspaceState) -> None:
        self.state = state
        self.layers.set_counts(state.counts)
        self.menus.offer("undo", _("Undo"), None if state.read_only else next_undo(state))
        self.menus.offer("redo", _("Redo"), None if state.read_only else state.redo)
        self.filtering.refresh(state)
        self._title()

    def _title(self) -> None:
        program = _("Jinan Water pipe network · JNW Desktop")
        if self.state is None:
            self.setWindowTitle(program)
            return
        title = self.state.title
        if self.state.read_only:
            title = _("{title} (read only)").format(title=title)
        place = Path(self.state.where).name if "://" not in self.state.where else self.state.where
        self.setWindowTitle(f"{title} · {place} — {program}")

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about what is not saved; remember the layout, end the processes."""
        if not self.drafts.may_close():
            event.ignore()
            return
        self.settings.setValue("geometry", self.saveGeometry())
        self.settings.setValue("layout", self.saveState())
        self.engine.stop()
        self.jobs.stop()
        self.tabs.forget_documents()
        event.accept()

    # -- the map -----------------------------------------------------------------------------------------------------

    def _engine_ready(self, _versions: dict[str, Any]) -> None:
        self.engine.resize(self.map.width(), self.map.height())
        self._ask_legends()

    def _unreachable(self, host: str) -> None:
        text = _("The tile service {host} does not answer: the map is drawn without it, and it is tried again later.")
        self.messages.warning(text.format(host=host))

    def _engine_gave_up(self, error: Any) -> None:
        self.map.tell(f"{error.message}\n{error.hint}")
        self.messages.error(error, _("Start the map again"), self.restart_map)

    def _ask_legends(self) -> None:
        for layer in [spec["id"] for spec in self.map_layers.layers() if spec["source"]["type"] == "facility"]:
            self.engine.request("layer.legend", functools.partial(self.layers.set_legend, layer), id=layer, size=16)

    def _ask_overview(self) -> None:
        # The map is right without it, only slower: a refusal (a full disk) is nothing to tell.
        self.jobs.ask("facilities.overview", self.map_layers.set_overview, lambda _error: None)

    def open_table(self, kind: str) -> None:
        """Bring the attribute table forward with the rows of a kind."""
        self.table.show_kind(kind)
        self._table_dock.show()
        self._table_dock.raise_()

    def _found(self, hit: Hit) -> None:
        self.tabs.show_map()
        self.selection.choose(hit.kind, uid=hit.uid, fly=True)

    def _go_to(self, x: float, y: float) -> None:
        if self.places is None:
            return
        found = self.places.find(x, y)
        if found is None:
            self.messages.warning(_("That place lies outside the area of the workspace's CRS."))
            return
        self.tabs.show_map()
        self.selection.go_to(found.east, found.north)
        if found.turned:
            self.messages.info(_("Taken the other way round: east (longitude) comes first."))

    def _inspect(self, record: Record | None) -> None:
        self.editing.leave_draft()
        self.hits.follow(None if record is None else (record.kind, record.fid))
        if record is None:
            self.inspector.clear()
        elif len(self.selection.layers.get(record.kind, [])) > 1:
            self.editing.show_many(record.kind)
        else:
            self.inspector.show_record(record)

    def restart_map(self) -> None:
        """Start the engine again after it gave up."""
        self.engine.start_again(preferences.qgis_python(self.settings))

    def map_runs(self) -> bool:
        """Whether there is a map; where there is none, why nothing can be done on it is told."""
        if self.engine.down:
            told = _("There is no map to do this on: the map engine does not run.")
            self.messages.warning(told, _("Start the map again"), self.restart_map)
        return not self.engine.down

    def print_map(self) -> None:
        """Choose paper and place, and make a sheet of the map."""
        if self.map_runs() and self.map.state:
            self.printing = PrintMap(self)
            self.printing.form.show()

    def show_calendar(self) -> None:
        """The working days that legal deadlines are counted by, in a tab."""
        self.tabs.open_once("calendar", _("Working-day calendar"), lambda: CalendarPage(self))

    # -- changes -----------------------------------------------------------------------------------------------------

    def _changed(self, result: ChangeResult | None) -> None:
        self.jobs.ask("workspace.state", self._take_state)
        touched = set(result.touched) if result is not None else None
        drawn = [
            spec["id"] for spec in self.map_layers.layers() if touched is None or kind_of_layer(spec["id"]) in touched
        ]
        self.engine.request("layer.refresh", ids=drawn)
        if touched is None or touched & {"pipe", "road"}:
            self._overview_timer.start()
        self.table.refresh()
        self.modules.refresh()
        self.selection.look_again(result)
        if result is not None and result.kind == "outside":
            told = _("Another program changed the workspace: {what}").format(what=_touched(result))
            self.messages.info(told, _("Show the changes"), lambda: self.modules.show("home"))

    def _save(self, kind: str, uid: str, version: int, values: dict[str, Any]) -> None:
        def saved(_result: Any) -> None:
            self.inspector.saved(uid)
            self.messages.info(_("Saved."))

        self.jobs.ask(
            "facilities.update",
            saved,
            kind=kind,
            uid=uid,
            version=version,
            values=values,
        )

    # -- window ------------------------------------------------------------------------------------------------------

    def show_side(self, title: str) -> None:
        """Bring the side panel forward under the module's title."""
        self._side_dock.setWindowTitle(title)
        self._side_dock.show()
        self.resizeDocks([self._side_dock], [self.modules.side.wanted], Qt.Orientation.Horizontal)

    def show_inspector(self) -> None:
        """Bring the form of what is selected forward."""
        dock = self.findChild(QDockWidget, "inspector")
        if dock is not None:
            dock.show()
            dock.raise_()

    def show_plugins(self) -> None:
        """The list of plugins, in a tab."""
        self.tabs.open_once("plugins", _("Plugins"), PluginList)

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
        dark = not preferences.DARK.value(self.settings)
        self.settings.setValue(preferences.DARK.key, dark)
        self._prefer(preferences.DARK, dark)

    def show_statistics(self) -> None:
        """How many and how long, by what, in a tab."""
        self.tabs.open_once("statistics", _("Statistics"), lambda: StatisticsPage(self))

    def show_preferences(self) -> None:
        """What may be set, in a tab."""
        page = functools.partial(preferences.PreferencesPage, self.settings, self._prefer)
        self.tabs.open_once("preferences", _("Preferences"), page)

    def _prefer(self, changed: preferences.Preference, value: Any) -> None:
        application = QApplication.instance()
        if changed is preferences.DARK and isinstance(application, QApplication):
            themes.use(application, value)
        elif changed is preferences.WHO and self.state is not None:
            self.opening.open(self.state.where)  # from now on changes bear the new name

    def about(self) -> None:
        """What this is and what draws the map."""
        versions = self.engine.engine.versions if self.engine.engine else {}
        drawn = ", ".join(
            f"{name} {value}" for name, value in versions.items() if name in ("qgis", "qt", "gdal", "proj")
        )
        QMessageBox.about(self, _("About"), f"<b>JNW Desktop {jnw_desktop.__version__}</b><p>{drawn}</p>")


def _touched(result: ChangeResult) -> str:
    """Kinds and how many of each; of very many the kind alone."""
    said = []
    for table, rows in result.touched.items():
        title = _(KINDS[table].title) if table in KINDS else table
        count = len({*rows.inserted, *rows.updated, *rows.deleted})
        said.append(title if rows.whole else f"{title} {count}")
    return "，".join(said)
