"""What a file holds and how a layer of it would come in, as values: cheap to import for who only shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from jnw_desktop.errors import JnwError
from jnw_desktop.exchange.mapping import Mapping as FieldMapping

Box = tuple[float, float, float, float]


@dataclass
class LayerLook:
    """A layer of a file. ``rows`` were counted, ``more`` says that there are others still.

    ``kind`` is what its rows seem to be (empty: nothing says so), ``fixed`` when the format leaves no choice;
    ``chosen`` when an import with no further word takes it. ``crs`` is what the file states.
    """

    name: str
    rows: int
    more: bool
    geometry: str
    kind: str
    fixed: bool
    chosen: bool
    crs: str
    mapping: FieldMapping | None


@dataclass
class FilesLook:
    """What files hold: those that can be read, their layers, and what to know of them."""

    files: list[str]
    layers: list[LayerLook]
    encoding: str = ""
    warnings: list[str] = field(default_factory=list)


@dataclass
class Word:
    """A value of a coded column: what the file writes, which code that is, in how many of the rows looked at.

    ``kept``: no code is known for it, so it would be kept in the note.
    """

    text: str
    code: str | None
    count: int
    kept: bool


@dataclass
class PreviewRow:
    """A row as it would be written: ``values`` by field; ``why`` it would be refused, empty when it fits."""

    number: int
    values: dict[str, Any]
    why: str = ""


@dataclass
class LayerPreview:
    """How a layer would come in, from its first ``looked`` rows, of which ``refused`` do not fit.

    ``samples``: values by the file's column; ``words``: by coded field; ``shapes``: WKB in the workspace's CRS, within
    ``extent``. ``problem``: why nothing can be placed (NoCrs, CrsDoubtful), ``None`` when all is well.
    """

    mapping: FieldMapping
    crs: str
    encoding: str
    samples: dict[str, list[str]]
    words: dict[str, list[Word]] = field(default_factory=dict)
    rows: list[PreviewRow] = field(default_factory=list)
    looked: int = 0
    refused: int = 0
    shapes: list[bytes] = field(default_factory=list)
    extent: Box | None = None
    warnings: list[str] = field(default_factory=list)
    problem: JnwError | None = None
