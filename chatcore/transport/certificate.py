"""The tracker's certificate: made once, kept in the state folder, or the operator's own.

The self-signed one is not for anybody to trust by itself: our client binds the password's proof to it (RFC 5929), and
others may pin its fingerprint.
"""

from __future__ import annotations

import hashlib
import os
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chatcore.errors import ConfigError
from chatcore.transport.private_files import make_private_folder
from chatcore.transport.tls import TlsIdentity, make_server_context

_VALID_FOR = timedelta(days=3650)
_WEAK_HASHES = ("md5", "sha1")


def load_identity(state_file: Path, certificate: Path | None, key: Path | None) -> TlsIdentity:
    """Return what to prove the tracker with: the operator's certificate, or the one in `state_file`, made if missing.

    Raises ConfigError in words for the operator.
    """
    chain = certificate or state_file
    try:
        if certificate is None and not state_file.exists():
            _make_certificate(state_file)
        context = make_server_context(str(chain), str(key) if key else None)
        der = ssl.PEM_cert_to_DER_cert(_first_certificate(chain.read_text(encoding="latin-1")))
        return TlsIdentity(context, end_point_binding(der), format_fingerprint(der), _host_names(der))
    except (OSError, ValueError) as error:
        which = f"{chain} with the key {key}" if key else str(chain)
        raise ConfigError(f"cannot use the TLS certificate {which}: {_why(error)}") from error


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, ssl.SSLError):
        is_mismatch = error.reason == "KEY_VALUES_MISMATCH"
        return "the key is another certificate's" if is_mismatch else "not a certificate and its key, both PEM"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def end_point_binding(der: bytes) -> bytes:
    """Return a certificate's hash as `tls-server-end-point` wants it (RFC 5929, section 4.1). Raises ValueError."""
    try:
        algorithm = x509.load_der_x509_certificate(der).signature_hash_algorithm
    except x509.InvalidVersion as error:
        raise ValueError("a certificate of a version that there is not") from error
    name = algorithm.name if algorithm is not None and algorithm.name not in _WEAK_HASHES else "sha256"
    return hashlib.new(name, der).digest()


def format_fingerprint(der: bytes) -> str:
    """Return a certificate's SHA-256 as people compare it."""
    return hashlib.sha256(der).hexdigest().upper()


def _host_names(der: bytes) -> tuple[str, ...]:
    """Return the host names that a certificate is for; those of one that cannot be read are left to browsers."""
    try:
        extensions = x509.load_der_x509_certificate(der).extensions
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return ()
    return tuple(names.get_values_for_type(x509.DNSName))


def _first_certificate(pem: str) -> str:
    if "BEGIN TRUSTED CERTIFICATE" in pem or "BEGIN X509 CERTIFICATE" in pem:
        raise ValueError("it has another form than BEGIN CERTIFICATE: openssl x509 -in OLD -out NEW mends that")
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    start = pem.index(begin)
    return pem[start : pem.index(end, start) + len(end)]


def _make_certificate(path: Path) -> None:
    """Make a key and a self-signed certificate in one file, mode 0600, which appears whole or not at all."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "chatcore tracker")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _VALID_FOR)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("tracker.chat"), x509.DNSName("localhost")]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(serialization.Encoding.PEM)
    make_private_folder(path.parent)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)  # mkstemp makes it mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)  # of two trackers that start at once the first one wins
    except FileExistsError:
        pass
    finally:
        Path(temporary).unlink()
