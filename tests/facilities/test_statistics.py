"""Counts and lengths by field, by decade, by district; what is unknown is said so."""

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import matching
from jnw_desktop.facilities.statistics import condition, keys_of, statistics
from jnw_desktop.workspace import Workspace

EAST, NORTH = 505000.0, 4059000.0


def pipe(step, **fields):
    at = EAST + 100 * step
    return fields | {"geom": shapely.LineString([(at, NORTH), (at + 30, NORTH)]).wkb}


@pytest.fixture
def city(workspace):
    """Pipes 30 m long, 100 m apart; the third says it is 31 m; the DMA holds the middles of the first two."""
    with workspace.change("city") as change:
        change.insert(
            KINDS["pipe"].table,
            [
                pipe(0, material="QM", dn=200, year=1998),
                pipe(1, material="QM", dn=300, year=2003),
                pipe(2, material="PE", dn=200, year=2009, length=31.0),
                pipe(3),
            ],
        )
        area = shapely.box(EAST - 10, NORTH - 10, EAST + 120, NORTH + 10)
        change.insert(KINDS["dma"].table, [{"name": "东区", "geom": area.wkb}])
        change.insert(KINDS["valve"].table, [{"geom": shapely.Point(EAST, NORTH).wkb, "operability": "stuck"}])
    return workspace


def rows(told):
    return [(*group.titles, group.count, group.length) for group in told.groups]


def test_by_material(city):
    told = statistics(city, "pipe", ["material"])
    assert rows(told) == [("聚乙烯", 1, 31.0), ("球墨铸铁", 2, 60.0), ("不详", 1, 30.0)]
    assert (told.titles, told.count, told.length) == (("材质",), 4, 121.0)


def test_by_decade_and_diameter(city):
    told = statistics(city, "pipe", ["decade", "dn"])
    assert rows(told) == [
        ("1990 年代", "200", 1, 30.0),
        ("2000 年代", "200", 1, 31.0),
        ("2000 年代", "300", 1, 30.0),
        ("不详", "不详", 1, 30.0),
    ]


def test_by_district_the_middle_decides(city):
    assert rows(statistics(city, "pipe", ["dma"])) == [("东区", 2, 60.0), ("不详", 2, 61.0)]
    assert rows(statistics(city, "pipe", ["dma", "material"]))[0][:2] == ("东区", "球墨铸铁")
    assert rows(statistics(city, "valve", ["dma"])) == [("东区", 1, 0.0)]


def test_points_have_no_length_and_an_empty_kind_no_groups(city):
    assert rows(statistics(city, "valve", ["operability"]))[0][1:] == (1, 0.0)
    assert statistics(city, "hydrant", ["dma"]).groups == ()


@pytest.mark.parametrize("by", [[], ["colour"], ["dn", "year", "material"]])
def test_what_cannot_be_counted_by_is_refused(city, by):
    with pytest.raises(UsageError, match="pipe"):
        statistics(city, "pipe", by)
    assert "decade" not in keys_of("dma")
    assert "dma" not in keys_of("dma")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dns=st.lists(st.sampled_from([None, 100, 200, 300]), min_size=1, max_size=12))
def test_the_groups_add_up_to_the_whole(new_place, dns):
    with Workspace.create(new_place()) as workspace:
        with workspace.change("in") as change:
            change.insert(KINDS["pipe"].table, [pipe(step, dn=dn) for step, dn in enumerate(dns)])
        told = statistics(workspace, "pipe", ["dn"])
    assert {group.keys[0]: group.count for group in told.groups} == {dn: dns.count(dn) for dn in dns}
    assert told.count == len(dns)
    assert told.length == pytest.approx(30.0 * len(dns))


@pytest.mark.parametrize("kind", ["pipe", "valve"])
def test_every_group_leads_to_the_facilities_it_counts(city, kind):
    keys = list(keys_of(kind))
    for by in [[key] for key in keys] + [["decade", "dn"] if kind == "pipe" else ["road", "dma"], ["dma", keys[0]]]:
        for group in statistics(city, kind, by).groups:
            assert matching(city, kind, condition(by, group.keys)).total == group.count, (by, group)
