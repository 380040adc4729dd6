"""Statistics as a PDF and as a workbook: the figures are there, the chart too, and text is never a formula."""

import subprocess

import openpyxl
import pytest
import shapely

from jnw_desktop.documents.statistics import write_statistics
from jnw_desktop.documents.workbook import write_workbook
from jnw_desktop.documents.writing import DocumentNotWritten
from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace


@pytest.fixture
def city(tmp_path):
    with Workspace.create(tmp_path / "city.gpkg", title="测试库", who="li") as workspace:
        line = shapely.LineString([(505000, 4059000), (505500, 4059000)]).wkb
        rows = [{"material": "QM", "owner": "=1+1"}, {"material": "PE", "owner": "甲<乙>"}]
        with workspace.change("in") as change:
            change.insert(KINDS["pipe"].table, [row | {"geom": line} for row in rows])
        yield workspace


def text_of(path):
    return subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout


def test_a_pdf_with_every_font_embedded(city, tmp_path):
    out = write_statistics(city, "pipe", ["material"], str(tmp_path / "st.pdf"))
    text = text_of(out)
    assert "管段统计：按材质" in text
    assert text.count("球墨铸铁") == 2  # in the chart and in the table
    assert "50.00" in text
    fonts = subprocess.run(["pdffonts", out], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert fonts
    assert all(line.split()[-5] == "yes" for line in fonts)
    assert "甲<乙>" in text_of(write_statistics(city, "pipe", ["owner"], str(tmp_path / "owner.pdf")))


def test_a_workbook_with_a_chart(city, tmp_path):
    out = write_statistics(city, "pipe", ["material"], str(tmp_path / "st.xlsx"))
    sheet = openpyxl.load_workbook(out).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == ["材质", "数量", "长度 (km)", "占比 (%)"]
    assert rows[1:] == [["聚乙烯", 1, 0.5, 50], ["球墨铸铁", 1, 0.5, 50], ["合计", 2, 1, 100]]
    assert len(sheet._charts) == 1


def test_text_is_never_a_formula(tmp_path):
    write_workbook(str(tmp_path / "x.xlsx"), "甲/乙", ["=A1"], [["=1+1"], ["@SUM(1)"], [2.5]])
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx").active
    assert [cell.data_type for (cell,) in sheet.iter_rows()] == ["s", "s", "s", "n"]
    assert sheet.title == "甲乙"


def test_what_cannot_be_written_is_told(city, tmp_path):
    with pytest.raises(UsageError, match="pdf"):
        write_statistics(city, "pipe", ["material"], str(tmp_path / "st.doc"))
    (tmp_path / "st.pdf").write_text("old")
    with pytest.raises(DocumentNotWritten):
        write_statistics(city, "pipe", ["material"], str(tmp_path / "no" / "st.pdf"))
    assert (tmp_path / "st.pdf").read_text() == "old"
