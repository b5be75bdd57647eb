"""Certificates and keys that tests make themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import HashAlgorithm
from cryptography.x509.oid import NameOID

PrivateKey: TypeAlias = (
    ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
    | rsa.RSAPrivateKey
    | dsa.DSAPrivateKey
)


def certificate_of(
    key: PrivateKey,
    algorithm: HashAlgorithm | None,
    *names: str,
    valid_for: timedelta = timedelta(days=30),
    pss: padding.PSS | None = None,
) -> x509.Certificate:
    """Return a self-signed certificate of the key, signed with this hash, for hosts; Ed25519 has none of its own.

    `pss` has an RSA key sign by RSASSA-PSS.
    """
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + valid_for)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False)
    return builder.sign(key, algorithm, rsa_padding=pss)  # type: ignore[arg-type]


def write_pem(
    path: Path, *parts: x509.Certificate | PrivateKey, passphrase: bytes | None = None, note: str = ""
) -> None:
    """Write certificates and keys into one file; `passphrase` encrypts the keys, `note` comes first."""
    lock: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase is not None:
        lock = serialization.BestAvailableEncryption(passphrase)
    pem = note.encode()
    for part in parts:
        if isinstance(part, x509.Certificate):
            pem += part.public_bytes(serialization.Encoding.PEM)
        else:
            pem += part.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
    path.write_bytes(pem)


def der(tag: int, content: bytes) -> bytes:
    """Return a value in DER (X.690, section 10.1)."""
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    written = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(written)]) + written + content
