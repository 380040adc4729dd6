"""Proof that a guide's file is as it was issued: a record in the PDF of what it says, with a hash of every page.

The record carries its own hash and no signature: it shows damage, and changes by somebody who does not know of it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf

from jnw_desktop.errors import RefusedError
from jnw_desktop.language import _

NAME = "jnw-guide.json"
DEEPEST = 60  # levels of a page's objects; a page of ours has fewer than twenty


class NoPdf(RefusedError):
    """The file is no PDF, or cannot be read."""

    kind = "no_pdf"


@dataclass(frozen=True)
class Verdict:
    """What a file says of itself (``record``, empty where it says nothing) and what does not agree with that."""

    record: dict[str, Any]
    problems: list[str]


def seal(path: Path, record: dict[str, Any]) -> None:
    """Embed ``record`` in the PDF ``path``, to which nothing is done after this."""
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        embed(document, record)
        document.save(path)


def embed(document: pikepdf.Pdf, record: dict[str, Any]) -> None:
    """Attach ``record``, with a hash of each page as it is now and one of the record itself, to ``document``."""
    whole = record | {"pages": [fingerprint(page.obj) for page in document.pages]}
    content = json.dumps(whole | {"hash": _hash_of(whole)}, ensure_ascii=False, indent=1).encode()
    document.attachments[NAME] = pikepdf.AttachedFileSpec(document, content, mime_type="application/json")


def verify(path: Path) -> Verdict:
    """Look whether the file's pages and its record are those that were issued together. Raises NoPdf."""
    try:
        with pikepdf.open(path) as document:
            return _verdict(document)
    except (OSError, pikepdf.PdfError, pikepdf.PasswordError) as error:
        raise NoPdf(
            _("{path} cannot be read as a PDF: {reason}").format(path=path, reason=error),
            _("Give the file of a guide as it was issued."),
        ) from error


def _verdict(document: pikepdf.Pdf) -> Verdict:
    if NAME not in document.attachments:
        return Verdict({}, [_("The file carries no record of a guide: it is none of ours, or the record was removed.")])
    try:
        record = json.loads(document.attachments[NAME].get_file().read_bytes())
        said, pages = record.pop("hash"), list(record["pages"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return Verdict({}, [_("The record in the file is damaged.")])
    problems = [] if said == _hash_of(record) else [_("The record in the file has been altered.")]
    if len(pages) != len(document.pages):
        told = _("The guide had {issued} pages; the file has {found}.")
        problems.append(told.format(issued=len(pages), found=len(document.pages)))
    for number, (page, issued) in enumerate(zip(document.pages, pages, strict=False), start=1):
        if fingerprint(page.obj) != issued:
            problems.append(_("Page {page} is not as it was issued.").format(page=number))
    return Verdict(record, problems)


def _hash_of(record: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def fingerprint(page: pikepdf.Object) -> str:
    """SHA-256 of a page and all it refers to, of decoded streams: the same after another program saved the file."""
    sha = hashlib.sha256()
    _take(sha, page, {}, 0)
    return sha.hexdigest()


# How a stream is packed and where its page hangs may change without a change of what is seen.
_PACKING = ("/Length", "/Filter", "/DecodeParms", "/Parent")


def _take(sha: Any, thing: Any, seen: dict[tuple[int, int], int], depth: int) -> None:
    if depth > DEEPEST:
        raise pikepdf.PdfError("nested too deep")
    if isinstance(thing, pikepdf.Object) and thing.is_indirect:
        if thing.objgen in seen:
            sha.update(f"<seen {seen[thing.objgen]}>".encode())
            return
        seen[thing.objgen] = len(seen)
    if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        names = [name for name in sorted(thing.keys()) if name not in _PACKING]
        sha.update(json.dumps(names).encode())
        for name in names:
            _take(sha, thing[name], seen, depth + 1)
        if isinstance(thing, pikepdf.Stream):
            sha.update(hashlib.sha256(thing.read_bytes()).digest())
    elif isinstance(thing, pikepdf.Array):
        sha.update(f"[{len(thing)}".encode())
        for part in list(thing):
            _take(sha, part, seen, depth + 1)
    else:
        sha.update(_plain(thing))


def _plain(thing: Any) -> bytes:
    """A number as its value, whether a program wrote 34, 34.0 or 34.000; all else as text."""
    number = isinstance(thing, int | float | Decimal) and not isinstance(thing, bool)
    return (f"{float(thing):.6f}" if number else f"{thing!s}").encode() + b"\x1f"
