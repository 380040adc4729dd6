"""``jnw calendar`` and ``jnw deadline`` as a script calls them."""

import json

import pytest

from jnw_desktop.commandline.program import run


@pytest.fixture
def jnw(capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            run([*map(str, arguments), "--json"])
        return ended.value.code, json.loads(capsys.readouterr().out)

    return call


def test_a_year_is_entered_and_a_deadline_counted_with_it(jnw, place):
    jnw("workspace", "create", place)
    assert jnw("calendar", place) == (0, {"weekend": [6, 7], "years": []})
    asked = ("deadline", place, "enquiry_answer", "--from", "2027-03-02T15:00+08:00")
    status, told = jnw(*asked)
    (row,) = told["deadlines"]
    assert (status, row["due"], row["unknown_years"]) == (0, "2027-03-05T23:59:59+08:00", [2027])
    assert "2027" in row["warning"]
    entered = ("--off", "2027-03-03/2027-03-07", "--worked", "2027-03-13", "--source", "通知", "--verified")
    status, told = jnw("calendar", place, "--set", "2027", *entered)
    assert (status, told["years"][0]["off"][-1], told["years"][0]["verified"]) == (0, "2027-03-07", True)
    (row,) = jnw(*asked)[1]["deadlines"]
    assert (row["due"], row["unknown_years"], row["warning"]) == ("2027-03-10T23:59:59+08:00", [], "")
    assert jnw("calendar", place, "--remove", "2027")[1]["years"] == []


def test_a_calendar_that_is_wrong_is_refused(jnw, place):
    jnw("workspace", "create", place)
    for wrong in (
        ("calendar", place, "--set", "2027", "--source", "通知"),
        ("calendar", place, "--set", "2027", "--off", "2027-13-01", "--source", "通知"),
        ("calendar", place, "--set", "2027", "--remove", "2027"),
        ("deadline", place, "no_such"),
        ("deadline", place, "--from", "yesterday"),
    ):
        status, told = jnw(*wrong)
        assert (status, told["error"]["kind"]) == (2, "usage")
    assert len(jnw("deadline", place)[1]["deadlines"]) > 10
