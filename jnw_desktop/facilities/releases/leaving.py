"""The one way out: whatever leaves is written aside, recorded with its recipient, and only then put in its place."""

from __future__ import annotations

import datetime
import hashlib
import json
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import shapely
import sqlalchemy as sa

from jnw_desktop.errors import RefusedError
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.releases.coordinates import Coordinates
from jnw_desktop.facilities.releases.model import RELEASE
from jnw_desktop.facilities.releases.roles import role_of, roles
from jnw_desktop.language import N_, _
from jnw_desktop.workspace import Change, ChangeResult, Workspace
from jnw_desktop.workspace.home import Bounds

WHAT = {"export": N_("Export"), "print": N_("Print"), "copy": N_("Copy")}
SMALLEST = 0.01  # m, half a side of the area of what lies in one point


class NothingUnrecorded(RefusedError):
    """Coordinates are restricted and the workspace cannot be written: what leaves could not be recorded."""

    kind = "nothing_unrecorded"


@dataclass(frozen=True)
class Terms:
    """To whom something goes, in which role, and why. Nobody named: it stays in the house."""

    recipient: str = ""
    role: str = ""
    why: str = ""


IN_HOUSE = Terms()


@dataclass
class Draft:
    """Something on its way out. It is written to ``path``, or to several files beside it, as ``coordinates`` allow.

    ``kinds`` (facilities by kind) and ``bounds`` (in the workspace's CRS) are told by who writes it. ``number`` is what
    the release is called; ``recorded`` whether the workspace could take it down.
    """

    what: str
    out: Path
    folder: Path
    number: str
    terms: Terms
    role: str
    who: str
    coordinates: Coordinates
    title: str = ""
    recorded: bool = True
    kinds: Mapping[str, int] = field(default_factory=dict)
    bounds: Bounds | None = None

    @property
    def path(self) -> Path:
        """Where to write."""
        return self.folder / self.out.name

    @property
    def stamp(self) -> str:
        """What stands on every sheet and in every file that goes to somebody; empty for what stays in the house."""
        if not self.terms.recipient:
            return ""
        parts = [_("Released to {recipient}").format(recipient=self.terms.recipient), self.role, self.terms.why]
        parts += [datetime.date.today().isoformat(), self.number]
        return " · ".join(part for part in parts if part)

    def targets(self) -> dict[Path, Path]:
        """Files that were written and where each goes: the one that was named under the very name it was given."""
        same = self.out.name.casefold()
        return {
            made: self.out if made.name.casefold() == same else self.out.with_name(made.name)
            for made in sorted(self.folder.iterdir())
        }


@contextmanager
def leaving(
    workspace: Workspace,
    what: str,
    out: str | Path,
    *,
    title: str = "",
    terms: Terms = IN_HOUSE,
    who: str | None = None,
    change: Change | None = None,
) -> Iterator[Draft]:
    """Let a file leave: the block writes the draft; it is recorded and put at ``out`` when the block ends well.

    ``what`` is one of ``WHAT``; ``change``: a transaction the record becomes part of, else it makes its own, which undo
    leaves alone. Raises UsageError for an unknown role, NothingUnrecorded, OSError where the file cannot be written.
    """
    path = Path(out).expanduser().absolute()
    role = role_of(workspace, terms.role)
    if workspace.read_only and roles(workspace):
        raise NothingUnrecorded(
            _("Coordinates are restricted here, and the workspace can only be read: nothing leaves unrecorded."),
            _("Open it where it can be written."),
        )
    with tempfile.TemporaryDirectory(prefix=".jnw-", dir=path.parent) as folder:
        draft = Draft(
            what, path, Path(folder), _number(), terms, role.name, who or workspace.who, role.coordinates, title,
            recorded=not workspace.read_only,
        )  # fmt: skip
        yield draft
        targets = draft.targets()
        if draft.recorded:
            told = _("{what}: {files}").format(what=_(WHAT[what]), files=", ".join(t.name for t in targets.values()))
            why = f"{told} → {terms.recipient}" if terms.recipient else told
            with nullcontext(change) if change is not None else workspace.change(why, who, event=True) as open_change:
                _record(open_change, draft, _digest(targets), path.suffix.lstrip(".").lower(), targets.values())
                _move(targets)
        else:
            _move(targets)


def record_copy(
    workspace: Workspace,
    title: str,
    kinds: Sequence[str],
    bounds: Bounds | None = None,
    *,
    count: int | None = None,
    terms: Terms = IN_HOUSE,
    who: str | None = None,
) -> ChangeResult | None:
    """Take down that a view or rows of a table go to the clipboard; ``None`` where the workspace can only be read.

    With ``bounds`` the facilities of ``kinds`` in it are counted, else there are ``count``. Raises NothingUnrecorded.
    """
    role = role_of(workspace, terms.role)
    if workspace.read_only:
        if roles(workspace):
            raise NothingUnrecorded(
                _("Coordinates are restricted here, and the workspace can only be read: nothing leaves unrecorded."),
                _("Open it where it can be written."),
            )
        return None
    draft = Draft(
        "copy", Path("clipboard"), Path(), _number(), terms, role.name, who or workspace.who, role.coordinates, title
    )
    draft.kinds = dict.fromkeys(kinds, count or 0) if bounds is None else count_within(workspace, kinds, bounds)
    draft.bounds = bounds
    with workspace.change(_("{what}: {files}").format(what=_(WHAT["copy"]), files=title), who, event=True) as change:
        _record(change, draft, None, "clipboard", ())
    return change.result


def count_within(workspace: Workspace, kinds: Sequence[str], bounds: Bounds) -> dict[str, int]:
    """How many facilities of each kind have bounds that meet ``bounds``; kinds without any are left out."""
    found = {}
    with workspace.read() as connection:
        for kind in kinds:
            there = workspace.fids_within(KINDS[kind].table, bounds).subquery()
            count = connection.scalar(sa.select(sa.func.count()).select_from(there)) or 0
            if count:
                found[kind] = count
    return found


def united(boxes: Iterable[Bounds]) -> Bounds | None:
    """What all of ``boxes`` lie in; ``None`` of none."""
    sides = list(zip(*boxes, strict=True))
    return (min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])) if sides else None


def _number() -> str:
    """A number nobody else gives, known before anything is recorded so that it can stand on every sheet."""
    return f"R{datetime.date.today():%Y%m%d}-{uuid.uuid4().hex[:8].upper()}"


def _digest(targets: Mapping[Path, Path]) -> str:
    sums = {target.name: _sum(made) for made, target in targets.items()}
    if len(sums) == 1:
        return next(iter(sums.values()))
    lines = "".join(f"{one}  {name}\n" for name, one in sorted(sums.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def _sum(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _record(change: Change, draft: Draft, sha256: str | None, ending: str, files: Iterable[Path]) -> None:
    names = [file.name for file in files]
    row = {
        "code": draft.number,
        "what": draft.what,
        "format": ending,
        "title": draft.title,
        "kinds": json.dumps(dict(draft.kinds)),
        "facilities": sum(draft.kinds.values()),
        "recipient": draft.terms.recipient or None,
        "role": draft.role or None,
        "coordinates": str(draft.coordinates),
        "why": draft.terms.why or None,
        "file": ", ".join(names) or None,
        "sha256": sha256,
        "geom": None if draft.bounds is None else _area(draft.bounds),
    }
    change.insert(RELEASE, [row])


def _area(bounds: Bounds) -> bytes:
    low_e, low_n, high_e, high_n = bounds
    wide = SMALLEST if high_e - low_e < SMALLEST or high_n - low_n < SMALLEST else 0.0
    return bytes(shapely.to_wkb(shapely.box(low_e - wide, low_n - wide, high_e + wide, high_n + wide)))


def _move(targets: Mapping[Path, Path]) -> None:
    for made, target in targets.items():
        made.replace(target)
