"""The keys of a chain of seals: pure functions of the first one, which is the verification key and seals nothing.

It is shown as one word: SEAL1, then 32 random bytes and 3 of a checksum in base 32, which has neither 0 nor 1.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

KEY_BYTES = 32
_PREFIX = "SEAL1"
_CHECK_BYTES = 3
_BODY_CHARS = (KEY_BYTES + _CHECK_BYTES) * 8 // 5
_ALIKE = str.maketrans("018", "OIB")
_BODY = re.compile(r"[A-Z2-7]*")


def new_key() -> bytes:
    """Return the first key of a new chain."""
    return secrets.token_bytes(KEY_BYTES)


def begin_keys(first: bytes) -> tuple[str, bytes]:
    """Return the id of the chain with this first key, and the key of its record 0. Neither tells the first key."""
    return chain_of(first), next_key(first)


def next_key(key: bytes) -> bytes:
    """Return the key after this one, from which this one cannot be found."""
    return hmac.digest(key, b"chatcore seal: next key", "sha256")


def authenticate(key: bytes, *parts: bytes) -> bytes:
    """Return the MAC of these parts, whose bounds their forms must tell."""
    return hmac.digest(hmac.digest(key, b"chatcore seal: record", "sha256"), b"".join(parts), "sha256")


def chain_of(first: bytes) -> str:
    """Return the id of the chain with this first key. It says nothing about the key."""
    return hmac.digest(first, b"chatcore seal: chain", "sha256")[:8].hex()


def to_word(first: bytes) -> str:
    """Return the verification key as it is shown."""
    return _PREFIX + base64.b32encode(first + _check(first)).decode()


def from_word(text: str) -> bytes:
    """Return the first key of the chain that a verification key is for; blanks and line ends in it do not matter.

    Raises ValueError in words for whoever gave it.
    """
    word = "".join(text.split()).upper()
    if not word.startswith(_PREFIX):
        raise ValueError(f"that is no verification key: one begins with {_PREFIX}")
    body = word.removeprefix(_PREFIX).translate(_ALIKE)
    if len(body) != _BODY_CHARS or not _BODY.fullmatch(body):
        count = len(_PREFIX) + _BODY_CHARS
        raise ValueError(f"that verification key is mistyped: it has {count} letters and digits, and this {len(word)}")
    found = base64.b32decode(body)
    first = found[:KEY_BYTES]
    if not hmac.compare_digest(found[KEY_BYTES:], _check(first)):
        raise ValueError("that verification key is mistyped: its checksum is wrong")
    return first


def _check(first: bytes) -> bytes:
    return hashlib.sha256(_PREFIX.encode() + first).digest()[:_CHECK_BYTES]
