"""What is wrong with values, field by field, and what a form can know from the map."""

import datetime

import pytest

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.codelists import code_list
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.operations import add_facility
from jnw_desktop.facilities.suggesting import form_defaults
from jnw_desktop.facilities.valuecheck import ValuesRefused, check_values, defaults, refuse_wrong

from .editing.ground import draw, line, point

TODAY = datetime.date(2026, 8, 1)


@pytest.mark.parametrize(("kind", "values", "expected"), [
    ("pipe", {"dn": 300, "year": 2020}, {}),
    ("pipe", {"dn": "300"}, {}),
    ("pipe", {"dn": "wide"}, {"dn": True}),
    ("pipe", {"dn": 0}, {"dn": True}),
    ("pipe", {"dn": 5}, {"dn": False}),
    ("pipe", {"dn": None}, {"dn": True}),
    ("pipe", {"depth_start": 20}, {"depth_start": False}),
    ("pipe", {"depth_start": float("inf")}, {"depth_start": True}),
    ("pipe", {"material": "mud"}, {"material": False}),
    ("pipe", {"survey_date": "2026-13-01"}, {"survey_date": True}),
    ("pipe", {"survey_date": "2026-08-02"}, {"survey_date": True}),
    ("pipe", {"survey_date": "2026-08-01"}, {}),
    ("pipe", {"year": 2027}, {"year": False}),
    ("pipe", {"year": 2027, "state": "planned"}, {}),
    ("pipe", {"outer_diameter": 326, "wall": 163}, {"wall": True}),
    ("pipe", {"outer_diameter": 326, "wall": 8}, {}),
    ("pipe", {"dn": 800, "outer_diameter": 326}, {"outer_diameter": False}),
    ("pipe", {"start_node": "x", "end_node": "x"}, {"end_node": True}),
    ("pipe", {"start_node": None, "end_node": None}, {}),
    ("valve", {"turns": -1}, {"turns": True}),
    ("valve", {"original_value": -1}, {"original_value": True}),
    ("meter", {"remote": "perhaps"}, {"remote": True}),
    ("construction_site", {"start_date": "2026-02-01", "end_date": "2026-01-01"}, {"end_date": True}),
])  # fmt: skip
def test_what_is_wrong_is_told_beside_its_field(kind, values, expected):
    found = check_values(kind, values, today=TODAY)
    assert {name: finding.error for name, finding in found.items()} == expected
    assert all(finding.message for finding in found.values())


def test_what_an_old_row_lacks_does_not_keep_anybody_from_mending_another_field():
    before = {"dn": None, "wall": 200.0, "outer_diameter": 300.0}
    assert check_values("pipe", {"name": "经十路"}, before=before) == {}
    assert set(check_values("pipe", {"outer_diameter": 350.0}, before=before)) == {"wall"}
    assert set(check_values("pipe", {}, before={}, complete=True)) == {"dn", "state"}


def test_errors_refuse_by_the_name_people_know_and_warnings_do_not():
    refuse_wrong("pipe", {"material": "mud", "depth_start": 20})
    with pytest.raises(ValuesRefused, match="公称直径"):
        refuse_wrong("pipe", {"dn": -1})
    with pytest.raises(UsageError, match="diameter"):
        refuse_wrong("pipe", {"diameter": 1})


def test_a_field_without_a_meaning_is_not_shown():
    turns = KINDS["valve"].field("turns")
    assert turns.applies({"valve_kind": None})
    assert turns.applies({"valve_kind": "gate"})
    assert not turns.applies({"valve_kind": "check"})
    assert KINDS["valve"].field("dn").applies({})


def test_rules_are_about_fields_and_codes_that_there_are():
    for kind in KINDS.values():
        for field in kind.fields:
            if field.code_list:
                assert code_list(field.code_list)
            if field.shown_when:
                name, values = field.shown_when
                known = {entry.code for entry in code_list(kind.field(name).code_list)}
                assert set(values) - {None} <= known
            if field.type == "reference":
                assert set(field.kinds) <= set(KINDS)
                assert field.kinds
            if field.default is not None:
                assert check_values(kind.id, {field.name: field.default}) == {}
            for least, greatest in (field.possible, field.likely):
                assert least is None or greatest is None or least < greatest


def test_everything_the_company_owns_can_bear_its_asset_card():
    owned = {kind for kind, declared in KINDS.items() if declared.field("asset_card")}
    assert {"pipe", "valve", "hydrant", "meter", "tank", "waterworks", "pump_room", "chamber"} <= owned
    assert not {"building", "road", "spring", "other_line", "customer"} & owned


def test_a_new_facility_knows_the_pipe_it_is_put_on_and_its_road(workspace):
    add_facility(workspace, "road", {"name": "经十路"}, line((0, 20), (100, 20)))
    draw(workspace, (0, 0), (100, 0), dn=400, material="PE", road="旧名")
    valve = form_defaults(workspace, "valve", point(50, 0.05))
    assert valve == {"state": "in_service", "dn": 400, "road": "经十路"}
    branch = form_defaults(workspace, "pipe", line((50, 0), (50, -10)))
    assert (branch["dn"], branch["material"], branch["road"]) == (400, "PE", "经十路")
    far = form_defaults(workspace, "pipe", line((0, 900), (0, 950)))
    assert far == defaults("pipe")
    assert form_defaults(workspace, "building", point(50, 0)) == {"state": "in_service", "road": "经十路"}
