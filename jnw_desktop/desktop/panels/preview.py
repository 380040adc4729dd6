"""A document in a tab: its pages, print it, save a copy, make it again for somebody."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import qtawesome
from PySide6.QtCore import QProcess, QSize, Qt
from PySide6.QtPdf import QPdfDocument
from PySide6.QtPdfWidgets import QPdfView
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLabel, QMessageBox, QToolBar, QVBoxLayout, QWidget

from jnw_desktop.desktop.actions import ACCENT
from jnw_desktop.desktop.papers.printjob import PrintJob, arguments
from jnw_desktop.language import _

CLOSER = 1.25


class Preview(QWidget):
    """Shows the PDF at ``path``; ``hand_out`` is called where it shall go to somebody whose name is not on it."""

    def __init__(self, path: str, hand_out: Callable[[], None] | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path = path
        self.document = QPdfDocument(self)
        self.document.load(path)
        self.view = QPdfView(self)
        self.view.setDocument(self.document)
        self.view.setPageMode(QPdfView.PageMode.MultiPage)
        self.view.setZoomMode(QPdfView.ZoomMode.FitToWidth)
        self.bar = QToolBar()
        self.bar.setIconSize(QSize(18, 18))
        self.bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for icon, title, call in (
            ("fa5s.save", _("Save a copy…"), self.save_copy),
            ("fa5s.print", _("Print…"), self.print_it),
            ("fa5s.search-plus", _("Closer"), lambda: self._zoom(CLOSER)),
            ("fa5s.search-minus", _("Farther"), lambda: self._zoom(1 / CLOSER)),
            ("fa5s.arrows-alt-h", _("Width of the page"), self._fit),
        ):
            self.bar.addAction(qtawesome.icon(icon, color=ACCENT), title, call)
        self._print = self.bar.actions()[1]
        if hand_out is not None:
            self.hand_out = self.bar.addAction(qtawesome.icon("fa5s.user-tag", color=ACCENT), _("Hand out…"), hand_out)
            self.hand_out.setToolTip(_("Make it again with a recipient's name on every page."))
        self._told = QLabel()
        self._stop = self.bar.addAction(qtawesome.icon("fa5s.times", color=ACCENT), _("Cancel"), self.stop_printing)
        self._stop.setVisible(False)
        self.bar.addWidget(self._told)
        self.printing: QProcess | None = None
        self._given_up = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(self.view)

    def save_copy(self) -> None:
        """Ask where to, and copy the file there."""
        suggested = str(Path.home() / Path(self.path).name)
        target, _kind = QFileDialog.getSaveFileName(self, _("Save a copy…"), suggested, "PDF (*.pdf)")
        if not target:
            return
        try:
            shutil.copyfile(self.path, target)
        except OSError as error:
            told = _("The copy could not be written to {path}: {reason}")
            QMessageBox.warning(self, _("Save a copy…"), told.format(path=target, reason=error.strerror))

    def print_it(self) -> None:
        """Ask for a printer and print every page."""
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName(Path(self.path).stem)
        dialog = QPrintDialog(printer, self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.print_on(printer)

    def print_on(self, printer: QPrinter) -> None:
        """Print on ``printer`` in a process of its own, which goes on when this tab is closed."""
        process = QProcess(QApplication.instance())
        process.readyReadStandardOutput.connect(self._say_page)
        process.finished.connect(self._printed)
        process.finished.connect(process.deleteLater)
        self.printing = process
        self._print.setEnabled(False)
        self._say(_("Printing…"))
        self._stop.setVisible(True)
        process.start(sys.executable, arguments(PrintJob.chosen(self.path, Path(self.path).stem, printer)))

    def stop_printing(self) -> None:
        """Print no further page."""
        if self.printing is not None:
            self._given_up = True
            self.printing.kill()

    def _say_page(self) -> None:
        assert self.printing is not None
        *_earlier, now = bytes(self.printing.readAllStandardOutput().data()).decode().split("\n")[:-1]
        page, count = now.split()
        self._say(_("Printing: page {page} of {count}").format(page=page, count=count))

    def _printed(self, status: int) -> None:
        assert self.printing is not None
        reason = bytes(self.printing.readAllStandardError().data()).decode(errors="replace").strip()
        given_up, self._given_up, self.printing = self._given_up, False, None
        self._print.setEnabled(True)
        self._stop.setVisible(False)
        if given_up:
            self._say(_("Printing was cancelled."))
        elif status == 0:
            self._say(_("Printed."))
        else:
            self._say(_("Printing failed: {reason}. Is the printer on and known to the system?").format(reason=reason))

    def _say(self, text: str) -> None:
        self._told.setText(text)

    def _zoom(self, factor: float) -> None:
        now = self.view.zoomFactor() if self.view.zoomMode() == QPdfView.ZoomMode.Custom else self._fitted()
        self.view.setZoomMode(QPdfView.ZoomMode.Custom)
        self.view.setZoomFactor(now * factor)

    def _fitted(self) -> float:
        points = self.document.pagePointSize(0).width()
        screen = self.view.logicalDpiX() / 72
        return max(0.05, (self.view.viewport().width() - 20) / max(points * screen, 1.0))

    def _fit(self) -> None:
        self.view.setZoomMode(QPdfView.ZoomMode.FitToWidth)
