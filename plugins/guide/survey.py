"""Gathers what lies in and around a construction site, as a guide tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from jnw_desktop.errors import RefusedError
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import Record
from jnw_desktop.facilities.releases.leaving import count_within
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace
from jnw_plugins.guide.rules import Relation, above_pit, relate
from jnw_plugins.guide.table import Protection, RuleTable

FACILITY_KINDS = ("valve", "hydrant", "meter", "chamber", "pump_room", "sensor", "other_line")

KINDS_LISTED = ("pipe", *FACILITY_KINDS)
NOT_LISTED = ("removed", "planned")  # a removed pipe is not in the ground; an abandoned one is


MOST_LISTED = 10_000  # of a kind; 200 pages of A3


class TooMuch(RefusedError):
    """More lies in the site than a guide can tell."""

    kind = "too_much"


@dataclass(frozen=True)
class Finding:
    """One facility and how it lies to the area. ``accuracy``: metres its class of position allows.

    ``rule``: the row of the table that protects it; ``above``: metres from the bottom of the pit up to its top,
    negative where the top lies below that, ``None`` where either is not known.
    """

    record: Record
    relation: Relation
    accuracy: float
    rule: Protection
    above: float | None = None


@dataclass(frozen=True)
class Works:
    """What is planned: where, of which kind, how deep (m), ``None`` where that is not known."""

    area: shapely.Geometry
    kind: str | None
    depth: float | None


@dataclass(frozen=True)
class Survey:
    """Everything found: pipes and other facilities, the nearest first."""

    pipes: list[Finding]
    facilities: list[Finding]


def relation_name(relation: str) -> str:
    """A relation in the user's language."""
    return {
        "inside": _("inside"),
        "touching": _("touching"),
        "protected": _("in the protection zone"),
        "near": _("near"),
    }[relation]


def survey(workspace: Workspace, site: Record, table: RuleTable) -> Survey:
    """All facilities within the table's search distance of a construction ``site`` that has an area. Raises TooMuch."""
    area = bytes(site.geometry or b"")
    works = Works(shapely.from_wkb(area), site.values.get("work_type"), site.values.get("dig_depth"))
    shape = works.area
    _refuse_too_much(workspace, shape, table.reach)
    pipes = _related(works, _standing(queries.around(workspace, "pipe", area, table.reach)), table)
    others: list[Finding] = []
    for kind in FACILITY_KINDS:
        others += _related(works, _standing(queries.around(workspace, kind, area, table.reach)), table)
    return Survey(pipes, sorted(others, key=lambda finding: finding.relation.offset))


def _refuse_too_much(workspace: Workspace, shape: shapely.Geometry, reach: float) -> None:
    """Raise TooMuch before a city is read; what lies near a winding site is less than what lies in its bounds."""
    low_e, low_n, high_e, high_n = shapely.bounds(shape).tolist()
    bounds = (low_e - reach, low_n - reach, high_e + reach, high_n + reach)
    wide, high = bounds[2] - bounds[0], bounds[3] - bounds[1]
    share = min(1.0, shapely.buffer(shape, reach).area / (wide * high))
    for kind, count in count_within(workspace, KINDS_LISTED, bounds).items():
        if count * share > MOST_LISTED:
            raise TooMuch(
                _("Some {count:,} facilities ({kind}) lie in and around the site; a guide lists {most:,}.").format(
                    count=round(count * share), kind=_(KINDS[kind].title), most=MOST_LISTED
                ),
                _("Issue a guide for each part of the site."),
            )


def _standing(records: list[Record]) -> list[Record]:
    """What is or may be in the ground."""
    return [record for record in records if record.values.get("state") not in NOT_LISTED]


def _related(works: Works, records: list[Record], table: RuleTable) -> list[Finding]:
    if not records:
        return []
    accuracy = np.array([table.accuracy_of(record.values.get("accuracy_position")) for record in records])
    rules = [_rule(table, record.values, works.kind) for record in records]
    relations = relate(
        works.area,
        shapely.from_wkb(np.array([record.geometry for record in records], dtype=object)),
        np.array([_outer_diameter(record.values) for record in records]),
        accuracy,
        np.array([rule.metres for rule in rules]),
        np.array([_depths(record.values) for record in records], dtype=float),
    )
    found = [
        Finding(record, relation, error, rule, above_pit(relation.depth, works.depth))
        for record, relation, error, rule in zip(records, relations, accuracy.tolist(), rules, strict=True)
    ]
    return sorted(found, key=lambda finding: (finding.relation.offset, finding.record.code))


def _rule(table: RuleTable, values: dict[str, Any], work: str | None) -> Protection:
    return table.protection_of(values.get("use"), values.get("dn"), values.get("material"), work)


def _outer_diameter(values: dict[str, Any]) -> float:
    """Metres; the nominal diameter serves where the outer one is unknown, and nothing where both are."""
    return float(values.get("outer_diameter") or values.get("dn") or 0.0) / 1000.0


def _depths(values: dict[str, Any]) -> tuple[float, float]:
    if "depth" in values:
        depth = values["depth"]
        return (np.nan, np.nan) if depth is None else (depth, depth)
    start, end = values.get("depth_start"), values.get("depth_end")
    return (np.nan if start is None else start, np.nan if end is None else end)
