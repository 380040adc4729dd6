"""Small cities for tests, drawn as text: vertices get facilities by their first letter, pipes join them."""

import re

import shapely

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace

KIND_OF = {
    "S": "waterworks",
    "T": "tank",
    "V": "valve",
    "X": "valve",
    "K": "valve",
    "H": "hydrant",
    "M": "meter",
    "B": "valve",
}
FIELDS = {"X": {"present_state": "closed"}, "K": {"operability": "stuck"}, "V": {"operability": "operable"},
          "B": {"valve_kind": "blow_off"}}  # fmt: skip
STEP = 100.0  # m between neighbours of a chain


def build(workspace: Workspace, picture: str, **pipe_fields: dict) -> dict[str, str]:
    """Lay the network of ``picture`` in one change; returns uids by code. Each chain lies on a line of its own."""
    uids: dict[str, str] = {}
    places: dict[str, tuple[float, float]] = {}
    pipes = []
    for row, line in enumerate(picture.strip().splitlines()):
        parts = re.split(r"\s*-\s*", line.strip())
        for i in range(0, len(parts), 2):
            places.setdefault(parts[i], (500000.0 + i * STEP / 2, 4060000.0 - row * STEP))
        pipes += [(parts[i], parts[i - 1], parts[i + 1]) for i in range(1, len(parts) - 1, 2)]
    with workspace.change("test") as change:
        for code, at in places.items():
            kind = KIND_OF.get(code[0], "node")
            row = {"code": code, "geom": shapely.to_wkb(shapely.Point(at)), **FIELDS.get(code[0], {})}
            (uids[code],) = change.insert(KINDS[kind].table, [row])
        for code, start, end in pipes:
            line = shapely.LineString([places[start], places[end]])
            row = {"code": code, "geom": shapely.to_wkb(line), "dn": 200, "start_node": uids[start],
                   "end_node": uids[end], **pipe_fields.get(code, {})}  # fmt: skip
            (uids[code],) = change.insert(KINDS["pipe"].table, [row])
    return uids


def customer(change, code, at, meter=None, **fields):
    row = {"code": code, "geom": shapely.to_wkb(shapely.Point(at)), "meter": meter, **fields}
    return change.insert(KINDS["customer"].table, [row])[0]
