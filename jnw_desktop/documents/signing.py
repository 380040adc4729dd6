"""Electronic signatures of PDFs (PAdES, ISO 32000-2): made, and judged apart for being intact and being trusted."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import io
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import cms
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError, UnacceptableSignerError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

from jnw_desktop.documents.certificates import Certificate, CertificateRefused
from jnw_desktop.language import _

for _name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_name).addHandler(logging.NullHandler())  # what they find wrong, we tell

FIELD = "JNW"
# What reading a file that somebody changed may end in.
_BROKEN = (
    PdfError, SignatureValidationError, UnacceptableSignerError, ValueError, TypeError, LookupError, AttributeError,
    AssertionError, ArithmeticError, UnsupportedAlgorithm, RecursionError, NotImplementedError, OSError,
)  # fmt: skip


@dataclass(frozen=True)
class Signature:
    """What a signature is worth.

    ``intact``: no byte of the file has changed since. ``trusted``: the signer's certificate, or what issued it, is one
    that is trusted, and was valid when it signed. ``expired``: it is not valid any more. ``signed_at`` is what the
    signer's clock said. ``certificates``: SHA-256 of all that came with it; those that issued the signer's are covered
    by no signature of the signer.
    """

    signer: str
    issuer: str
    signed_at: datetime.datetime | None
    ends: datetime.datetime
    intact: bool
    trusted: bool
    expired: bool
    certificates: frozenset[str]


def sign_pdf(path: Path, certificate: Certificate, *, reason: str, where: str = "") -> None:
    """Sign the PDF ``path``, to which nothing may be done afterwards. Raises CertificateRefused."""
    signer = signers.SimpleSigner.load_pkcs12_data(certificate.content, (), certificate.passphrase)
    asked = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        reason=reason,
        location=where or None,
        name=certificate.subject,
    )
    try:
        signed = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(path.read_bytes())), asked, signer)
    except (SigningError, PdfError, ValueError) as error:
        raise CertificateRefused(
            _("The certificate of {subject} does not sign: {reason}").format(subject=certificate.subject, reason=error),
            _("Use another certificate."),
        ) from error
    path.write_bytes(signed.getvalue())


def signature_of(path: Path, trusted: Sequence[x509.Certificate]) -> Signature | None:
    """The signature of a PDF judged by the certificates that are ``trusted``; ``None`` where it has none.

    A file or a signature that cannot be read is not intact. Nothing is fetched: revocation is not looked up.
    """
    content = path.read_bytes()
    try:
        found = PdfFileReader(io.BytesIO(content)).embedded_regular_signatures
        signature = next((one for one in found if one.field_name == FIELD), None)
        if signature is None:
            return None
        return _judged(content, signature, [_as_asn1(one) for one in trusted])
    except _BROKEN:
        return _unreadable() if _claims_one(content) else None


def _judged(content: bytes, signature: EmbeddedPdfSignature, trusted: Sequence[asn1.Certificate]) -> Signature:
    own = signature.signer_cert
    # Whether it is intact has nothing to do with whom we trust or what day it is: its own certificate serves.
    context = ValidationContext(trust_roots=[own], moment=own.not_valid_before)
    status = validate_pdf_signature(signature, context)
    whole = signature.evaluate_signature_coverage() is SignatureCoverageLevel.ENTIRE_FILE
    signed_at = signature.self_reported_timestamp
    now = datetime.datetime.now(datetime.UTC)
    return Signature(
        own.subject.native.get("common_name", own.subject.human_friendly),
        own.issuer.native.get("common_name", own.issuer.human_friendly),
        signed_at,
        own.not_valid_after,
        bool(status.intact and status.valid and whole and status.docmdp_ok) and _canonical(content, signature),
        _leads_to(own, signature.other_embedded_certs, trusted, signed_at or now),
        now > own.not_valid_after,
        frozenset(hashlib.sha256(one.dump()).hexdigest() for one in (own, *signature.other_embedded_certs)),
    )


def _leads_to(
    own: asn1.Certificate,
    others: Sequence[asn1.Certificate],
    trusted: Sequence[asn1.Certificate],
    moment: datetime.datetime,
) -> bool:
    if not trusted:
        return False
    context = ValidationContext(trust_roots=trusted, moment=moment)
    try:
        asyncio.run(CertificateValidator(own, others, context).async_validate_usage(set()))  # type: ignore[no-untyped-call]
    except (PathError, ValidationError):
        return False
    return True


def _canonical(content: bytes, signature: EmbeddedPdfSignature) -> bool:
    """Whether the bytes that no signature covers, its own, are as :func:`sign_pdf` writes them, and then zeros."""
    start, length, end, _rest = (int(part) for part in signature.byte_range)
    gap = content[start + length : end]
    return re.fullmatch(rb"<[0-9A-F]+>", gap) is not None and _as_made(bytes.fromhex(gap[1:-1].decode()), signature)


def _as_made(held: bytes, signature: EmbeddedPdfSignature) -> bool:
    """Whether a signature (CMS, RFC 5652, then zeros) says in its unsigned parts what its signed parts imply."""
    own, told = signature.signer_cert, signature.signer_info
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": {"issuer_and_serial_number": {"issuer": own.issuer, "serial_number": own.serial_number}},
            **{name: told[name] for name in ("digest_algorithm", "signed_attrs", "signature_algorithm", "signature")},
        }
    )
    whole = {
        "version": "v1",
        "digest_algorithms": [told["digest_algorithm"]],
        "encap_content_info": {"content_type": "data"},
        "certificates": signature.signed_data["certificates"],
        "signer_infos": [signer],
    }
    made = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(whole)}).dump()
    return held.rstrip(b"\0") == made.rstrip(b"\0") and len(made) <= len(held)


def _as_asn1(certificate: x509.Certificate) -> asn1.Certificate:
    return asn1.Certificate.load(certificate.public_bytes(Encoding.DER))


def _claims_one(content: bytes) -> bool:
    return b"/ByteRange" in content


def _unreadable() -> Signature:
    never = datetime.datetime.fromtimestamp(0, datetime.UTC)
    return Signature("", "", None, never, False, False, False, frozenset())
