"""Which findings concern what has changed: the facilities change sets touched, and their neighbours in the network."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sqlalchemy as sa

from jnw_desktop.facilities.checks.city import Bools
from jnw_desktop.facilities.checks.survey import Found, Survey
from jnw_desktop.facilities.kinds import ENDS
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import ROW_CHANGES


def concerned(workspace: Workspace, survey: Survey, since: int) -> Callable[[Found], Bools]:
    """A function that tells which of some findings are about what a change set after number ``since`` touched.

    A pipe's neighbours are what it ends at and the pipes it meets there; a finding about the whole workspace concerns
    every change. What stood beside a facility that was removed is not told: its end shows as dangling in a whole run.
    """
    touched = _touched(workspace, survey, since)
    joints = _joints(survey, touched)
    top = survey.topology
    touched["pipe"] |= (joints[top.joint] & (top.joint >= 0)).any(axis=1)
    offset = 0
    for kind in ENDS:
        count = len(survey.city.rows[kind])
        touched[kind] |= joints[offset : offset + count]
        offset += count

    def near(found: Found) -> Bools:
        if not found.kind:
            return np.ones(len(found), dtype=bool)
        which = touched[found.kind][found.rows]
        if found.other is not None and found.other_kind:
            which = which | (touched[found.other_kind][found.other] & (found.other >= 0))
        return np.asarray(which, dtype=bool)

    return near


def _touched(workspace: Workspace, survey: Survey, since: int) -> dict[str, Bools]:
    query = sa.select(ROW_CHANGES.c.uid).where(ROW_CHANGES.c.change_set > since)
    with workspace.read() as connection:
        uids = set(connection.scalars(query))
    return {
        kind: (rows.born > since) | np.fromiter((uid in uids for uid in rows.uid), dtype=bool, count=len(rows))
        for kind, rows in survey.city.rows.items()
    }


def _joints(survey: Survey, touched: dict[str, Bools]) -> Bools:
    """(j,) joints that are touched, or at which a touched pipe ends."""
    top = survey.topology
    joints = np.zeros(len(top.at), dtype=bool)
    joints[: len(survey.vertices)] = np.concatenate([touched[kind] for kind in ENDS])
    ends = top.joint[touched["pipe"]]
    joints[ends[ends >= 0]] = True
    return joints
