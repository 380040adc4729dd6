"""A document in a tab: its pages, print it, save a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import qtawesome
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPageLayout, QPageSize, QPainter
from PySide6.QtPdf import QPdfDocument
from PySide6.QtPdfWidgets import QPdfView
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox, QToolBar, QVBoxLayout, QWidget

from jnw_desktop.desktop.actions import ACCENT
from jnw_desktop.language import _

PRINT_DPI = 300
CLOSER = 1.25


class Preview(QWidget):
    """Shows the PDF at ``path``."""

    def __init__(self, path: str, parent: QWidget | None = None) -> None:
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
        """Print on ``printer``, each page at its true size on paper of its size."""
        printer.setResolution(PRINT_DPI)
        printer.setFullPage(True)
        painter = QPainter()
        for number in range(self.document.pageCount()):
            points = self.document.pagePointSize(number)
            upright = points.height() >= points.width()
            size = QPageSize(points if upright else points.transposed(), QPageSize.Unit.Point)
            turn = QPageLayout.Orientation.Portrait if upright else QPageLayout.Orientation.Landscape
            printer.setPageSize(size)
            printer.setPageOrientation(turn)
            if number == 0:
                if not painter.begin(printer):
                    return
            else:
                printer.newPage()
            pixels = QSize(round(points.width() * PRINT_DPI / 72), round(points.height() * PRINT_DPI / 72))
            area = QRectF(0, 0, pixels.width(), pixels.height())
            painter.drawImage(area, self.document.render(number, pixels))
        painter.end()

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
