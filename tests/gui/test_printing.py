"""A document is printed by a process of its own: the window goes on, and is told what became of it."""

import subprocess

import pytest
from PySide6.QtPrintSupport import QPrinter
from reportlab.pdfgen.canvas import Canvas

from jnw_desktop.desktop.panels.preview import Preview

pytestmark = pytest.mark.gui
A4, A3_ACROSS = (595.3, 841.9), (1190.6, 841.9)


@pytest.fixture
def document(tmp_path):
    """Three pages: A4, A3 across, A4."""
    canvas = Canvas(str(tmp_path / "三页.pdf"))
    for width, height in (A4, A3_ACROSS, A4):
        canvas.setPageSize((width, height))
        canvas.rect(72, 72, width - 144, height - 144)
        canvas.showPage()
    canvas.save()
    return tmp_path / "三页.pdf"


@pytest.fixture
def preview(document, qtbot):
    shown = Preview(str(document))
    qtbot.addWidget(shown)
    shown.show()
    return shown


def to_file(target, first=0, last=0):
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFileName(str(target))
    printer.setFromTo(first, last)
    return printer


def sizes(pdf):
    told = subprocess.run(["pdfinfo", "-l", "9", pdf], capture_output=True, text=True, check=True).stdout
    return [
        tuple(float(part) for part in line.split("size:")[1].split()[0:3:2])
        for line in told.splitlines()
        if line.startswith("Page ") and "size:" in line
    ]


def test_every_page_at_its_size(preview, qtbot, tmp_path):
    preview.print_on(to_file(tmp_path / "all.pdf"))
    assert not preview._print.isEnabled()
    qtbot.waitUntil(lambda: preview.printing is None, timeout=30000)
    assert preview._told.text() == "已打印。"
    assert preview._print.isEnabled()
    for got, wanted in zip(sizes(tmp_path / "all.pdf"), (A4, A3_ACROSS, A4), strict=True):
        assert got == pytest.approx(wanted, abs=1)


def test_the_pages_that_were_asked_for(preview, qtbot, tmp_path):
    preview.print_on(to_file(tmp_path / "second.pdf", 2, 2))
    qtbot.waitUntil(lambda: preview.printing is None, timeout=30000)
    assert sizes(tmp_path / "second.pdf") == [pytest.approx(A3_ACROSS, abs=1)]


def test_what_cannot_be_printed_is_told(preview, qtbot, tmp_path):
    preview.print_on(to_file(tmp_path / "no such folder" / "x.pdf"))
    qtbot.waitUntil(lambda: preview.printing is None, timeout=30000)
    assert preview._told.text().startswith("打印失败")


def test_printing_can_be_stopped(preview, qtbot, tmp_path):
    preview.print_on(to_file(tmp_path / "stopped.pdf"))
    preview.stop_printing()
    qtbot.waitUntil(lambda: preview.printing is None, timeout=30000)
    assert preview._told.text() == "已取消打印。"
