"""Bringing files in: what they hold, how it would come in, a dry run and the import itself, all on one page."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QInputDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QSplitter,
    QTabWidget,
    QToolButton,
    QTreeWidget,
    QVBoxLayout,
    QWidget,
)

from jnw_desktop.desktop import forms
from jnw_desktop.desktop.asking import Asking
from jnw_desktop.desktop.files import crschoice
from jnw_desktop.desktop.files.importdraft import ImportDraft, LayerDraft
from jnw_desktop.desktop.files.savedmappings import SavedMappings, folder_of
from jnw_desktop.desktop.panels.columnmapping import ColumnMapping
from jnw_desktop.desktop.panels.filelayers import FileLayers
from jnw_desktop.desktop.panels.importresult import ImportResult
from jnw_desktop.desktop.panels.running import Running
from jnw_desktop.desktop.panels.samplepicture import SamplePicture
from jnw_desktop.desktop.panels.samplerows import SampleRows
from jnw_desktop.desktop.panels.told import tell, tell_error
from jnw_desktop.desktop.panels.wordmapping import WordMapping
from jnw_desktop.errors import JnwError
from jnw_desktop.exchange.errors import MappingRefused
from jnw_desktop.exchange.looks import FilesLook, LayerPreview
from jnw_desktop.exchange.mapping import Mapping as FieldMapping
from jnw_desktop.exchange.outcomes import Imported
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import N_, _
from jnw_desktop.worker.client import Cancelled

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow

OVERLAY = "import-sample"  # over the map: some of what would come in
ENCODINGS = ("UTF-8", "GBK", "GB18030", "Big5")
UNITS = {"": N_("As its CRS says"), "mm": N_("Millimetres"), "ft": N_("Feet"), "us-ft": N_("US survey feet")}
READABLE = (
    "*.shp *.gpkg *.geojson *.json *.kml *.kmz *.dxf *.csv *.txt *.tsv *.xlsx *.xlsm *.inp *.fgb *.gml *.tab *.mif "
    "*.gpx *.zip"
)
FIELDS, WORDS, ROWS, RESULT = range(4)  # the views at the right


class ImportPage(QWidget):
    """A tab of the window. The worker answers every question with the functions that the import itself runs."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._window = window
        self.draft = ImportDraft()
        self._preview: LayerPreview | None = None
        self._wrong = False  # the newest question was refused
        self._shown = ""  # what the message line says of the rows over the map
        self._saved = SavedMappings(folder_of(window.settings))
        self._asking = Asking(self, window.jobs, self._refused, self._busy)
        self._counting = Asking(self, window.jobs, lambda _error: None, lambda _on: None)
        self.form = forms.fill(self, "import_page")
        self._find_parts()
        self._make_views()
        self._connect()
        self.setAcceptDrops(True)
        for call in (functools.partial(_take_away, window), self._asking.abandon, self._counting.abandon):
            self.destroyed.connect(call)
        for part in (self.kind, self.crs):
            part.setEnabled(False)  # until there is a layer
        self._forget()

    def _find_parts(self) -> None:
        part = self.form.part
        self.files, self.told, self.lacking = part("files", QLabel), part("told", QLabel), part("lacking", QLabel)
        self.choose_files, self.choose_folder, self.show_map, self.try_out, self.start, self.save = (
            part(name, QPushButton) for name in ("choose_files", "choose_folder", "show", "try_out", "start", "save")
        )
        self.kind, self.crs, self.unit, self.encoding, self.saved = (
            part(name, QComboBox) for name in ("kind", "crs", "unit", "encoding", "saved")
        )
        self.tolerance = part("tolerance", QDoubleSpinBox)
        self.rejects = part("rejects", QLineEdit)
        self.choose_rejects = part("choose_rejects", QToolButton)
        self.layers = FileLayers(part("layers", QTreeWidget))
        self.views = part("views", QTabWidget)
        part("parts", QSplitter).setSizes([320, 680])

    def _make_views(self) -> None:
        assert self._window.state is not None
        self.fields, self.words, self.rows, self.result = (
            ColumnMapping(), WordMapping(), SampleRows(), ImportResult(),
        )  # fmt: skip
        self.views.addTab(self.fields, _("Fields"))
        self.views.addTab(self.words, _("Values"))
        self.views.addTab(self.rows, _("Preview"))
        self.views.addTab(self.result, _("Result"))
        self.picture = SamplePicture(self._window.engine)
        self.form.part("picture_room", QVBoxLayout).addWidget(self.picture)
        self.running = Running(self._window.jobs)
        self.form.part("running_room", QVBoxLayout).addWidget(self.running)
        crschoice.offer(self.crs, self._window.state.crs, shifted=True)
        for unit, title in UNITS.items():
            self.unit.addItem(_(title), unit)
        self.encoding.addItem(_("As found"), "")
        for name in ENCODINGS:
            self.encoding.addItem(name, name)
        self.tolerance.setRange(0, 5)
        self.tolerance.setValue(self.draft.tolerance)
        self._offer_saved()

    def _connect(self) -> None:
        self.choose_files.clicked.connect(self._choose_files)
        self.choose_folder.clicked.connect(self._choose_folder)
        self.choose_rejects.clicked.connect(self._choose_rejects)
        self.layers.picked.connect(self._pick)
        self.layers.ticked.connect(self._offer)
        self.kind.activated.connect(self._settle_kind)
        self.crs.activated.connect(self._settle_crs)
        line = self.crs.lineEdit()
        assert line is not None
        line.editingFinished.connect(self._settle_crs)
        self.unit.activated.connect(self._settle_unit)
        self.encoding.activated.connect(self._settle_encoding)
        self.saved.activated.connect(self._use_saved)
        self.save.clicked.connect(self._ask_name)
        self.fields.changed.connect(self._remap)
        self.words.changed.connect(self._remap)
        self.show_map.clicked.connect(self._show_on_map)
        self._window.tabs.currentChanged.connect(self._came_back)
        self.try_out.clicked.connect(functools.partial(self.run, dry=True))
        self.start.clicked.connect(functools.partial(self.run, dry=False))
        self.result.picked.connect(self._select)
        self.result.zoom.connect(self._zoom)
        self.result.undo.connect(self._undo)

    # -- the files ---------------------------------------------------------------------------------------------------

    def _choose_files(self) -> None:
        words = f"{_('Files that can be read')} ({READABLE})"
        paths, _kind = QFileDialog.getOpenFileNames(self, _("Import"), self._last(), f"{words};;{_('All files')} (*)")
        self.open(paths)

    def _choose_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, _("Import"), self._last())
        self.open([path] if path else [])

    def _last(self) -> str:
        return str(self._window.settings.value("import/folder", ""))

    def open(self, paths: Sequence[str]) -> None:
        """Look into files or a folder."""
        if not paths or self.running.is_busy:
            return
        first = Path(paths[0])
        self._window.settings.setValue("import/folder", str(first if first.is_dir() else first.parent))
        self.draft = ImportDraft(encoding="", unit=self.draft.unit, tolerance=self.tolerance.value())
        self.encoding.setCurrentIndex(0)
        self.rejects.clear()
        self.views.setCurrentIndex(FIELDS)
        self.files.setText(", ".join(Path(path).name for path in paths))
        self._describe(paths)

    def _describe(self, paths: Sequence[str]) -> None:
        self._forget()
        self._counting.drop()
        self._asking.ask("exchange.describe", self._take_files, files=list(paths), encoding=self.draft.encoding)

    def _take_files(self, told: FilesLook) -> None:
        self.draft.take(told)
        self.files.setText(self.draft.title)
        self.files.setToolTip("\n".join(told.files))
        self.encoding.setItemText(0, _("As found: {name}").format(name=told.encoding.upper()))
        first = Path(told.files[0])
        self.rejects.setPlaceholderText(str(first.with_name(f"{first.stem}.rejects.csv")))
        tell(self.told, "warning", told.warnings)
        self.layers.show_layers(self.draft.layers)
        if any(layer.look.more for layer in self.draft.layers):
            self._counting.ask(
                "exchange.count_rows", self.layers.set_counts, files=told.files, encoding=self.draft.encoding
            )

    # -- one layer ---------------------------------------------------------------------------------------------------

    @property
    def layer(self) -> LayerDraft | None:
        """The layer that is looked at."""
        return self.layers.current

    def _pick(self) -> None:
        layer = self.layer
        if layer is None:
            return
        self.kind.clear()
        self.kind.addItem(_("— choose —"), "")
        for name, kind in KINDS.items():
            self.kind.addItem(_(kind.title), name)
        self.kind.setCurrentIndex(max(0, self.kind.findData(layer.mapping.kind if layer.mapping else layer.look.kind)))
        self.kind.setEnabled(not layer.look.fixed)
        self.crs.setEnabled(not (layer.look.fixed and layer.look.crs))
        line = self.crs.lineEdit()
        assert line is not None
        line.setPlaceholderText(layer.look.crs or _("The file does not say; choose or type it"))
        crschoice.show(self.crs, layer.mapping.crs if layer.mapping else "")
        self._look()

    def _look(self, guess: bool = False) -> None:
        layer = self.layer
        if layer is None or layer.mapping is None:
            self._forget()
            if layer is not None:
                tell(self.told, "warning", [_("Choose what {layer} holds.").format(layer=layer.look.name)])
            return
        self._asking.ask(
            "exchange.look",
            functools.partial(self._take_look, layer),
            files=self.draft.files,
            mapping=replace(layer.mapping, layer=layer.look.name, encoding=self.draft.encoding),
            guess=guess,
            unit=self.draft.unit,
        )

    def _take_look(self, layer: LayerDraft, preview: LayerPreview) -> None:
        layer.mapping, self._preview, self._wrong = preview.mapping, preview, False
        self.fields.show_mapping(preview.mapping, preview.samples)
        unknown = self.words.show_words(preview.mapping, preview.words)
        self.rows.show_rows(preview)
        self.views.setTabText(WORDS, _("Values ({count} unknown)").format(count=unknown) if unknown else _("Values"))
        refused = _("Preview ({count} of {looked} do not fit)").format(count=preview.refused, looked=preview.looked)
        self.views.setTabText(ROWS, refused if preview.refused else _("Preview"))
        self.picture.show_shapes(preview.shapes, preview.extent)
        features = [{"wkb": shape.hex()} for shape in preview.shapes]
        self._window.engine.keep("overlay.set", OVERLAY, id=OVERLAY, role="result", features=features)
        if preview.problem is not None:
            tell_error(self.told, preview.problem)
        else:
            tell(self.told, "warning", preview.warnings)
        self.layers.show_kinds()
        self._offer()

    def _forget(self) -> None:
        self._preview, self._wrong = None, False
        self.fields.setRowCount(0)
        self.words.setRowCount(0)
        self.rows.setRowCount(0)
        self.picture.show_shapes([], None)
        tell(self.told, "warning", [])
        _take_away(self._window)
        self._offer()

    def _settle_kind(self) -> None:
        layer, kind = self.layer, str(self.kind.currentData())
        if layer is None or not kind:
            return
        layer.mapping = FieldMapping(kind, crs=layer.mapping.crs if layer.mapping else crschoice.chosen(self.crs))
        self.layers.tick(layer)
        self._look(guess=True)

    def _settle_crs(self) -> None:
        layer, crs = self.layer, crschoice.chosen(self.crs)
        if layer is not None and layer.mapping is not None and layer.mapping.crs != crs:
            self.draft.give_crs(layer, crs)
            self._look()

    def _settle_unit(self) -> None:
        self.draft.unit = str(self.unit.currentData())
        self._look()

    def _settle_encoding(self) -> None:
        self.draft.encoding = str(self.encoding.currentData())
        if self.draft.files:
            self._describe(self.draft.files)

    def _remap(self, mapping: FieldMapping) -> None:
        layer = self.layer
        if layer is not None:
            layer.mapping = mapping
            self._look()

    # -- saved mappings ----------------------------------------------------------------------------------------------

    def _offer_saved(self, chosen: str = "") -> None:
        self.saved.clear()
        self.saved.addItem(_("— none —"), "")
        for name in self._saved.names():
            self.saved.addItem(name, name)
        self.saved.setCurrentIndex(max(0, self.saved.findData(chosen)))

    def _use_saved(self) -> None:
        layer, name = self.layer, str(self.saved.currentData())
        if layer is None or not name:
            return
        try:
            mapping = self._saved.read(name)
        except MappingRefused as error:
            tell_error(self.told, error)
            return
        if layer.look.fixed and mapping.kind != layer.look.kind:
            wrong = _("The mapping is for {mapped}, and the layer holds {kind}.")
            titles = {"mapped": _(KINDS[mapping.kind].title), "kind": _(KINDS[layer.look.kind].title)}
            tell(self.told, "error", [wrong.format(**titles)])
            return
        crs = mapping.crs or (layer.mapping.crs if layer.mapping is not None else "")
        layer.mapping = replace(mapping, layer=layer.look.name, crs=crs)
        self.layers.tick(layer)
        self._pick()

    def _ask_name(self) -> None:
        layer = self.layer
        if layer is not None and layer.mapping is not None:
            known = self.saved.currentData() or layer.look.name
            name, sure = QInputDialog.getText(
                self, _("Save the mapping"), _("Name"), QLineEdit.EchoMode.Normal, str(known)
            )
            if sure and name.strip():
                self.save_mapping(name)

    def save_mapping(self, name: str) -> None:
        """Keep the mapping of the layer under a name; it fits files whose layer is called otherwise."""
        layer = self.layer
        if layer is None or layer.mapping is None:
            return
        try:
            kept = self._saved.write(name, replace(layer.mapping, layer="", encoding=self.draft.encoding))
        except OSError as error:
            tell(self.told, "error", [_("The mapping cannot be saved: {why}").format(why=error.strerror or error)])
            return
        self._offer_saved(kept)
        self._window.messages.info(_("The mapping is saved as {name}.").format(name=kept))

    # -- trying and bringing in --------------------------------------------------------------------------------------

    def run(self, dry: bool) -> None:
        """Try the import out, or do it; a task with progress and cancel."""
        self.draft.tolerance = self.tolerance.value()
        files = self.draft.title
        title = (_("Dry run of {file}") if dry else _("Import {file}")).format(file=files)
        take = functools.partial(self._take_result, files)
        self.running.run(
            title, "exchange.import", take, self._not_done, files=self.draft.files,
            choices=self.draft.choices(), rejects=self.rejects.text().strip() or None, dry_run=dry,
        )  # fmt: skip
        self._offer()

    def _take_result(self, files: str, done: Imported) -> None:
        self.result.show_result(done, files)
        self.views.setCurrentIndex(RESULT)
        tell(self.told, "warning", [])
        if not done.dry_run:
            _take_away(self._window)
        self._offer()

    def _not_done(self, error: JnwError) -> None:
        if isinstance(error, Cancelled):
            tell(self.told, "warning", [_("Cancelled; nothing was written.")])
        else:
            tell_error(self.told, error)
        self._offer()

    def _undo(self, change: int) -> None:
        def undone(_result: object) -> None:
            self.result.undone()
            self._offer()

        self.running.run(_("Undo the import"), "workspace.undo_one", undone, self._not_done, number=change)
        self._offer()

    # -- the rest ----------------------------------------------------------------------------------------------------

    def _refused(self, error: JnwError) -> None:
        self._wrong = True
        tell_error(self.told, error)
        self._offer()

    def _busy(self, on: bool) -> None:
        self.setCursor(Qt.CursorShape.BusyCursor if on else Qt.CursorShape.ArrowCursor)
        self._offer()

    def _offer(self) -> None:
        """What can be done now."""
        lacking = self.draft.lacking()
        placed = not self._wrong and (self._preview is None or self._preview.problem is None)
        free = not self.running.is_busy
        ready = free and not lacking and placed and not self._asking.is_open
        state = self._window.state
        self.try_out.setEnabled(ready)
        self.start.setEnabled(ready and state is not None and not state.read_only)
        self.lacking.setText(lacking if self.draft.files and free else "")
        self.show_map.setEnabled(self._preview is not None and self._preview.extent is not None)
        self.save.setEnabled(self.layer is not None and self.layer.mapping is not None)
        self.saved.setEnabled(self.layer is not None)
        for button in (self.choose_files, self.choose_folder):
            button.setEnabled(free)

    def _choose_rejects(self) -> None:
        start = self.rejects.text() or self.rejects.placeholderText()
        path, _kind = QFileDialog.getSaveFileName(self, _("Rows that do not fit"), start, "CSV (*.csv)")
        if path:
            self.rejects.setText(path if path.lower().endswith(".csv") else f"{path}.csv")

    def _show_on_map(self) -> None:
        if self._preview is not None:
            self._zoom(self._preview.extent)
            back = functools.partial(self._window.tabs.setCurrentWidget, self)
            told = _("{count} rows of {layer} are shown over the map.").format(
                count=len(self._preview.shapes), layer=self._preview.mapping.layer
            )
            self._window.messages.warning(told, _("Back to the import"), back)
            self._shown = told

    def _came_back(self, _tab: int) -> None:
        if self._shown and self._window.messages.text == self._shown:
            self._window.messages.hide()
        self._shown = ""

    def _zoom(self, extent: tuple[float, float, float, float] | None) -> None:
        if extent is not None:
            self._window.tabs.show_map()
            self._window.selection.show_extent(extent)

    def _select(self, kind: str, code: str) -> None:
        chosen = lambda record: self._window.selection.choose(kind, uid=record.uid, fly=True)  # noqa: E731
        self._window.tabs.show_map()
        self._window.jobs.ask("facilities.describe", chosen, kind=kind, code=code)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files may be dropped anywhere on the page."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Look into what was dropped."""
        self.open([url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()])


def _take_away(window: MainWindow, *_gone: object) -> None:
    """Nothing of a file is shown over the map any more."""
    window.engine.forget("overlay.set", OVERLAY)
    window.engine.request("overlay.clear", id=OVERLAY)
