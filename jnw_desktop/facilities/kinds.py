"""The kinds of facility: one declaration, from which tables, forms, map layers and exchange are made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from jnw_desktop.facilities.fields import Field, boolean, code, date, integer, number, reference, text
from jnw_desktop.language import N_
from jnw_desktop.workspace.tables import IsoDate, recorded_table


@dataclass(frozen=True)
class Kind:
    """One kind of facility. ``id`` names its table, its layer in an export and its key on the command line.

    ``geometry`` is a GeoPackage geometry type, ``fields`` are what people fill in (in the form's order), ``group`` is
    the group of layers it is shown in.
    """

    id: str
    title: str
    geometry: str
    group: str
    fields: tuple[Field, ...]
    table: sa.Table

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        return next((field for field in self.fields if field.name == name), None)


_TYPES: dict[str, Any] = {
    "text": sa.Text,
    "integer": sa.Integer,
    "number": sa.Double,
    "date": IsoDate,
    "boolean": sa.Boolean,
    "reference": sa.Text,
}

_COMMON = (
    text("name", N_("Name"), "identity"),
    code("state", N_("Lifecycle state"), "state", "identity"),
    text("owner", N_("Owner"), "identity"),
    text("road", N_("Road"), "identity"),
)
_SURVEY = (
    code("accuracy_position", N_("Accuracy class of position"), "accuracy_position", "survey"),
    code("accuracy_depth", N_("Accuracy class of depth"), "accuracy_depth", "survey"),
    code("source", N_("Source"), "source", "survey"),
    date("survey_date", N_("Survey date"), "survey"),
    text("note", N_("Note"), "survey"),
)
_POINT = (
    number("elevation", N_("Ground elevation"), "m", "position"),
    number("depth", N_("Depth to top"), "m", "position"),
)
_LINE_ENDS = (
    number("depth_start", N_("Depth to top at start"), "m", "position"),
    number("depth_end", N_("Depth to top at end"), "m", "position"),
    number("elevation_start", N_("Elevation of top at start"), "m", "position"),
    number("elevation_end", N_("Elevation of top at end"), "m", "position"),
)
_PIPE_END = (
    reference("start_node", N_("Start node"), "network"),
    reference("end_node", N_("End node"), "network"),
)

# A valve or pump between two points with no pipe to either: EPANET's kind of link. Left empty where pipes end at it.
_LINK_ENDS = (
    reference("start_node", N_("Upstream node"), "network"),
    reference("end_node", N_("Downstream node"), "network"),
)

KINDS: dict[str, Kind] = {}


def _kind(
    name: str,
    title: str,
    prefix: str,
    geometry: str,
    group: str,
    own: Iterable[Field] = (),
    position: Iterable[Field] = (),
    indexed: Iterable[str] = (),
) -> None:
    fields = (*_COMMON, *own, *position, *_SURVEY)
    columns = [sa.Column(field.name, _TYPES[field.type], info={"title": field.title}) for field in fields]
    table = recorded_table(name, *columns, geometry=geometry, code_prefix=prefix, indexed=("name", "road", *indexed))
    KINDS[name] = Kind(name, title, geometry, group, fields, table)


_kind(
    "pipe",
    N_("Pipe"),
    "GD",
    "LINESTRING",
    "network",
    (
        code("use", N_("Use"), "pipe_use"),
        integer("dn", N_("Nominal diameter"), "mm"),
        number("outer_diameter", N_("Outer diameter"), "mm"),
        number("wall", N_("Wall thickness"), "mm"),
        code("material", N_("Material"), "material"),
        code("lining", N_("Lining"), "lining"),
        code("joint", N_("Joint"), "joint"),
        code("embedding", N_("Embedding"), "embedding"),
        text("pressure_class", N_("Pressure class")),
        integer("year", N_("Year laid")),
        number("length", N_("Length"), "m"),
        *_PIPE_END,
    ),
    _LINE_ENDS,
    ("dn", "material", "year", "start_node", "end_node"),
)
_kind("node", N_("Node"), "GN", "POINT", "network", (code("node_kind", N_("Kind of node"), "node_kind"),), _POINT)
_kind(
    "valve",
    N_("Valve"),
    "FM",
    "POINT",
    "network",
    (
        code("valve_kind", N_("Kind of valve"), "valve_kind"),
        integer("dn", N_("Nominal diameter"), "mm"),
        code("normal_state", N_("Normal state"), "valve_state"),
        code("present_state", N_("Present state"), "valve_state"),
        code("operability", N_("Operability"), "operability"),
        number("turns", N_("Turns to close")),
        code("closing_direction", N_("Closing direction"), "closing_direction"),
        date("last_operated", N_("Last operated")),
        integer("year", N_("Year installed")),
        reference("chamber", N_("Chamber"), "network"),
        *_LINK_ENDS,
    ),
    _POINT,
    ("dn",),
)
_kind(
    "hydrant",
    N_("Hydrant"),
    "XHS",
    "POINT",
    "network",
    (
        code("hydrant_kind", N_("Kind of hydrant"), "hydrant_kind"),
        integer("dn", N_("Nominal diameter"), "mm"),
        code("operability", N_("Operability"), "operability"),
        integer("year", N_("Year installed")),
    ),
    _POINT,
)
_kind(
    "meter",
    N_("Meter"),
    "SB",
    "POINT",
    "network",
    (
        code("meter_kind", N_("Kind of meter"), "meter_kind"),
        integer("dn", N_("Nominal diameter"), "mm"),
        integer("year", N_("Year installed")),
        boolean("remote", N_("Read remotely")),
    ),
    _POINT,
)
_kind(
    "customer",
    N_("Customer"),
    "YH",
    "POINT",
    "customers",
    (
        code("customer_kind", N_("Kind of customer"), "customer_kind"),
        integer("households", N_("Households")),
        code("priority", N_("Priority user"), "priority"),
        reference("meter", N_("Meter"), "network"),
        number("daily_use", N_("Mean daily use"), "m³/d"),
    ),
)
_kind(
    "pump_station",
    N_("Pump station"),
    "BZ",
    "POINT",
    "supply",
    (
        number("capacity", N_("Capacity"), "m³/d"),
        number("head", N_("Head"), "m"),
        integer("year", N_("Year built")),
        *_LINK_ENDS,
    ),
    _POINT,
)
_kind(
    "waterworks",
    N_("Waterworks"),
    "SC",
    "POINT",
    "supply",
    (
        number("capacity", N_("Capacity"), "m³/d"),
        integer("year", N_("Year built")),
        code("water_source", N_("Water source"), "water_source"),
    ),
    _POINT,
)
_kind(
    "tank",
    N_("Tank"),
    "SX",
    "POINT",
    "supply",
    (
        number("volume", N_("Volume"), "m³"),
        number("bottom", N_("Bottom elevation"), "m"),
        number("top", N_("Overflow elevation"), "m"),
        integer("year", N_("Year built")),
    ),
    _POINT,
)
_kind(
    "well",
    N_("Well"),
    "SJ",
    "POINT",
    "supply",
    (
        number("capacity", N_("Capacity"), "m³/d"),
        number("well_depth", N_("Depth of well"), "m"),
        integer("year", N_("Year built")),
    ),
    _POINT,
)
_kind(
    "pump_room",
    N_("Pump room"),
    "BF",
    "POINT",
    "supply",
    (
        integer("households", N_("Households")),
        code("supply_mode", N_("Mode of supply"), "supply_mode"),
        number("tank_volume", N_("Tank volume"), "m³"),
        integer("year", N_("Year built")),
        boolean("handed_over", N_("Handed over")),
    ),
    _POINT,
)
_kind(
    "spring_station",
    N_("Spring drinking station"),
    "ZY",
    "POINT",
    "supply",
    (
        number("capacity", N_("Capacity"), "m³/d"),
        integer("households", N_("Households")),
        integer("year", N_("Year built")),
    ),
)
_kind(
    "sensor",
    N_("Sensor"),
    "CG",
    "POINT",
    "network",
    (
        code("sensor_kind", N_("Kind of sensor"), "sensor_kind"),
        text("tag", N_("Telemetry tag")),
        integer("year", N_("Year installed")),
    ),
    _POINT,
)
_kind(
    "chamber",
    N_("Chamber"),
    "JS",
    "POINT",
    "network",
    (
        code("chamber_kind", N_("Kind of chamber"), "chamber_kind"),
        text("size", N_("Size")),
        code("cover_material", N_("Cover"), "cover_material"),
    ),
    _POINT,
)
_kind("dma", N_("DMA"), "DMA", "MULTIPOLYGON", "zones", (integer("level", N_("Level")),))
_kind("pressure_zone", N_("Pressure zone"), "YL", "MULTIPOLYGON", "zones", (number("head", N_("Head"), "m"),))
_kind(
    "neighbourhood",
    N_("Neighbourhood"),
    "XQ",
    "MULTIPOLYGON",
    "ground",
    (
        integer("households", N_("Households")),
        integer("year", N_("Year built")),
        boolean("old", N_("Old neighbourhood")),
    ),
)
_kind(
    "building",
    N_("Building"),
    "LD",
    "MULTIPOLYGON",
    "ground",
    (
        integer("floors", N_("Floors")),
        integer("households", N_("Households")),
        reference("neighbourhood", N_("Neighbourhood"), "network"),
    ),
)
_kind(
    "road",
    N_("Road"),
    "DL",
    "MULTILINESTRING",
    "ground",
    (
        code("road_class", N_("Class of road"), "road_class"),
        number("width", N_("Width"), "m"),
        code("traffic", N_("Traffic band"), "traffic"),
        integer("rebuilt", N_("Year last rebuilt")),
        date("no_dig_until", N_("No digging until")),
    ),
)
_kind(
    "other_line",
    N_("Other owner's line"),
    "QT",
    "LINESTRING",
    "others",
    (
        code("line_type", N_("Kind of line"), "line_type"),
        integer("dn", N_("Nominal diameter"), "mm"),
        text("size", N_("Size")),
        code("material", N_("Material"), "material"),
        code("embedding", N_("Embedding"), "embedding"),
        integer("year", N_("Year laid")),
        text("pressure", N_("Pressure or voltage")),
    ),
    _LINE_ENDS,
    ("line_type",),
)
_kind("spring", N_("Spring"), "QS", "POINT", "ground", (boolean("listed", N_("One of the 72 famous springs")),), _POINT)
_kind(
    "construction_site",
    N_("Construction site"),
    "GDI",
    "MULTIPOLYGON",
    "works",
    (
        text("applicant", N_("Applicant")),
        text("contractor", N_("Contractor")),
        text("contact", N_("Contact")),
        text("phone", N_("Telephone")),
        code("work_type", N_("Kind of work"), "work_type"),
        number("dig_depth", N_("Depth of digging"), "m"),
        date("start_date", N_("Start")),
        date("end_date", N_("End")),
        boolean("supervised", N_("Supervised")),
    ),
)
_kind(
    "break",
    N_("Break"),
    "BG",
    "POINT",
    "works",
    (
        date("date", N_("Date")),
        code("cause", N_("Cause"), "break_cause"),
        reference("pipe", N_("Pipe"), "network"),
        number("lost", N_("Water lost"), "m³"),
    ),
    (),
    ("date",),
)

# Kinds a pipe can end at: a pipe's ``start_node`` and ``end_node`` are ``uid`` of one of them.
ENDS = (
    "node", "valve", "hydrant", "meter", "sensor", "pump_station", "waterworks", "tank", "well", "pump_room",
    "spring_station",
)  # fmt: skip
# Where water comes from: what is joined to one of them is supplied.
SOURCES = ("waterworks", "well", "tank")

GROUPS: dict[str, str] = {
    "works": N_("Works"),
    "network": N_("Water network"),
    "supply": N_("Supply"),
    "customers": N_("Customers"),
    "zones": N_("Zones"),
    "others": N_("Other owners' lines"),
    "ground": N_("Ground"),
}
