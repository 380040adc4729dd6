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

# Kinds a pipe can end at: a pipe's ``start_node`` and ``end_node`` are ``uid`` of one of them.
ENDS = (
    "node", "valve", "hydrant", "meter", "sensor", "pump_station", "waterworks", "tank", "well", "pump_room",
    "spring_station",
)  # fmt: skip

_COMMON = (
    text("name", N_("Name"), "identity"),
    code("state", N_("Lifecycle state"), "state", "identity", required=True, default="in_service"),
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
# What the company owns is on its books: the card of the fixed-asset register (转固).
_ASSET = (
    text("asset_card", N_("Fixed-asset card"), "asset"),
    number("original_value", N_("Original value"), N_("yuan"), "asset", possible=(0, None)),
    date("value_date", N_("Date of value"), "asset"),
)
_OWNED = ("network", "supply")  # groups of kinds that are assets

_DEPTH: dict[str, Any] = {
    "possible": (-50, 200),
    "likely": (0, 15),
}  # m; negative above ground
_LEVEL: dict[str, Any] = {"possible": (-500, 9000), "likely": (-10, 1000)}  # m over the datum
_DATUM = code("height_datum", N_("Height datum"), "height_datum", "position")
_DN: dict[str, Any] = {"possible": (1, 10000), "likely": (10, 4000)}  # mm
_YEAR: dict[str, Any] = {"possible": (1800, 2200)}
_COUNT: dict[str, Any] = {"possible": (0, None)}
_POINT = (
    number("elevation", N_("Ground elevation"), "m", "position", **_LEVEL),
    number("depth", N_("Depth to top"), "m", "position", **_DEPTH),
    _DATUM,
)
# Of a source: how high its water stands, over the datum, which a hydraulic model holds fixed.
_WATER = (number("water_head", N_("Head over the datum"), "m", **_LEVEL),)
_LINE_ENDS = (
    number("depth_start", N_("Depth to top at start"), "m", "position", **_DEPTH),
    number("depth_end", N_("Depth to top at end"), "m", "position", **_DEPTH),
    number("elevation_start", N_("Elevation of top at start"), "m", "position", **_LEVEL),
    number("elevation_end", N_("Elevation of top at end"), "m", "position", **_LEVEL),
    _DATUM,
)
_PIPE_END = (
    reference("start_node", N_("Start node"), "network", ENDS),
    reference("end_node", N_("End node"), "network", ENDS),
)

# A valve or pump between two points with no pipe to either: EPANET's kind of link. Left empty where pipes end at it.
_LINK_ENDS = (
    reference("start_node", N_("Upstream node"), "network", ENDS),
    reference("end_node", N_("Downstream node"), "network", ENDS),
)

# Where a field has no meaning its form leaves it out; ``None``: it is not known yet.
_TURNED = ("valve_kind", (None, "gate", "butterfly", "air", "blow_off", "prv"))
_WITH_TANK = ("supply_mode", (None, "tank", "roof"))
_LINED = ("material", (None, "ZT", "G", "T", "QM"))

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
    asset = _ASSET if group in _OWNED else ()
    fields = (*_COMMON, *own, *position, *_SURVEY, *asset)
    columns = [
        sa.Column(field.name, _TYPES[field.type], info={"title": field.title, "reference": field.type == "reference"})
        for field in fields
    ]
    named = (field.name for field in fields if field.type == "reference")  # every edit asks what names a facility
    keys = tuple(dict.fromkeys(("name", "road", *indexed, *named)))
    table = recorded_table(name, *columns, geometry=geometry, code_prefix=prefix, indexed=keys)
    KINDS[name] = Kind(name, title, geometry, group, fields, table)


_kind(
    "pipe",
    N_("Pipe"),
    "GD",
    "LINESTRING",
    "network",
    (
        code("use", N_("Use"), "pipe_use"),
        integer("dn", N_("Nominal diameter"), "mm", required=True, **_DN),
        number("outer_diameter", N_("Outer diameter"), "mm", **_DN),
        number("wall", N_("Wall thickness"), "mm", possible=(0.1, 1000), likely=(1, 400)),
        code("material", N_("Material"), "material"),
        code("lining", N_("Lining"), "lining", shown_when=_LINED),
        code("joint", N_("Joint"), "joint"),
        code("embedding", N_("Embedding"), "embedding"),
        text("pressure_class", N_("Pressure class")),
        integer("year", N_("Year laid"), **_YEAR),
        number("length", N_("Length"), "m", possible=(0, None)),
        *_PIPE_END,
        reference("replaces", N_("Replaces"), "network", ("pipe",)),
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
        integer("dn", N_("Nominal diameter"), "mm", **_DN),
        code("normal_state", N_("Normal state"), "valve_state"),
        code("present_state", N_("Present state"), "valve_state"),
        code("operability", N_("Operability"), "operability"),
        number("turns", N_("Turns to close"), shown_when=_TURNED, **_COUNT),
        code("closing_direction", N_("Closing direction"), "closing_direction", shown_when=_TURNED),
        date("last_operated", N_("Last operated")),
        integer("year", N_("Year installed"), **_YEAR),
        reference("chamber", N_("Chamber"), "network", ("chamber",)),
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
        integer("dn", N_("Nominal diameter"), "mm", **_DN),
        code("operability", N_("Operability"), "operability"),
        integer("year", N_("Year installed"), **_YEAR),
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
        integer("dn", N_("Nominal diameter"), "mm", **_DN),
        integer("year", N_("Year installed"), **_YEAR),
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
        integer("households", N_("Households"), **_COUNT),
        code("priority", N_("Priority user"), "priority"),
        reference("meter", N_("Meter"), "network", ("meter",)),
        number("daily_use", N_("Mean daily use"), "m³/d", **_COUNT),
    ),
)
_kind(
    "pump_station",
    N_("Pump station"),
    "BZ",
    "POINT",
    "supply",
    (
        number("capacity", N_("Capacity"), "m³/d", **_COUNT),
        number("head", N_("Head"), "m"),
        integer("year", N_("Year built"), **_YEAR),
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
        number("capacity", N_("Capacity"), "m³/d", **_COUNT),
        integer("year", N_("Year built"), **_YEAR),
        code("water_source", N_("Water source"), "water_source"),
        *_WATER,
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
        number("volume", N_("Volume"), "m³", **_COUNT),
        number("bottom", N_("Bottom elevation"), "m"),
        number("top", N_("Overflow elevation"), "m"),
        *_WATER,
        integer("year", N_("Year built"), **_YEAR),
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
        number("capacity", N_("Capacity"), "m³/d", **_COUNT),
        number("well_depth", N_("Depth of well"), "m", **_COUNT),
        *_WATER,
        integer("year", N_("Year built"), **_YEAR),
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
        integer("households", N_("Households"), **_COUNT),
        code("supply_mode", N_("Mode of supply"), "supply_mode"),
        number("tank_volume", N_("Tank volume"), "m³", shown_when=_WITH_TANK, **_COUNT),
        integer("year", N_("Year built"), **_YEAR),
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
        number("capacity", N_("Capacity"), "m³/d", **_COUNT),
        integer("households", N_("Households"), **_COUNT),
        integer("year", N_("Year built"), **_YEAR),
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
        integer("year", N_("Year installed"), **_YEAR),
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
        integer("households", N_("Households"), **_COUNT),
        integer("year", N_("Year built"), **_YEAR),
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
        integer("floors", N_("Floors"), **_COUNT),
        integer("households", N_("Households"), **_COUNT),
        reference("neighbourhood", N_("Neighbourhood"), "network", ("neighbourhood",)),
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
        number("width", N_("Width"), "m", **_COUNT),
        code("traffic", N_("Traffic band"), "traffic"),
        integer("rebuilt", N_("Year last rebuilt"), **_YEAR),
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
        integer("dn", N_("Nominal diameter"), "mm", **_DN),
        text("size", N_("Size")),
        code("material", N_("Material"), "material"),
        code("embedding", N_("Embedding"), "embedding"),
        integer("year", N_("Year laid"), **_YEAR),
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
        number("dig_depth", N_("Depth of digging"), "m", **_COUNT),
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
        code("break_kind", N_("Kind of break"), "break_kind"),
        date("date", N_("Date"), required=True),
        code("cause", N_("Cause"), "break_cause"),
        reference("pipe", N_("Pipe"), "network", ("pipe",)),
        number("lost", N_("Water lost"), "m³", **_COUNT),
    ),
    (),
    ("date",),
)

# Photos and documents of facilities: which, and the file by its hash; what is done with them is in ``attachments.py``.
ATTACHMENT = recorded_table(
    "attachment",
    sa.Column("facility_kind", sa.Text),
    sa.Column("facility", sa.Text, info={"reference": True}),
    sa.Column("name", sa.Text),
    sa.Column("media_type", sa.Text),
    sa.Column("size", sa.Integer),
    sa.Column("sha256", sa.Text, info={"content": True}),
    sa.Column("note", sa.Text),
    geometry=None,
    code_prefix="FJ",
    indexed=("facility",),
)

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
