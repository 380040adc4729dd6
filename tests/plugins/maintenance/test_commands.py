"""``jnw maintenance`` from a plan to the report, and its papers."""

import subprocess

import openpyxl
import pytest

from jnw_desktop.workspace import Workspace

from .conftest import fill


@pytest.fixture
def place(tmp_path):
    """The town as a file: the commands do not care where it is kept."""
    where = str(tmp_path / "town.gpkg")
    with Workspace.create(where, demonstration=True) as workspace:
        fill(workspace)
    return where


def test_from_the_plan_to_the_report(place, jnw, tmp_path):
    status, told, _said = jnw("maintenance", "plan", place, "--task", "exercise")
    assert (status, told["error"]["kind"]) == (2, "usage")
    status, told, _said = jnw(
        "maintenance", "plan", place, "--task", "exercise", "--months", 12, "--start", "2026-01-01", "--dn-from", 300
    )
    assert (status, told["plan"]["facilities"], told["plan"]["scope"]) == (0, 2, "DN300–")
    code = told["plan"]["code"]
    status, told, _said = jnw("maintenance", "due", place, "--as-of", "2026-11-25", "--out", tmp_path / "due.xlsx")
    assert status == 0
    assert [row["code"] for row in told["facilities"]] == ["V2", "V1"]
    assert openpyxl.load_workbook(told["file"]).active["A2"].value == "V2"
    status, told, _said = jnw(
        "maintenance", "record", place, "V2", "--task", "exercise", "--result", "ok", "--date", "2026-11-20", "--by",
        "张三", "--turns", 61,
    )  # fmt: skip
    assert (status, told["facility"], told["changed"]["turns"]) == (0, "V2", 61.0)
    status, told, _said = jnw("maintenance", "records", place, "--code", "V2")
    assert [row["done_by"] for row in told["records"]] == ["张三"]
    (tmp_path / "s.csv").write_text("code,date,result,done_by\nV1,2026-11-21,ok,李\nV7,2026-11-21,ok,李\n", "utf-8")
    status, told, _said = jnw("maintenance", "import", place, tmp_path / "s.csv", "--task", "exercise")
    assert (status, told["written"], told["rejected"]) == (4, 1, 1)
    status, told, _said = jnw("maintenance", "report", place, "--since", "2026-11-01", "--until", "2026-11-30")
    assert (status, told["months"]) == (0, [{"month": "2026-11", "due": 2, "done": 2, "completion": 1.0}])
    status, told, _said = jnw("maintenance", "plan", place, "--end", code)
    assert (status, told["plan"]["ended"] is None) == (0, False)
    status, told, _said = jnw("maintenance", "plans", place)
    assert [row["code"] for row in told["plans"]] == [code]
    assert jnw("maintenance", "due", place)[1]["total"] == 0


def text_of(path):
    return subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True).stdout


@pytest.mark.engine
def test_the_round_and_the_report_on_paper(place, jnw, tmp_path):
    jnw("maintenance", "plan", place, "--task", "exercise", "--months", 12, "--start", "2026-01-01")
    status, told, _said = jnw(
        "maintenance", "print", place, "--as-of", "2026-11-25", "--out", tmp_path / "round.pdf", "--user", "王五"
    )
    assert status == 0
    text = text_of(told["file"])
    for part in ("到期养护清单", "V2", "从未", "2026-08-31", "演示数据", "王五", "实测值"):
        assert part in text
    assert "2026-10-01" not in text  # of V3, which was done lately: the map shows it, the list does not
    status, told, _said = jnw("maintenance", "print", place, "--task", "verify", "--out", tmp_path / "none.pdf")
    assert (status, told["error"]["kind"]) == (3, "round_refused")
    assert not (tmp_path / "none.pdf").exists()
    status, told, _said = jnw("maintenance", "report", place, "--out", tmp_path / "report.pdf")
    assert "阀门启闭保养" in text_of(told["file"])
    status, told, _said = jnw("maintenance", "report", place, "--out", tmp_path / "report.xlsx")
    assert openpyxl.load_workbook(told["file"]).active["A1"].value == "分组"
    assert jnw("maintenance", "report", place, "--out", tmp_path / "report.doc")[0] == 2
