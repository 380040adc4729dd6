"""What a guide tells, as data: it is kept with the guide, goes into the PDF, and its hash is the mark on every page."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import shapely

from jnw_desktop.facilities.queries import Record
from jnw_plugins.guide.survey import Finding, Survey

PIPE = ("dn", "material", "year", "embedding", "state", "road", "use", "source")
FACILITY = ("name", "dn", "line_type", "state", "road")
WORKS = ("name", "road", "applicant", "contractor", "work_type", "dig_depth", "start_date", "end_date")

Row = dict[str, Any]


def rows(found: Survey, site: Record) -> list[Row]:
    """The site, pipes and facilities, each with ``kind``, ``uid``, ``code``, ``version`` and what is told of it.

    ``place`` is a hash of where it lies, for the record goes to people who may not be told that.
    """
    told: list[Row] = [_named(site) | {name: _plain(site.values.get(name)) for name in WORKS}]
    told += [_found(finding, PIPE) | _pipe(finding) for finding in found.pipes]
    told += [_found(finding, FACILITY) for finding in found.facilities]
    return told


def mark_of(content: dict[str, Any]) -> str:
    """SHA-256 of a content record, in hexadecimal; the order of its members makes no difference."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def short(mark: str) -> str:
    """The first 64 bits of a mark as people read them to each other: four groups of four signs."""
    return " ".join(mark[i : i + 4].upper() for i in range(0, 16, 4))


def _named(record: Record) -> Row:
    place = hashlib.sha256(shapely.to_wkb(shapely.from_wkb(record.geometry), output_dimension=2)).hexdigest()[:16]
    return {"kind": record.kind, "uid": record.uid, "code": record.code, "version": record.version, "place": place}


def _found(finding: Finding, names: tuple[str, ...]) -> Row:
    relation = finding.relation
    return {
        **_named(finding.record),
        **{name: _plain(finding.record.values.get(name)) for name in names},
        "relation": relation.relation,
        "offset": round(relation.offset, 2) + 0.0,
        "depth": None if relation.depth is None else round(relation.depth, 2) + 0.0,
    }


def _pipe(finding: Finding) -> Row:
    relation = finding.relation
    return {
        "clear": round(relation.clear, 2) + 0.0,
        "length_inside": round(relation.length_inside, 2) + 0.0,
        "accuracy_position": finding.record.values.get("accuracy_position"),
    }


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
