"""What came of an import or an export, as values: cheap to import for who only shows them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from jnw_desktop.exchange.differences import Differences
from jnw_desktop.exchange.mapping import Mapping as FieldMapping
from jnw_desktop.language import _
from jnw_desktop.workspace import ChangeResult

Box = tuple[float, float, float, float]


@dataclass
class Imported:
    """What an import did.

    ``written`` are rows inserted and updated; ``kinds`` counts all that fit. ``mappings`` were used, by layer;
    ``rejects`` is the file that holds what did not fit, ``reasons`` how often each; ``extent`` bounds what fitted;
    ``differences`` is what known facilities became; ``change`` is ``None`` when nothing was written.
    """

    read: int = 0
    written: int = 0
    rejected: int = 0
    seconds: float = 0.0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    topology: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    mappings: list[FieldMapping] = field(default_factory=list)
    encoding: str = ""
    rejects: str | None = None
    reasons: dict[str, int] = field(default_factory=dict)
    dry_run: bool = False
    extent: Box | None = None
    differences: Differences = field(default_factory=Differences)
    change: ChangeResult | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, without the change."""
        return asdict(replace(self, change=None)) | {"change": self.change and self.change.id}

    def mapping_lines(self) -> list[str]:
        """The mappings for people, and the encoding that was read."""
        told = [_("Encoding: {encoding}").format(encoding=self.encoding.upper())] if self.encoding else []
        return told + [line for mapping in self.mappings for line in mapping.lines()]

    def lines(self) -> list[str]:
        """The outcome for people."""
        counts = _("Read {read}, inserted {inserted}, updated {updated}, unchanged {unchanged}, refused {rejected}.")
        built = _(
            "Topology within {tolerance} m: {ends_joined} ends joined, {nodes_made} nodes made, {nodes_replaced} taken "
            "over, {pipes_split} pipes cut, {unconnected} facilities on no pipe."
        )
        told = [counts.format(**asdict(replace(self, change=None))), built.format(**self.topology)]
        return ([_("A dry run: nothing was written.")] if self.dry_run else []) + told + self.differences.lines()


@dataclass
class Exported:
    """What was taken out: facilities ``written``, by kind in ``kinds``, into ``files``.

    ``release`` is its number in the register of releases, ``losses`` are what the format cannot hold, ``warnings`` what
    was left out of this network.
    """

    written: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    release: str | None = None
    losses: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    def lines(self) -> list[str]:
        """The outcome for people."""
        return [_("Wrote {count} facilities to {files}.").format(count=self.written, files=", ".join(self.files))]


@dataclass
class Outlook:
    """What an export would do: facilities by kind, what the format cannot hold, the EPSG code that is written.

    ``fixed_crs``: the format leaves no choice of it.
    """

    kinds: dict[str, int]
    losses: list[str]
    crs: int
    fixed_crs: bool
