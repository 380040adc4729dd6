"""``jnw network``: exit statuses and JSON as scripts call it."""

import json
import subprocess

import openpyxl
import pytest

from jnw_desktop.commandline.program import run
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace

from ..facilities.citykit import build

NODE = (KINDS["node"].table.c.code, KINDS["node"].table.c.uid)


@pytest.fixture
def jnw(capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            run([*map(str, arguments), "--json"])
        printed = capsys.readouterr()
        return ended.value.code, json.loads(printed.out), printed.err

    return call


@pytest.fixture
def city(tmp_path):
    with Workspace.create(tmp_path / "city.gpkg") as workspace:
        build(workspace, "S1 -p1- V1 -p2- a -p3- V2 -p4- b\nV1 -p5- c")
    return tmp_path / "city.gpkg"


def test_segments(jnw, city):
    status, told, _ = jnw("network", "segments", city)
    assert (status, told["count"]) == (0, 4)
    assert {frozenset(part["pipes"] + part["nodes"]) for part in told["segments"]} == {
        frozenset({"p1", "S1"}), frozenset({"p2", "p3", "a"}), frozenset({"p4", "b"}), frozenset({"p5", "c"}),
    }  # fmt: skip
    assert {"pipes", "nodes", "valves", "length"} <= set(told["segments"][0])


def test_isolate(jnw, city):
    status, told, _ = jnw("network", "isolate", city, "--pipe", "p2")
    assert status == 0
    assert (told["close"], told["needless"], told["pipes"], told["starved_pipes"]) == (
        ["V1", "V2"], ["V2"], ["p2", "p3"], ["p4", "p5"],
    )  # fmt: skip
    assert (told["customers"], told["essential"], told["unstoppable"]) == ([], [], False)
    status, told, _ = jnw("network", "isolate", city, "--at", "500150,4060001", "--stuck", "V1")
    assert (status, told["burst"], told["unstoppable"], told["witness"]) == (0, "p2", True, ["p1", "p2"])


def test_isolate_wants_one_place(jnw, city):
    assert jnw("network", "isolate", city)[0] == 2
    assert jnw("network", "isolate", city, "--pipe", "p2", "--at", "1,2")[0] == 2
    assert jnw("network", "isolate", city, "--at", "here")[0] == 2
    assert jnw("network", "isolate", city, "--pipe", "p99")[0] == 3
    assert jnw("network", "isolate", city, "--at", "0,0")[1]["error"]["kind"] == "not_in_network"


def test_a_warning_goes_to_standard_error(jnw, tmp_path):
    with Workspace.create(tmp_path / "dry.gpkg") as workspace:
        build(workspace, "a -p1- V1 -p2- b")
    status, told, said = jnw("network", "isolate", tmp_path / "dry.gpkg", "--pipe", "p1")
    assert (status, told["close"]) == (0, ["V1"])
    assert told["warnings"][0] in said


def test_trace_way_and_form(jnw, city):
    status, told, _ = jnw("network", "trace", city, "--from", "p4", "--direction", "up")
    assert (status, set(told["pipes"]), told["length"]) == (0, {"p1", "p2", "p3", "p4"}, 400.0)
    assert jnw("network", "trace", city, "--from", "p4", "--direction", "sideways")[0] == 2
    assert jnw("network", "way", city, "--from", "c", "--to", "b")[1]["pipes"] == ["p5", "p2", "p3", "p4"]
    assert jnw("network", "form", city)[1]["loops"] == 0


def test_people_read_lines(city, capsys):
    for arguments in (["segments"], ["isolate", "--pipe", "p2"], ["trace", "--from", "a"], ["form"]):
        with pytest.raises(SystemExit) as ended:
            run(["network", arguments[0], str(city), *arguments[1:]])
        assert ended.value.code == 0
        assert capsys.readouterr().out.strip()


def test_profile_section_and_sheets(jnw, city, tmp_path):
    status, told, _ = jnw("network", "profile", city, "--from", "S1", "--to", "b", "--pdf", tmp_path / "p.pdf")
    assert (status, told["length"], [p["code"] for p in told["pipes"]]) == (0, 400.0, ["p1", "p2", "p3", "p4"])
    assert (tmp_path / "p.pdf").read_bytes().startswith(b"%PDF")
    line = "500150,4059990,500150,4060010"
    status, told, _ = jnw("network", "section", city, "--line", line, "--pdf", tmp_path / "s.pdf")
    assert (status, [p["code"] for p in told["pipes"]], told["pipes"][0]["offset"]) == (0, ["p2"], 10.0)
    assert jnw("network", "isolate", city, "--pipe", "p2", "--pdf", tmp_path / "i.pdf")[1]["file"]
    assert (tmp_path / "i.pdf").read_bytes().startswith(b"%PDF")
    assert jnw("network", "section", city, "--line", "1,2,3")[0] == 2
    assert jnw("network", "profile", city, "--from", "S1", "--to", "S1")[0] == 3


def test_pressure(jnw, city, tmp_path):
    status, told, _ = jnw("network", "pressure", city)
    assert (status, told["error"]["kind"]) == (3, "figure_needed")
    with Workspace.open(city) as workspace, workspace.change("ground") as change:
        for code, uid in change.connection.execute(KINDS["node"].table.select().with_only_columns(*NODE)):
            change.update(KINDS["node"].table, uid, {"elevation": {"a": 10.0, "b": 48.0, "c": 12.0}[code]})
    held = ("--head", "S1=50")
    status, told, warned = jnw("network", "pressure", city, *held, "--close", "V2", "--xlsx", tmp_path / "p.xlsx")
    assert (status, told["close"], told["required"]) == (0, ["V2"], 14.06)
    by_code = {row["code"]: (row["before"], row["during"], row["dry"]) for row in told["nodes"]}
    assert (by_code["a"], by_code["b"]) == ((40.0, 40.0, False), (2.0, 0.0, True))
    assert [row["count"] for row in told["assumptions"]] == [2, 5]
    assert "用水量" in warned
    heads, *rows = openpyxl.load_workbook(tmp_path / "p.xlsx").active.iter_rows(values_only=True)
    assert ("各处", "管点", "b", 48.0, 2.0, 0.0, None, None) in rows
    assert len(heads) == 8
    assert jnw("network", "pressure", city, *held, "--required", "1")[0] == 2
    assert jnw("network", "pressure", city, "--head", "S1")[0] == 2
    assert jnw("network", "pressure", city, *held, "--isolate", "p2", "--close", "V1")[0] == 2


@pytest.mark.engine
@pytest.mark.parametrize(
    ("asked", "title", "row"),
    [
        (("segments",), "阀门分段", None),
        (("form",), "环与死水端", ("断开即分隔管网的管段", "p1")),
        (("trace", "--from", "p3", "--direction", "up"), "追踪", ("管段", "p1")),
        (("way", "--from", "p1", "--to", "p4"), "最短路径", ("管段", "p2")),
    ],
)
def test_what_is_found_is_on_paper_and_in_a_workbook(jnw, city, tmp_path, asked, title, row):
    pdf, book = tmp_path / "f.pdf", tmp_path / "f.xlsx"
    status, told, _ = jnw("network", asked[0], city, *asked[1:], "--pdf", pdf, "--xlsx", book)
    assert (status, told["file"], told["workbook"]) == (0, str(pdf), str(book))
    _head, *rows = openpyxl.load_workbook(book).active.iter_rows(values_only=True)
    if asked[0] == "segments":
        assert {found[-1] for found in rows} == {"p1", "p2", "p4", "p5"}
        assert rows[0][5] > 0  # with the first, the rest loses the source
        assert sum(found[4] for found in rows) == pytest.approx(sum(part["length"] for part in told["segments"]))
    else:
        assert row in rows
    text = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout
    assert title in text
    assert "1:" in text  # the map's scale: QGIS drew it


def test_what_an_analysis_found_goes_to_somebody(jnw, city, tmp_path):
    to = ("--recipient", "消防支队", "--why", "演练", "--user", "wang")
    assert jnw("network", "segments", city, "--xlsx", tmp_path / "s.xlsx", *to)[0] == 0
    assert jnw("network", "form", city, "--pdf", tmp_path / "f.pdf", *to)[0] == 0
    told = jnw("releases", city)[1]["releases"]
    assert {(row["file"], row["recipient"], row["why"], row["who"]) for row in told} == {
        ("s.xlsx", "消防支队", "演练", "wang"),
        ("f.pdf", "消防支队", "演练", "wang"),
    }
    assert all(row["bounds"] for row in told)
    assert "消防支队" in openpyxl.load_workbook(tmp_path / "s.xlsx").active["A1"].value
