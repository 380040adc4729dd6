"""Other plans for a burst: what fewer customers would lose if a valve that cannot be closed were freed first.

Whether that is worth it nobody can say from the record: how long it takes, and what may break. So it is told beside the
plan with what it would spare, and never taken for granted. No plan leans on a check valve or a pump instead: they need
not be tight, and their direction is often not recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jnw_desktop.facilities.graph import Network, People
from jnw_desktop.network.graph import Ints
from jnw_desktop.network.isolation import Plan

TRIED, TOLD = 12, 3  # valves that are weighed by what hangs on meters, and those that are told


def freeings(
    network: Network,
    people: People,
    burst: Ints,
    held: Ints,
    plan: Plan,
    count: Callable[[Plan], tuple[int, int]],
) -> list[tuple[Ints, Plan, tuple[int, int]]]:
    """Plans with one of the valves ``plan`` passed freed, or all, by which fewer customers lose water; the best first.

    Each with the vertices of the valves to free and ``count``: customers and essential users without water. All of them
    together are told where that spares more than the best one alone.
    """
    passed = plan.widened[:TRIED]
    if not len(passed):
        return []
    single = [(np.array([valve]), network.isolator.plan(burst, held, np.array([valve]))) for valve in passed.tolist()]
    single.sort(key=lambda each: _cost(network, people, each[1]))
    together = [(plan.widened, network.isolator.plan(burst, held, plan.widened))] if len(passed) > 1 else []
    now = count(plan)
    found = [(valves, made, count(made)) for valves, made in single[:TOLD]]
    found = sorted((each for each in found if each[2] < now), key=lambda each: each[2])
    best = found[0][2] if found else now
    all_freed = [(valves, made, count(made)) for valves, made in together]
    return found + [each for each in all_freed if each[2] < best]


def _cost(network: Network, people: People, plan: Plan) -> tuple[int, float]:
    """Customers by their meters, then metres, that lose water."""
    dry = np.zeros(network.graph.size + 1, dtype=bool)
    dry[plan.vertices] = dry[plan.starved_vertices] = True
    edges: Any = np.union1d(plan.edges, plan.starved_edges)
    return int(dry[people.customer_at].sum()), float(network.graph.length[edges].sum())
