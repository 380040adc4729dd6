"""Rows of several parts: one facility for each part that does not join, named the same at every import."""

import csv

import pytest
import shapely

from jnw_desktop.exchange.inspecting import look
from jnw_desktop.exchange.mapping import Mapping
from jnw_desktop.workspace.tables import GEOMETRY

from .importfiles import at, bring, ends, geojson, line, point, rows, sound


def several(*ways):
    """Lines in one geometry, each given by its places."""
    return shapely.MultiLineString([[at(*place) for place in way] for way in ways])


SHORT, LONG, LAST = ((0, 0), (10, 0)), ((20, 0), (80, 0)), ((90, 0), (120, 0))


def test_each_part_that_does_not_join_is_a_pipe_and_the_longest_keeps_the_code(workspace, tmp_path):
    pipes = [
        ({"code": "P1", "dn": 300, "depth_start": 1.0, "depth_end": 2.0}, several(SHORT, LONG, LAST)),
        ({"code": "P2"}, several(((0, 50), (10, 50)), ((10, 50), (20, 50)))),
        ({"code": "P3"}, several(((0, 70), (10, 70)))),
    ]
    file = geojson(tmp_path / "pipe.geojson", pipes)
    done = bring(workspace, file)
    assert (done.read, done.inserted, done.rejected) == (3, 5, 0)
    assert any("3" in text and "1" in text and "编号-2" in text for text in done.warnings), done.warnings
    found = rows(workspace, "pipe")
    assert set(found) == {"P1", "P1-2", "P1-3", "P2", "P3"}
    assert found["P1"][GEOMETRY].equals(line(*LONG))
    assert found["P1-2"][GEOMETRY].equals(line(*SHORT))
    assert found["P1-3"][GEOMETRY].equals(line(*LAST))
    assert found["P2"][GEOMETRY].equals(line((0, 50), (20, 50)))
    assert {found[code]["dn"] for code in ("P1", "P1-2", "P1-3")} == {300}
    depths = [found[code][name] for code in ("P1-2", "P1", "P1-3") for name in ("depth_start", "depth_end")]
    assert depths == pytest.approx([1.0, 1.1, 1.1, 1.7, 1.7, 2.0])  # evenly along 10, 60 and 30 m
    assert len({uid for pair in ends(workspace).values() for uid in pair}) == 10  # nothing was joined across a gap
    assert sound(workspace)

    again = bring(workspace, file)
    assert (again.inserted, again.updated, again.unchanged) == (0, 0, 5)


def test_a_pipe_that_comes_in_again_in_parts_stays_the_pipe_it_was(workspace, tmp_path):
    bring(workspace, geojson(tmp_path / "pipe.geojson", [({"code": "P1"}, line((0, 0), (120, 0)))]))
    uid = rows(workspace, "pipe")["P1"]["uid"]
    done = bring(workspace, geojson(tmp_path / "pipe.geojson", [({"code": "P1"}, several(SHORT, LONG))]))
    assert (done.inserted, done.updated) == (1, 1)
    found = rows(workspace, "pipe")
    assert found["P1"]["uid"] == uid
    assert found["P1"][GEOMETRY].equals(line(*LONG))
    assert sound(workspace)


def test_without_codes_the_same_parts_are_known_again_by_their_place(workspace, tmp_path):
    file = geojson(tmp_path / "pipe.geojson", [({"dn": 100}, several(SHORT, LONG))])
    assert bring(workspace, file).inserted == 2
    again = bring(workspace, file)
    assert (again.inserted, again.unchanged) == (0, 2)


def test_several_points_are_several_nodes(workspace, tmp_path):
    both = shapely.MultiPoint([at(0, 0), at(5, 0)])
    done = bring(workspace, geojson(tmp_path / "node.geojson", [({"code": "N1"}, both), ({"code": "N2"}, point(9, 9))]))
    assert (done.inserted, done.rejected) == (3, 0)
    assert set(rows(workspace, "node")) == {"N1", "N1-2", "N2"}


def test_a_part_whose_code_is_taken_is_refused_alone_and_one_of_no_length_is_nothing(workspace, tmp_path):
    nothing = ((200, 0), (200, 0))
    file = geojson(
        tmp_path / "pipe.geojson",
        [
            ({"code": "P1-2"}, line((0, 9), (9, 9))),
            ({"code": "P1"}, several(LONG, SHORT)),
            ({"code": "P4"}, several(LAST, nothing)),
        ],
    )
    done = bring(workspace, file)
    assert (done.inserted, done.rejected) == (3, 1)
    with (tmp_path / "pipe.rejects.csv").open(encoding="utf-8-sig", newline="") as opened:
        told = list(csv.DictReader(opened))
    assert [(row["_row"], row["code"]) for row in told] == [("2", "P1")]
    assert shapely.from_wkt(told[0]["_wkt"]).equals(line(*SHORT))


def test_a_part_that_is_not_a_number_refuses_the_whole_row(workspace, tmp_path):
    broken = {"type": "MultiLineString", "coordinates": [[at(0, 0), at(9, 0)], [at(20, 0), [float("nan"), 0.0]]]}
    done = bring(workspace, geojson(tmp_path / "pipe.geojson", [({"code": "P1"}, broken)]))
    assert (done.inserted, done.rejected) == (0, 1)


def test_the_preview_shows_the_parts(workspace, tmp_path):
    file = geojson(tmp_path / "pipe.geojson", [({"code": "P1", "dn": 300}, several(LONG, SHORT))])
    shown = look(workspace, [file], mapping=Mapping("pipe", layer="pipe"), guess=True)
    assert [row.values["code"] for row in shown.rows] == ["P1", "P1-2"]
    assert (shown.looked, shown.refused, len(shown.shapes)) == (2, 0, 2)


def test_a_reason_names_the_field_and_the_column_as_the_user_sees_them(workspace, tmp_path):
    file = geojson(tmp_path / "管线.geojson", [({"管径": "粗"}, line((0, 0), (9, 0)))])
    (reason,) = bring(workspace, file, "pipe").reasons
    assert "管径" in reason
    assert "dn:" not in reason
    assert "公称直径" in reason
