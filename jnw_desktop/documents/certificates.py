"""The certificate documents are signed with: the company's, from a PKCS#12 file, or until then a demonstration key.

What is set belongs to this machine's user and never to a workspace; of a passphrase only where it comes from is kept.
"""

from __future__ import annotations

import datetime
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from jnw_desktop.errors import RefusedError
from jnw_desktop.language import _

DEMONSTRATION = "JNW 演示密钥 (demo key, no company)"  # the common name says it in every reader
DEMONSTRATION_DAYS = 3650
FROM_FILE, FROM_VARIABLE = "file:", "env:"


class CertificateRefused(RefusedError):
    """A certificate nothing can be signed with: not there, not opened by its passphrase, expired, not for signing."""

    kind = "certificate_refused"


@dataclass(frozen=True)
class Certificate:
    """A key and its certificate. ``path`` of the company's file, ``None`` for the demonstration key.

    ``passphrase_from``: ``file:PATH``, ``env:NAME``, or empty where the file needs none.
    """

    path: str | None
    passphrase_from: str
    subject: str
    issuer: str
    begins: datetime.datetime
    ends: datetime.datetime
    fingerprint: str
    content: bytes = field(repr=False)
    passphrase: bytes | None = field(repr=False)
    chain: tuple[x509.Certificate, ...] = field(repr=False)

    @property
    def demonstration(self) -> bool:
        """Whether it is the key the program made itself."""
        return self.path is None

    @property
    def fingerprints(self) -> list[str]:
        """SHA-256 of the certificate and of those that came with it."""
        return [one.fingerprint(hashes.SHA256()).hex() for one in self.chain]

    def refuse_unless_valid(self, now: datetime.datetime | None = None) -> None:
        """Raise CertificateRefused before and after the time it is valid in."""
        now = now or datetime.datetime.now(datetime.UTC)
        if self.begins <= now <= self.ends:
            return
        told = _("The certificate of {subject} expired on {date}.")
        if now < self.begins:
            told = _("The certificate of {subject} is not valid before {date}.")
        date = (self.ends if now > self.ends else self.begins).date().isoformat()
        raise CertificateRefused(told.format(subject=self.subject, date=date), _SET)


_SET = "jnw guide certificate --use FILE.p12 --passphrase file:PATH"


def folder() -> Path:
    """Where this user's settings of signing are."""
    return Path(platformdirs.user_config_dir("jnw-desktop")) / "signing"


def current() -> Certificate:
    """The certificate that is set, else the demonstration key, made where there is none. Raises CertificateRefused."""
    try:
        said = json.loads((folder() / "signing.json").read_text("utf-8"))
        path, source = str(said["certificate"]), str(said["passphrase"])
    except FileNotFoundError:
        return _demonstration()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CertificateRefused(
            _("The setting of the certificate cannot be read: {reason}").format(reason=error), _SET
        ) from error
    return read_certificate(Path(path), source)


def use(path: Path, passphrase_from: str = "") -> Certificate:
    """Sign with the PKCS#12 file ``path`` from now on, and trust it. Raises CertificateRefused; then nothing is set."""
    certificate = read_certificate(path.absolute(), passphrase_from)
    certificate.refuse_unless_valid()
    for one in (certificate.chain[0], *(one for one in certificate.chain[1:] if one.subject == one.issuer)):
        name = f"{one.fingerprint(hashes.SHA256()).hex()}.pem"
        _keep(folder() / "trusted" / name, one.public_bytes(Encoding.PEM))
    said = {"certificate": certificate.path, "passphrase": passphrase_from}
    _keep(folder() / "signing.json", json.dumps(said, ensure_ascii=False).encode())
    return certificate


def use_demonstration() -> Certificate:
    """Sign with the demonstration key from now on; certificates that were used stay trusted."""
    (folder() / "signing.json").unlink(missing_ok=True)
    return _demonstration()


def anchors() -> list[x509.Certificate]:
    """The certificates this user trusts: those that were set, and what issued them; never the demonstration key.

    Raises CertificateRefused for a damaged file.
    """
    return [one for file in sorted((folder() / "trusted").glob("*.pem")) for one in read_anchors(file)]


def read_anchors(path: Path) -> list[x509.Certificate]:
    """The certificates in a PEM or DER file. Raises CertificateRefused."""
    try:
        content = path.read_bytes()
        if b"-----BEGIN" in content:
            return x509.load_pem_x509_certificates(content)
        return [x509.load_der_x509_certificate(content)]
    except (OSError, ValueError) as error:
        raise CertificateRefused(
            _("{path} holds no certificate: {reason}").format(path=path, reason=error),
            _("Give a certificate as PEM or DER, without its key."),
        ) from error


def read_certificate(path: Path, passphrase_from: str) -> Certificate:
    """The key and certificate of a PKCS#12 file. Raises CertificateRefused."""
    passphrase = _passphrase(passphrase_from)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CertificateRefused(
            _("The certificate {path} cannot be read: {reason}").format(path=path, reason=error.strerror), _SET
        ) from error
    return _opened(content, passphrase, str(path), passphrase_from)


def _opened(content: bytes, passphrase: bytes | None, path: str | None, source: str) -> Certificate:
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(content, passphrase)
    except ValueError as error:
        raise CertificateRefused(
            _("The passphrase does not open {path}, or it is no PKCS#12 file.").format(path=path),
            _("Say where the right one comes from: {command}").format(command=_SET),
        ) from error
    except UnsupportedAlgorithm as error:  # SM2, as authorities in China issue beside RSA
        raise CertificateRefused(
            _("The key in {path} is of a kind that PDFs are not signed with here: {reason}").format(
                path=path, reason=error
            ),
            _("Ask the authority for a certificate of RSA or ECDSA; PDF readers do not know SM2."),
        ) from error
    if key is None or certificate is None:
        raise CertificateRefused(
            _("{path} holds no key with its certificate.").format(path=path), _("Export both into one .p12 file.")
        )
    if not _may_sign(certificate):
        raise CertificateRefused(
            _("The certificate in {path} is not one for signing.").format(path=path),
            _("Ask for one whose key usage has digital signature or non-repudiation."),
        )
    return Certificate(
        path,
        source,
        _name(certificate.subject),
        _name(certificate.issuer),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        certificate.fingerprint(hashes.SHA256()).hex(),
        content,
        passphrase,
        (certificate, *others),
    )


def _passphrase(source: str) -> bytes | None:
    if not source:
        return None
    try:
        if source.startswith(FROM_FILE):
            return Path(source.removeprefix(FROM_FILE)).read_bytes().rstrip(b"\r\n")
        if source.startswith(FROM_VARIABLE):
            return os.environ[source.removeprefix(FROM_VARIABLE)].encode()
    except (OSError, KeyError) as error:
        raise CertificateRefused(
            _("The passphrase of the certificate is not where it should come from: {source}").format(source=source),
            _("file:PATH is a file with nothing but the passphrase, env:NAME a variable of the environment."),
        ) from error
    raise CertificateRefused(
        _("It is not said where the passphrase comes from."),
        _("file:PATH is a file with nothing but the passphrase, env:NAME a variable of the environment."),
    )


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature or usage.content_commitment


def _name(name: x509.Name) -> str:
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string()


def _demonstration() -> Certificate:
    """The demonstration key of this user; a new one where there is none, or the old one has expired."""
    place = folder() / "demonstration.p12"
    try:
        kept = _opened(place.read_bytes(), None, None, "")
    except (OSError, CertificateRefused):
        kept = None
    if kept is not None and kept.ends > datetime.datetime.now(datetime.UTC):
        return kept
    _keep(place, _made())
    return _opened(place.read_bytes(), None, None, "")  # as another process may have kept its own meanwhile


def _made() -> bytes:
    """A new self-signed key whose name says that it is for demonstrations."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DEMONSTRATION)])
    now = datetime.datetime.now(datetime.UTC)
    signing = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))  # clocks of two machines differ
        .not_valid_after(now + datetime.timedelta(days=DEMONSTRATION_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(signing, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(DEMONSTRATION.encode(), key, certificate, None, NoEncryption())


def _keep(path: Path, content: bytes) -> None:
    """Write a file only this user may read, whole or not at all."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.touch(mode=0o600)
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        raise CertificateRefused(
            _("What documents are signed with cannot be kept in {folder}: {reason}").format(
                folder=path.parent, reason=error.strerror
            ),
            _("Make that folder one you may write to, or set XDG_CONFIG_HOME."),
        ) from error
