"""Makes EPANET's model of a workspace, or of a part of it; what is not known is assumed and counted, or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isclose, pi, sqrt
from typing import Any

import numpy as np
import sqlalchemy as sa

from jnw_desktop.errors import RefusedError
from jnw_desktop.facilities.columns import rows_of
from jnw_desktop.facilities.graph import Network
from jnw_desktop.facilities.hydraulics.defaults import Hydraulics
from jnw_desktop.facilities.hydraulics.model import PIPE, PUMP, VALVE, Assumption, Link, Model, Tank
from jnw_desktop.facilities.hydraulics.notes import curve, figure, read_note
from jnw_desktop.facilities.hydraulics.standing import Standing, fill_elevations, read_standing
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _
from jnw_desktop.network.graph import Bools, Floats, Ints
from jnw_desktop.task import SILENT, Task

NAMED = 10  # codes in one sentence
# What a file must have and is not known; a question about pressures is refused instead.
TANK_LEVEL = 5.0  # m from bottom to overflow
TANK_DIAMETER = 10.0  # m
PUMP_POWER = 1.0  # kW
DN = 100  # mm
_UNSET = ("PSV", "PBV", "FCV", "PRV", "GPV")  # kinds of valve that do nothing without their setting


class FigureNeeded(RefusedError):
    """A figure without which no pressure can be worked out."""

    kind = "figure_needed"


@dataclass
class Reading:
    """One model in the making.

    ``strict``: a figure that is needed and not known is refused; else what a file needs is put in its place. ``heads``:
    m over the datum by vertex, as the user gave them.
    """

    connection: sa.Connection
    network: Network
    table: Hydraulics
    heads: Mapping[int, float] = field(default_factory=dict)
    strict: bool = True
    task: Task = SILENT
    assumed: list[Assumption] = field(default_factory=list)

    def model(self, within: Bools | None = None) -> Model:
        """The model of the vertices ``within`` (n,), or of all. ``demand`` is what notes say.

        Raises FigureNeeded, TaskCancelled.
        """
        graph = self.network.graph
        part = np.ones(graph.size, dtype=bool) if within is None else within
        edges = np.flatnonzero(part[graph.start] & part[graph.end] & (graph.start != graph.end))
        through, ends = self._links(edges)
        pipes = edges[graph.pipe[edges] >= 0]
        there = np.zeros(graph.size, dtype=bool)
        there[graph.start[pipes]] = there[graph.end[pipes]] = there[ends.ravel()] = True
        standing = read_standing(self.connection, self.network, part, self.task.part(0.0, 0.5))
        order = np.argsort([not name.startswith("pump_station:") for name in standing.name[through]], kind="stable")
        through, ends = through[order], ends[order]  # EPANET numbers pumps before valves
        head, tanks = self._heads(standing, there)
        rank = np.where(np.isnan(head), 0, np.where(np.isin(np.arange(graph.size), list(tanks)), 2, 1))
        vertex = np.flatnonzero(there)[np.argsort(rank[there], kind="stable")]
        node = np.full(graph.size, -1)
        node[vertex] = np.arange(len(vertex))
        elevation = self._elevations(standing, there)[vertex]
        notes = [read_note(standing.rows.get(at, {}).get("note")) for at in vertex.tolist()]
        demand = np.array([(figure(said, "demand") or 0.0) * 86.4 for said in notes])
        made = self._pipes(pipes) | {"start": graph.start[pipes], "end": graph.end[pipes]}
        word = self._through(standing, through, made)
        made["start"] = node[np.concatenate([made["start"], ends[:, 0]])]
        made["end"] = node[np.concatenate([made["end"], ends[:, 1]])]
        shut = graph.closed[vertex]
        made["closed"] |= shut[made["start"]] | shut[made["end"]]
        self._untold(standing, there)
        return Model(
            name=standing.name[vertex].tolist(),
            fid=standing.fid[vertex],
            vertex=vertex,
            elevation=elevation,
            head=head[vertex],
            demand=demand,
            valve=graph.valve[vertex],
            word=word,
            tanks={int(node[at]): tank for at, tank in tanks.items()},
            assumed=self.assumed,
            **made,
        )

    def _links(self, edges: Ints) -> tuple[Ints, Ints]:
        """Devices (l,) that join two vertices with no pipe between, and the two (l, 2)."""
        graph = self.network.graph
        links = np.flatnonzero(graph.pipe < 0)  # first the edges into the devices, then those out of them
        half = len(links) // 2
        into, out = links[:half], links[half:]
        whole = np.isin(into, edges) & np.isin(out, edges)
        into, out = into[whole], out[whole]
        return graph.end[into], np.stack([graph.start[into], graph.end[out]], axis=1)

    def _heads(self, standing: Standing, there: Bools) -> tuple[Floats, dict[int, Tank]]:
        head = np.full(len(there), np.nan)
        tanks: dict[int, Tank] = {}
        unknown, half = [], []
        for at in np.flatnonzero(there & self.network.graph.source).tolist():
            row, name = standing.rows.get(at, {}), str(standing.name[at])
            said = read_note(row.get("note"))
            water = row.get("water_head")
            known = water if water is not None else figure(said, "head")
            if name.startswith("tank:"):
                tank, sure = _tank(row, said)
                level = tank.bottom + tank.level
                if known is None and sure is not None:
                    known = level
                    half += [] if sure else [name]
                if known is None or isclose(known, level):  # else it holds its head, whatever its shape is
                    tanks[at] = tank
            if known is None and at not in self.heads:
                unknown.append(name)
                known = row.get("elevation") or 0.0
            head[at] = known if known is not None else np.nan
        for at, metres in self.heads.items():
            if there[at]:
                head[at] = metres
                tanks.pop(at, None)
        self._refuse_heads(unknown)
        self._assume(_("The level of tanks is not known: half full"), half)
        return head, tanks

    def _refuse_heads(self, unknown: list[str]) -> None:
        if unknown and self.strict:
            raise FigureNeeded(
                _("The head of {count} sources is not known: {codes}").format(count=len(unknown), codes=some(unknown)),
                _(
                    "Fill in their head over the datum, of a tank else the bottom and the overflow elevation; for this "
                    "question alone give it with --head CODE=METRES."
                ),
            )
        self._assume(_("The head of sources is not known: their elevation"), unknown)

    def _elevations(self, standing: Standing, there: Bools) -> Floats:
        """Ground at every vertex; a source's is not that of the pipes' ground, and nobody asks for its pressure."""
        graph = self.network.graph
        known = np.where((standing.name == "") | graph.source, np.nan, standing.elevation)
        filled, taken = fill_elevations(graph, known)
        self._assume(
            _("The ground elevation is not known: that of the nearest facility along the pipes"),
            standing.name[taken & there & ~graph.source].tolist(),
        )
        filled = np.where(graph.source, np.nan_to_num(standing.elevation), filled)
        lacking = np.flatnonzero(np.isnan(filled) & there)
        if len(lacking) and self.strict:
            raise FigureNeeded(
                _("The ground elevation of {count} facilities is not known, nor of any joined to them: {codes}")
                .format(count=len(lacking), codes=some(standing.name[lacking].tolist())),
                _("Fill in the ground elevation of some of them."),
            )  # fmt: skip
        return np.nan_to_num(filled)

    def _pipes(self, edges: Ints) -> dict[str, Any]:
        """Columns of the links that are pipes."""
        network, table = self.network, KINDS["pipe"].table
        row = network.graph.pipe[edges]
        length, dn = network.graph.length[edges].copy(), network.graph.dn[edges].astype(float)
        count = len(edges)
        c, minor, name = np.zeros(count), np.zeros(count), np.full(count, "", dtype=object)
        closed, check = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
        place = dict(zip(network.pipes.fid[row].tolist(), range(count), strict=True))
        known = (table.c.code, table.c.material, table.c.note, table.c.length)
        guessed: dict[str | None, list[str]] = {}
        rows = rows_of(self.connection, table, known, list(place))
        for fid, code, material, note, recorded in self.task.part(0.6, 1.0).each(rows, count, _("Reading pipes")):
            at, said = place[fid], read_note(note)
            name[at], length[at] = f"pipe:{code}", recorded or length[at]
            stated = figure(said, "roughness")
            if stated is None:
                guessed.setdefault(material, []).append(str(name[at]))
                stated = self.table.roughness_of(material).value
            c[at], minor[at] = stated, figure(said, "minor") or 0.0
            closed[at], check[at] = "CLOSED" in said, "CV" in said
        self._rough(guessed)
        dn = self._sized(dn, name)
        return {
            "link": name.tolist(), "pipe": row, "sort": np.full(count, PIPE), "length": np.maximum(length, 0.01),
            "dn": dn, "roughness": c, "minor": minor, "closed": closed, "check": check,
        }  # fmt: skip

    def _rough(self, guessed: dict[str | None, list[str]]) -> None:
        """Tell the roughness that stands for what is not known, once for each row of the table."""
        rows: dict[Any, list[str]] = {}
        for material, names in guessed.items():
            rows.setdefault(self.table.roughness_of(material), []).extend(names)
        for row, names in rows.items():
            what = _("The roughness of pipes is not known: Hazen-Williams C {c:g}").format(c=row.value)
            self._assume(what, names, row.source, row.verified)

    def _sized(self, dn: Floats, name: Any) -> Floats:
        lacking = name[dn <= 0].tolist()
        if lacking and self.strict:
            raise FigureNeeded(
                _("The nominal diameter of {count} pipes is not known: {codes}").format(
                    count=len(lacking), codes=some(lacking)
                ),
                _("Fill in their nominal diameter; jnw check lists them all."),
            )
        self._assume(_("The nominal diameter is not known: DN{dn}").format(dn=DN), lacking)
        return np.where(dn > 0, dn, float(DN))

    def _through(self, standing: Standing, devices: Ints, made: dict[str, Any]) -> dict[int, Link]:
        """Adds the pumps and valves that join two nodes to the columns ``made``; what EPANET says of them."""
        words: dict[int, Link] = {}
        lacking: list[str] = []
        unset: list[str] = []
        names = [str(name) for name in standing.name[devices].tolist()]
        first = len(made["link"])
        sort, closed, dn = [], [], []
        for i, number in enumerate(range(first, first + len(names))):
            row, pump = standing.rows.get(int(devices[i]), {}), names[i].startswith("pump_station:")
            said = read_note(row.get("note"))
            words[number], sure = _pump(row, said) if pump else _valve(row, said)
            if not sure:
                (lacking if pump else unset).append(names[i])
            sort.append(PUMP if pump else VALVE)
            dn.append(float(row.get("dn") or DN))
            state = row.get("present_state") or row.get("normal_state")
            closed.append("CLOSED" in said or state == "closed")
        if lacking and self.strict:
            raise FigureNeeded(
                _("The head and capacity of {count} pump stations are not known: {codes}").format(
                    count=len(lacking), codes=some(lacking)
                ),
                _("Fill in the head and the capacity."),
            )
        self._assume(_("Pumps without head and capacity: {power:g} kW").format(power=PUMP_POWER), lacking)
        self._assume(_("The setting of valves is not known: fully open"), unset)
        blank = np.zeros(len(names))
        more = {
            "pipe": np.full(len(names), -1), "sort": np.array(sort, dtype=int), "length": blank, "dn": np.array(dn),
            "roughness": blank, "minor": blank, "closed": np.array(closed, dtype=bool), "check": blank.astype(bool),
        }  # fmt: skip
        made["link"] = [*made["link"], *names]
        for column, values in more.items():
            made[column] = np.concatenate([made[column], values])
        return words

    def _untold(self, standing: Standing, there: Bools) -> None:
        """Pump stations and valves that do something to the flow that is not recorded: they are passed as if open."""
        passed: dict[str, list[str]] = {"pump": [], "prv": [], "check": []}
        for at, row in standing.rows.items():
            if not there[at]:
                continue
            if standing.name[at].startswith("pump_station:"):
                passed["pump"].append(str(standing.name[at]))
            elif row.get("valve_kind") in ("prv", "check"):
                passed[row["valve_kind"]].append(str(standing.name[at]))
        self._assume(
            _("Pump stations at which pipes end, without upstream and downstream node: no lift"), passed["pump"]
        )
        self._assume(_("Pressure-reducing valves at which pipes end: fully open"), passed["prv"])
        self._assume(
            _("Check valves at which pipes end, whose direction is not recorded: open both ways"), passed["check"]
        )

    def _assume(self, what: str, names: Sequence[str], source: str = "", verified: bool = True) -> None:
        if names:
            codes = [name.partition(":")[2] for name in names[:NAMED]]
            self.assumed.append(Assumption(what, len(names), codes, source, verified))


def some(names: Sequence[str]) -> str:
    """The first codes of ``kind:code``."""
    codes = [name.partition(":")[2] for name in names[:NAMED]]
    return ", ".join(codes) + (" …" if len(names) > NAMED else "")


def _tank(row: dict[str, Any], said: Mapping[str, str]) -> tuple[Tank, bool | None]:
    """A tank, and whether its level is known: ``False`` half full of what is known, ``None`` nothing is."""
    bottom, top, volume = row.get("bottom"), row.get("top"), row.get("volume")
    base = bottom if bottom is not None else row.get("elevation") or 0.0
    high = top - base if top is not None and top > base else TANK_LEVEL
    water = row.get("water_head")
    level = figure(said, "level") if water is None or bottom is None or water < bottom else water - bottom
    wide = sqrt(4 * volume / (pi * high)) if volume else TANK_DIAMETER
    known = bottom is not None and (level is not None or (top is not None and top > base))
    made = Tank(base, level if level is not None else high / 2, max(high, level or 0.0), wide)
    return made, (level is not None if known else None)


def _pump(row: dict[str, Any], said: Mapping[str, str]) -> tuple[Link, bool]:
    """A pump, and whether its curve or power is known."""
    points = curve(said)
    if not points and row.get("head") and row.get("capacity"):
        points = [(row["capacity"] / 86.4, row["head"])]
    speed = figure(said, "speed")
    turned = "" if speed is None else f" SPEED {speed:.10g}"
    if points:
        return Link(turned, tuple(points)), True
    power = figure(said, "power")
    return Link(f"POWER {PUMP_POWER if power is None else power:.10g}{turned}"), power is not None


def _valve(row: dict[str, Any], said: Mapping[str, str]) -> tuple[Link, bool]:
    """A valve between two nodes, and whether what it is set to is known, or does not matter."""
    word = next((flag for flag in ("PSV", "PBV", "FCV", "TCV", "GPV") if flag in said), None)
    word = word or ("PRV" if row.get("valve_kind") == "prv" else "TCV")
    setting, minor = figure(said, "setting"), figure(said, "minor") or 0.0
    if word == "GPV":  # its curve of head loss is not held here
        return Link(f"TCV 0 {minor:.10g}"), False
    blind = setting is None and word in _UNSET
    return Link(f"{word} {setting or 0.0:.10g} {minor:.10g}", forced_open=blind), not blind
