"""Which sheets a site is cut into: worked by hand, and what holds for every site."""

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from jnw_desktop.documents.tiling import Grid, beside, named
from jnw_plugins.guide.sheets import FINEST, OVERLAP, TooManySheets, ground, plan

# A map of 744 × 544 pt: 700 × 500 pt lie between the match lines. A point at 1:500 is 0.0254 / 72 × 500 = 0.176389 m:
# a detail sheet holds 123.47 × 88.19 m there and 246.94 × 176.39 m at 1:1000; the whole map 131.23 × 95.96 m at 1:500.
SIZE = (744, 544)
E, N = 505000.0, 4059500.0


def site(*boxes):
    return shapely.union_all([shapely.box(E + a, N + b, E + c, N + d) for a, b, c, d in boxes]).wkb


def places(planned):
    return [(cell.row, cell.column) for cell in planned.details]


def test_the_ground_of_a_sheet_by_hand():
    assert OVERLAP == 22.0
    assert ground(SIZE, 500) == pytest.approx((123.4722, 88.1944), abs=1e-4)


def test_ten_square_metres_are_one_sheet():
    planned = plan(site((0, 0, 5, 2)), 10.0, SIZE)
    assert (planned.scale, planned.details, planned.count, planned.notes) == (200, (), 1, [])
    assert planned.center == pytest.approx((E + 2.5, N + 1))


def test_what_just_fits_one_sheet_at_500_and_what_does_not():
    # 131.23 m less 2 × (10 + 2) leave 107.23 m of site.
    assert plan(site((0, 0, 107, 20)), 10.0, SIZE).scale == 500
    planned = plan(site((0, 0, 108, 20)), 10.0, SIZE)
    # 128 m with what is around: two columns of 123.47 m, centred.
    assert places(planned) == [(1, 1), (1, 2)]
    assert planned.details[0].box == pytest.approx(
        (E + 54 - 123.4722, N + 10 - 44.0972, E + 54, N + 10 + 44.0972), abs=1e-3
    )
    assert planned.details[1].box[0] == pytest.approx(E + 54)


def test_an_l_has_no_sheet_in_its_empty_corner():
    #  ┌──┐
    #  │  │          326 × 244 m with 10 m around: 3 columns × 3 rows
    #  │  └───────┐
    #  └──────────┘
    planned = plan(site((0, 0, 306, 40), (0, 0, 40, 224)), 10.0, SIZE)
    assert places(planned) == [(1, 1), (2, 1), (3, 1), (3, 2), (3, 3)]
    names = named(planned.details, ["1", "2", "3", "4", "5"])
    joins = [dict(beside(cell, names)) for cell in planned.details]
    assert joins == [
        {"below": "2"},
        {"above": "1", "below": "3"},
        {"above": "2", "right": "4"},
        {"left": "3", "right": "5"},
        {"left": "4"},
    ]


def test_the_hole_of_a_site_has_no_sheet():
    # 20 m of works about a field of 900 × 700 m.
    ring = shapely.box(E, N, E + 940, N + 740).difference(shapely.box(E + 20, N + 20, E + 920, N + 720))
    planned = plan(ring.wkb, 10.0, SIZE)
    rows, columns = max(places(planned))
    assert planned.detail_scale == 500
    assert len(planned.details) == 2 * (rows + columns) - 4  # the edge of the grid and nothing within


def test_a_square_kilometre_is_drawn_coarser_and_says_so():
    planned = plan(site((0, 0, 1000, 1000)), 10.0, SIZE, most=40)
    # 1020 m: 9 × 12 sheets at 1:500, 5 × 6 at 1:1000.
    assert (planned.detail_scale, len(planned.details), planned.coarsened) == (1000, 30, True)
    (note,) = planned.notes
    assert all(figure in note for figure in ("1:500", "40", "1:1000"))
    at_most = plan(site((0, 0, 1000, 1000)), 10.0, SIZE, most=108)
    assert (at_most.detail_scale, len(at_most.details), at_most.notes) == (500, 108, [])


def test_parts_far_apart_cost_their_own_sheets():
    planned = plan(site((0, 0, 5, 5), (20_000, 15_000, 20_005, 15_005)), 10.0, SIZE)
    assert planned.detail_scale == 500
    assert 2 <= len(planned.details) <= 8  # an edge of the grid may run through either


def test_a_site_that_fits_no_scale_is_refused():
    with pytest.raises(TooManySheets) as refused:
        plan(site((0, 0, 10, 10), (200_000, 0, 200_010, 10)), 10.0, SIZE, most=1)
    assert refused.value.hint


def test_a_pipe_is_told_with_every_sheet_it_is_on():
    planned = plan(site((0, 0, 108, 20)), 10.0, SIZE)  # the match line at E + 54
    lines = [[(0, 5), (10, 5)], [(50, 5), (60, 5)], [(100, 5), (101, 5)], [(0, 900), (9, 900)]]
    shapes = [shapely.LineString([(E + x, N + y) for x, y in line]).wkb for line in lines]
    assert planned.sheets_of([*shapes, None]) == [[1], [1, 2], [2], [], []]


def centred(around, scale):
    grid = Grid.over(around.bounds, *ground(SIZE, scale))
    return [cell.box for cell in grid.cells() if shapely.box(*cell.box).intersection(around).area > 0]


def test_a_grid_is_moved_where_that_saves_a_sheet():
    # A road on the slant through 4 × 4 sheets of the centred grid.
    road = shapely.LineString([(E, N), (E + 400, N + 290)]).buffer(15)
    centre = centred(road.buffer(10.0), 500)
    planned = plan(road.wkb, 10.0, SIZE)
    assert len(planned.details) < len(centre)


spans = st.tuples(st.floats(0, 500), st.floats(0, 500), st.floats(1, 400), st.floats(1, 400))


@settings(max_examples=40, deadline=None)
@given(spans, spans)
def test_a_grid_over_more_is_the_same_grid(first, second):
    one, other = ((E + x, N + y, E + x + w, N + y + h) for x, y, w, h in (first, second))
    grid = Grid.over(one, 123.0, 88.0)
    more = grid.over_more(other)
    cells = [shapely.box(*cell.box) for cell in more.cells()]
    assert shapely.union_all(cells).buffer(1e-6).contains(shapely.box(*other))
    steps = (more.west - grid.west) / 123.0, (more.north - grid.north) / 88.0
    assert steps == pytest.approx([round(step) for step in steps], abs=1e-6)
    assert (more.rows - 1) * 88.0 < other[3] - other[1] + 88.0 + 1e-6
    met = more.meeting(shapely.box(*other))
    assert len(met) == sum(cell.intersection(shapely.box(*other)).area > 0 for cell in cells)


def test_the_grid_is_centred_on_a_part_where_that_saves_sheets():
    # With 10 m around, the large part is 240 × 80 m and fits 2 × 1 sheets. The whole is 230 m high: three rows with
    # 34.6 m to spare, centred they end 17.3 m above it, and the first row's foot cuts the large part.
    large, small = (0, 0, 220, 60), (0, -150, 5, -145)
    planned = plan(site(large, small), 10.0, SIZE)
    assert len(centred(shapely.from_wkb(site(large, small)).buffer(10.0), 500)) == 5
    assert len(planned.details) == 3
    assert len({cell.row for cell in planned.details}) == 2


boxes = st.tuples(st.floats(0, 900), st.floats(0, 900), st.floats(0.1, 300), st.floats(0.1, 300))


@settings(max_examples=60, deadline=None)
@given(st.lists(boxes, min_size=1, max_size=5), st.integers(1, 60))
def test_the_sheets_cover_the_site_and_none_is_idle(boxes, most):
    area = site(*((x, y, x + w, y + h) for x, y, w, h in boxes))
    around = shapely.from_wkb(area).buffer(10.0)
    planned = plan(area, 10.0, SIZE, most)
    if not planned.details:
        assert planned.scale <= FINEST
        return
    cells = [shapely.box(*cell.box) for cell in planned.details]
    assert len(cells) <= most
    assert around.difference(shapely.union_all(cells).buffer(1e-6)).area == pytest.approx(0, abs=1e-6)
    assert all(cell.intersects(around) for cell in cells)
    # The other way to such sheets: every cell of the centred grid, one by one; there are no fewer.
    assert len(cells) <= len(centred(around, planned.detail_scale))
    if planned.coarsened:
        finer = {1000: 500, 2000: 1000}.get(planned.detail_scale)
        if finer:
            assert len(centred(around, finer)) > most
