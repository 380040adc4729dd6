"""Proof that a guide's file is as it was issued: a record of what it says with a hash of every page, and a signature.

The signature shows that a byte was changed, and who signed; the record shows which page was.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pikepdf
from cryptography import x509

from jnw_desktop.documents.archival import make_archival
from jnw_desktop.documents.certificates import DEMONSTRATION, Certificate
from jnw_desktop.errors import RefusedError
from jnw_desktop.language import _
from jnw_plugins.guide.record import mark_of, short

if TYPE_CHECKING:
    from jnw_desktop.documents.signing import Signature

NAME = "jnw-guide.json"
PAGES, SIGNERS = "pages", "certificates"  # members of the record that are added when it is sealed
DEEPEST = 60  # levels of a page's objects; a page of ours has fewer than twenty


class NoPdf(RefusedError):
    """The file is no PDF, or cannot be read."""

    kind = "no_pdf"


@dataclass(frozen=True)
class Verdict:
    """What a file says of itself, and what is wrong with it.

    ``record`` is empty where it says nothing, ``signature`` is ``None`` where there is none. ``notes`` are no problems,
    but have to be known.
    """

    record: dict[str, Any]
    problems: list[str]
    signature: Signature | None = None
    notes: tuple[str, ...] = ()

    @property
    def mark(self) -> str | None:
        """The mark that has to stand on every page, as people read it; ``None`` without a record."""
        content = {name: value for name, value in self.record.items() if name not in (PAGES, SIGNERS)}
        return short(mark_of(content)) if content else None


def seal(path: Path, record: dict[str, Any], certificate: Certificate) -> None:
    """Embed ``record`` in the PDF ``path``, make it archival and sign it; nothing is done to it after this.

    Raises CertificateRefused.
    """
    from jnw_desktop.documents.signing import sign_pdf  # pyHanko takes a second to import

    with pikepdf.open(path, allow_overwriting_input=True) as document:
        make_archival(document)  # before the pages' hashes are taken
        embed(document, record | {SIGNERS: certificate.fingerprints})
        document.save(path)
    sign_pdf(path, certificate, reason=f"{_('Pipeline guide')} {record['guide']}")


def embed(document: pikepdf.Pdf, record: dict[str, Any]) -> None:
    """Attach ``record``, with a hash of each page as it is now and one of the record itself, to ``document``."""
    whole = record | {PAGES: [fingerprint(page.obj) for page in document.pages]}
    content = json.dumps(whole | {"hash": _hash_of(whole)}, ensure_ascii=False, indent=1).encode()
    document.attachments[NAME] = pikepdf.AttachedFileSpec(
        document, content, mime_type="application/json", relationship=pikepdf.Name.Data
    )


def verify(path: Path, trusted: Sequence[x509.Certificate] = ()) -> Verdict:
    """Look whether the file is, to the byte, what was issued, and whether who signed it is ``trusted``.

    Where nobody is trusted it is only noted who signed. Raises NoPdf.
    """
    from jnw_desktop.documents.signing import signature_of

    try:
        if not _MARKS.search(path.read_bytes()):
            raise _no_pdf(path, _("it is something else"))
    except OSError as error:
        raise _no_pdf(path, error.strerror or str(error)) from error
    signature = signature_of(path, trusted)
    try:
        with pikepdf.open(path) as document:
            found = _verdict(document)
    except _BROKEN as error:
        if signature is None:
            raise _no_pdf(path, str(error)) from error
        found = Verdict({}, [_("The file is damaged.")])
    if signature is not None and signature.certificates != set(found.record.get(SIGNERS, ())):
        signature = dataclasses.replace(signature, intact=False)  # its own certificate is, what came with it is not
    told, notes = _judge(signature, bool(trusted))
    if signature is not None and not signature.intact and not found.problems:
        notes = (*notes, _("Its pages are as they were issued: it was saved again, or changed where nothing shows."))
    return Verdict(found.record, [*told, *found.problems], signature, notes)


# What reading a file that somebody changed may end in: a name is no text any more, a number no number.
_BROKEN = (
    pikepdf.PdfError, pikepdf.PasswordError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError,
    RecursionError, RuntimeError,
)  # fmt: skip
_MARKS = re.compile(rb"%PDF-|startxref|/ByteRange")  # a changed byte leaves two of them


def _no_pdf(path: Path, reason: str) -> NoPdf:
    return NoPdf(
        _("{path} cannot be read as a PDF: {reason}").format(path=path, reason=reason),
        _("Give the file of a guide as it was issued."),
    )


def _judge(signature: Signature | None, anybody: bool) -> tuple[list[str], tuple[str, ...]]:
    """What is wrong with a signature, and what is to be noted; ``anybody``: whether anybody is trusted."""
    if signature is None:
        return [_("The file is not signed: it is none of ours, or a copy without its signature.")], ()
    if not signature.intact:
        return [_("The signature does not hold: the file was changed after it was signed.")], ()
    problems, named = [], {"signer": signature.signer, "date": signature.ends.date().isoformat()}
    if signature.expired:
        problems.append(_("The certificate of {signer} expired on {date}.").format(**named))
    if signature.trusted:
        return problems, ()
    if anybody:
        problems.append(_("{signer} signed it, whose certificate is not trusted.").format(**named))
        return problems, ()
    if signature.signer == DEMONSTRATION:
        return problems, (_("Signed with a demonstration key: it proves that nothing was changed, not who issued it."),)
    return problems, (_("Nobody is trusted on this machine: {signer} signed it, by its own word.").format(**named),)


def _verdict(document: pikepdf.Pdf) -> Verdict:
    if NAME not in document.attachments:
        return Verdict({}, [_("The file carries no record of a guide: it is none of ours, or the record was removed.")])
    try:
        record = json.loads(document.attachments[NAME].get_file().read_bytes())
        said, pages = record.pop("hash"), list(record[PAGES])
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


def _only_signed(name: str, thing: Any) -> bool:
    return name == "/Annots" and all(_is_signature(one) for one in thing)


def _is_signature(annotation: pikepdf.Object) -> bool:
    """Whether an annotation is a signature that shows nothing: it comes to the page after its hash was taken."""
    return annotation.get("/FT") == "/Sig" and all(side == 0 for side in annotation.get("/Rect", [1]))


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
        names = [name for name in sorted(thing.keys()) if name not in _PACKING and not _only_signed(name, thing[name])]
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
