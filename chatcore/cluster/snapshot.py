"""A snapshot: all that trackers must agree on at one position of the stream, as bytes.

It has parts, each of which is plain data: NamedTuples, tuples, str, bytes, int, float, bool, None. The same state gives
the same bytes on every tracker, so trackers compare digests of them. Nothing depends on hash order: the code that makes
a part sorts what has no order (sets are sorted here). For the disk and the engine a snapshot is packed, which may
compress it, and not every tracker compresses alike.

Pure; safe to call from any thread.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from chatcore.errors import ChatError

MAX_BYTES = 1 << 30
"""Of one that is not packed: what is larger is refused, as a few packed bytes could take any amount of memory."""

DIGEST_BYTES = 16
_MAGIC = b"chatcore snapshot 1\n"
_LEVEL = 1  # three times as fast as the usual one, for a sixth more bytes
_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decode = msgspec.msgpack.Decoder(dict[str, msgspec.Raw]).decode


class SnapshotError(ChatError):
    """Bytes that are no snapshot of this version, or state that cannot be written as one."""


def encode(parts: Mapping[str, object]) -> bytes:
    """Return the parts as bytes. Raises SnapshotError for what is no plain data."""
    try:
        return _encode(dict(sorted(parts.items())))
    except (TypeError, ValueError, OverflowError, msgspec.MsgspecError) as error:
        raise SnapshotError(f"a snapshot that cannot be written: {error!r}") from error


def decode(data: bytes, kinds: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts, each of its kind (a type). Raises SnapshotError unless there are exactly these."""
    try:
        parts = _decode(data)
        if parts.keys() != kinds.keys():
            raise SnapshotError(f"a snapshot of {sorted(parts)} instead of {sorted(kinds)}")
        return {name: msgspec.msgpack.decode(parts[name], type=kind) for name, kind in kinds.items()}
    except (ValueError, msgspec.MsgspecError) as error:
        raise SnapshotError(f"a snapshot that cannot be read: {error!r}") from error


def digest(data: bytes) -> bytes:
    """Return by what a snapshot is known to be the same as another tracker's."""
    return blake2b(data, digest_size=DIGEST_BYTES).digest()


def pack(data: bytes, *, is_hurried: bool = False) -> bytes:
    """Return a snapshot as it is kept; if somebody waits for that, not compressed, which takes most of the time."""
    return _MAGIC + digest(data) + zlib.compress(data, 0 if is_hurried else _LEVEL)


def digest_of(packed: bytes) -> bytes:
    """Return the digest of a snapshot that was packed just now."""
    return packed[len(_MAGIC) : len(_MAGIC) + DIGEST_BYTES]


def unpack(packed: bytes) -> bytes:
    """Return a snapshot as it was packed. Raises SnapshotError for what is none, or damaged."""
    start = len(_MAGIC) + DIGEST_BYTES
    if packed[: len(_MAGIC)] != _MAGIC:
        raise SnapshotError("no snapshot of this version")
    inflating = zlib.decompressobj()
    try:
        data = inflating.decompress(packed[start:], MAX_BYTES)
    except zlib.error as error:
        raise SnapshotError(f"a damaged snapshot: {error}") from error
    if not inflating.eof or inflating.unused_data or digest(data) != digest_of(packed):
        raise SnapshotError("a damaged snapshot, or only a part of one")
    return data
