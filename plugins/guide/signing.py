"""What guides are signed with, as window and command line show and set it: this user's, and no workspace's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jnw_desktop.documents import certificates
from jnw_desktop.documents.certificates import Certificate
from jnw_desktop.workspace import Workspace


def certificate(_workspace: Workspace | None = None) -> dict[str, Any]:
    """What guides are signed with. Raises CertificateRefused."""
    return _told(certificates.current())


def use_certificate(_workspace: Workspace | None = None, *, file: str = "", passphrase: str = "") -> dict[str, Any]:
    """Sign with the PKCS#12 ``file``, whose passphrase comes from ``file:PATH`` or ``env:NAME``.

    Without a file: with the demonstration key again. Raises CertificateRefused; then all is as it was.
    """
    return _told(certificates.use(Path(file), passphrase) if file else certificates.use_demonstration())


def _told(made: Certificate) -> dict[str, Any]:
    return {
        "certificate": made.path,
        "passphrase": made.passphrase_from,
        "subject": made.subject,
        "issuer": made.issuer,
        "begins": made.begins.date().isoformat(),
        "ends": made.ends.date().isoformat(),
        "fingerprint": made.fingerprint,
        "demonstration": made.demonstration,
    }
