"""A key point 关键点: a facility somebody has to go to, why, and by when; what any business hands to a patrol."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class KeyPoint:
    """``at``: [E, N] in the workspace's CRS. ``what``: what is to be done, in the user's language.

    ``due``: the day, ISO 8601; ``overdue``: it is past. ``source``: id of the plugin that asks for it.
    """

    kind: str
    uid: str
    code: str
    at: tuple[float, float]
    what: str
    due: str
    overdue: bool
    source: str = ""
