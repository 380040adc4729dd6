"""The pipe network of an open workspace as a graph, kept between questions and in step with its change sets."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
import sqlalchemy as sa

from jnw_desktop.facilities import queries
from jnw_desktop.facilities.columns import key_columns, key_columns_where, key_of
from jnw_desktop.facilities.kinds import KINDS, SOURCES
from jnw_desktop.language import _
from jnw_desktop.network.flow import Flow, flow, ways
from jnw_desktop.network.graph import Bools, Devices, Floats, Graph, Ints, Keys, assemble, places_of
from jnw_desktop.network.isolation import Isolator
from jnw_desktop.network.segments import Partition, valve_segments
from jnw_desktop.network.supply import Supply, supply
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import CHANGE_SETS, GEOMETRY, ROW_CHANGES

DEVICES = ("valve", "pump_station", *SOURCES)
PEOPLE = ("customer", "hydrant")
MANY = 50_000  # rows touched since the graph was read; beyond it, reading anew is quicker than following
_CHUNK = 500  # values in one IN (…): SQLite's old limit of variables is 999

# A valve of these kinds cannot be shut to cut a main: an air valve and a blow-off stand on it, a check valve is worked
# by the water alone.
NEVER_SHUT = ("air", "blow_off", "check")
INOPERABLE = ("stuck", "lost", "buried")
OUT_OF_SERVICE = ("planned", "abandoned", "removed")


@dataclass(frozen=True)
class PipeColumns:
    """Every pipe, in the order of ``fid`` (k,). ``length`` in m, to the mm; ``dn`` in mm, 0 where unknown."""

    fid: Ints
    start: Keys
    end: Keys
    carries: Bools
    length: Floats
    dn: Ints

    def without(self, fids: Ints) -> PipeColumns:
        """All but those of ``fids``."""
        stay = ~np.isin(self.fid, fids)
        return PipeColumns(*(column[stay] for column in self.columns))

    def joined(self, other: PipeColumns) -> PipeColumns:
        """Both, in order."""
        order = np.argsort(np.concatenate([self.fid, other.fid]), kind="stable")
        pairs = zip(self.columns, other.columns, strict=True)
        return PipeColumns(*(np.concatenate(pair)[order] for pair in pairs))

    @property
    def columns(self) -> tuple[npt.NDArray[Any], ...]:
        """In the order of the fields."""
        return self.fid, self.start, self.end, self.carries, self.length, self.dn


@dataclass(frozen=True)
class DeviceColumns:
    """Valves, pump stations and sources (k,): ``kind`` numbers :data:`DEVICES`; see :class:`Devices`."""

    kind: Ints
    fid: Ints
    devices: Devices
    blow_off: Bools
    doubtful: Bools


class Network:
    """The graph of one state of the workspace, and what is worked out of it when it is first asked for."""

    def __init__(self, pipes: PipeColumns, devices: DeviceColumns) -> None:
        self.pipes = pipes
        self.devices = devices
        made = assemble(pipes.start, pipes.end, pipes.carries, pipes.length, pipes.dn, devices.devices)
        self.graph: Graph = made[0]
        self.keys: Keys = made[1]
        self.edge: Ints = made[2]
        self.device_at: Ints = places_of(self.keys, devices.devices.key)
        self._device_of = np.full(self.graph.size, -1)
        known = np.flatnonzero(self.device_at >= 0)  # a row another program made may have no uid yet
        self._device_of[self.device_at[known]] = known

    @cached_property
    def segments(self) -> Partition:
        """The valve segments."""
        return valve_segments(self.graph)

    @cached_property
    def supply(self) -> Supply:
        """What the sources reach."""
        return supply(self.graph, self.segments)

    @cached_property
    def isolator(self) -> Isolator:
        """Answers for bursts."""
        return Isolator(self.graph, self.segments, self.supply)

    @cached_property
    def flow(self) -> Flow:
        """Which way water runs."""
        return flow(self.graph)

    @cached_property
    def ways(self) -> Any:
        """Lengths along the pipes, valves and directions not minded."""
        return ways(self.graph, both_ways=True)

    @cached_property
    def loose(self) -> int:
        """How many pipes in service lack an end node."""
        return int(np.sum(self.pipes.carries & (self.edge < 0)))

    @cached_property
    def bare_valves(self) -> int:
        """How many valves no pipe in service ends at: they are in nobody's plan."""
        return int(np.sum(self.graph.valve & (np.diff(self.graph.edges_at.first) == 0)))

    @cached_property
    def bare_sources(self) -> int:
        """How many sources no pipe in service ends at."""
        return int(np.sum(self.graph.source & (np.diff(self.graph.edges_at.first) == 0)))

    @cached_property
    def sourced(self) -> bool:
        """Whether a pipe ends at any source."""
        return bool(np.sum(self.graph.source) > self.bare_sources)

    def row_of(self, fid: int) -> int:
        """The row of a pipe in ``pipes``; -1 when it is not there."""
        at = int(np.searchsorted(self.pipes.fid, fid))
        return at if at < len(self.pipes.fid) and self.pipes.fid[at] == fid else -1

    def fids(self, edges: Ints) -> Ints:
        """``fid`` of the pipes among ``edges``; links through a device are none."""
        rows = self.graph.pipe[edges]
        fids: Ints = self.pipes.fid[rows[rows >= 0]]
        return fids

    def vertices_of(self, uids: Iterable[str]) -> Ints:
        """Vertices of facilities, -1 where no pipe ends."""
        listed = list(uids)
        return places_of(self.keys, key_of("\n".join(listed))) if listed else np.zeros(0, dtype=np.int64)

    def device_fids(self, vertices: Ints) -> Ints:
        """``fid`` of the devices at ``vertices``, in their order."""
        number = self._device_of[vertices]
        fids: Ints = self.devices.fid[number[number >= 0]]
        return fids

    def devices_at(self, vertices: Ints) -> dict[int, tuple[str, int]]:
        """Kind and ``fid`` of the devices at ``vertices``."""
        return {
            vertex: (DEVICES[int(self.devices.kind[number])], int(self.devices.fid[number]))
            for vertex, number in zip(vertices.tolist(), self._device_of[vertices].tolist(), strict=True)
            if number >= 0
        }

    def flagged(self, flags: Bools, vertices: Ints) -> Ints:
        """Those of ``vertices`` at which a device with its flag up stands; ``flags`` (k,) by device."""
        number = self._device_of[vertices]
        found: Ints = vertices[(number >= 0) & flags[number]] if len(flags) else vertices[:0]
        return found


@dataclass(frozen=True)
class People:
    """Customers (c,) and hydrants (h,): ``fid``, and the vertex each hangs on, -1 where that is not known."""

    customer: Ints
    customer_at: Ints
    essential: Bools
    households: Ints
    hydrant: Ints
    hydrant_at: Ints

    @cached_property
    def nowhere(self) -> Ints:
        """Customers whose meter is not in the graph: they hang on the nearest pipe."""
        return np.flatnonzero(self.customer_at < 0)


class City:
    """The network of a workspace. :meth:`network` gives the graph of the state a connection sees."""

    def __init__(self, workspace: Workspace) -> None:  # noqa: ARG002 - Workspace.kept gives it
        self._lock = threading.RLock()
        self._seen = -1
        self._network: Network | None = None
        self._people: People | None = None

    @property
    def read(self) -> bool:
        """Whether the network was read yet."""
        return self._network is not None

    def network(self, connection: sa.Connection) -> Network:
        """The graph now: read the first time, then brought up to date from the record of changes."""
        with self._lock:
            last = connection.scalar(sa.select(sa.func.max(CHANGE_SETS.c.id))) or 0
            if self._network is None or last < self._seen:
                self._network, self._people = _read(connection), None
            elif last > self._seen:
                touched = _touched(connection, self._seen)
                if any(touched.values()):
                    self._network, self._people = _followed(connection, self._network, touched, self._seen), None
            self._seen = last
            return self._network

    def people(self, connection: sa.Connection) -> People:
        """Who hangs on the graph now."""
        with self._lock:
            network = self.network(connection)
            if self._people is None:
                self._people = _people(connection, network)
            return self._people


def ready(workspace: Workspace, task: Task = SILENT) -> None:
    """Read the network and work out what every question asks for, so that the first one need not wait.

    Raises TaskCancelled; what was made stays.
    """
    city = city_of(workspace)
    with workspace.read() as connection:
        task.progress(0.05, _("Reading the network"))
        network = city.network(connection)
        for fraction, text, name in (
            (0.5, _("Finding the valve segments"), "bare_valves"),  # and with them what ends at each place
            (0.6, _("Finding the valve segments"), "segments"),
            (0.75, _("Finding what the sources reach"), "supply"),
            (0.8, _("Finding what the sources reach"), "isolator"),
        ):
            task.progress(fraction, text)
            getattr(network, name)
        task.progress(0.9, _("Reading customers and hydrants"))
        city.people(connection)
    task.progress(1.0)


def is_ready(workspace: Workspace) -> bool:
    """Whether the network was read; a later change is followed when a question is asked."""
    return city_of(workspace).read


def city_of(workspace: Workspace) -> City:
    """The network that is kept with the open workspace."""
    return workspace.kept(City)


def _in_service(table: sa.Table) -> sa.ColumnElement[Any]:
    return sa.case((table.c.state.in_(OUT_OF_SERVICE), 0), else_=1)


_PIPE = KINDS["pipe"].table
_PIPE_KEYS = {"start": _PIPE.c.start_node, "end": _PIPE.c.end_node}
# Whole numbers, and two in one: each column more takes a tenth of the time of the whole.
_PIPE_NUMBERS: dict[str, sa.ColumnElement[Any]] = {
    "dn_and_carries": sa.func.coalesce(_PIPE.c.dn, 0) * 2 + _in_service(_PIPE),
    "millimetres": sa.func.coalesce(sa.cast(sa.func.round(_PIPE.c.length * 1000.0), sa.BigInteger), -1),
}


def _read(connection: sa.Connection) -> Network:
    return Network(_pipes(connection, key_columns(connection, _PIPE, _PIPE_KEYS, _PIPE_NUMBERS)), _devices(connection))


def _pipes(connection: sa.Connection, told: tuple[dict[str, Any], dict[str, Any]]) -> PipeColumns:
    keys, numbers = told
    fid, length = numbers["fid"].astype(np.int64), numbers["millimetres"] / 1000.0
    packed = numbers["dn_and_carries"].astype(np.int64)
    unknown = np.flatnonzero(length < 0)
    for few in _chunks(fid[unknown].tolist()):
        rows = connection.execute(sa.select(_PIPE.c.fid, _PIPE.c[GEOMETRY]).where(_PIPE.c.fid.in_(few))).all()
        shapes = queries.decoded([row[1] for row in rows])
        length[np.searchsorted(fid, [row[0] for row in rows])] = np.nan_to_num(shapely.length(shapes))
    return PipeColumns(
        fid=fid,
        start=keys["start"],
        end=keys["end"],
        carries=packed % 2 == 1,
        length=length,
        dn=packed // 2,
    )


def _devices(connection: sa.Connection) -> DeviceColumns:
    parts = []
    for number, kind in enumerate(DEVICES):
        table = KINDS[kind].table
        linked = "start_node" in table.c
        ends = {"start": table.c.start_node, "end": table.c.end_node} if linked else {}
        flags = {"there": _in_service(table)} | (_valve_flags(table) if kind == "valve" else {})
        keys, told = key_columns(connection, table, {"key": table.c.uid, **ends}, flags)
        parts.append(_device_part(number, keys, told))
    kinds, fids, blow_off, doubtful = (np.concatenate([part[i] for part in parts]) for i in (0, 1, 3, 4))
    fields = Devices.__dataclass_fields__
    merged = {name: np.concatenate([getattr(part[2], name) for part in parts]) for name in fields}
    return DeviceColumns(kinds, fids, Devices(**merged), blow_off, doubtful)


def _valve_flags(table: sa.Table) -> dict[str, sa.ColumnElement[Any]]:
    def flag(test: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return sa.case((test, 1), else_=0)

    return {
        "never": flag(table.c.valve_kind.in_(NEVER_SHUT)),
        "check": flag(table.c.valve_kind.in_(("check", "prv"))),
        "blow_off": flag(table.c.valve_kind == "blow_off"),
        "closed": flag(sa.func.coalesce(table.c.present_state, table.c.normal_state) == "closed"),
        "stuck": flag(table.c.operability.in_(INOPERABLE)),
        "doubtful": flag(sa.func.coalesce(table.c.operability, "unknown") == "unknown"),
    }


def _device_part(kind: int, keys: dict[str, Any], told: dict[str, Any]) -> tuple[Any, ...]:
    count = len(told["fid"])
    there = told["there"] > 0
    no, none = np.zeros(count, dtype=bool), np.zeros(count, dtype=np.uint64)
    is_valve = DEVICES[kind] == "valve"
    valve = there & (told["never"] == 0) if is_valve else no
    devices = Devices(
        key=keys["key"],
        start=np.where(there, keys.get("start", none), none),
        end=np.where(there, keys.get("end", none), none),
        valve=valve,
        closed=valve & (told["closed"] > 0) if is_valve else no,
        stuck=valve & (told["stuck"] > 0) if is_valve else no,
        source=there if DEVICES[kind] in SOURCES else no,
        one_way=there & (told["check"] > 0) if is_valve else there & (DEVICES[kind] == "pump_station"),
    )
    blow_off = there & (told["blow_off"] > 0) if is_valve else no
    doubtful = valve & (told["doubtful"] > 0) if is_valve else no
    return np.full(count, kind), told["fid"].astype(np.int64), devices, blow_off, doubtful


def _people(connection: sa.Connection, network: Network) -> People:
    table, hydrants = KINDS["customer"].table, KINDS["hydrant"].table
    priority = sa.case((sa.func.coalesce(table.c.priority, "") != "", 1), else_=0)
    numbers = {"essential": priority, "households": sa.func.coalesce(table.c.households, 0)}
    keys, told = key_columns(connection, table, {"meter": table.c.meter}, numbers)
    there, where = key_columns(connection, hydrants, {"key": hydrants.c.uid}, {"there": _in_service(hydrants)})
    standing = where["there"] > 0
    return People(
        customer=told["fid"].astype(np.int64),
        customer_at=places_of(network.keys, keys["meter"]),
        essential=told["essential"] > 0,
        households=told["households"].astype(np.int64),
        hydrant=where["fid"][standing].astype(np.int64),
        hydrant_at=places_of(network.keys, there["key"][standing]),
    )


def _touched(connection: sa.Connection, seen: int) -> dict[str, list[str]]:
    """Uids changed since change set ``seen``, by kind."""
    watched = ("pipe", *DEVICES, *PEOPLE)
    query = sa.select(ROW_CHANGES.c.table_name, ROW_CHANGES.c.uid)
    query = query.where(ROW_CHANGES.c.change_set > seen, ROW_CHANGES.c.table_name.in_(watched)).distinct()
    touched: dict[str, list[str]] = {kind: [] for kind in watched}
    for name, uid in connection.execute(query):
        touched[name].append(uid)
    for kind in watched:
        table = KINDS[kind].table
        touched[kind] += connection.scalars(sa.select(table.c.uid).where(table.c.born > seen)).all()
    return touched


def _before(connection: sa.Connection, seen: int) -> Ints:
    """``fid`` that pipes had before they were changed or removed since change set ``seen``."""
    query = sa.select(ROW_CHANGES.c.before).where(ROW_CHANGES.c.change_set > seen, ROW_CHANGES.c.table_name == "pipe")
    told = (json.loads(text or "{}").get("fid") for text in connection.scalars(query))
    return np.array([fid for fid in told if fid is not None], dtype=np.int64)


def _followed(connection: sa.Connection, network: Network, touched: dict[str, list[str]], seen: int) -> Network:
    uids = sorted(set(touched["pipe"]))
    if len(uids) > MANY:
        return _read(connection)
    changed = any(touched[kind] for kind in DEVICES)
    if not uids and not changed:
        return network
    pipes = network.pipes
    if uids:
        where = [_PIPE.c.uid.in_(few) for few in _chunks(uids)]
        fresh = _pipes(connection, key_columns_where(connection, _PIPE, _PIPE_KEYS, _PIPE_NUMBERS, where))
        pipes = pipes.without(np.union1d(fresh.fid, _before(connection, seen))).joined(fresh)
    return Network(pipes, _devices(connection) if changed else network.devices)


def _chunks(values: Sequence[Any]) -> list[Sequence[Any]]:
    return [values[at : at + _CHUNK] for at in range(0, len(values), _CHUNK)]


def codes(connection: sa.Connection, kind: str, fids: Iterable[int]) -> dict[int, str]:
    """Codes of facilities of a kind, by ``fid``."""
    table = KINDS[kind].table
    wanted = [int(fid) for fid in fids]
    found: dict[int, str] = {}
    if len(wanted) > MANY:
        listed = set(wanted)
        all_rows = connection.execute(sa.select(table.c.fid, table.c.code)).all()
        return {fid: code or "" for fid, code in all_rows if fid in listed}
    for few in _chunks(wanted):
        rows = connection.execute(sa.select(table.c.fid, table.c.code).where(table.c.fid.in_(few)))
        found |= {row[0]: row[1] or "" for row in rows}
    return found
