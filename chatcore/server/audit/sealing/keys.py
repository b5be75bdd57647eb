"""The keys of a chain of seals. Pure.

All are derived from the first one, which is the verification key and seals nothing. It is shown as one word: SEAL1,
then 32 random bytes and a 3-byte checksum in base 32, whose alphabet has neither 0 nor 1.
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
    """Return the id of the chain with this first key, and the key of its record 0. Neither reveals the first key."""
    return chain_of(first), next_key(first)


def next_key(key: bytes) -> bytes:
    """Return the next key, from which this one cannot be computed."""
    return hmac.digest(key, b"chatcore seal: next key", "sha256")


def authenticate(key: bytes, *parts: bytes) -> bytes:
    """Return the MAC of these parts joined; their formats must make the boundaries unambiguous."""
    return hmac.digest(hmac.digest(key, b"chatcore seal: record", "sha256"), b"".join(parts), "sha256")


def chain_of(first: bytes) -> str:
    """Return the id of the chain with this first key. It does not reveal the key."""
    return hmac.digest(first, b"chatcore seal: chain", "sha256")[:8].hex()


def to_word(first: bytes) -> str:
    """Return the verification key as it is shown."""
    return _PREFIX + base64.b32encode(first + _check(first)).decode()


def from_word(text: str) -> bytes:
    """Return the first key that a typed verification key stands for; white space in it is ignored.

    Raises ValueError, in words for the person who typed it.
    """
    word = "".join(text.split()).upper()
    if not word.startswith(_PREFIX):
        raise ValueError(f"that is not a verification key: it should begin with {_PREFIX}")
    body = word.removeprefix(_PREFIX).translate(_ALIKE)
    if len(body) != _BODY_CHARS or not _BODY.fullmatch(body):
        count = len(_PREFIX) + _BODY_CHARS
        raise ValueError(
            f"that verification key is mistyped: a key is {count} letters and digits, not {len(word)} characters"
        )
    found = base64.b32decode(body)
    first = found[:KEY_BYTES]
    if not hmac.compare_digest(found[KEY_BYTES:], _check(first)):
        raise ValueError("that verification key is mistyped: its checksum is wrong")
    return first


def _check(first: bytes) -> bytes:
    return hashlib.sha256(_PREFIX.encode() + first).digest()[:_CHECK_BYTES]
