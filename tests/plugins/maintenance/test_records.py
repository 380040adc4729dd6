"""What was done is recorded, the facility follows in the same change set, a filled-in sheet comes back."""

import csv
import datetime
import io
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa
from PIL import Image

from jnw_desktop import language
from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.attachments import attachments_of, content_of
from jnw_desktop.facilities.kinds import KINDS
from jnw_plugins.maintenance.due import due
from jnw_plugins.maintenance.operations import RecordRefused, record
from jnw_plugins.maintenance.plans import plan
from jnw_plugins.maintenance.records import listed, report, upkeep_of
from jnw_plugins.maintenance.sheet import SheetRefused, take_sheet, write_due

DAY = "2026-11-20"
NIGHT = datetime.datetime(2026, 11, 19)  # a day as a workbook holds it
TODAY = datetime.date.today().isoformat()


def fields(workspace, code, kind="valve"):
    table = KINDS[kind].table
    names = ("last_operated", "operability", "turns", "present_state") if kind == "valve" else ("operability",)
    with workspace.read() as connection:
        return tuple(connection.execute(sa.select(*(table.c[n] for n in names)).where(table.c.code == code)).one())


def picture():
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(made, "JPEG")
    return made.getvalue()


def test_record_facility_and_photo_are_one_change_and_undone_as_one(workspace, town):
    before = fields(workspace, "V1")
    changes = len(workspace.history())
    told = record(
        workspace, of_task="exercise", code="V1", result="ok", date=DAY, by="张三", turns=24.5, left_as="closed",
        photo=("C:\\照片\\v1.jpg", picture()), note="井内积水",
    )  # fmt: skip
    assert told["changed"] == {
        "last_operated": DAY, "operability": "operable", "turns": 24.5, "present_state": "closed",
    }  # fmt: skip
    assert fields(workspace, "V1") == (DAY, "operable", 24.5, "closed")
    assert len(workspace.history()) == changes + 1
    (photo,) = attachments_of(workspace, town["V1"])
    assert (photo.name, content_of(workspace, photo.uid)) == ("v1.jpg", picture())
    (row,) = listed(workspace)
    assert (row["facility"], row["done_by"], row["turns"], row["photo"]) == ("V1", "张三", 24.5, photo.sha256)
    workspace.undo()
    assert fields(workspace, "V1") == before
    assert listed(workspace) == []
    assert attachments_of(workspace, town["V1"]) == []
    assert workspace.verify() == []


def test_an_older_record_does_not_put_back_what_is_known_later(workspace, town):
    record(workspace, of_task="exercise", code="V1", result="could_not", found="stuck", date="2026-10-01", by="张")
    assert fields(workspace, "V1")[:2] == ("2025-08-31", "stuck")
    record(workspace, of_task="exercise", code="V1", result="ok", date="2026-09-01", by="张", turns=9)
    assert fields(workspace, "V1") == ("2025-08-31", "stuck", None, None)
    record(workspace, of_task="exercise", code="V3", result="ok", date="2026-09-01", by="张")
    assert fields(workspace, "V3")[0] == "2026-10-01"
    record(workspace, of_task="flow_test", code="H1", result="defect", found="stuck", date=DAY, by="李", pressure=0.28)
    assert fields(workspace, "H1", "hydrant") == ("stuck",)
    assert [row["date"] for row in listed(workspace, uid=town["V1"])] == ["2026-10-01", "2026-09-01"]
    assert len(listed(workspace, by="李")) == len(listed(workspace, result="defect")) == 1
    assert [row["facility"] for row in listed(workspace, since="2026-09-02", until="2026-10-31")] == ["V1"]


def test_a_refused_record_changes_nothing(workspace, town):
    record(workspace, of_task="exercise", code="V1", result="ok", date=DAY, by="张")
    changes = len(workspace.history())
    good = {"of_task": "exercise", "code": "V2", "result": "ok", "date": DAY, "by": "张"}
    for said in (
        {"code": "V1"}, {"code": "A1"}, {"result": "could_not"}, {"found": "stuck"}, {"turns": -1.0}, {"flow": 3.0},
        {"turns": float("inf")}, {"date": "2999-01-01"}, {"result": "could_not", "found": "lost", "left_as": "open"},
        {"of_task": "flow_test", "code": "H1", "pressure": 280.0},
    ):  # fmt: skip
        with pytest.raises(RecordRefused):
            record(workspace, **(good | said))
    for said in ({"result": "fine"}, {"left_as": "ajar"}, {"of_task": "paint"}, {"date": "gestern"}):
        with pytest.raises(UsageError):
            record(workspace, **(good | said))
    assert len(workspace.history()) == changes
    assert fields(workspace, "V2")[0] is None


def filled(path, answers):
    """Write answers (by code: by heading) into a due list, as a crew would."""
    book = openpyxl.load_workbook(path)
    sheet = book.active
    head = {cell.value: cell.column for cell in sheet[1]}
    for row in sheet.iter_rows(min_row=2):
        for heading, value in answers.get(row[0].value, {}).items():
            sheet.cell(row[0].row, head[heading], value)
    book.save(path)


def test_the_due_list_goes_out_is_filled_in_and_comes_back(workspace, town, tmp_path):
    for task in ("exercise", "flow_test"):
        plan(workspace, of_task=task, months=12, start="2026-01-01")
    path = str(tmp_path / "到期.xlsx")
    assert write_due(workspace, path, as_of=DAY) == path
    filled(
        path,
        {
            "V1": {"养护日期": "2026/11/18", "养护人": "张三", "结果": "正常", "圈数": 24.5, "阀门离开时": "开"},
            "V2": {
                "养护日期": datetime.datetime(2026, 11, 19),
                "养护人": "李四",
                "结果": "未能完成",
                "发现问题": "埋没",
            },
            "H2": {"养护日期": "2026年11月19日", "养护人": "李四", "结果": "正常", "流量 (L/s)": 15, "水压 (MPa)": 0.3},
        },
    )
    changes = len(workspace.history())
    taken = take_sheet(workspace, path)
    assert (taken.read, taken.blank, taken.written, taken.rejected, taken.facilities) == (4, 1, 3, 0, 3)
    assert len(workspace.history()) == changes + 1
    assert fields(workspace, "V1") == ("2026-11-18", "operable", 24.5, "open")
    assert fields(workspace, "V2")[1] == "buried"
    assert {row["code"] for row in due(workspace, as_of=DAY)["facilities"]} == {"V2", "H1"}
    again = take_sheet(workspace, path)
    assert (again.written, again.rejected, again.change) == (0, 3, None)
    assert len(workspace.history()) == changes + 1
    workspace.undo()
    assert listed(workspace) == []
    assert fields(workspace, "V2")[1] is None


def test_rows_that_do_not_fit_are_set_apart_with_their_reason(workspace, town, tmp_path):
    path = tmp_path / "记录.csv"
    rows = [
        "编号,养护项目,养护日期,养护人,结果,发现问题,圈数,备注",
        "V1,阀门启闭保养,2026-11-18,张三,正常,,24圈,",
        "V2,阀门启闭保养,2026-11-18,张三,好,,,",
        "V9,阀门启闭保养,2026-11-18,张三,正常,,,",
        "A1,阀门启闭保养,2026-11-18,张三,正常,,,",
        "V3,阀门启闭保养,2026-11-18,,正常,,,",
        "V3,阀门启闭保养,2026-13-18,张三,正常,,,",
        "V3,阀门启闭保养,2026-11-18,张三,,,,",
        "V3,阀门启闭保养,,,,,,没去",
        "H1,flow_test,20261118,张三,未能完成,失踪,,'=1+1",
        "V2,阀门启闭保养,2026-11-18,张三,正常,,-3,",
    ]
    path.write_text("\n".join(rows), "gbk")
    taken = take_sheet(workspace, str(path))
    assert (taken.read, taken.blank, taken.written, taken.rejected) == (10, 1, 1, 8)
    assert fields(workspace, "H1", "hydrant") == ("lost",)
    assert listed(workspace)[0]["note"] == "=1+1"
    with Path(taken.rejects).open(encoding="utf-8-sig", newline="") as file:
        rejects = list(csv.DictReader(file))
    assert [row["_row"] for row in rejects] == ["2", "3", "6", "7", "8", "11", "4", "5"]
    assert "圈数" in rejects[0]["_reason"]
    assert "正常" in rejects[1]["_reason"]
    assert "V9" in rejects[6]["_reason"]
    # Mended, the file of rejects is a sheet.
    for row in rejects:
        row |= {"编号": "V2", "结果": "正常", "圈数": "24", "养护人": "张三", "养护日期": "2026-11-17"}
    with Path(taken.rejects).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rejects[0])
        writer.writeheader()
        writer.writerows(rejects[:1])
    assert take_sheet(workspace, taken.rejects).written == 1


def test_a_sheet_in_the_other_language_and_files_that_are_none(workspace, town, tmp_path):
    plan(workspace, of_task="verify", months=12, start="2026-01-01")
    path = str(tmp_path / "due.xlsx")
    language.use("en")
    write_due(workspace, path, as_of=DAY)
    filled(path, {"M1": {"Date done": "2026-11-18", "Result": "In order", "Meter reading (m³)": 812.5}})
    language.use("zh_CN")
    assert take_sheet(workspace, path, by="王五").written == 1
    assert listed(workspace)[0]["reading"] == 812.5
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", "utf-8")
    for name in ("other.csv", "none.xlsx", "sheet.pdf"):
        with pytest.raises(SheetRefused):
            take_sheet(workspace, str(tmp_path / name))


def test_report_by_month_task_and_person(workspace, town):
    plan(workspace, of_task="exercise", months=12, start="2026-01-01")
    for code, day, result, by in (
        ("V2", "2026-02-10", "ok", "张"), ("V1", "2026-09-05", "defect", "张"), ("V3", "2026-09-06", "could_not", "李"),
    ):  # fmt: skip
        found = {"could_not": "other"}.get(result)
        record(workspace, of_task="exercise", code=code, result=result, date=day, by=by, found=found)
    told = report(workspace, since="2026-01-01", until="2026-10-31")
    by_month = {row["month"][5:]: (row["due"], row["done"]) for row in told["months"]}
    # When V1 was last operated before its first record is not known any more: it is owed from the plan's first day on.
    # V3 was done in October by its own date; that it could not be done in September does not count.
    assert by_month == {
        "01": (3, 0), "02": (3, 1), **{f"{month:02}": (2, 0) for month in range(3, 9)}, "09": (2, 1), "10": (1, 1),
    }  # fmt: skip
    assert told["months"][1]["completion"] == 0.3333
    assert report(workspace, since="2025-12-01", until="2025-12-31")["months"][0]["completion"] is None
    assert told["tasks"] == [{"task": "exercise", "done": 3, "owed": 0, "ok": 1, "defect": 1, "could_not": 1}]
    assert [(row["by"], row["total"]) for row in told["people"]] == [("张", 2), ("李", 1)]
    assert report(workspace, since="2026-02-01", until="2026-03-01", of_task="flow_test")["tasks"] == []
    with pytest.raises(UsageError):
        report(workspace, since="2026-03-01", until="2026-02-01")


def test_all_about_one_facility(workspace, town):
    plan(workspace, of_task="exercise", months=12, start="2026-01-01")
    record(workspace, of_task="exercise", uid=town["V2"], result="ok", by="张")
    told = upkeep_of(workspace, town["V2"])
    assert [(row["code"], row["last"]) for row in told["due"]] == [("V2", TODAY)]
    assert [row["result"] for row in told["records"]] == ["ok"]
