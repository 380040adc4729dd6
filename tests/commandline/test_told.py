"""What the command line tells people: in their language, never a library's text alone, never a traceback."""

import json
import re
import shlex
import subprocess
from pathlib import Path

import numpy as np
import pytest

from jnw_desktop.commandline import program
from jnw_desktop.commandline.doctor import _display
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.errors import ValueRefused, WorkspaceUnreachable

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def jnw(capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            program.run([*map(str, arguments)])
        told = capsys.readouterr()
        return ended.value.code, told.out, told.err

    return call


@pytest.fixture
def city(tmp_path):
    with Workspace.create(tmp_path / "city.gpkg", title="试验城") as workspace, workspace.change("a") as change:
        change.insert_arrays(KINDS["node"].table, {"depth": np.ones(1234)})
    return tmp_path / "city.gpkg"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["tour", "x"], "--out"),
        (["frobnicate"], "frobnicate"),
        (["workspace"], "restore"),
        (["workspace", "info"], "W"),
        (["workspace", "frobnicate", "x"], "frobnicate"),
        (["workspace", "info", "a", "b"], "b"),
        (["workspace", "info", "a", "--frob"], "--frob"),
        (["workspace", "history", "a", "--limit", "x"], "--limit"),
        (["workspace", "history", "a", "--limit", "-1"], "--limit"),
        (["workspace", "create", "a", "--crs"], "--crs"),
    ],
)
def test_wrong_usage_is_told_in_chinese(jnw, arguments, named):
    status, out, err = jnw(*arguments)
    assert (status, out) == (2, "")
    assert named in err
    first = err.splitlines()[0]
    assert CHINESE.search(first)
    assert not re.search(r"\b(No|Missing|Invalid|Got|Input|Usage|should|Error)\b", err)


def test_an_unknown_fault_is_one_line_and_a_log(jnw, city, monkeypatch):
    def broken(*_args, **_values):
        raise ZeroDivisionError("of our own making")

    monkeypatch.setattr(Workspace, "open", broken)
    status, out, err = jnw("workspace", "info", city)
    assert (status, out) == (1, "")
    assert "Traceback" not in err
    log = Path(re.search(r"(/\S+\.log)", err)[1])
    assert "in broken" in log.read_text()
    status, out, _err = jnw("workspace", "info", city, "--json")
    assert (status, json.loads(out)["error"]["kind"]) == (1, "fault")


def test_a_warning_is_not_swallowed(jnw, city, monkeypatch):
    """A fault in the tests' own machinery, such as a warning made an error, is seen by its status."""
    monkeypatch.setattr(Workspace, "open", lambda *_a, **_k: pytest.fail("seen"))
    with pytest.raises(pytest.fail.Exception):
        program.run(["workspace", "info", str(city)])


def test_info_is_a_table_for_people(jnw, city):
    status, out, _err = jnw("workspace", "info", city)
    assert status == 0
    assert "{" not in out
    assert "试验城" in out
    assert "EPSG:4548" in out
    assert re.search(r"\S+ +1,234\n", out)
    assert "counts" not in out


def test_a_value_is_refused_by_its_title_and_our_reason(tmp_path):
    with (
        Workspace.create(tmp_path / "w.gpkg") as workspace,
        pytest.raises(ValueRefused) as refused,
        workspace.change("x") as change,
    ):
        change.insert(KINDS["pipe"].table, [{"dn": "abc"}])
    told = refused.value.message + refused.value.hint
    assert "abc" in told
    assert re.search(r"[\u4e00-\u9fff]+ \(dn\)", told)
    assert "整数" in told
    assert "invalid literal" not in told


def test_a_server_that_is_not_there_is_told_in_chinese():
    with pytest.raises(WorkspaceUnreachable) as refused:
        Workspace.open("postgresql://nobody@127.0.0.1:1/none")
    assert "没有服务器应答" in refused.value.message
    assert "refused" not in refused.value.message


def test_what_a_hint_says_can_be_done(jnw, city, tmp_path):
    copy = tmp_path / "copy.gpkg"
    assert jnw("workspace", "backup", city, copy)[0] == 0
    city.write_bytes(city.read_bytes()[:5000])
    status, _out, err = jnw("workspace", "info", city)
    assert status == 3
    move, restore = re.search(r"(mv .*?); (jnw .*)", err).groups()

    subprocess.run(shlex.split(move), check=True)
    command = [str(copy) if word == "BACKUP" else word for word in shlex.split(restore)[1:]]
    assert jnw(*command)[0] == 0
    assert jnw("workspace", "verify", city)[0] == 0


def test_a_server_without_a_display_is_well_where_a_virtual_screen_is(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.setattr("shutil.which", lambda _name: "/usr/bin/xvfb-run")
    assert _display().ok
    monkeypatch.setattr("shutil.which", lambda _name: None)
    lacking = _display()
    assert (lacking.ok, bool(lacking.mend)) == (False, True)


@pytest.mark.parametrize("asked", [(), ("open", "city.gpkg"), ("tour", "city.gpkg", "--out", "x"), ("bench", "stall")])
def test_no_display_is_told_before_a_window_is_tried(jnw, monkeypatch, asked):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    status, _out, err = jnw(*asked)
    assert status == 3
    assert "显示器" in err


@pytest.mark.parametrize("asked", [(), ("network",), ("network", "isolate"), ("guide",), ("guide", "issue"), ("demo",)])
def test_help_pages_speak_the_users_language(jnw, asked):
    _status, page, _err = jnw(*asked, "--help")
    assert page.lstrip().startswith("用法：jnw")
    assert not re.search("Usage|Options|Arguments|Commands|required|Show this", page)


def test_help_names_every_command(jnw):
    _status, page, _err = jnw("--help")
    commands = page.rpartition("命令")[2].splitlines()[1:-1]
    assert {"import", "workspace", "guide", "shutoff"} <= {line.strip("│ ").split(" ")[0] for line in commands}
