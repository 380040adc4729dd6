"""A workspace of the first version is carried to today's tables, with what it holds, on both homes."""

import pytest
import shapely
import sqlalchemy as sa

from jnw_desktop.extension.registry import registry
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.errors import NeedsMigration
from jnw_desktop.workspace.migrations.carry import migrate
from jnw_desktop.workspace.migrations.versions import core_0002 as step
from jnw_desktop.workspace.tables import SCHEMA


def columns(connection, table):
    if connection.dialect.name == "sqlite":
        return {column["name"] for column in sa.inspect(connection).get_columns(table)}
    told = "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema()"
    told += " AND table_name = :t"
    return set(connection.scalars(sa.text(told), {"t": table}))


@pytest.fixture
def old(place):
    """A workspace with one pipe whose tables are as the first version made them."""
    registry()
    with Workspace.create(place) as workspace:
        with workspace.change("first") as change:
            line = shapely.LineString([(505000, 4059000), (505100, 4059000)])
            change.insert(KINDS["pipe"].table, [{"code": "P1", "dn": 200, "geom": line.wkb}])
        later = [(t, c) for t in step.OWNED for c in ("asset_card", "original_value", "value_date")]
        later += [(t, "height_datum") for t in step.MEASURED]
        later += [(t, c) for t in step.LINKS for c in ("start_node", "end_node")]
        later += [("pipe", "replaces"), ("break", "break_kind"), ("guide", "withdrawn"), ("guide", "withdrawn_why")]
        with workspace._home.writing() as connection, connection.begin():
            for name in triggers(connection):
                connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
            for table, column in step.INDEXED:
                connection.exec_driver_sql(f'DROP INDEX "{table}_{column}"')
            for table, column in later:
                connection.exec_driver_sql(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')
            connection.execute(sa.delete(SCHEMA).where(SCHEMA.c.version_num.in_(("core_0002", "guide_0002"))))
            connection.execute(sa.insert(SCHEMA), [{"version_num": "core_0001"}, {"version_num": "guide_0001"}])
    return place


def triggers(connection):
    """SQLite's name the columns, and are made again by the step."""
    if connection.dialect.name != "sqlite":
        return []
    return list(connection.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")))


def test_the_first_version_is_carried_forward(old, tmp_path, elsewhere):
    with pytest.raises(NeedsMigration):
        Workspace.open(old)
    carried = migrate(old, tmp_path)
    assert {"core_0002", "guide_0002"} <= set(carried.after)
    with Workspace.open(old) as workspace:
        with workspace.read() as connection:
            for kind in KINDS.values():
                assert columns(connection, kind.id) == set(kind.table.c.keys())
            assert columns(connection, "guide") >= {"withdrawn", "withdrawn_why"}
        assert queries.describe(workspace, "pipe", code="P1").values["replaces"] is None
        with workspace.change("second") as change:
            change.update(KINDS["pipe"].table, queries.describe(workspace, "pipe", code="P1").uid, {"asset_card": "A1"})
        elsewhere("UPDATE pipe SET height_datum = '1985'")
        assert workspace.adopt_outside().touched["pipe"].updated
        assert workspace.verify() == []
        workspace.undo()
        workspace.undo()
        assert queries.describe(workspace, "pipe", code="P1").values["asset_card"] is None
