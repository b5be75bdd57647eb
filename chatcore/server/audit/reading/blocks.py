"""A file of the log in blocks of whole lines, however it grows meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

BLOCK_BYTES = 1 << 16
MAX_LINE_BYTES = 1 << 20


class BlockReader:
    """Reads an open file from where it stands. It may be read again when there is more in it."""

    def __init__(self, file: BinaryIO, stop: int | None = None) -> None:
        """Read up to the offset `stop`; None reads to the end."""
        self.file = file
        self._stop = stop
        self._rest = b""

    @property
    def rest(self) -> bytes:
        """Return what has no end of a line yet."""
        return self._rest

    @property
    def offset(self) -> int:
        """Return how far the file has been read, in bytes of whole lines."""
        return self.file.tell() - len(self._rest)

    def blocks(self) -> Iterator[bytes]:
        """Yield what there is now, in blocks of whole lines. Raises OSError, and EOFError for a file that is cut off.

        What goes on for a megabyte without an end is no line of ours; it is yielded in pieces.
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
        """Yield the last line if its end is missing: nothing comes after it."""
        if self._rest:
            block, self._rest = self._rest + b"\n", b""
            yield block

    def _wanted(self) -> int:
        return BLOCK_BYTES if self._stop is None else max(0, min(BLOCK_BYTES, self._stop - self.file.tell()))


def stored_offset(file: BinaryIO) -> int:
    """Return how far a file has been read, in bytes as they are stored: for one that is compressed, compressed ones."""
    stored: BinaryIO = getattr(file, "fileobj", file)  # of a GzipFile
    return stored.tell()
