"""What only the team home has: a server that may say no, several writers, and backups that are files."""

import threading
import time

import psycopg
import pytest
import shapely
import sqlalchemy as sa

from jnw_desktop.errors import JnwError
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace, postgis
from jnw_desktop.workspace.birth import restore
from jnw_desktop.workspace.errors import (
    NotAWorkspace,
    ReadOnlyWorkspace,
    WorkspaceBusy,
    WorkspaceExists,
    WorkspaceMissing,
    WorkspaceUnreachable,
)
from jnw_desktop.workspace.postgis import NoPostgis

pytestmark = pytest.mark.postgis
PIPE, NODE = KINDS["pipe"].table, KINDS["node"].table
EAST, NORTH = 505000.0, 4059000.0


def line(*points):
    return shapely.LineString([(EAST + x, NORTH + y) for x, y in points]).wkb


@pytest.fixture
def place(cluster):
    return cluster.place()


@pytest.fixture
def admin(cluster):
    """The server's administrator."""
    with psycopg.connect(cluster.place().partition("?")[0], autocommit=True) as connection:
        yield connection


def rows(workspace, table=PIPE):
    with workspace.read() as connection:
        return [tuple(row) for row in connection.execute(sa.select(table).order_by(table.c.uid))]


def test_other_programs_find_the_tables(workspace, admin):
    with workspace.change("in") as change:
        change.insert(PIPE, [{"code": "A", "geom": line((0, 0), (30, 40))}])
    schema = workspace.location.schema
    told = admin.execute(f"SELECT ST_Length(geom), ST_SRID(geom), GeometryType(geom) FROM {schema}.pipe").fetchone()
    assert told == (50.0, 4548, "LINESTRING")
    assert admin.execute(
        "SELECT srid, type FROM geometry_columns WHERE f_table_schema = %s AND f_table_name = 'pipe'", [schema]
    ).fetchone() == (4548, "LINESTRING")


def test_what_another_program_edits_is_adopted_and_undone(workspace, elsewhere):
    with workspace.change("in") as change:
        (uid,) = change.insert(PIPE, [{"code": "A", "dn": 300, "geom": line((0, 0), (10, 0))}])
    before = rows(workspace)
    assert not workspace.changed_elsewhere()
    elsewhere("UPDATE pipe SET dn = 400, geom = ST_Translate(geom, 5, 0)")
    elsewhere(f"INSERT INTO node (geom) VALUES (ST_SetSRID(ST_MakePoint({EAST}, {NORTH}), 4548))")
    assert workspace.changed_elsewhere()
    touched = workspace.adopt_outside().touched
    assert (touched["pipe"].updated, len(touched["node"].inserted)) == ([uid], 1)
    assert workspace.verify() == []
    workspace.undo()
    assert [row[:3] for row in rows(workspace)] == [row[:3] for row in before]
    assert rows(workspace)[0][-1] == before[0][-1]
    assert rows(workspace, NODE) == []


def test_a_backup_is_a_workspace_file_and_comes_back(workspace, cluster, tmp_path):
    with workspace.change("in") as change:
        a, b = change.insert(PIPE, [{"dn": 300, "geom": line((0, 0), (i, 9))} for i in (1, 2)])
        change.insert(NODE, [{"code": "N", "depth": 1.5}])
    with workspace.change("more") as change:
        change.update(PIPE, a, {"dn": 400, "survey_date": "2024-05-06"})
        change.delete(PIPE, b)
    workspace.backup(tmp_path / "copy.gpkg")
    place = cluster.place()
    restore(tmp_path / "copy.gpkg", place)
    with pytest.raises(WorkspaceExists):
        restore(tmp_path / "copy.gpkg", place)
    for copy in (tmp_path / "copy.gpkg", place):
        with Workspace.open(copy) as other:
            assert other.verify() == []
            assert rows(other) == rows(workspace)
            assert rows(other, NODE) == rows(workspace, NODE)
            assert [entry.why for entry in other.history()] == ["more", "in"]
            box = other.fids_within(PIPE, (EAST, NORTH, EAST + 1, NORTH + 1))
            with other.read() as connection:
                assert len(connection.scalars(box).all()) == 1
            with other.change("after") as change:  # numbers go on where the copy ended
                change.insert(PIPE, [{"geom": line((0, 0), (3, 3))}])
            for _ in range(3):
                other.undo()
            assert rows(other) == []
            assert other.verify() == []


def test_several_writers_wait_for_each_other(workspace, place):
    failed = []

    def write(name):
        try:
            with Workspace.open(place) as mine:
                for _ in range(10):
                    with mine.change(name) as change:
                        change.insert(NODE, [{"depth": 1.0}])
        except JnwError as error:
            failed.append(error)

    writers = [threading.Thread(target=write, args=(str(n),)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failed == []
    assert len(rows(workspace, NODE)) == 40
    assert len({row[2] for row in rows(workspace, NODE)}) == 40  # codes
    assert workspace.verify() == []


def test_a_writer_that_stays_too_long_is_told(workspace, place, monkeypatch):
    monkeypatch.setattr(postgis, "BUSY_SECONDS", 0.2)
    with Workspace.open(place) as other, workspace.change("long") as change:
        change.insert(NODE, [{}])
        with pytest.raises(WorkspaceBusy), other.change("short"):
            pass


def test_readers_see_one_moment(workspace, place):
    with Workspace.open(place) as other, other.read() as connection:
        count = sa.select(sa.func.count()).select_from(NODE)
        assert connection.scalar(count) == 0
        with workspace.change("in") as change:
            change.insert(NODE, [{}])
        assert connection.scalar(count) == 0


def test_a_value_too_large_is_refused(workspace):
    from jnw_desktop.workspace.errors import ValueRefused

    with pytest.raises(ValueRefused), workspace.change("x") as change:
        change.insert(PIPE, [{"dn": 2**40}])
    assert rows(workspace) == []


def test_what_is_not_there_is_told_without_the_password(place, cluster, admin):
    with pytest.raises(WorkspaceMissing) as missing:
        Workspace.open(place)
    assert cluster.password not in str(missing.value) + missing.value.hint
    wrong = place.replace(cluster.password, "guessed")
    closed = place.replace(f":{cluster.port}/", ":1/")
    for address in (wrong, closed):
        for act in (Workspace.open, Workspace.create):
            with pytest.raises(WorkspaceUnreachable) as refused:
                act(address)
            assert cluster.password not in refused.value.message
            assert "guessed" not in refused.value.message
    admin.execute("CREATE SCHEMA foreign_tables CREATE TABLE x (id int)")
    foreign = place.partition("=")[0] + "=foreign_tables"
    with pytest.raises(NotAWorkspace):
        Workspace.open(foreign)
    with pytest.raises(WorkspaceExists):
        Workspace.create(foreign)
    assert admin.execute("SELECT count(*) FROM foreign_tables.x").fetchone() == (0,)
    admin.execute("DROP SCHEMA foreign_tables CASCADE")


def test_a_database_without_postgis_is_left_alone(place, admin, cluster):
    admin.execute("CREATE ROLE guest LOGIN PASSWORD 'guest'")
    admin.execute("CREATE DATABASE bare OWNER guest")
    bare = f"postgresql://guest:guest@127.0.0.1:{cluster.port}/bare?schema=city"
    with pytest.raises(NoPostgis) as refused:
        Workspace.create(bare)
    assert "CREATE EXTENSION postgis" in refused.value.hint
    with psycopg.connect(bare.partition("?")[0]) as connection:
        named = connection.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'city'").fetchone()
    assert named == (0,)
    admin.execute("DROP DATABASE bare")
    admin.execute("DROP ROLE guest")


def test_who_may_only_read_is_told(workspace, place, admin, cluster):
    schema = workspace.location.schema
    admin.execute("CREATE ROLE reader LOGIN PASSWORD 'reader'")
    admin.execute(f"GRANT USAGE ON SCHEMA {schema} TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reader")
    address = place.replace(f"jnw:{cluster.password}", "reader:reader")
    with Workspace.open(address) as mine:
        assert queries.counts(mine)["pipe"] == 0
        with pytest.raises(ReadOnlyWorkspace), mine.change("x") as change:
            change.insert(NODE, [{}])
    admin.execute("DROP OWNED BY reader; DROP ROLE reader")


def test_a_connection_that_was_cut_is_made_again(workspace, admin):
    rows(workspace)
    others = "pid <> pg_backend_pid() AND usename = 'jnw'"
    admin.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
    time.sleep(0.2)
    assert not workspace.changed_elsewhere()
    assert rows(workspace) == []
    with workspace.change("in") as change:
        change.insert(NODE, [{}])
    assert len(rows(workspace, NODE)) == 1
