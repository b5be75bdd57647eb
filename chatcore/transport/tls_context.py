"""The TLS settings of both sides (1.2 or newer, no renegotiation), and the identity of a server.

A server's contexts allow no CBC, and only elliptic curves for the key exchange.
"""

from __future__ import annotations

import contextlib
import ssl
from typing import NamedTuple

_CIPHERS = "@SECLEVEL=2:ECDHE+AESGCM:ECDHE+CHACHA20"  # of TLS 1.2; 1.3 has no others
_GROUPS = ("X25519MLKEM768:X25519:P-256:P-384", "X25519:P-256:P-384")  # the first if OpenSSL knows it
CAN_CHOOSE_GROUPS = hasattr(ssl.SSLContext, "set_groups")
"""True from Python 3.15 on. With older versions each hello has to be inspected (client_hello)."""


class TlsIdentity(NamedTuple):
    """A server's TLS context, with the properties of its certificate.

    These are its channel binding (`tls-server-end-point`, RFC 5929), its SHA-256 and its public key's, its expiry time
    (Unix, s), and the hosts that it is for.
    """

    context: ssl.SSLContext
    end_point: bytes
    fingerprint: str
    key_fingerprint: str
    expires_at: float
    names: tuple[str, ...] = ()


def make_server_context(certificate_file: str, key_file: str | None) -> ssl.SSLContext:
    """Return a server's context. Raises OSError, ssl.SSLError or ValueError."""
    context = _make_context(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(_CIPHERS)
    if CAN_CHOOSE_GROUPS:
        _choose_groups(context)
    context.load_cert_chain(certificate_file, key_file, _refuse_passphrase)
    return context


def make_client_context() -> ssl.SSLContext:
    """Return a client's context, which accepts any certificate."""
    context = _make_context(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _make_context(protocol: int) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    return context


def _choose_groups(context: ssl.SSLContext) -> None:
    for groups in _GROUPS:
        with contextlib.suppress(ssl.SSLError):
            context.set_groups(groups)  # type: ignore[attr-defined]
            return


def _refuse_passphrase() -> str:
    """Fail, because OpenSSL would ask for the passphrase on the terminal, where the operator's console is."""
    raise ValueError("the key is locked with a passphrase")
