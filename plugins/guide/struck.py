"""What to shut when a pipe of the site is struck: a plan for each valve segment the works concern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jnw_desktop.errors import RefusedError
from jnw_desktop.facilities import shutoff
from jnw_desktop.workspace import Workspace
from jnw_plugins.guide.survey import Finding

MOST = 8  # plans on a sheet; for more a crew asks the program
TRIED = 24  # pipes for which a plan is asked, where many have none


@dataclass(frozen=True)
class Struck:
    """One plan: ``pipes`` of the site it is for, valves to ``close`` in order, how many ``customers`` lose water.

    ``essential``: those of them that must not; ``doubtful``: valves to close that may not work.
    """

    pipes: tuple[str, ...]
    close: tuple[str, ...]
    customers: int
    essential: tuple[str, ...]
    unstoppable: bool
    doubtful: tuple[str, ...]


@dataclass(frozen=True)
class Plans:
    """The plans, and how many of the pipes have none: ``left`` for want of room, ``dry`` for they are in no network."""

    plans: tuple[Struck, ...]
    left: int = 0
    dry: int = 0


def plans(workspace: Workspace, pipes: Sequence[Finding]) -> Plans:
    """Plans for those of ``pipes`` that the works concern, the nearest first."""
    concerned = [one.record.code for one in pipes if one.relation.relation != "near"]
    found: list[Struck] = []
    settled: set[str] = set()
    left = dry = 0
    for code in concerned:
        if code in settled:
            continue
        if len(found) == MOST or len(found) + dry == TRIED:
            left += 1
            continue
        try:
            told = shutoff.isolate(workspace, pipe=f"pipe:{code}")
        except RefusedError:  # it is not in service, or ends nowhere
            dry += 1
            continue
        together = set(told["pipes"]) | {code}
        settled |= together
        found.append(
            Struck(
                tuple(one for one in concerned if one in together),
                tuple(told["close"]),
                len(told["customers"]),
                tuple(one if isinstance(one, str) else str(one.get("code")) for one in told["essential"]),
                bool(told["unstoppable"]),
                tuple(told["doubtful"]),
            )
        )
    return Plans(tuple(found), left, dry)
