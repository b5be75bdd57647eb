"""The tracker's certificate: a self-signed one kept in the state folder, or the operator's own.

The self-signed one need not be trusted by itself: our client binds its proof of the password to it (RFC 5929), and
other clients can pin its fingerprint.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from chatcore.errors import ConfigError
from chatcore.transport.end_point import end_point_binding
from chatcore.transport.fingerprint import format_fingerprint
from chatcore.transport.own_certificate import make_certificate
from chatcore.transport.tls_context import TlsIdentity, make_server_context

LOCAL_NAMES = ("tracker.chat", "localhost", "127.0.0.1", "::1")


def load_identity(
    state_file: Path, certificate: Path | None, key: Path | None, names: Iterable[str] = LOCAL_NAMES
) -> TlsIdentity:
    """Return the tracker's identity: the operator's certificate, or the one in `state_file`, made if missing.

    A new certificate is made for `names`. Raises ConfigError, worded for the operator.
    """
    chain = certificate or state_file
    try:
        if certificate is None and not state_file.exists():
            make_certificate(state_file, names, datetime.now(UTC))
        context = make_server_context(str(chain), str(key) if key else None)
        der = ssl.PEM_cert_to_DER_cert(_first_certificate(chain.read_text(encoding="latin-1")))
        binding = end_point_binding(der)
        found = x509.load_der_x509_certificate(der)
        return TlsIdentity(
            context,
            binding,
            format_fingerprint(der),
            _key_fingerprint(found),
            found.not_valid_after_utc.timestamp(),
            _host_names(der),
        )
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        which = f"{chain} with the key {key}" if key else str(chain)
        raise ConfigError(f"cannot use the TLS certificate {which}: {_why(error)}") from error


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        is_mismatch = error.reason == "KEY_VALUES_MISMATCH"
        return "the key belongs to another certificate" if is_mismatch else "not a certificate and its key, both PEM"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _key_fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of the public key (SubjectPublicKeyInfo), which survives a renewed certificate."""
    key = certificate.public_key()
    return format_fingerprint(
        key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def _host_names(der: bytes) -> tuple[str, ...]:
    """Return the host names that a certificate is for; none if they cannot be read."""
    try:
        extensions = x509.load_der_x509_certificate(der).extensions
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return ()
    return tuple(names.get_values_for_type(x509.DNSName))


def _first_certificate(pem: str) -> str:
    if "BEGIN TRUSTED CERTIFICATE" in pem or "BEGIN X509 CERTIFICATE" in pem:
        raise ValueError("it does not begin with BEGIN CERTIFICATE: convert it with openssl x509 -in OLD -out NEW")
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    start = pem.index(begin)
    return pem[start : pem.index(end, start) + len(end)]
