"""Follows the log as it grows: across rotation and copytruncate, and from before it exists.

After a rotation, the file under the log's name is a different one, or shorter than it was at the last look. Lines
written in between are then in rotated files; their first lines tell which of them continue where the last look ended.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from chatcore.server.audit.reading.blocks import BlockReader
from chatcore.server.audit.rotated import TIME_CHARS, first_line, first_line_of, log_files, open_log_file


class Follower:
    """Yields new lines of the log at `path`. It looks only when asked, and never blocks."""

    def __init__(self, path: Path, file: BinaryIO | None, offset: int) -> None:
        """Continue in `file` at `offset`, where a line begins; None is a log that does not exist yet.

        `close` closes the file.
        """
        self._path = path
        self._reader = _reader(file, offset) if file else None
        self._beginning = b""

    @property
    def is_there(self) -> bool:
        """Return whether the log has existed yet."""
        return self._reader is not None

    def close(self) -> None:
        """Close the file."""
        if self._reader:
            self._reader.file.close()

    def blocks(self) -> Iterator[bytes]:
        """Yield what was written since the last look, in blocks of whole lines. Raises OSError, EOFError."""
        if not self._reader:
            file = _opened(self._path)
            self._reader = _reader(file, 0) if file else None
            if not self._reader:
                return
        descriptor = self._reader.file.fileno()
        if os.fstat(descriptor).st_size < self._reader.file.tell():
            yield from self._left_behind(self._reader.offset, first_line_of(descriptor))
            self._reader, self._beginning = _reader(self._reader.file, 0), b""
        self._beginning = self._beginning or first_line_of(descriptor)
        yield from self._reader.blocks()
        following = self._following_file(descriptor)
        if following:
            yield from self._reader.blocks()  # the rest of it, as the tracker has moved on to the next one
            yield from self._reader.finish()
            self.close()
            self._reader = _reader(following, 0)
            yield from self._left_behind(None, first_line_of(following.fileno()))
            self._beginning = b""
            yield from self._reader.blocks()

    def _following_file(self, descriptor: int) -> BinaryIO | None:
        """Open the file under the log's name, if it is a different one and has been written to."""
        try:
            if os.path.samestat(self._path.stat(), os.fstat(descriptor)):
                return None
        except FileNotFoundError:
            return None
        file = _opened(self._path)
        if file and not first_line_of(file.fileno()):  # the tracker may still be writing to the old one
            file.close()
            return None
        return file

    def _left_behind(self, offset: int | None, until: bytes) -> Iterator[bytes]:
        """Yield the rotated files after the one that was read, up to the one that begins with `until`.

        With an offset, also yield the rest of the copy of the file that was read, from that offset on.
        """
        if not self._beginning:
            return
        files = [(first_line(found), found) for found in log_files(self._path) if found != self._path]
        beginnings = [beginning for beginning, _ in files]
        if self._beginning in beginnings:
            files = files[beginnings.index(self._beginning) :]
        else:  # it was removed
            files = [each for each in files if each[0][:TIME_CHARS] > self._beginning[:TIME_CHARS]]
        for beginning, found in files:
            if beginning == until:
                break
            if beginning != self._beginning:
                yield from _all_of(found, 0)
            elif offset is not None:
                yield from _all_of(found, offset)


def _all_of(path: Path, offset: int) -> Iterator[bytes]:
    with open_log_file(path) as file:
        reader = _reader(file, offset)
        yield from reader.blocks()
        yield from reader.finish()


def _reader(file: BinaryIO, offset: int) -> BlockReader:
    file.seek(offset)
    return BlockReader(file)


def _opened(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None
