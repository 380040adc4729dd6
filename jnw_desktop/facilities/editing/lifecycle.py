"""A facility's life: in service, abandoned, removed, replaced; and a record made by mistake deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jnw_desktop.facilities.codelists import code_list, label
from jnw_desktop.facilities.editing.drawing import STORY
from jnw_desktop.facilities.editing.errors import StateRefused
from jnw_desktop.facilities.editing.ground import GONE, Ground, editing
from jnw_desktop.facilities.editing.guard import refuse_named, refuse_state, settled
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import kind_of
from jnw_desktop.facilities.valuecheck import refuse_wrong
from jnw_desktop.language import _
from jnw_desktop.workspace import ChangeResult, Workspace

ROW = ("fid", "uid", "code", "version", "born")


def set_state(
    workspace: Workspace,
    kind: str,
    uids: Sequence[str],
    state: str,
    *,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Give facilities a lifecycle state (planned, in_service, abandoned, removed): what stood stays known.

    Raises StateRefused naming the pipes where a removed point would leave them without an end, NoSuchRow.
    """
    declared = kind_of(kind)
    known = [entry.code for entry in code_list("state")]
    if state not in known:
        raise StateRefused(
            _("There is no lifecycle state {state}.").format(state=state),
            _("The states are: {states}").format(states=", ".join(known)),
        )
    why = why or _("{kind}: {state}").format(kind=_(declared.title), state=label("state", state))
    with editing(workspace, why, who) as ground:
        rows = list(ground.rows(kind, list(uids)))
        refuse_state(ground, kind, rows, state)
        ground.change.update_many(declared.table, list(uids), {"state": state})
    return ground.change.result


def replace_pipe(
    workspace: Workspace,
    uid: str,
    values: Mapping[str, Any],
    *,
    geometry: bytes | None = None,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Replace a pipe: the old one is abandoned, a new one is in service between the same points and names the old.

    The new pipe has ``values`` and, where they say nothing, the old one's attributes but not its story (year, survey,
    asset card). ``geometry`` is its WKB line when it runs otherwise. Raises StateRefused for a pipe that is abandoned
    already, ValuesRefused, ConnectionRefused.
    """
    refuse_wrong("pipe", values)
    with editing(workspace, why or _("Replace a pipe"), who) as ground:
        old = ground.pipe(uid)
        if old["state"] in GONE:
            raise StateRefused(
                _("{pipe} is {state} already.").format(pipe=old["code"], state=label("state", old["state"])),
                _("Replace a pipe that is in service, or draw a new one."),
            )
        like = {name: value for name, value in old.items() if name not in (*ROW, *STORY)}
        new = like | dict(values) | {"state": "in_service", "replaces": uid}
        refuse_wrong("pipe", values, before=new, complete=True)
        if geometry is not None:
            new |= {"geom": geometry, "length": None}
            new |= settled(ground, "pipe", None, {name: new[name] for name in ("geom", "start_node", "end_node")})
        ground.update("pipe", uid, {"state": "abandoned"})
        ground.insert("pipe", new)
    return ground.change.result


def delete_mistake(
    workspace: Workspace,
    kind: str,
    uid: str,
    *,
    cascade: bool = False,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Delete what was drawn or imported by mistake; what is taken out of the ground gets the state removed instead.

    Refused (StillNamed) while others refer to it; with ``cascade`` the pipes that end at it are deleted too and other
    references to it are emptied. The record keeps all of it.
    """
    declared = kind_of(kind)
    with editing(workspace, why or _("Remove {kind}").format(kind=_(declared.title)), who) as ground:
        delete_row(ground, kind, uid, cascade)
    return ground.change.result


def delete_row(ground: Ground, kind: str, uid: str, cascade: bool) -> None:
    """Within an edit, delete a row and, with ``cascade``, what cannot be without it."""
    ground.row(kind, uid)
    if not cascade:
        refuse_named(ground, kind, uid)
    for other, field, row in list(ground.naming(uid)):
        if other == "pipe" and field in ("start_node", "end_node"):
            delete_row(ground, "pipe", row["uid"], cascade)
        else:
            ground.update(other, row["uid"], {field: None})
    ground.change.delete(KINDS[kind].table, uid)
