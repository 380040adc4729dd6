"""Many facilities at once: the same values for a selection, seen before they are given, and attributes copied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from jnw_desktop.errors import RefusedError, UsageError
from jnw_desktop.facilities.editing.ground import Ground, Row, editing
from jnw_desktop.facilities.editing.guard import listed, refuse_state
from jnw_desktop.facilities.kinds import Kind
from jnw_desktop.facilities.queries import kind_of
from jnw_desktop.facilities.valuecheck import PARTNERS, Finding, check_values, refuse_wrong
from jnw_desktop.language import _
from jnw_desktop.workspace import ChangeResult, Workspace
from jnw_desktop.workspace.change import ASK_AT_ONCE
from jnw_desktop.workspace.values import clean_row

SHOWN = 20  # old values of a field in a preview, the most frequent first


class BulkRefused(RefusedError):
    """Some of the facilities cannot take the values."""

    kind = "bulk_refused"


@dataclass(frozen=True)
class FieldPreview:
    """What a bulk edit does to one field: ``changes`` of the rows get ``new``; ``old``: values now, with their rows."""

    field: str
    new: Any
    changes: int
    old: list[tuple[Any, int]]


@dataclass(frozen=True)
class Preview:
    """What a bulk edit would do: ``rows`` selected, ``changed`` of them; ``findings`` by field; ``refused``: codes."""

    rows: int
    changed: int
    fields: list[FieldPreview]
    findings: dict[str, Finding]
    refused: list[str]


@dataclass(frozen=True)
class Common:
    """What many facilities of a kind have in common: ``values`` by field; ``differing``: fields of several values."""

    kind: str
    uids: list[str]
    codes: list[str]
    values: dict[str, Any]
    differing: list[str]


def common_values(workspace: Workspace, kind: str, fids: Sequence[int]) -> Common:
    """What the facilities ``fids`` of a kind have in common; those that are gone are left out."""
    declared = kind_of(kind)
    rows = _read(workspace, declared.table.c.fid, list(dict.fromkeys(fids)))
    first = rows[0] if rows else {}
    differing = [field.name for field in declared.fields if any(row[field.name] != first[field.name] for row in rows)]
    values = {field.name: first.get(field.name) for field in declared.fields if field.name not in differing}
    return Common(kind, [row["uid"] for row in rows], [row["code"] for row in rows], values, differing)


def preview_bulk(workspace: Workspace, kind: str, uids: Sequence[str], values: Mapping[str, Any]) -> Preview:
    """What :func:`bulk_update` would change, without changing anything. Raises UsageError for a field it cannot set."""
    declared = kind_of(kind)
    _refuse_fields(declared, values)
    findings = check_values(kind, values)
    if any(finding.error for finding in findings.values()):
        return Preview(len(set(uids)), 0, [], findings, [])
    new = clean_row(declared.table, values)
    rows = _read(workspace, declared.table.c.uid, list(dict.fromkeys(uids)))
    fields = []
    for name, value in new.items():
        old = Counter(row[name] for row in rows)
        changes = sum(count for now, count in old.items() if now != value)
        most = sorted(old.items(), key=lambda item: (-item[1], str(item[0])))
        fields.append(FieldPreview(name, value, changes, most[:SHOWN]))
    changed = sum(any(row[name] != value for name, value in new.items()) for row in rows)
    return Preview(len(rows), changed, fields, findings, _refused(kind, rows, new))


def bulk_update(
    workspace: Workspace,
    kind: str,
    uids: Sequence[str],
    values: Mapping[str, Any],
    *,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Give many facilities the same ``values``; rows that have them already are left alone.

    Raises ValuesRefused, BulkRefused naming the facilities that cannot take them, StateRefused, UsageError.
    """
    declared = kind_of(kind)
    _refuse_fields(declared, values)
    refuse_wrong(kind, values)
    title = ", ".join(_(field.title) for field in declared.fields if field.name in values)
    why = why or _("Edit {fields} of many {kind}").format(fields=title, kind=_(declared.title))
    with editing(workspace, why, who) as ground:
        _give(ground, declared, uids, clean_row(declared.table, values))
    return ground.change.result


def copy_attributes(
    workspace: Workspace,
    kind: str,
    source: str,
    targets: Sequence[str],
    fields: Sequence[str],
    *,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Give the facilities ``targets`` the values that ``source`` has in ``fields``. Raises as :func:`bulk_update`."""
    declared = kind_of(kind)
    _refuse_fields(declared, dict.fromkeys(fields))
    with editing(workspace, why or _("Copy attributes of a {kind}").format(kind=_(declared.title)), who) as ground:
        row = ground.row(kind, source)
        _give(ground, declared, targets, {name: row[name] for name in fields})
    return ground.change.result


def _give(ground: Ground, kind: Kind, uids: Sequence[str], values: dict[str, Any]) -> None:
    rows = list(ground.rows(kind.id, list(dict.fromkeys(uids))))
    if len(rows) < len(set(uids)):
        raise BulkRefused(
            _("{count} of the facilities are not there any more.").format(count=len(set(uids)) - len(rows)),
            _("Select them again and repeat."),
        )
    if refused := _refused(kind.id, rows, values):
        raise BulkRefused(
            _("These cannot take the values: {codes}").format(codes=listed(refused)),
            _("Take them out of the selection, or correct their other fields first."),
        )
    if "state" in values:
        refuse_state(ground, kind.id, rows, values["state"])
    changing = [row["uid"] for row in rows if any(row[name] != value for name, value in values.items())]
    ground.change.update_many(kind.table, changing, values)


def _refused(kind: str, rows: Iterable[Row], values: Mapping[str, Any]) -> list[str]:
    """The codes of rows whose other fields contradict ``values``."""
    ruled = {*PARTNERS, *(name for names in PARTNERS.values() for name in names)}
    if not ruled & set(values):
        return []  # no rule between fields looks at them
    return [
        row["code"] for row in rows if any(finding.error for finding in check_values(kind, values, before=row).values())
    ]


def _refuse_fields(kind: Kind, values: Mapping[str, Any]) -> None:
    """Only what can be the same for many: no code, no place, no connection."""
    if not values:
        raise UsageError(_("No field is named."), _("Choose at least one field to change."))
    for name in values:
        field = kind.field(name)
        if field is None or field.name in ("start_node", "end_node"):
            able = [f.name for f in kind.fields if f.name not in ("start_node", "end_node")]
            raise UsageError(
                _("{name} cannot be given to many at once.").format(name=name),
                _("These can: {fields}").format(fields=", ".join(able)),
            )


def _read(workspace: Workspace, column: sa.Column[Any], wanted: Sequence[Any]) -> list[Row]:
    """The rows whose ``column`` (uid, fid) is one of ``wanted``."""
    rows: list[Row] = []
    with workspace.read() as connection:
        for start in range(0, len(wanted), ASK_AT_ONCE):
            query = sa.select(column.table).where(column.in_(wanted[start : start + ASK_AT_ONCE]))
            rows += [dict(row) for row in connection.execute(query).mappings()]
    return rows
