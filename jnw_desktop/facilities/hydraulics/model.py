"""A network ready for EPANET: plain arrays of nodes and links, and what had to be assumed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse
from scipy.sparse.csgraph import connected_components

from jnw_desktop.language import _
from jnw_desktop.network.graph import Bools, Floats, Ints

PIPE, PUMP, VALVE = 0, 1, 2  # what a link is
DAY_LITRES = 86.4  # m³/d in one L/s


@dataclass(frozen=True)
class Tank:
    """Elevation of the bottom, level over it, highest level and diameter, m."""

    bottom: float
    level: float
    high: float
    diameter: float


@dataclass(frozen=True)
class Assumption:
    """What stands for ``count`` figures that are not known; ``codes``: the first of the facilities."""

    what: str
    count: int
    codes: list[str]
    source: str = ""
    verified: bool = True

    @property
    def told(self) -> str:
        """In one sentence."""
        more = " …" if self.count > len(self.codes) else ""
        return _("{what} ({count}): {codes}").format(
            what=self.what, count=self.count, codes=", ".join(self.codes) + more
        )


@dataclass(frozen=True)
class Model:
    """Nodes (n,) and links (k,) in the order in which EPANET numbers them: junctions, then what holds a head.

    ``name``, ``link``: ``kind:code``. ``fid`` (n,); ``vertex`` (n,): of the graph. ``elevation`` m over the datum,
    ``head`` m over the datum of what holds one, NaN of a junction, ``demand`` m³/d, ``valve`` (n,) one that separates.
    ``start``, ``end`` (k,): nodes. ``pipe`` (k,): row of the network's pipes, -1 of a pump or valve that joins two
    nodes; ``sort``: ``PIPE``, ``PUMP`` or ``VALVE``. ``length`` m, ``dn`` mm, ``roughness`` Hazen-Williams, ``minor``
    loss, ``closed`` and ``check`` (a check valve). ``word``: of a pump or valve what EPANET says of it, by link;
    ``tanks`` by node.
    """

    name: list[str]
    fid: Ints
    vertex: Ints
    elevation: Floats
    head: Floats
    demand: Floats
    valve: Bools
    link: list[str]
    pipe: Ints
    sort: Ints
    start: Ints
    end: Ints
    length: Floats
    dn: Ints
    roughness: Floats
    minor: Floats
    closed: Bools
    check: Bools
    word: dict[int, Link]
    tanks: dict[int, Tank]
    assumed: list[Assumption]

    @property
    def fixed(self) -> Bools:
        """Which nodes hold a head."""
        return ~np.isnan(self.head)

    def dry(self, closed: Bools) -> Bools:
        """Nodes that no open link joins to a head, where ``closed`` (k,) links are shut."""
        open_ = ~closed
        ones = np.ones(int(open_.sum()), dtype=np.int8)
        shape = (len(self.name), len(self.name))
        joined = scipy.sparse.coo_matrix((ones, (self.start[open_], self.end[open_])), shape=shape)
        _count, part = connected_components(joined, directed=False)
        return ~np.isin(part, np.unique(part[self.fixed]))

    def part(self, nodes: Bools, links: Bools) -> Model:
        """The model of some ``nodes`` (n,) and of those ``links`` (k,) both of whose ends are among them."""
        whole = links & nodes[self.start] & nodes[self.end]
        node, link = np.cumsum(nodes) - 1, np.cumsum(whole) - 1
        by_node = ("fid", "vertex", "elevation", "head", "demand", "valve")
        by_link = ("pipe", "sort", "length", "dn", "roughness", "minor", "closed", "check")
        return replace(
            self,
            name=[self.name[at] for at in np.flatnonzero(nodes).tolist()],
            link=[self.link[at] for at in np.flatnonzero(whole).tolist()],
            start=node[self.start[whole]],
            end=node[self.end[whole]],
            word={int(link[at]): told for at, told in self.word.items() if whole[at]},
            tanks={int(node[at]): tank for at, tank in self.tanks.items() if nodes[at]},
            **{column: getattr(self, column)[nodes] for column in by_node},
            **{column: getattr(self, column)[whole] for column in by_link},
        )

    def at(self, nodes: Bools) -> Bools:
        """Links (k,) that end at one of ``nodes`` (n,)."""
        return nodes[self.start] | nodes[self.end]


@dataclass(frozen=True)
class Link:
    """A pump or valve that joins two nodes: EPANET's ``words`` after the diameter, and a pump's ``curve`` (L/s, m)."""

    words: str
    curve: tuple[tuple[float, float], ...] = ()
    forced_open: bool = False
