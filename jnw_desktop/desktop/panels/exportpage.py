"""Taking facilities out to a file: which, in what format, what that cannot hold, and what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QCompleter,
    QFileDialog,
    QGroupBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from jnw_desktop.desktop import forms
from jnw_desktop.desktop.asking import Asking
from jnw_desktop.desktop.files import crschoice
from jnw_desktop.desktop.panels.running import Running
from jnw_desktop.desktop.panels.told import HINTS, tell, tell_error
from jnw_desktop.desktop.papers.recipients import RecipientRows
from jnw_desktop.errors import JnwError
from jnw_desktop.exchange.outcomes import Exported, Outlook
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.savedfilters import SavedFilter
from jnw_desktop.language import N_, _
from jnw_desktop.worker.client import Cancelled

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow

FORMATS = {
    ".gpkg": N_("GeoPackage (.gpkg)"),
    ".shp": N_("Shapefile (.shp)"),
    ".geojson": N_("GeoJSON (.geojson)"),
    ".kml": N_("KML (.kml)"),
    ".dxf": N_("AutoCAD drawing (.dxf)"),
    ".xlsx": N_("Excel workbook (.xlsx)"),
    ".inp": N_("EPANET model (.inp)"),
}
SELECTED, ONE, EVERYTHING = "selected", "one", "everything"
SETTLED_MS = 300
OVER = {"cannot_write": N_("Choose another name or folder, or tick that the file is written over.")}


class ExportPage(QWidget):
    """A tab of the window; what would be lost is told before anything is written."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._window = window
        self._outlook: Outlook | None = None
        self._done: Exported | None = None
        self._wrong = False  # what is told is why nothing can be written
        self._given_crs = ""  # chosen by the user before a format that leaves no choice
        self._asking = Asking(self, window.jobs, self._refused, lambda _on: self._offer())
        form = forms.fill(self, "export_page")
        part = form.part
        self.what, self.kind, self.format, self.crs = (
            part(name, QComboBox) for name in ("what", "kind", "format", "crs")
        )
        self.where, self.file = (part(name, QLineEdit) for name in ("where", "file"))
        self.told, self.counts, self.losses, self.outcome = (
            part(name, QLabel) for name in ("told", "counts", "losses", "outcome")
        )
        self.start, self.choose, self.open_file, self.open_folder = (
            part(name, QPushButton) for name in ("start", "choose", "open_file", "open_folder")
        )
        self.overwrite = part("overwrite", QCheckBox)
        self.recipient = RecipientRows(window.jobs, form)
        self._losses_box, self._result = part("losses_box", QGroupBox), part("result", QGroupBox)
        self.running = Running(window.jobs)
        form.part("running_room", QVBoxLayout).addWidget(self.running)
        self._wait = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._wait.timeout.connect(self._ask)
        self._fill()
        self._connect()
        self._result.hide()
        self.destroyed.connect(self._asking.abandon)
        self._filters = Asking(self, window.jobs, lambda _error: None, lambda _on: None)
        self._filters.ask("filters.list", self._offer_filters)
        self.offer_selection()

    def _fill(self) -> None:
        assert self._window.state is not None
        for name, kind in KINDS.items():
            self.kind.addItem(_(kind.title), name)
        for ending, title in FORMATS.items():
            self.format.addItem(_(title), ending)
        crschoice.offer(self.crs, self._window.state.crs, shifted=False)
        line = self.crs.lineEdit()
        assert line is not None
        line.setPlaceholderText(f"EPSG:{self._window.state.crs}")
        for name in (SELECTED, ONE, EVERYTHING):
            self.what.addItem("", name)
        self.what.setItemText(1, _("One kind of facility"))
        self.what.setItemText(2, _("All kinds"))
        tell(self.told, "error", [])

    def _connect(self) -> None:
        self.what.activated.connect(self._changed)
        self.kind.activated.connect(self._changed)
        self.where.textChanged.connect(lambda _text: self._wait.start())
        self.format.activated.connect(self._changed)
        self.crs.activated.connect(self._changed)
        line = self.crs.lineEdit()
        assert line is not None
        line.textEdited.connect(lambda _text: self._wait.start())
        self.file.textChanged.connect(self._offer)
        self.choose.clicked.connect(self._choose)
        self.start.clicked.connect(self.run)
        self.open_file.clicked.connect(lambda: self._open(folder=False))
        self.open_folder.clicked.connect(lambda: self._open(folder=True))
        self._window.selection.changed.connect(self._selection_changed)
        self._window.jobs.changed.connect(self._data_changed)

    # -- what is taken out -------------------------------------------------------------------------------------------

    def offer_selection(self) -> None:
        """Take what is selected, where something is; else what the attribute table lists."""
        table = self._window.table.model
        self._show_kind(table.kind, table.where)
        if self._selected():
            self.what.setCurrentIndex(0)
        self._changed()

    def show_layer(self, layer: str) -> None:
        """Take a layer of the map: a kind of facility, or a saved filter (``kind@name``)."""
        kind, _at, name = layer.partition("@")
        self._show_kind(kind, f"@{name}" if name else "")
        self._changed()

    def _show_kind(self, kind: str, where: str) -> None:
        self.what.setCurrentIndex(1)
        self.kind.setCurrentIndex(self.kind.findData(kind))
        self.where.setText(where)

    def _offer_filters(self, filters: list[SavedFilter]) -> None:
        """Saved filters complete what is typed as a condition."""
        completer = QCompleter([f"@{one.name}" for one in filters], self.where)
        self.where.setCompleter(completer)

    def _selected(self) -> dict[str, list[int]]:
        return dict(self._window.selection.layers)

    def _selection_changed(self, _layers: object) -> None:
        self._show_what()
        if self.what.currentData() == SELECTED:
            self._wait.start()

    def _data_changed(self, _result: object) -> None:
        self._wait.start()

    def _show_what(self) -> None:
        count = sum(len(fids) for fids in self._selected().values())
        self.what.setItemText(0, _("What is selected ({count})").format(count=f"{count:,}"))

    def _changed(self) -> None:
        self._show_what()
        one = self.what.currentData() == ONE
        for widget in (self.kind, self.where):
            widget.setEnabled(one)
        self._with_ending()
        self._ask()

    def _with_ending(self) -> None:
        """The file's name follows the format."""
        text = self.file.text().strip()
        if text and Path(text).suffix.lower() in FORMATS:
            self.file.setText(str(Path(text).with_suffix(self._ending())))

    def _ending(self) -> str:
        return str(self.format.currentData())

    def values(self) -> dict[str, Any]:
        """What :func:`jnw_desktop.exchange.exporting.export_file` is asked for, but the file."""
        what = self.what.currentData()
        one = what == ONE
        values: dict[str, Any] = {
            "kinds": [str(self.kind.currentData())] if one else [],
            "where": self.where.text().strip() if one else "",
            "crs": "" if self._outlook is not None and self._outlook.fixed_crs else self._crs(),
        }
        return values | ({"selected": self._selected()} if what == SELECTED else {})

    def _ask(self) -> None:
        self._wait.stop()
        self._outlook = None
        if self.what.currentData() == SELECTED and not self._selected():
            self._asking.drop()
            self._refuse(_("Nothing is selected."))
            return
        self._asking.ask("exchange.outlook", self._take_outlook, file=f"x{self._ending()}", **self.values())

    def _take_outlook(self, told: Outlook) -> None:
        if self._wrong:
            tell(self.told, "error", [])
        self._outlook, self._wrong = told, False
        total = sum(told.kinds.values())
        parts = "，".join(f"{_(KINDS[kind].title)} {count:,}" for kind, count in told.kinds.items())
        text = _("{count} facilities would be written: {parts}").format(count=f"{total:,}", parts=parts)
        self.counts.setText(text if total else _("There is nothing to write."))
        self.losses.setText("\n".join(f"• {loss}" for loss in told.losses))
        self._losses_box.show()
        given = self._crs()
        self.crs.setEnabled(not told.fixed_crs)
        if told.fixed_crs:
            self._given_crs = given
            crschoice.show(self.crs, f"EPSG:{told.crs}")
        elif given != crschoice.chosen(self.crs):
            crschoice.show(self.crs, given)
        self._offer()

    def _crs(self) -> str:
        """What the user chose, though the format may leave no choice of it."""
        return crschoice.chosen(self.crs) if self.crs.isEnabled() else self._given_crs

    def _refused(self, error: JnwError) -> None:
        self._outlook, self._wrong = None, True
        self.counts.clear()
        self._losses_box.hide()
        tell_error(self.told, error, HINTS | OVER)
        self._offer()

    def _refuse(self, text: str) -> None:
        self._wrong = True
        self.counts.clear()
        self._losses_box.hide()
        tell(self.told, "warning", [text])
        self._offer()

    # -- writing -----------------------------------------------------------------------------------------------------

    def _choose(self) -> None:
        ending = self._ending()
        start = self.file.text() or str(Path(self._last()) / f"{_('export')}{ending}")
        path, _kind = QFileDialog.getSaveFileName(self, _("Export"), start, f"{self.format.currentText()} (*{ending})")
        if path:
            self.file.setText(path if path.lower().endswith(ending) else f"{path}{ending}")
            self.overwrite.setChecked(Path(self.file.text()).exists())  # the user was asked just now

    def _last(self) -> str:
        return str(self._window.settings.value("export/folder", ""))

    def run(self) -> None:
        """Write; a task with progress and cancel."""
        text = self.file.text().strip()
        path = Path(text if text.lower().endswith(self._ending()) else f"{text}{self._ending()}").expanduser()
        self.file.setText(str(path))
        self._window.settings.setValue("export/folder", str(path.parent))
        self._result.hide()
        tell(self.told, "error", [])
        self.running.run(
            _("Export {file}").format(file=path.name), "exchange.export", self._take_result, self._not_done,
            file=str(path), overwrite=self.overwrite.isChecked(), terms=self.recipient.terms(), **self.values(),
        )  # fmt: skip
        self._offer()

    def _take_result(self, done: Exported) -> None:
        self._done = done
        tell(self.told, "warning", done.warnings)
        files = "\n".join(done.files)
        self.outcome.setText(_("Wrote {count} facilities to {files}.").format(count=f"{done.written:,}", files=files))
        self._result.show()
        self.overwrite.setChecked(False)
        self._offer()

    def _not_done(self, error: JnwError) -> None:
        if isinstance(error, Cancelled):
            tell(self.told, "warning", [_("Cancelled; nothing was written.")])
        else:
            tell_error(self.told, error, HINTS | OVER)
        self._offer()

    def _open(self, folder: bool) -> None:
        if self._done is not None and self._done.files:
            path = Path(self._done.files[0])
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent if folder else path)))

    def _offer(self) -> None:
        told = self._outlook
        ready = told is not None and bool(sum(told.kinds.values())) and not self._asking.is_open
        self.start.setEnabled(ready and bool(self.file.text().strip()) and not self.running.is_busy)
