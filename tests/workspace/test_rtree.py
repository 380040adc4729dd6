"""R-trees written node by node hold what SQLite itself would find in them."""

import sqlite3

import numpy as np
import pytest

from jnw_desktop.workspace import rtree


@pytest.fixture
def cursor():
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE tree USING rtree(id, minx, maxx, miny, maxy)")
    yield connection.cursor()
    connection.close()


def boxes(rng, count):
    low = rng.uniform((500_000, 4_000_000), (550_000, 4_050_000), (count, 2))
    high = low + rng.uniform(0, 40, (count, 2))
    return np.column_stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]])


def found(cursor, box):
    asked = "SELECT id FROM tree WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ?"
    return {row[0] for row in cursor.execute(asked, box)}


def meeting(ids, bounds, box):
    there = (bounds[:, 1] >= box[0]) & (bounds[:, 0] <= box[1]) & (bounds[:, 3] >= box[2]) & (bounds[:, 2] <= box[3])
    return set(ids[there].tolist())


@pytest.mark.parametrize("counts", [(1,), (51,), (52,), (20_000,), (300, 7000), (7000, 1, 9000)])
def test_what_is_packed_is_found_and_sqlite_finds_nothing_wrong(cursor, counts):
    rng = np.random.default_rng(1)
    ids, bounds = rng.permutation(100_000)[: sum(counts)], boxes(rng, sum(counts))
    first = 0
    for count in counts:
        rtree.add(cursor, "tree", ids[first : first + count], bounds[first : first + count])
        first += count
    assert cursor.execute("SELECT rtreecheck('tree')").fetchone() == ("ok",)
    assert rtree.size_of(cursor, "tree") == len(ids)
    for _turn in range(50):
        low = rng.uniform((500_000, 4_000_000), (550_000, 4_050_000))
        box = (low[0], low[0] + 2000, low[1], low[1] + 2000)
        wide = (low[0] - 1, low[0] + 2001, low[1] - 1, low[1] + 2001)  # 32-bit floats: up to half a metre outward
        assert meeting(ids, bounds, box) <= found(cursor, box) <= meeting(ids, bounds, wide)


def test_sqlite_goes_on_with_a_packed_tree(cursor):
    rng = np.random.default_rng(2)
    ids, bounds = np.arange(6000), boxes(rng, 6000)
    cursor.executemany("INSERT INTO tree VALUES (?, ?, ?, ?, ?)", [(i, *bounds[i].tolist()) for i in range(500)])
    rtree.add(cursor, "tree", ids[500:5500], bounds[500:5500])
    rows = [(i, *bounds[i].tolist()) for i in range(5500, 6000)]
    cursor.executemany("INSERT INTO tree VALUES (?, ?, ?, ?, ?)", rows)
    cursor.execute("DELETE FROM tree WHERE id % 3 = 0")
    assert cursor.execute("SELECT rtreecheck('tree')").fetchone() == ("ok",)
    everywhere = (0, 1e7, 0, 1e7)
    assert found(cursor, everywhere) == {i for i in range(6000) if i % 3}
