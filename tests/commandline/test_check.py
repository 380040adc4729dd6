"""``jnw check`` as scripts call it."""

import json

import pytest
import shapely

from jnw_desktop.commandline.program import run
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace


@pytest.fixture
def jnw(capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            run([*map(str, arguments), "--json"])
        return ended.value.code, json.loads(capsys.readouterr().out)

    return call


@pytest.fixture
def city(tmp_path):
    """A pipe with no node at its ends, across another; and a node alone."""
    place = tmp_path / "city.gpkg"
    with Workspace.create(place) as made, made.change("city") as change:
        lines = {"P": [(500000, 4059000), (500020, 4059000)], "Q": [(500010, 4058990), (500010, 4059010)]}
        rows = [{"code": code, "geom": shapely.LineString(line).wkb} for code, line in lines.items()]
        change.insert(KINDS["pipe"].table, rows)
        change.insert(KINDS["node"].table, [{"code": "N", "geom": shapely.Point(500050, 4059000).wkb}])
    return place


def changes(jnw, city):
    return [entry["why"] for entry in jnw("workspace", "history", city)[1]["changes"]]


def test_findings_and_counts(jnw, city):
    status, told = jnw("check", city)
    assert status == 0
    (crossing,) = [one for one in told["findings"] if one["rule"] == "crossing"]
    assert (crossing["severity"], crossing["kind"], crossing["code"], crossing["other"]) == (
        "warning",
        "pipe",
        "P",
        "Q",
    )
    assert crossing["at"] == [500010.0, 4059000.0]
    assert "Q" in crossing["message"]
    assert told["counts"]["end_without_node"] == 4
    assert sum(told["counts"].values()) == len(told["findings"])
    (nowhere,) = [one for one in told["findings"] if one["rule"] == "no_source"]
    assert (nowhere["code"], nowhere["at"]) == (None, None)
    assert changes(jnw, city) == ["city"]


def test_chosen_checks_and_a_limit(jnw, city):
    _status, told = jnw("check", city, "--rule", "dangling-end", "--rule", "crossing", "--limit", 1)
    assert told["counts"] == {"dangling_end": 4, "crossing": 1}
    assert len(told["findings"]) == 2


def test_a_mend_is_told_and_then_made(jnw, city):
    _status, told = jnw("check", city, "--fix", "end_without_node", "--dry-run")
    assert told["mended"][0]["applied"] is False
    assert [edit["action"] for edit in told["mended"][0]["edits"]].count("add") == 4
    assert told["counts"]["end_without_node"] == 4
    assert changes(jnw, city) == ["city"]
    status, told = jnw("check", city, "--fix", "all", "--user", "li", "--why", "tidy")
    assert status == 0
    assert {one["rule"] for one in told["mended"] if one["edits"]} == {"end_without_node", "unused_node"}
    assert "end_without_node" not in told["counts"]
    assert changes(jnw, city) == ["tidy", "tidy", "city"]


def test_a_waiver(jnw, city):
    _status, told = jnw("check", city, "--waive", "crossing", "--code", "pipe:P", "--why", "passes over")
    assert "crossing" not in told["counts"]
    assert told["waived"] == 1
    _status, told = jnw("check", city, "--rule", "crossing", "--waived")
    assert told["findings"][0]["waived"] == "passes over"
    _status, told = jnw("check", city, "--unwaive", "crossing", "--code", "P")
    assert told["counts"]["crossing"] == 1


def test_only_what_changed(jnw, city):
    with Workspace.open(city) as workspace, workspace.change("more") as change:
        line = shapely.LineString([(500100, 4059000), (500120, 4059000)])
        change.insert(KINDS["pipe"].table, [{"code": "R", "geom": line.wkb}])
    _status, told = jnw("check", city, "--since", 1)
    assert {one["code"] for one in told["findings"]} == {"R", None}


@pytest.mark.parametrize(
    ("arguments", "status", "kind"),
    [
        (["--rule", "nonsense"], 2, "usage"),
        (["--fix", "crossing"], 2, "not_mendable"),
        (["--dry-run"], 2, "usage"),
        (["--waive", "crossing"], 2, "usage"),
        (["--waive", "crossing", "--code", "P"], 3, "no_reason"),
        (["--waive", "crossing", "--code", "none", "--why", "x"], 3, "no_such_row"),
        (["--rules", "absent.toml"], 3, "rule_table_refused"),
    ],
)
def test_wrong_usage_changes_nothing(jnw, city, arguments, status, kind):
    found, told = jnw("check", city, *arguments)
    assert (found, told["error"]["kind"]) == (status, kind)
    assert told["error"]["hint"]
    assert changes(jnw, city) == ["city"]


def test_lines_for_people(city, capsys):
    with pytest.raises(SystemExit) as ended:
        run(["check", str(city), "--fix", "unused_node", "--dry-run"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert "将修复：无用管点（1）" in told
    assert "删除 N" in told
    assert "与 Q 交叉而无管点" in told
