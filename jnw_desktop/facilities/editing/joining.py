"""Pipes joined: two made one where nothing stands between them, and what stands between them taken out."""

from __future__ import annotations

from typing import Any

import numpy as np
import sqlalchemy as sa

from jnw_desktop.facilities.editing.errors import ConnectionRefused, PipesDiffer
from jnw_desktop.facilities.editing.ground import End, Ground, Row, editing
from jnw_desktop.facilities.editing.guard import listed, refuse_named
from jnw_desktop.facilities.editing.lines import ENDS_OF, length_of, line_wkb, points_of
from jnw_desktop.facilities.kinds import ATTACHMENT, ENDS, KINDS
from jnw_desktop.facilities.queries import kind_of
from jnw_desktop.language import _
from jnw_desktop.workspace import ChangeResult, Workspace

ALIKE = ("dn", "material", "use", "state", "pressure_class")  # pipes that differ in one of these are not one pipe


def join_pipes(
    workspace: Workspace,
    first: str,
    second: str,
    *,
    different: bool = False,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Make one pipe of two that meet at a plain node where nothing else is; the longest keeps uid, code and history.

    Raises ConnectionRefused with the reason: they do not meet, or something stands or ends between them; PipesDiffer
    where diameter, material, use, state or pressure class do and ``different`` does not say that it is meant.
    """
    with editing(workspace, why or _("Join two pipes"), who) as ground:
        a, b = ground.pipe(first), ground.pipe(second)
        node = _node_between(ground, a, b)
        _join(ground, a, b, node, different)
        ground.change.delete(KINDS["node"].table, node)
    return ground.change.result


def take_out_of_pipe(
    workspace: Workspace,
    kind: str,
    uid: str,
    *,
    mistake: bool = False,
    different: bool = False,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Take a valve, node or other point out of the pipe it stands in; the two pieces run on as one, as joined.

    What stood in the ground stays known, with the state removed; a plain node, and with ``mistake`` whatever was
    recorded by mistake, is deleted. Raises ConnectionRefused unless exactly two pipes end there and nothing is joined
    through it, PipesDiffer as :func:`join_pipes`, StillNamed where something else refers to what is to be deleted.
    """
    declared = kind_of(kind)
    title = _(declared.title)
    if kind not in ENDS:
        raise ConnectionRefused(
            _("A {kind} does not stand in a pipe.").format(kind=title),
            _("Choose a node, valve or other point of the network."),
        )
    with editing(workspace, why or _("Take a {kind} out of its pipe").format(kind=title), who) as ground:
        end = End(kind, ground.row(kind, uid))
        a, b = _either_side(ground, end)
        _join(ground, a, b, uid, different)
        if kind == "node" or mistake:
            refuse_named(ground, kind, uid)
            ground.change.delete(declared.table, uid)
        else:
            ground.update(kind, uid, {"state": "removed"})
    return ground.change.result


def _join(ground: Ground, a: Row, b: Row, between: str, different: bool) -> None:
    """Make one pipe of ``a`` and ``b``, which meet at the facility ``between``; that is left alone."""
    unlike = [_(KINDS["pipe"].field(name).title) for name in ALIKE if a[name] != b[name]]  # type: ignore[union-attr]
    if unlike and not different:
        raise PipesDiffer(
            _("{first} and {second} differ: {fields}").format(
                first=a["code"], second=b["code"], fields=", ".join(unlike)
            ),
            _("Make them alike first, or say that they are to be joined all the same."),
        )
    kept, other = (a, b) if length_of(points_of(a["geom"])) >= length_of(points_of(b["geom"])) else (b, a)
    ground.update("pipe", kept["uid"], _joined(kept, other, between))
    for kind, field, row in list(ground.naming(other["uid"])):
        ground.update(kind, row["uid"], {field: None if row["uid"] == kept["uid"] else kept["uid"]})
    attached = sa.select(ATTACHMENT.c.uid).where(ATTACHMENT.c.facility == other["uid"])
    ground.change.update_many(ATTACHMENT, list(ground.change.connection.scalars(attached)), {"facility": kept["uid"]})
    ground.change.delete(KINDS["pipe"].table, other["uid"])


def _joined(kept: Row, other: Row, node: str) -> dict[str, Any]:
    """The fields of ``kept`` once ``other`` is part of it."""
    parts = points_of(other["geom"])
    at = "end" if kept["end_node"] == node else "start"  # of kept, where the other is added
    far = "end" if other["start_node"] == node else "start"  # of the other, what becomes the end of the whole
    if (at == "end") != (far == "end"):
        parts = parts[::-1]
    points = points_of(kept["geom"])
    points = np.vstack([points, parts[1:]]) if at == "end" else np.vstack([parts[:-1], points])
    values: dict[str, Any] = {"geom": line_wkb(points)}
    for name, theirs in zip(ENDS_OF[at], ENDS_OF[far], strict=True):
        values[name] = other[theirs]
    lengths = [
        row["length"] if row["length"] is not None else length_of(points_of(row["geom"])) for row in (kept, other)
    ]
    values["length"] = round(sum(lengths), 3)
    worth = [row["original_value"] for row in (kept, other) if row["original_value"] is not None]
    if worth:
        values["original_value"] = sum(worth)
    return values


def _node_between(ground: Ground, a: Row, b: Row) -> str:
    """The uid of the plain node at which two pipes meet, and nothing else."""
    shared = {a["start_node"], a["end_node"]} & {b["start_node"], b["end_node"]} - {None}
    if a["uid"] == b["uid"] or len(shared) != 1:
        raise ConnectionRefused(
            _("{first} and {second} do not meet at one node.").format(first=a["code"], second=b["code"]),
            _("Choose two pipes that follow one another."),
        )
    uid = str(shared.pop())
    end = ground.end(uid)
    if end is None or end.kind != "node":
        raise ConnectionRefused(
            _("{end} stands between {first} and {second}.").format(end=end or uid, first=a["code"], second=b["code"]),
            _("Take it out of the pipe first if it is not in the ground any more, then its pipes run on."),
        )
    others = [
        f"{_(KINDS[kind].title)} {row['code']}"
        for kind, _field, row in ground.naming(uid)
        if row["uid"] not in (a["uid"], b["uid"])
    ]
    if others:
        raise ConnectionRefused(
            _("More than two pipes meet at {end}: {names}").format(end=end, names=listed(others)),
            _("Only a node where two pipes meet and nothing else is joined can be dissolved."),
        )
    return uid


def _either_side(ground: Ground, end: End) -> tuple[Row, Row]:
    """The two pipes that end at ``end``, which are all that is joined there."""
    pipes = ground.pipes_at(end.uid)
    through = [end.row.get(name) for name in ("start_node", "end_node") if end.row.get(name)]
    through += [
        row["code"]
        for kind, field, row in ground.naming(end.uid)
        if kind != "pipe" and field in ("start_node", "end_node")
    ]
    if len(pipes) != 2 or through or any(pipe["geom"] is None for pipe in pipes):
        codes = listed([pipe["code"] for pipe in pipes]) or "—"
        raise ConnectionRefused(
            _("Not exactly two pipes end at {end}: {pipes}").format(end=end, pipes=codes),
            _("Only what stands between two pipes can be taken out; at a tee or an end, edit the pipes first."),
        )
    if {pipes[0]["start_node"], pipes[0]["end_node"]} == {pipes[1]["start_node"], pipes[1]["end_node"]}:
        raise ConnectionRefused(
            _("{first} and {second} would make a ring that ends at itself.").format(
                first=pipes[0]["code"], second=pipes[1]["code"]
            ),
            _("Leave a node on the ring: split it elsewhere first."),
        )
    return pipes[0], pipes[1]
