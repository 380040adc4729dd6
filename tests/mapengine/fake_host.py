"""A map engine without QGIS: it keeps the protocol's contract and draws nothing. Started like the real host.

Windows can be tested with it where there is no QGIS; ``test_contract.py`` holds the two to one behaviour.
"""

import json
import math
import mmap
import os
import sqlite3
import sys
from contextlib import closing, suppress
from multiprocessing.connection import Client
from pathlib import Path

import shapely

from jnw_desktop.mapengine import protocol

METRES_A_PIXEL = 0.0254 / 96  # at 1:1
LEFT, RIGHT, ESCAPE = 1, 2, 0x01000000
NEEDED = {"draw-point": 1, "draw-line": 2, "draw-polygon": 3}


class Fake:
    """One connection; the view is a centre and a scale."""

    def __init__(self, connection):
        self.connection = connection
        self.center, self.scale, self.rotation = [0.0, 0.0], 1.0, 0.0
        self.size, self.ratio = (0, 0), 1.0
        self.past, self.future = [], []
        self.file, self.free, self.wanted, self.sequence = None, set(), False, 0
        self.tool, self.points = "pan", []
        self.over = False

    def serve(self):
        while not self.over:
            message = protocol.decode(self.connection.recv_bytes())
            number, params = message.get("id"), message.get("params", {})
            method = getattr(self, message["method"].replace(".", "_").replace("-", "_"), None)
            if method is None or message["method"].startswith("_"):
                self.answer(number, protocol.error(number, protocol.METHOD_NOT_FOUND, "unknown method"))
                continue
            try:
                value = method(**params)
            except PermissionError as refused:
                self.answer(number, protocol.error(number, protocol.WRONG_PROTOCOL, str(refused)))
            except Exception as fault:  # noqa: BLE001 - the boundary, as in the real host
                self.answer(number, protocol.error(number, protocol.FAULT, repr(fault)))
            else:
                self.answer(number, protocol.result(number, value))
            self.send_frame()

    def answer(self, number, message):
        if number is not None:
            self.connection.send_bytes(protocol.encode(message))

    def tell(self, name, **params):
        self.connection.send_bytes(protocol.encode(protocol.notification(name, params)))

    # -- requests ----------------------------------------------------------------------------------------------------

    def hello(self, protocol_version):
        if protocol_version != protocol.VERSION:
            raise PermissionError("another protocol")
        none = dict.fromkeys(("qgis", "qt", "gdal", "proj"), "none")
        return none | {"protocol": protocol.VERSION, "python": sys.version.split()[0], "pid": os.getpid()}

    def ping(self):
        return True

    def stop(self):
        self.over = True
        return True

    def view_open(self, width, height, frames, ratio=1.0, background=""):
        self.ratio = ratio
        return self.view_resize(width, height, frames)

    def view_resize(self, width, height, frames=None):
        if frames:
            with Path(frames).open("r+b") as file:
                self.file = mmap.mmap(file.fileno(), 0)
            self.free = set(range(protocol.SLOTS))
        self.size = (width, height)
        return self.moved()

    def view_set(self, center=None, scale=None, extent=None, rotation=None):
        self.past.append((self.center, self.scale))
        self.future = []
        self.rotation = self.rotation if rotation is None else rotation
        if extent is not None:
            low_e, low_n, high_e, high_n = extent
            self.center = [(low_e + high_e) / 2, (low_n + high_n) / 2]
            unit = max((high_e - low_e) / self.size[0], (high_n - low_n) / self.size[1])
            self.scale = unit / METRES_A_PIXEL
        self.center = list(center) if center is not None else self.center
        self.scale = scale if scale is not None else self.scale
        return self.moved()

    def view_full(self):
        return self.view_set(extent=[500000, 4050000, 510000, 4060000])

    def view_layer(self, id):
        return self.view_full()

    def view_zoom(self, factor, at=None):
        return self.view_set(scale=self.scale / factor)

    def view_history(self, step):
        if step < 0 and self.past:
            self.future.append((self.center, self.scale))
            self.center, self.scale = self.past.pop()
        elif step > 0 and self.future:
            self.past.append((self.center, self.scale))
            self.center, self.scale = self.future.pop()
        return self.moved()

    def view_get(self):
        unit = self.scale * METRES_A_PIXEL
        half_e, half_n = self.size[0] * unit / 2, self.size[1] * unit / 2
        east, north = self.center
        return {
            "extent": [east - half_e, north - half_n, east + half_e, north + half_n],
            "center": [east, north],
            "scale": self.scale,
            "rotation": self.rotation,
            "pixel": unit,
            "width": self.size[0],
            "height": self.size[1],
            "magnification": 1.0,
        }

    def moved(self):
        self.wanted = True
        self.tell("view.changed", state=self.view_get())
        return self.view_get()

    def frame_done(self, slot):
        self.free.add(slot)

    def send_frame(self):
        if not self.wanted or not self.free or self.file is None:
            return
        width, height = round(self.size[0] * self.ratio), round(self.size[1] * self.ratio)
        stride = width * protocol.BYTES_PER_PIXEL
        slot_bytes = protocol.slot_bytes_of(self.file[: protocol.HEADER_BYTES])
        if stride * height > slot_bytes:
            return
        self.wanted = False
        slot = min(self.free)
        self.free.discard(slot)
        start = protocol.slot_offset(slot, slot_bytes)
        self.file[start : start + stride * height] = b"\xf5\xf4\xf0\xff" * (width * height)
        self.sequence += 1
        about = {"slot": slot, "sequence": self.sequence, "width": width, "height": height, "stride": stride}
        self.tell("frame", **about, ratio=self.ratio, state=self.view_get(), final=True)

    def project_set(self, crs, tree, workspace=None):
        told = []
        for layer in (layer for group in tree for layer in group["layers"]):
            source, error, count = layer["source"], "", None
            if source["type"] == "facility":
                try:
                    with closing(sqlite3.connect(f"file:{workspace['path']}?mode=ro", uri=True)) as connection:
                        count = connection.execute(f'SELECT count(*) FROM "{source["table"]}"').fetchone()[0]
                except sqlite3.Error as fault:
                    error = str(fault)
            elif source["type"] == "file" and not Path(source["path"]).exists():
                error = "no such file"
            told.append({"id": layer["id"], "ok": not error, "error": error, "count": count})
        self.moved()
        return {"layers": told}

    def layer_legend(self, id, size=16):
        return []

    def layer_refresh(self, ids):
        self.moved()
        return True

    def overlay_set(self, id, role, features=(), style=None, file=None):
        for feature in features:
            shapely.from_wkb(bytes.fromhex(feature["wkb"]))
        return True

    def overlay_clear(self, id):
        return True

    def selection_set(self, layers):
        return True

    def snap_config(self, enabled, tolerance_px=12, layers=()):
        return True

    def tool_set(self, tool, options=None):
        self.tool, self.points = tool, []
        return True

    def draw_vertex(self, at):
        if not self.tool.startswith(("draw-", "measure-")):
            return False
        self.add(list(at))
        return True

    def draw_back(self):
        if not self.tool.startswith(("draw-", "measure-")):
            return False
        self.points = self.points[:-1]
        self.tell("draft", points=self.points, cursor=None, way="", held=False)
        return True

    def draw_hold(self, way):
        if not self.tool.startswith(("draw-", "measure-")):
            return False
        self.tell("draft", points=self.points, cursor=None, way=way, held=False)
        return True

    def draw_finish(self):
        if not self.tool.startswith(("draw-", "measure-")):
            return False
        self.finish_drawing()
        return True

    def add(self, place):
        self.points.append(place)
        if self.tool.startswith("draw-"):
            self.tell("draft", points=self.points, cursor=None, way="", held=False)
        if self.tool == "draw-point":
            self.finish_drawing()

    def raster_sample(self, path, crs, points, own=None):
        """Of an ASCII grid without skew; it states no CRS, so ``own`` must be the one that is asked in."""
        try:
            words = Path(path).read_text().split()
            head = {words[i].lower(): float(words[i + 1]) for i in range(0, 12, 2)}
        except (OSError, ValueError, IndexError):
            return {"valid": False, "crs": None, "values": []}
        if own is None:
            return {"valid": True, "crs": None, "values": []}
        wide, tall, size = int(head["ncols"]), int(head["nrows"]), head["cellsize"]
        values = []
        for east, north in points:
            column = math.floor((east - head["xllcorner"]) / size)
            row = tall - 1 - math.floor((north - head["yllcorner"]) / size)
            inside = 0 <= column < wide and 0 <= row < tall
            value = float(words[12 + row * wide + column]) if inside else head["nodata_value"]
            values.append(None if value == head["nodata_value"] else value)
        return {"valid": True, "crs": f"EPSG:{own}", "values": values}

    # -- events ------------------------------------------------------------------------------------------------------

    def event_mouse(self, type, x, y, button=0, buttons=0, modifiers=0):
        if type != "release":
            return
        unit = self.scale * METRES_A_PIXEL
        place = [self.center[0] + (x - self.size[0] / 2) * unit, self.center[1] + (self.size[1] / 2 - y) * unit]
        if button == LEFT and self.tool.startswith(("draw-", "measure-")):
            self.add(place)
        elif self.tool.startswith("draw-") and button == RIGHT:
            self.finish_drawing()
        elif self.tool == "measure-length" and button == RIGHT:
            length = shapely.LineString(self.points).length
            self.tell("measured", kind="length", planar=length, ellipsoidal=length, segments=[length], final=True)
        elif self.tool == "identify" and button == LEFT:
            self.tell("identified", at=place, hits=[])
        elif self.tool == "pick" and button == LEFT:
            self.tell("picked", at=place, hits=[])

    def finish_drawing(self):
        if len(self.points) < NEEDED[self.tool]:
            return
        make = {"draw-point": lambda p: shapely.Point(p[0]), "draw-line": shapely.LineString}
        shape = make.get(self.tool, shapely.Polygon)(self.points)
        self.points = []
        self.tell("drawn", tool=self.tool, wkb=shape.wkb.hex(), valid=shape.is_valid)

    def event_key(self, type, key, text="", modifiers=0):
        if type == "press" and key == ESCAPE:
            if self.points:
                self.points = []
            else:
                left, self.tool = self.tool, "pan"
                self.tell("tool.left", tool=left)

    def event_wheel(self, x, y, dx, dy, modifiers=0):
        self.view_zoom(2.0 if dy > 0 else 0.5)

    def event_leave(self):
        pass


def main():
    told = json.loads(sys.stdin.readline())
    connection = Client(told["address"], authkey=bytes.fromhex(told["key"]))
    with suppress(EOFError, OSError):
        Fake(connection).serve()


main()
