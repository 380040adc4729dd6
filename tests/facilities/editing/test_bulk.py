"""Many facilities at once."""

import pytest

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.editing.bulk import BulkRefused, bulk_update, copy_attributes, preview_bulk
from jnw_desktop.facilities.editing.errors import StateRefused
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.valuecheck import ValuesRefused

from .ground import draw, everything, row, rows


def many(workspace):
    return [
        draw(workspace, (0, y), (100, y), year=year, material=material)["uid"]
        for y, (year, material) in enumerate([(1980, "ZT"), (1980, "QM"), (None, "QM")])
    ]


def test_a_preview_says_what_would_change_and_changes_nothing(workspace):
    uids = many(workspace)
    before = everything(workspace)
    seen = preview_bulk(workspace, "pipe", uids, {"material": "QM", "year": 1981})
    assert (seen.rows, seen.changed, seen.refused, seen.findings) == (3, 3, [], {})
    assert [(field.field, field.new, field.changes) for field in seen.fields] == [
        ("material", "QM", 1),
        ("year", 1981, 3),
    ]
    assert seen.fields[0].old == [("QM", 2), ("ZT", 1)]
    assert sorted(seen.fields[1].old, key=str) == [(1980, 2), (None, 1)]
    assert everything(workspace) == before


def test_only_what_differs_is_written_in_one_step(workspace):
    uids = many(workspace)
    before = everything(workspace)
    result = bulk_update(workspace, "pipe", uids, {"material": "QM"})
    assert result.touched["pipe"].updated == [uids[0]]
    assert {pipe["material"] for pipe in rows(workspace, "pipe")} == {"QM"}
    assert len(workspace.history(uid=uids[1])) == 1
    workspace.undo()
    assert everything(workspace) == before
    assert workspace.verify() == []


def test_more_rows_than_one_question_takes(workspace):
    with workspace.change("import") as change:
        uids = list(change.insert_arrays(KINDS["customer"].table, {"households": list(range(1203))}))
    before = everything(workspace)
    result = bulk_update(workspace, "customer", uids, {"households": 7})
    assert len(result.touched["customer"].updated) == 1202
    assert {found["households"] for found in rows(workspace, "customer")} == {7}
    workspace.undo()
    assert everything(workspace) == before


@pytest.mark.parametrize(("values", "error"), [
    ({"dn": -1}, ValuesRefused), ({"dn": None}, ValuesRefused), ({}, UsageError), ({"code": "X"}, UsageError),
    ({"end_node": None}, UsageError), ({"geom": None}, UsageError), ({"wall": 200.0}, BulkRefused),
])  # fmt: skip
def test_what_many_cannot_be_given_is_refused(workspace, values, error):
    uids = many(workspace)
    bulk_update(workspace, "pipe", uids[:1], {"outer_diameter": 350.0})
    before = everything(workspace)
    with pytest.raises(error) as refused:
        bulk_update(workspace, "pipe", uids, values)
    assert refused.value.hint
    assert everything(workspace) == before


def test_a_preview_names_those_that_would_be_refused(workspace):
    uids = many(workspace)
    bulk_update(workspace, "pipe", uids[:1], {"outer_diameter": 350.0})
    assert preview_bulk(workspace, "pipe", uids, {"wall": 200.0}).refused == [row(workspace, "pipe", uids[0])["code"]]
    assert preview_bulk(workspace, "pipe", uids, {"dn": "wide"}).findings["dn"].error


def test_many_points_are_not_removed_from_under_their_pipes(workspace):
    many(workspace)
    with pytest.raises(StateRefused):
        bulk_update(workspace, "node", [found["uid"] for found in rows(workspace, "node")], {"state": "removed"})


def test_attributes_are_copied_by_name(workspace):
    uids = many(workspace)
    copy_attributes(workspace, "pipe", uids[0], uids[1:], ["material", "year"])
    assert {(pipe["material"], pipe["year"]) for pipe in rows(workspace, "pipe")} == {("ZT", 1980)}
    with pytest.raises(UsageError):
        copy_attributes(workspace, "pipe", uids[0], uids[1:], ["start_node"])
    with pytest.raises(BulkRefused):
        copy_attributes(workspace, "pipe", uids[0], ["nobody"], ["year"])
