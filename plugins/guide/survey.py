"""Gathers what lies in and around a construction site, as a guide tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from jnw_desktop.facilities import queries
from jnw_desktop.facilities.queries import Record
from jnw_desktop.workspace import Workspace
from jnw_plugins.guide.rules import Relation, relate
from jnw_plugins.guide.table import RuleTable

FACILITY_KINDS = ("valve", "hydrant", "meter", "chamber", "pump_room", "sensor", "other_line")

KINDS_LISTED = ("pipe", *FACILITY_KINDS)
NOT_LISTED = ("removed", "planned")  # a removed pipe is not in the ground; an abandoned one is


@dataclass(frozen=True)
class Finding:
    """One facility and how it lies to the area. ``accuracy``: metres its class of position allows."""

    record: Record
    relation: Relation
    accuracy: float


@dataclass(frozen=True)
class Survey:
    """Everything found: pipes and other facilities, the nearest first."""

    pipes: list[Finding]
    facilities: list[Finding]


def survey(workspace: Workspace, area: bytes, table: RuleTable) -> Survey:
    """All facilities within the table's search distance of ``area`` (WKB in the workspace's CRS)."""
    shape = shapely.from_wkb(area)
    pipes = _related(shape, _standing(queries.around(workspace, "pipe", area, table.reach)), table)
    others: list[Finding] = []
    for kind in FACILITY_KINDS:
        others += _related(shape, _standing(queries.around(workspace, kind, area, table.reach)), table)
    return Survey(pipes, sorted(others, key=lambda finding: finding.relation.offset))


def _standing(records: list[Record]) -> list[Record]:
    """What is or may be in the ground."""
    return [record for record in records if record.values.get("state") not in NOT_LISTED]


def _related(shape: shapely.Geometry, records: list[Record], table: RuleTable) -> list[Finding]:
    if not records:
        return []
    accuracy = np.array([table.accuracy_of(record.values.get("accuracy_position")) for record in records])
    relations = relate(
        shape,
        shapely.from_wkb(np.array([record.geometry for record in records], dtype=object)),
        np.array([_outer_diameter(record.values) for record in records]),
        accuracy,
        np.array([table.protection_of(record.values.get("use")) for record in records]),
        np.array([_depths(record.values) for record in records], dtype=float),
    )
    found = [Finding(*row) for row in zip(records, relations, accuracy.tolist(), strict=True)]
    return sorted(found, key=lambda finding: (finding.relation.offset, finding.record.code))


def _outer_diameter(values: dict[str, Any]) -> float:
    """Metres; the nominal diameter serves where the outer one is unknown, and nothing where both are."""
    return float(values.get("outer_diameter") or values.get("dn") or 0.0) / 1000.0


def _depths(values: dict[str, Any]) -> tuple[float, float]:
    if "depth" in values:
        depth = values["depth"]
        return (np.nan, np.nan) if depth is None else (depth, depth)
    start, end = values.get("depth_start"), values.get("depth_end")
    return (np.nan if start is None else start, np.nan if end is None else end)
