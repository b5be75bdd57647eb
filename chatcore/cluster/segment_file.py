"""The format of a segment: a snapshot of all state at one position, then the batches read after it.

    file  = "chatcore-segment" SP version SP head LF snapshot *frame
    head  = JSON: the fields of Head, and size and CRC-32 of the snapshot
    frame = size of the id (2 bytes), size of the data (4), CRC-32 of both (4), big-endian; id; data

What is written is never changed. A torn or damaged file is good up to its first frame that is incomplete or fails its
checksum.
"""

from __future__ import annotations

import gzip
import json
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from chatcore.cluster.engine import Batch
from chatcore.errors import ChatError

VERSION = 1
GZIP_SUFFIX = ".gz"
_MAGIC = b"chatcore-segment "
_MAX_HEAD_BYTES = 1 << 16
_FRAME = struct.Struct(">HII")
_DAMAGE = (OSError, EOFError, zlib.error)


class SegmentUnusable(ChatError):
    """A segment that cannot be read, is damaged, or is of a newer version. Its text is for the operator."""


class Head(NamedTuple):
    """Where a segment begins.

    `position` is that of the last record before it, `after` the id of that record's batch, `time` its Unix time (s).
    `chat` is the chat's id. `place` is where this tracker's log was, in a form that only the log understands.
    `goes_on`: the segment before this one has all batches up to `after`.
    """

    position: int
    after: str
    time: float
    chat: str = ""
    place: str = ""
    goes_on: bool = False


def beginning(head: Head, snapshot: bytes) -> bytes:
    """Return a segment file's bytes up to its first frame."""
    fields = head._asdict() | {"snapshot_bytes": len(snapshot), "snapshot_crc": zlib.crc32(snapshot)}
    return b"%b%d %b\n%b" % (_MAGIC, VERSION, json.dumps(fields).encode(), snapshot)


def frames(batches: Iterable[Batch]) -> bytes:
    """Return batches as a file has them."""
    parts: list[bytes] = []
    for batch in batches:
        id_ = batch.id.encode()
        parts += (_FRAME.pack(len(id_), len(batch.data), zlib.crc32(batch.data, zlib.crc32(id_))), id_, batch.data)
    return b"".join(parts)


class OpenSegment:
    """A segment open for reading by one thread; a context manager."""

    def __init__(self, path: Path) -> None:
        """Read the head. Raises SegmentUnusable, FileNotFoundError."""
        self.path = path
        self.whole_bytes = 0
        """How much of the file is as it was written, as far as it has been read."""
        try:
            self._file = open_segment(path)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise SegmentUnusable(f"cannot read {path}: {error.strerror}") from error
        try:
            self.head, self._snapshot_bytes, self._snapshot_crc = self._read_head()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> OpenSegment:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()

    def snapshot(self) -> bytes:
        """Return the snapshot; must be called before `batches`. Raises SegmentUnusable."""
        data = self._read(self._snapshot_bytes)
        if len(data) < self._snapshot_bytes or zlib.crc32(data) != self._snapshot_crc:
            raise self._unusable("its snapshot is damaged")
        self.whole_bytes += len(data)
        return data

    def batches(self) -> Iterator[Batch]:
        """Yield the batches up to the end or the first damaged one. Must be called after `snapshot`."""
        while len(top := self._read(_FRAME.size)) == _FRAME.size:
            id_bytes, data_bytes, crc = _FRAME.unpack(top)
            id_, data = self._read(id_bytes), self._read(data_bytes)
            if len(data) < data_bytes or zlib.crc32(data, zlib.crc32(id_)) != crc:
                return
            self.whole_bytes += _FRAME.size + id_bytes + data_bytes
            yield Batch(id_.decode(), data)

    def _read(self, size: int) -> bytes:
        """Read this many bytes; fewer at the end, or where the file is damaged."""
        try:
            return self._file.read(size)
        except _DAMAGE:
            return b""

    def _read_head(self) -> tuple[Head, int, int]:
        try:
            line = self._file.readline(_MAX_HEAD_BYTES)
        except _DAMAGE as error:
            raise self._unusable(str(error)) from error
        version = _version_in(line)
        if version != VERSION:
            raise self._unusable(f"its format is {version}, this program knows {VERSION}" if version else "damaged")
        self.whole_bytes = len(line)
        try:
            fields = json.loads(line[len(_MAGIC) :].partition(b" ")[2])
            size, crc = int(fields.pop("snapshot_bytes")), int(fields.pop("snapshot_crc"))
            return Head(**fields), size, crc
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise self._unusable("damaged") from error

    def _unusable(self, why: str) -> SegmentUnusable:
        return SegmentUnusable(f"{self.path} cannot be used: {why}")


def open_segment(path: Path) -> BinaryIO:
    """Open a segment's file, unpacking it if it is compressed. Raises OSError."""
    return cast("BinaryIO", gzip.GzipFile(path, "rb")) if path.suffix == GZIP_SUFFIX else path.open("rb")


def version_of(path: Path) -> int:
    """Return the version of a segment's format; 0 if that is unknown, as for a damaged one. Raises OSError."""
    try:
        with open_segment(path) as file:
            return _version_in(file.readline(_MAX_HEAD_BYTES))
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return 0


def _version_in(line: bytes) -> int:
    version = line.removeprefix(_MAGIC).partition(b" ")[0]
    return int(version) if line.startswith(_MAGIC) and line.endswith(b"\n") and version.isdigit() else 0
