"""Reads a log file, which may be growing, in blocks of whole lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

BLOCK_BYTES = 1 << 16
MAX_LINE_BYTES = 1 << 20


class BlockReader:
    """Reads an open file from its current position. It can be read again once it has grown."""

    def __init__(self, file: BinaryIO, stop: int | None = None) -> None:
        """Read up to the offset `stop`; None reads to the end."""
        self.file = file
        self._stop = stop
        self._rest = b""

    @property
    def rest(self) -> bytes:
        """Return the incomplete line at the end."""
        return self._rest

    @property
    def offset(self) -> int:
        """Return the offset up to which whole lines have been read."""
        return self.file.tell() - len(self._rest)

    def blocks(self) -> Iterator[bytes]:
        """Yield the rest of the file in blocks of whole lines. Raises OSError, and EOFError if it is truncated.

        A megabyte without a line end is not a line of ours; it is yielded in pieces.
        """
        while data := self.file.read(self._wanted()):
            if not data.endswith(b"\n"):
                data += self.file.readline(MAX_LINE_BYTES)
            if self._rest:
                data, self._rest = self._rest + data, b""
            if not data.endswith(b"\n"):
                end = data.rfind(b"\n") + 1
                data, self._rest = data[:end], data[end:]
                if len(self._rest) >= MAX_LINE_BYTES:
                    data, self._rest = data + self._rest + b"\n", b""
            if data:
                yield data

    def finish(self) -> Iterator[bytes]:
        """Yield an incomplete last line, as nothing comes after it."""
        if self._rest:
            block, self._rest = self._rest + b"\n", b""
            yield block

    def _wanted(self) -> int:
        return BLOCK_BYTES if self._stop is None else max(0, min(BLOCK_BYTES, self._stop - self.file.tell()))


def stored_offset(file: BinaryIO) -> int:
    """Return how far a file has been read, in bytes as stored: compressed bytes if it is compressed."""
    stored: BinaryIO = getattr(file, "fileobj", file)  # of a GzipFile
    return stored.tell()
