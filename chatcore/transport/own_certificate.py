"""The self-signed certificate of a tracker, in one file with its key. It is renewed before it expires; the key stays.

Clients pin the certificate they have seen. So the next one is made a month before it is used, and can be announced;
clients that pin the public key notice nothing. A certificate that the operator puts into the file is left alone.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chatcore.transport.private_files import make_private_folder

_VALID_FOR = timedelta(days=825)  # some programs reject longer ones
_RENEWED_BEFORE = timedelta(days=30)
_NEXT_MADE_BEFORE = timedelta(days=60)
_CLOCKS_DIFFER = timedelta(days=1)  # clients' clocks may be behind
_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "chatcore tracker")])


class Upcoming(NamedTuple):
    """The next certificate (DER), and when the tracker begins to use it (Unix time, s)."""

    der: bytes
    shown_from: float


def make_certificate(path: Path, names: Iterable[str], now: datetime) -> None:
    """Make a key and a certificate for these host names and addresses, unless the file exists. Raises OSError.

    The file appears complete or not at all, mode 0600. If several processes try at once, one wins.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    make_private_folder(path.parent)
    with contextlib.suppress(FileExistsError), _written(path, _sign(key, names, now), key) as temporary:
        os.link(temporary, path)


def renew_certificate(path: Path, names: Iterable[str], now: datetime) -> Upcoming | None:
    """Replace the certificate in the file during its last month with another one for the same key.

    In the month before that, return the next one, which is kept beside the file as tls-next.pem. A certificate that
    becomes valid only in more than a month was made while the clock was far ahead, and is replaced too.

    Raises OSError, ValueError, TypeError.
    """
    found = _read_own(path)
    if found is None:
        return None
    key, current = found
    if current.not_valid_before_utc - now > _RENEWED_BEFORE:
        with _written(path, _sign(key, names, now), key) as temporary:
            temporary.replace(path)
    if current.not_valid_after_utc - now > _NEXT_MADE_BEFORE:
        return None
    ahead = path.with_name("tls-next.pem")
    prepared = _read_own(ahead) if ahead.exists() else None
    if prepared is None or not _continues(prepared[1], current):
        prepared = key, _sign(key, names, now)
        with _written(ahead, prepared[1], key) as temporary:
            temporary.replace(ahead)
    shown_from = current.not_valid_after_utc - _RENEWED_BEFORE
    if now < shown_from:
        return Upcoming(prepared[1].public_bytes(serialization.Encoding.DER), shown_from.timestamp())
    ahead.replace(path)
    return None


def _continues(certificate: x509.Certificate, current: x509.Certificate) -> bool:
    """Return whether a certificate has the same key as the current one and outlasts it."""
    is_later = certificate.not_valid_after_utc - current.not_valid_after_utc > _NEXT_MADE_BEFORE
    return is_later and certificate.public_key() == current.public_key()


def _read_own(path: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate] | None:
    """Return the key and certificate in a file; None if we did not make them."""
    pem = path.read_bytes()
    certificate = x509.load_pem_x509_certificate(pem)
    if certificate.subject != _NAME or certificate.issuer != _NAME:
        return None
    key = serialization.load_pem_private_key(pem, None)
    return (key, certificate) if isinstance(key, ec.EllipticCurvePrivateKey) else None


def _sign(key: ec.EllipticCurvePrivateKey, names: Iterable[str], now: datetime) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(_NAME)
        .issuer_name(_NAME)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now - _CLOCKS_DIFFER + _VALID_FOR)
        .add_extension(x509.SubjectAlternativeName(_general_names(names)), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .sign(key, hashes.SHA256())
    )


def _general_names(names: Iterable[str]) -> list[x509.GeneralName]:
    """Return names and addresses as a certificate has them, without duplicates and names it cannot contain."""
    found: dict[x509.GeneralName, None] = {}
    for name in names:
        try:
            found[x509.IPAddress(ipaddress.ip_address(name))] = None
        except ValueError:
            with contextlib.suppress(UnicodeError):
                found[x509.DNSName(name.encode("idna").decode())] = None
    return list(found)


@contextlib.contextmanager
def _written(path: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Iterator[Path]:
    """Write key and certificate into a file beside `path`, mode 0600, that exists only during the block."""
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(serialization.Encoding.PEM)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)  # mkstemp makes it mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        yield Path(temporary)
    finally:
        Path(temporary).unlink(missing_ok=True)
