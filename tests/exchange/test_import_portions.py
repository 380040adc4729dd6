"""A survey that is larger than what is held at a time comes in the same."""

import pytest

from jnw_desktop.exchange import gathering
from jnw_desktop.exchange.importing import import_file
from jnw_desktop.exchange.spooling import Spool
from jnw_desktop.workspace import Workspace

from .importfiles import csv_file, ends, rows, sound

POINTS = "物探点号,图上点号,特征,附属物,X,Y,地面高程"
LINES = "起始点号,终止点号,管径,材质"
COUNT = 23


@pytest.fixture
def survey(tmp_path):
    """A row of points 10 m apart, every fifth a valve, and the pipes between them."""
    points = [
        f"J{i},M{i},{'' if i % 5 == 0 else '弯头'},{'阀门' if i % 5 == 0 else ''},4057000,{510000 + 10 * i},{30 + i}"
        for i in range(COUNT)
    ]
    lines = [f"J{i},J{i + 1},{100 + 100 * (i % 2)},球墨铸铁" for i in range(COUNT - 1)]
    points[7] = points[7].replace(",4057000,", ",坏,")
    return [
        csv_file(tmp_path / "点表.csv", POINTS, *points, encoding="gb18030"),
        csv_file(tmp_path / "线表.csv", LINES, *lines, encoding="gb18030"),
    ]


def look(workspace):
    uids = {row["uid"]: code for kind in ("node", "valve") for code, row in rows(workspace, kind).items()}
    pipes = sorted((uids.get(first), uids.get(last)) for first, last in ends(workspace).values())
    return sorted(uids.values()), pipes


def test_in_portions_it_is_the_same_network(workspace, tmp_path, survey, monkeypatch):
    with Workspace.create(tmp_path / "whole.gpkg") as whole:
        at_once = import_file(whole, survey, choices={"crs": "EPSG:4548"})
        wanted = look(whole)
    monkeypatch.setattr(gathering, "PORTION", 4)
    monkeypatch.setattr("jnw_desktop.exchange.pointtables.BATCH", 3)
    done = import_file(workspace, survey, choices={"crs": "EPSG:4548"})
    assert (done.read, done.inserted, done.rejected) == (at_once.read, at_once.inserted, at_once.rejected)
    assert (done.reasons, done.extent, done.kinds) == (at_once.reasons, at_once.extent, at_once.kinds)
    assert done.rejected == 3  # the point that lies nowhere, and the two pipes that end there
    assert look(workspace) == wanted
    assert sound(workspace)
    again = import_file(workspace, survey, choices={"crs": "EPSG:4548"})
    assert (again.inserted, again.updated, again.unchanged) == (0, 0, done.inserted)


def test_equal_rows_of_several_portions_are_several_pipes(workspace, tmp_path, monkeypatch):
    points = csv_file(tmp_path / "点.csv", POINTS, "A,1,弯头,,4057000,510000,30", "B,2,弯头,,4057000,510010,30")
    lines = csv_file(tmp_path / "线.csv", LINES, *["A,B,100,球墨铸铁"] * 6)
    monkeypatch.setattr(gathering, "PORTION", 2)
    monkeypatch.setattr("jnw_desktop.exchange.pointtables.BATCH", 2)
    assert import_file(workspace, [points, lines], choices={"crs": "EPSG:4548"}).inserted == 8


def test_what_is_set_aside_comes_back_in_its_order():
    spool = Spool()
    for first in range(0, 10, 3):
        numbers = list(range(first, min(first + 3, 10)))
        spool.add("a" if first % 2 else "b", numbers, {"x": [str(n) for n in numbers]})
    assert spool.keys() == ["b", "a"]
    twice = [list(spool.rows("a")), list(spool.rows("a"))]
    assert twice[0] == twice[1] == [([3, 4, 5, 9], {"x": ["3", "4", "5", "9"]})]
    spool.close()
    assert spool.keys() == []
