"""Certificates and public keys as people and programs compare them. Pure."""

from __future__ import annotations

import base64
import hashlib
import re


def format_fingerprint(der: bytes) -> str:
    """Return the SHA-256 of a certificate or public key, as people compare it."""
    return hashlib.sha256(der).hexdigest().upper()


def in_pairs(fingerprint: str) -> str:
    """Return a fingerprint as most programs show it, so that people can compare it: `D3:66:DE`."""
    return ":".join(re.findall("..", fingerprint))


def pin(fingerprint: str) -> str:
    """Return a public key's fingerprint as curl takes it (RFC 7469, section 2.4): `sha256//BASE64`."""
    return f"sha256//{base64.b64encode(bytes.fromhex(fingerprint)).decode()}"
