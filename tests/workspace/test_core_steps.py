"""A workspace of the first version is carried to today's tables, with what it holds, on both homes."""

import pytest
import sqlalchemy as sa

from jnw_desktop.facilities import queries
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.releases.roles import roles, set_role
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.errors import NeedsMigration
from jnw_desktop.workspace.migrations.carry import migrate
from jnw_desktop.workspace.tables import METADATA

from ..older import make_old


def columns(connection, table):
    if connection.dialect.name == "sqlite":
        return {column["name"] for column in sa.inspect(connection).get_columns(table)}
    told = "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema()"
    told += " AND table_name = :t"
    return set(connection.scalars(sa.text(told), {"t": table}))


@pytest.fixture
def old(place):
    """A workspace with one pipe whose tables are as the first version made them."""
    make_old(place)
    return place


def test_the_first_version_is_carried_forward(old, tmp_path, elsewhere):
    with pytest.raises(NeedsMigration):
        Workspace.open(old)
    carried = migrate(old, tmp_path)
    assert {"core_0004", "guide_0005"} <= set(carried.after)
    with Workspace.open(old) as workspace:
        with workspace.read() as connection:
            for kind in KINDS.values():
                assert columns(connection, kind.id) == set(kind.table.c.keys())
            for name in ("release", "recipient_role", "saved_filter", "calendar_year"):
                assert columns(connection, name) == set(METADATA.tables[name].c.keys())
            assert columns(connection, "guide") >= {"withdrawn", "withdrawn_why", "content", "mark", "replaces"}
        assert queries.describe(workspace, "pipe", code="P1").values["replaces"] is None
        with workspace.change("second") as change:
            change.update(KINDS["pipe"].table, queries.describe(workspace, "pipe", code="P1").uid, {"asset_card": "A1"})
        elsewhere("UPDATE pipe SET height_datum = '1985'")
        assert workspace.adopt_outside().touched["pipe"].updated
        set_role(workspace, "施工单位", "10")
        assert [role.name for role in roles(workspace)] == ["施工单位"]
        assert workspace.verify() == []
        workspace.undo()
        workspace.undo()
        assert queries.describe(workspace, "pipe", code="P1").values["asset_card"] is None
