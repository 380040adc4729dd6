"""A plugin's table goes a step forward with rows, record and triggers; a step that fails changes nothing."""

import subprocess
import sys

import pytest
import sqlalchemy as sa

from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.errors import NeedsMigration, NewerWorkspace, NoSuchTable
from jnw_desktop.workspace.migrations.carry import migrate
from jnw_desktop.workspace.migrations.steps import declare_branch
from jnw_desktop.workspace.tables import METADATA, recorded_table

STEP = """
import sqlalchemy as sa
from alembic import op

revision = "{name}"
down_revision = {before!r}
branch_labels = {labels!r}
depends_on = None

def upgrade():
    {body}

def downgrade():
    pass
"""
ADD = 'op.add_column("leak", sa.Column("litres", sa.Double))'


class Plugin:
    """A plugin ``leak`` whose version the test chooses: the columns of its table and its steps."""

    def __init__(self, folder):
        self.folder = folder
        self.folder.mkdir()

    def write(self, number, body="pass"):
        name = f"leak_{number:04d}"
        before = f"leak_{number - 1:04d}" if number > 1 else None
        text = STEP.format(name=name, before=before, labels=None if before else ("leak",), body=body)
        (self.folder / f"{name}.py").write_text(text)

    def declare(self, *columns):
        self.remove()
        table = recorded_table("leak", sa.Column("street", sa.Text), *columns, geometry=None, code_prefix="LS")
        declare_branch("leak", self.folder)
        return table

    def remove(self):
        if "leak" in METADATA.tables:
            METADATA.remove(METADATA.tables["leak"])
        METADATA.info.get("branches", {}).pop("leak", None)


@pytest.fixture
def plugin(tmp_path):
    made = Plugin(tmp_path / "migrations")
    yield made
    made.remove()


@pytest.fixture
def old(plugin, place):
    """A workspace of the plugin's first version with one row; then the plugin is at its second."""
    plugin.write(1)
    table = plugin.declare()
    with Workspace.create(place) as workspace, workspace.change("first") as change:
        change.insert(table, [{"code": "L1", "street": "经十路"}])
    plugin.write(2, ADD)
    return plugin.declare(sa.Column("litres", sa.Double))


def stamps(place):
    with Workspace.open(place) as workspace, workspace.read() as connection:
        return sorted(connection.scalars(sa.text("SELECT version_num FROM jnw_schema")))


def test_a_step_forward(old, place, tmp_path):
    with pytest.raises(NeedsMigration):
        Workspace.open(place)
    carried = migrate(place, tmp_path)
    assert set(carried.before) ^ set(carried.after) == {"leak_0001", "leak_0002"}
    assert "leak_0002" in carried.after
    assert stamps(place) == carried.after
    with Workspace.open(place) as workspace:
        with workspace.change("second") as change:
            (uid,) = change.connection.scalars(sa.select(old.c.uid))
            change.update(old, uid, {"litres": 12.5})
        assert workspace.verify() == []
        workspace.undo()
        with workspace.read() as connection:
            assert connection.execute(sa.select(old.c.code, old.c.street, old.c.litres)).all() == [
                ("L1", "经十路", None)
            ]
        workspace.undo()  # what was done before the step
        with workspace.read() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(old)) == 0
    assert migrate(place, tmp_path).backup is None


def test_the_new_column_is_watched(old, place, elsewhere, tmp_path):
    migrate(place, tmp_path)
    with Workspace.open(place) as workspace:
        elsewhere("UPDATE leak SET litres = 3")
        assert workspace.adopt_outside() is not None
        assert workspace.verify() == []


def test_the_backup_is_the_workspace_before(old, plugin, place, tmp_path):
    backup = migrate(place, tmp_path).backup
    plugin.declare()
    (plugin.folder / "leak_0002.py").unlink()
    assert "leak_0001" in stamps(backup)


def test_a_step_that_fails_changes_nothing(old, plugin, place, tmp_path):
    plugin.write(3, 'op.execute("UPDATE leak SET street = NULL"); raise RuntimeError("half way")')
    with pytest.raises(RuntimeError, match="half way"):
        migrate(place, tmp_path)
    (plugin.folder / "leak_0003.py").unlink()
    (plugin.folder / "leak_0002.py").unlink()
    table = plugin.declare()
    assert "leak_0001" in stamps(place)
    with Workspace.open(place) as workspace, workspace.read() as connection:
        assert connection.scalars(sa.select(table.c.street)).all() == ["经十路"]


def test_a_newer_step_is_refused(old, plugin, place, tmp_path):
    migrate(place, tmp_path)
    (plugin.folder / "leak_0002.py").unlink()
    plugin.declare()
    with pytest.raises(NewerWorkspace, match="leak_0002"):
        Workspace.open(place)
    with pytest.raises(NewerWorkspace):
        migrate(place, tmp_path)


def test_without_the_plugin_the_rest_opens(old, plugin, place, elsewhere):
    plugin.remove()
    with Workspace.open(place) as workspace:
        assert workspace.verify() == []
        with pytest.raises(NoSuchTable, match="leak"):
            workspace.undo()
        elsewhere("UPDATE leak SET street = '泺源大街'")
        assert workspace.adopt_outside() is None
    (plugin.folder / "leak_0002.py").unlink()
    table = plugin.declare()
    with Workspace.open(place) as workspace:
        assert workspace.adopt_outside().touched["leak"].updated
        workspace.undo()
        with workspace.read() as connection:
            assert connection.scalars(sa.select(table.c.street)).all() == ["经十路"]


def test_the_command_tells_what_it_did(tmp_path):
    place = tmp_path / "city.gpkg"
    Workspace.create(place).close()
    command = [sys.executable, "-m", "jnw_desktop", "workspace", "migrate", str(place)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "已经是本程序的版本" in told
