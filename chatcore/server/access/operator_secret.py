"""Passwords of IRC operators in the configuration: hashed with scrypt, as `scrypt:SALT:KEY` in base64."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

_KIND = "scrypt"
NOBODYS_SECRET = f"{_KIND}:{'A' * 22}==:{'A' * 43}="
"""A hash that matches no known password."""


def hash_secret(password: str) -> str:
    """Return the hash of a password, for the configuration."""
    salt = secrets.token_bytes(16)
    return ":".join((_KIND, base64.b64encode(salt).decode(), base64.b64encode(_derive(password, salt)).decode()))


def secret_matches(hashed: str, password: str) -> bool:
    """Return whether the password matches the hash; False if it is not a valid hash. Takes about 50 ms on purpose."""
    kind, _, rest = hashed.partition(":")
    salt, _, key = rest.partition(":")
    try:
        expected = base64.b64decode(key, validate=True)
        return kind == _KIND and hmac.compare_digest(_derive(password, base64.b64decode(salt, validate=True)), expected)
    except ValueError:
        return False


def _derive(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=1 << 14, r=8, p=1, dklen=32)
