"""The key by which people recognize the tracker: Ed25519, in a file of the state folder, made at the first start.

The file is in OpenSSH's format, so `ssh-keygen` can read it and an operator can supply one.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chatcore.errors import ConfigError
from chatcore.transport.private_files import make_private, replace_private

FILE = "ssh-host-key"
_MOST_BYTES = 16_384


def load_host_key(path: Path) -> tuple[bytes, str]:
    """Return the key in a file, and its fingerprint as OpenSSH shows it. The file is created if it is missing.

    Raises ConfigError, with a message for the operator.
    """
    try:
        if not path.exists():
            replace_private(path, _serialized(Ed25519PrivateKey.generate()))
        make_private(path)
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES)
        key = serialization.load_ssh_private_key(content, None)
    except (OSError, TypeError, ValueError, UnsupportedAlgorithm) as error:  # TypeError: it has a passphrase
        reason = (
            error.strerror if isinstance(error, OSError) else None
        ) or "it is not a private key without a passphrase"
        raise ConfigError(
            f"cannot use the ssh host key {path}: {reason}; without the file a new one is made"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(f"cannot use the ssh host key {path}: it is not Ed25519")
    return content, _fingerprint(key)


def _serialized(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )


def _fingerprint(key: Ed25519PrivateKey) -> str:
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    digest = hashlib.sha256(base64.b64decode(public.split()[1])).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"
