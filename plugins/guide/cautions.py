"""What else the works have to know of: springs, roads that must not be dug, breaks, planned pipes, other sites."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

import shapely

from jnw_desktop.facilities import queries
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.queries import Record
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace
from jnw_plugins.guide.measures import Measures

SITE = "construction_site"
TOLD = 6  # codes in one sentence; the rest is counted
NARROW = 6.0  # m, the width of a road that has none on record
WIDEST = 60.0  # m, of a road


@dataclass(frozen=True)
class Caution:
    """One thing to know of: ``text`` to print, ``source`` of the rule behind it, and the ``records`` it rests on.

    ``grave``: works may not be allowed as they are planned.
    """

    text: str
    source: str
    verified: bool
    grave: bool
    records: tuple[Record, ...]


def cautions(workspace: Workspace, site: Record, reach: float, table: Measures, today: datetime.date) -> list[Caution]:
    """What is to be known of ``site``, the grave first; ``reach``: metres around it that concern the works."""
    told = [
        *_springs(workspace, site, table),
        *_roads(workspace, site, table, today),
        *_breaks(workspace, site, reach, table, today),
        *_planned(workspace, site, reach),
        *_others(workspace, site, reach, today),
    ]
    return sorted(told, key=lambda caution: not caution.grave)


def _around(workspace: Workspace, kind: str, site: Record, metres: float) -> list[tuple[float, Record]]:
    """Facilities of a kind within ``metres``, each with its distance, the nearest first."""
    area = bytes(site.geometry or b"")
    shape = shapely.from_wkb(area)
    found = queries.around(workspace, kind, area, metres)
    near = [(float(shapely.distance(shapely.from_wkb(one.geometry), shape)), one) for one in found]
    return sorted(near, key=lambda pair: (pair[0], pair[1].code))


def _called(record: Record) -> str:
    return str(record.values.get("name") or record.code)


def _codes(records: list[Record]) -> str:
    named = ", ".join(record.code for record in records[:TOLD])
    rest = len(records) - TOLD
    return named if rest <= 0 else f"{named} {_('and {count} more').format(count=rest)}"


def _springs(workspace: Workspace, site: Record, table: Measures) -> Iterator[Caution]:
    rule = table.springs
    depth = site.values.get("dig_depth")
    for metres, spring in _around(workspace, "spring", site, rule.no_deep_foundation):
        listed = bool(spring.values.get("listed"))
        if metres <= rule.no_building:
            told = _("Spring {name} at {metres:.1f} m: within {limit:g} m nothing new is built.")
            grave, limit = listed, rule.no_building
        else:
            told = _("Spring {name} at {metres:.1f} m: within {limit:g} m no foundation is deeper than {deep:g} m.")
            grave, limit = listed and depth is not None and depth > rule.deep, rule.no_deep_foundation
        text = told.format(name=_called(spring), metres=metres, limit=limit, deep=rule.deep)
        if not listed:
            text += " " + _("It is not recorded as one of the 72 famous springs, which the rule is about.")
        yield Caution(text, rule.source, rule.verified, grave, (spring,))


def _roads(workspace: Workspace, site: Record, table: Measures, today: datetime.date) -> Iterator[Caution]:
    rule = table.moratorium
    for metres, road in _around(workspace, "road", site, WIDEST / 2):
        values = road.values
        if metres > (values.get("width") or NARROW) / 2:
            continue
        until, rebuilt = _date(values.get("no_dig_until")), values.get("rebuilt")
        if until is not None and until >= today:
            text = _("{road} must not be dug until {date}.").format(road=_called(road), date=until.isoformat())
            yield Caution(text, rule.source, rule.verified, True, (road,))
        elif until is None and rebuilt is not None and today.year - rebuilt < rule.years:
            told = _("{road} was rebuilt in {year}: it must not be dug for {years} years, unless the city exempts it.")
            text = told.format(road=_called(road), year=rebuilt, years=rule.years)
            yield Caution(text, rule.source, rule.verified, True, (road,))


def _date(value: object) -> datetime.date | None:
    if isinstance(value, datetime.date) or value is None:
        return value
    return datetime.date.fromisoformat(str(value)[:10])


def _breaks(
    workspace: Workspace, site: Record, reach: float, table: Measures, today: datetime.date
) -> Iterator[Caution]:
    rule = table.breaks
    since = today.replace(year=today.year - rule.years, day=min(today.day, 28)).isoformat()
    near = [one for _metres, one in _around(workspace, "break", site, reach)]
    recent = sorted((one for one in near if str(one.values["date"] or "") >= since), key=_when, reverse=True)
    if not recent:
        return
    told = _("{count} breaks and leaks within {reach:g} m since {since}, the last on {last}: {codes}.")
    text = told.format(count=len(recent), reach=reach, since=since, last=_when(recent[0]), codes=_codes(recent))
    yield Caution(text, rule.source, rule.verified, False, tuple(recent))


def _when(record: Record) -> str:
    return str(record.values["date"])[:10]


def _planned(workspace: Workspace, site: Record, reach: float) -> Iterator[Caution]:
    pipes = [one for _metres, one in _around(workspace, "pipe", site, reach) if one.values.get("state") == "planned"]
    if pipes:
        told = _(
            "{count} pipes are planned here and not in the ground yet, to be settled with the water company: {codes}."
        )
        text = told.format(count=len(pipes), codes=_codes(pipes))
        yield Caution(text, "", True, False, tuple(pipes))


def _others(workspace: Workspace, site: Record, reach: float, today: datetime.date) -> Iterator[Caution]:
    for _metres, other in _around(workspace, SITE, site, reach):
        ends = _date(other.values.get("end_date"))
        if other.uid == site.uid or other.values.get("state") != "in_service" or (ends is not None and ends < today):
            continue
        work = other.values.get("work_type")
        told = _("Other works beside: {code} {name} {work}").format(
            code=other.code, name=other.values.get("name") or "", work=label("work_type", work) if work else ""
        )
        yield Caution(" ".join(told.split()), "", True, False, (other,))
