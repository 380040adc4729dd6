"""Prints a PDF in a process of its own: ``python -m jnw_desktop.desktop.papers.printjob JOB``.

JOB is a :class:`PrintJob` in JSON.

Drawing a page for a printer takes a third of a second and holds the interpreter: in the window it would stall it.
Writes ``page of`` on standard output as it goes; status 1 and a reason on standard error where it cannot print.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QGuiApplication, QPageLayout, QPageSize, QPainter
from PySide6.QtPdf import QPdfDocument
from PySide6.QtPrintSupport import QPrinter

DPI = 300


@dataclass(frozen=True)
class PrintJob:
    """What the user chose in the print dialog; ``output`` is a file instead of a printer, pages count from 1."""

    file: str
    printer: str
    output: str
    title: str
    copies: int
    first: int
    last: int
    duplex: str
    colour: str

    @classmethod
    def chosen(cls, file: str, title: str, printer: QPrinter) -> PrintJob:
        """From a printer that a print dialog has set up."""
        return cls(
            file, printer.printerName(), printer.outputFileName(), title, printer.copyCount(),
            printer.fromPage(), printer.toPage(), printer.duplex().name, printer.colorMode().name,
        )  # fmt: skip

    def on_printer(self) -> QPrinter:
        """The printer, set up as it was in the window."""
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        if self.output:
            printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
            printer.setOutputFileName(self.output)
        else:
            printer.setPrinterName(self.printer)
        printer.setDocName(self.title)
        printer.setCopyCount(self.copies)
        printer.setDuplex(QPrinter.DuplexMode[self.duplex])
        printer.setColorMode(QPrinter.ColorMode[self.colour])
        printer.setResolution(DPI)
        printer.setFullPage(True)
        return printer


def print_pages(job: PrintJob) -> None:
    """Print each page at its true size on paper of its size. Raises OSError."""
    document = QPdfDocument()
    if document.load(job.file) is not QPdfDocument.Error.None_:
        raise OSError(document.error().name)
    printer, painter = job.on_printer(), QPainter()
    first, last = job.first or 1, min(job.last or document.pageCount(), document.pageCount())
    for number in range(first, last + 1):
        points = document.pagePointSize(number - 1)
        upright = points.height() >= points.width()
        turn = QPageLayout.Orientation.Portrait if upright else QPageLayout.Orientation.Landscape
        printer.setPageSize(QPageSize(points if upright else points.transposed(), QPageSize.Unit.Point))
        printer.setPageOrientation(turn)
        if not (painter.begin(printer) if number == first else printer.newPage()):
            raise OSError(job.output or job.printer)
        pixels = QSize(round(points.width() * DPI / 72), round(points.height() * DPI / 72))
        painter.drawImage(QRectF(0, 0, pixels.width(), pixels.height()), document.render(number - 1, pixels))
        sys.stdout.write(f"{number - first + 1} {last - first + 1}\n")
        sys.stdout.flush()
    painter.end()


def main() -> int:
    """Print; returns the exit status."""
    _application = QGuiApplication(sys.argv[:1])
    try:
        print_pages(PrintJob(**json.loads(sys.argv[1])))
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def arguments(job: PrintJob) -> list[str]:
    """What to call this module with."""
    return ["-m", "jnw_desktop.desktop.papers.printjob", json.dumps(dataclasses.asdict(job))]


if __name__ == "__main__":
    sys.exit(main())
