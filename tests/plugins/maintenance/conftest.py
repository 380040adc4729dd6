"""A few facilities to see to, and the command line."""

import json

import pytest
import shapely

from jnw_desktop.commandline.program import run
from jnw_desktop.facilities.kinds import KINDS

EAST, NORTH = 505000.0, 4059500.0
# Kind, code, its place east (m), fields.
FACILITIES = [
    ("valve", "V1", 0, {"valve_kind": "gate", "dn": 300, "road": "经十路", "last_operated": "2025-08-31"}),
    ("valve", "V2", 50, {"valve_kind": "butterfly", "dn": 600, "road": "经十路"}),
    ("valve", "V3", 100, {"dn": 100, "road": "文化路", "last_operated": "2026-10-01"}),
    ("valve", "V4", 150, {"valve_kind": "gate", "dn": 200, "state": "abandoned"}),
    ("valve", "A1", 200, {"valve_kind": "air", "dn": 50}),
    ("valve", "B1", 250, {"valve_kind": "blow_off", "dn": 150}),
    ("hydrant", "H1", 300, {"dn": 100, "road": "文化路"}),
    ("hydrant", "H2", 350, {"dn": 100}),
    ("meter", "M1", 400, {"dn": 80}),
    ("pump_room", "R1", 450, {"supply_mode": "tank"}),
    ("pump_room", "R2", 500, {"supply_mode": "direct"}),
]


def fill(workspace):
    """Uids by code; a DMA ``D1`` holds all up to 120 m east."""
    made = {}
    with workspace.change("town") as change:
        for kind, code, east, fields in FACILITIES:
            row = {"code": code, "geom": shapely.Point(EAST + east, NORTH).wkb, "state": "in_service", **fields}
            (made[code],) = change.insert(KINDS[kind].table, [row])
        zone = shapely.multipolygons([shapely.box(EAST - 10, NORTH - 10, EAST + 120, NORTH + 10)])
        (made["D1"],) = change.insert(KINDS["dma"].table, [{"code": "D1", "geom": zone.wkb}])
    return made


@pytest.fixture
def town(workspace):
    """The town on each home in turn: uids by code."""
    return fill(workspace)


@pytest.fixture
def jnw(capsys):
    """Exit status, the JSON printed, and what was said to people."""

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            run([*map(str, arguments), "--json"])
        told = capsys.readouterr()
        return ended.value.code, json.loads(told.out), told.err

    return call
