"""Small cities written down by hand: facilities as dicts, places in metres."""

import datetime

import shapely

from jnw_desktop.facilities.checks.city import City, RowsBuilder, assemble
from jnw_desktop.facilities.checks.limits import read_table
from jnw_desktop.facilities.checks.rules import RULES
from jnw_desktop.facilities.checks.survey import Survey

TODAY = datetime.date(2026, 6, 1)
SHAPES = {"pipe": shapely.LineString, "dma": lambda ring: shapely.MultiPolygon([shapely.Polygon(ring)])}


def geometry(kind, places):
    """WKB of a place or a list of places; ``None`` stays, bytes stay."""
    if places is None or isinstance(places, bytes):
        return places
    return SHAPES.get(kind, shapely.Point)(places).wkb


def row(kind, code, places, **values):
    return {"uid": code, "code": code, "version": 1, "born": 1, "geom": geometry(kind, places)} | values


def pipe(code, *places, start=None, end=None, **values):
    return "pipe", row("pipe", code, list(places), start_node=start, end_node=end, **values)


def point(kind, code, *place, **values):
    return kind, row(kind, code, place, **values)


def node(code, *place, **values):
    return point("node", code, *place, **values)


def city(*facilities, area=None) -> City:
    builders = {}
    for kind, values in facilities:
        builder = builders.setdefault(kind, RowsBuilder(kind))
        words = RowsBuilder.SEPARATOR.join(str(values.get(name) or "") for name in builder.worded)
        builder.add([[words if name == "words" else values.get(name)] for name in builder.columns])
    return assemble(builders, read_table(), today=TODAY, area=area)


def joined(*pipes):
    """Pipes written as (code, node, place, node, place, values), with a node at every end."""
    found, seen = [], set()
    for code, start, first, end, last, values in pipes:
        for name, place in ((start, first), (end, last)):
            if name not in seen:
                seen.add(name)
                found.append(node(name, *place))
        found.append(pipe(code, first, last, start=start, end=end, **values))
    return found


def found_by(rule, made):
    """Codes of what a rule finds in a city."""
    survey = made if isinstance(made, Survey) else Survey(made)
    codes = []
    for one in RULES[rule].look(survey):
        codes += [None] * len(one) if not one.kind else survey.city.rows[one.kind].code[one.rows].tolist()
    return sorted(codes, key=str)
