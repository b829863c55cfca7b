"""Certificates for mail servers on this machine: one that is good for 127.0.0.1 and localhost, and ones that are not."""

from __future__ import annotations

import atexit
import ipaddress
import shutil
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Certificate:
    """A certificate that signs itself, and its key, as files."""

    cert: Path
    key: Path

    def server(self) -> ssl.SSLContext:
        """What a server with this certificate speaks."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        return context

    def trusted(self) -> ssl.SSLContext:
        """What a client speaks who trusts it, and nobody else."""
        return ssl.create_default_context(cafile=str(self.cert))


MICROSOFTS = ("smtp.office365.com", "outlook.office365.com")
"""Played on this machine, too."""


@cache
def certificate(*names: str, days: int = 30) -> Certificate:
    """One for these names; ``127.0.0.1``, ``localhost`` and :data:`MICROSOFTS` when none are given. With days below
    zero it is over."""
    wanted = names or ("127.0.0.1", "localhost", *MICROSOFTS)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, wanted[0])])
    until = datetime.now(UTC) + timedelta(days=days)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(until - timedelta(days=60)).not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([_named(word) for word in wanted]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    folder = Path(mkdtemp(prefix="hub-mail-tls-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    pair = Certificate(folder / "cert.pem", folder / "key.pem")
    pair.cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pair.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    )
    return pair


def _named(word: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(word))
    except ValueError:
        return x509.DNSName(word)
