"""The asset ledger, worked by hand: pipes by diameter and material of each place, cards and values where known."""

import subprocess

import openpyxl
import pytest
import shapely

from jnw_desktop.documents.ledger import write_ledger
from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.ledger import ledger
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.facilities.releases.register import releases

EAST, NORTH = 505000.0, 4059000.0


def pipe(step, **fields):
    at = EAST + 100 * step
    return fields | {"geom": shapely.LineString([(at, NORTH), (at + 30, NORTH)]).wkb}


@pytest.fixture
def city(workspace):
    with workspace.change("city") as change:
        change.insert(
            KINDS["pipe"].table,
            [
                pipe(0, road="经十路", dn=200, material="QM", asset_card="K1", original_value=1000.5),
                pipe(1, road="经十路", dn=200, material="QM", asset_card="K1", length=31.0),
                pipe(2, road="经十路", dn=300, material="QM", asset_card="K2", original_value=10.0),
                pipe(3, road="经十路", dn=200, material="PE", state="abandoned"),
                pipe(4, road="经七路", material="PE", dn=100),
                pipe(5, dn=100),
                pipe(6, road="经十路", dn=200, material="QM", state="planned"),
                pipe(7, road="经十路", dn=200, material="QM", state="removed"),
            ],
        )
        point = shapely.Point(EAST + 10, NORTH).wkb
        change.insert(KINDS["valve"].table, [{"road": "经十路", "geom": point}, {"road": "经十路", "geom": point}])
        change.insert(KINDS["hydrant"].table, [{"road": None, "geom": point, "asset_card": "K9", "original_value": 5}])
        area = shapely.MultiPolygon([shapely.box(EAST - 5, NORTH - 5, EAST + 120, NORTH + 5)])
        change.insert(KINDS["neighbourhood"].table, [{"code": "N1", "name": "一里", "geom": area.wkb}])
    return workspace


def told(found):
    return {
        place.name: [(e.kind, e.dn, e.material, e.count, round(e.length, 3), tuple(e.cards), e.value, e.valued)
                     for e in place.entries]
        for place in found.places
    }  # fmt: skip


def test_by_road(city):
    found = ledger(city, "road")
    assert [place.name for place in found.places] == ["经七路", "经十路", None]
    assert told(found) == {
        "经七路": [("pipe", 100, "PE", 1, 30.0, (), 0, 0)],
        "经十路": [
            ("pipe", 200, "PE", 1, 30.0, (), 0, 0),
            ("pipe", 200, "QM", 2, 61.0, ("K1",), 1000.5, 1),
            ("pipe", 300, "QM", 1, 30.0, ("K2",), 10.0, 1),
            ("valve", None, None, 2, 0, (), 0, 0),
        ],
        None: [("pipe", 100, None, 1, 30.0, (), 0, 0), ("hydrant", None, None, 1, 0, ("K9",), 5.0, 1)],
    }


def test_by_neighbourhood_the_middle_decides(city):
    found = told(ledger(city, "neighbourhood"))
    assert found["一里"] == [
        ("pipe", 200, "QM", 2, 61.0, ("K1",), 1000.5, 1),
        ("valve", None, None, 2, 0, (), 0, 0),
        ("hydrant", None, None, 1, 0, ("K9",), 5.0, 1),
    ]
    assert sum(entry[3] for entry in found[None]) == 4


def test_as_a_workbook_and_on_paper(city, tmp_path):
    made = write_ledger(city, str(tmp_path / "l.xlsx"), "road", terms=Terms("审计局"))
    assert (made.places, made.pipes, made.length, made.value) == (3, 6, 181.0, 1015.5)
    rows = [[cell.value for cell in row] for row in openpyxl.load_workbook(made.file).active]
    assert "审计局" in rows[0][0]
    assert rows[1][0] == "道路"
    assert ["经十路", "管段", 200, "球墨铸铁", 2, 61.0, "K1", 1000.5] in rows
    assert ["经十路", "管段小计", None, None, 4, 121.0, None, 1010.5] in rows
    assert rows[-3] == ["合计", "管段", None, None, 6, 181.0, None, 1010.5]
    assert rows[-1] == ["合计", "消火栓", None, None, 1, None, None, 5.0]
    write_ledger(city, str(tmp_path / "l.pdf"), "neighbourhood")
    text = subprocess.run(["pdftotext", "-layout", tmp_path / "l.pdf", "-"], capture_output=True, text=True, check=True)
    assert all(word in text.stdout for word in ("一里", "球墨铸铁", "61.00", "K1", "1,000.50"))
    assert [row["recipient"] for row in releases(city)] == [None, "审计局"]
    assert releases(city)[0]["kinds"] == {"pipe": 6, "valve": 2, "hydrant": 1}


def test_what_is_no_ledger(city, tmp_path):
    with pytest.raises(UsageError):
        ledger(city, "dma")
    with pytest.raises(UsageError):
        write_ledger(city, str(tmp_path / "l.csv"), "road")


def test_of_an_empty_workspace(workspace):
    assert ledger(workspace, "road").places == []
