"""Certificates for tests: made in a moment, as a company's or an authority's would be."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


class Holder:
    """A key with its certificate, by itself or by ``issuer``; valid from and to ``days`` from now."""

    def __init__(self, name, issuer=None, days=(-1, 365), *, signing=True):
        self.key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        usage = [signing, signing, False, False, False, not signing, False, False, False]
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.certificate.subject if issuer else subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + days[0] * DAY)
            .not_valid_after(now + days[1] * DAY)
            .add_extension(x509.BasicConstraints(ca=not signing, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(*usage), critical=True)
            .sign(issuer.key if issuer else self.key, hashes.SHA256())
        )
        self.issuer = issuer

    def pem(self, path):
        path.write_bytes(self.certificate.public_bytes(Encoding.PEM))
        return path

    def p12(self, path, passphrase="口令7391"):
        chain = [self.issuer.certificate] if self.issuer else None
        lock = BestAvailableEncryption(passphrase.encode())
        path.write_bytes(pkcs12.serialize_key_and_certificates(b"", self.key, self.certificate, chain, lock))
        return path
