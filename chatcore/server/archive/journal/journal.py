"""The journal: append-only files with the records that delivery has decided on and the archive has yet to take.

Delivery writes a record before it sends anything; the archivist reads the journal, and deletes each segment once SQLite
has all of it. So every delivered message is in one or the other, however the tracker ends. After a failure, a record
may appear twice, and a segment may end in half a record; readers tell by the ids.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from chatcore.errors import ConfigError
from chatcore.server.archive.journal import waiting_facts
from chatcore.server.archive.journal.records import (
    FactRecord,
    LineRecord,
    ReactionRecord,
    Record,
    is_line,
    parse_record,
)
from chatcore.server.disk_room import has_room
from chatcore.state.erasure import Erasure
from chatcore.transport.private_files import open_private

SEGMENT_BYTES = 1 << 20
MAX_UNWRITTEN_BYTES = 1 << 24
_RETRY_S = 0.5
_READ_BYTES = 1 << 18
_NAME = re.compile(r"journal-([0-9]{8,})")


class Place(NamedTuple):
    """A place in the journal: the number of a segment and an offset in bytes."""

    segment: int
    offset: int


class Cut(NamedTuple):
    """Where the journal was cut: everything up to an id is in segments before this one (0: it could not be cut)."""

    number: int
    up_to: int
    segment: int


class Journal:
    """The journal's writer. Delivery's thread only; any thread may read the public attributes."""

    def __init__(
        self,
        folder: Path,
        tell: Callable[[str], None] = lambda text: None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Begin a segment after the existing ones. `tell` informs the operator. Raises ConfigError."""
        self._folder = folder
        self._tell = tell
        self._clock = clock
        self._records: list[bytes] = []
        self.append = self._records.append
        """Add a record, which the next `commit` writes."""
        self._unwritten: list[bytes] = []  # records that could not be written
        self._unwritten_bytes = 0
        self._lost = 0  # lines dropped because `_unwritten` was full
        self._retry_at = 0.0
        self._is_torn = False  # the segment ends in half a record that could not be cut off
        self.is_complete = True
        """Whether all records are written."""
        self.position = 0
        """The stream position up to which the journal has everything that is to be kept. Set by delivery."""
        self.end = Place(max(segments(folder), default=0), 0)
        """Where the journal ends."""
        self.last_cut: Cut | None = None
        """The result of the last `cut`."""
        self.has_grown = threading.Event()
        """Set when something was written; cleared by the reader."""
        try:
            self._descriptor = self._begin_segment()
        except OSError as error:
            raise ConfigError(f"cannot write the journal in {folder}: {error.strerror}") from error

    def commit(self) -> None:
        """Write the records that were added since the last commit.

        What cannot be written is kept in memory, up to a limit, and retried.
        """
        if self._records:
            if not self.is_complete or not self._write(b"".join(self._records)):
                self._keep(self._records)
            self._records.clear()
        if not self.is_complete and self._clock() >= self._retry_at:
            self._write_kept()

    def rotate(self) -> None:
        """Begin another segment, unless this one is empty, so that this one can be taken and deleted."""
        if self.end.offset or self._is_torn:
            with contextlib.suppress(OSError):  # a later `commit` reports it
                before, self._descriptor = self._descriptor, self._begin_segment()
                os.close(before)

    def cut(self, number: int, erasure: Erasure, up_to: int) -> None:
        """Begin a new segment, so that the segments with what is to be erased can be taken and deleted.

        Records in memory that match the erasure are dropped at once.
        """
        self.commit()
        self._unwritten = [record for record in self._unwritten if not _is_erased(record, erasure, up_to)]
        self._unwritten_bytes = sum(map(len, self._unwritten))
        before = self.end.segment
        self.rotate()
        is_apart = self.end.segment != before or not (self.end.offset or self._is_torn)
        self.last_cut = Cut(number, up_to, self.end.segment if is_apart else 0)

    def close(self) -> None:
        """Close the file. Retry what could not be written, and report the number of records that are lost."""
        if not self.is_complete:
            self._write_kept()
        if not self.is_complete:
            self._tell(f"{self._lost + len(self._unwritten)} records could not be written and are lost.")
        os.close(self._descriptor)

    def _begin_segment(self) -> int:
        number = self.end.segment + 1
        descriptor = open_private(segment_path(self._folder, number), os.O_WRONLY | os.O_APPEND | os.O_EXCL)
        self.end, self._is_torn = Place(number, 0), False
        return descriptor

    def _write(self, data: bytes) -> bool:
        """Append the data and return True, or undo a partial write and return False."""
        if self.end.offset >= SEGMENT_BYTES:
            self.rotate()
        segment, size = self.end
        if self._is_torn:
            data = b"\n" + data
        try:
            written = os.write(self._descriptor, data)
            if written < len(data):
                written += os.write(self._descriptor, data[written:])  # this raises the reason
        except OSError as error:
            self._fail(error)
            return False
        self.end, self._is_torn = Place(segment, size + written), False
        if not self.has_grown.is_set():
            self.has_grown.set()
        return True

    def _fail(self, error: OSError) -> None:
        try:
            os.ftruncate(self._descriptor, self.end.offset)
        except OSError:
            self._is_torn = True
        self._retry_at = self._clock() + _RETRY_S
        if self.is_complete:
            self.is_complete = False
            self._tell(f"New messages cannot be kept in {self._folder.absolute()}: {error.strerror}. The chat goes on.")

    def _keep(self, records: list[bytes]) -> None:
        """Keep records that could not be written. Beyond the limit, lines are dropped, but never what locks a room."""
        for record in records:
            if self._unwritten_bytes > MAX_UNWRITTEN_BYTES and is_line(record):
                self._lost += 1
            else:
                self._unwritten.append(record)
                self._unwritten_bytes += len(record)

    def _write_kept(self) -> None:
        self._retry_at = self._clock() + _RETRY_S
        if has_room(self._descriptor) and self._write(b"".join(self._unwritten)):
            lost = f" Lines lost: {self._lost}." if self._lost else ""
            self._tell(f"New messages are kept again.{lost}")
            self._unwritten, self._unwritten_bytes, self._lost = [], 0, 0
            self.is_complete = True


class JournalReader:
    """Reads a journal's records in order. One thread, other than delivery's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor: int | None = None
        self.place = Place(min(segments(folder), default=1), 0)
        """How far it has read."""
        self.damaged = 0
        """The number of lines that were not records."""

    def read(self) -> list[Record]:
        """Return the next records, a few hundred kilobytes; an empty list at the end. Raises OSError."""
        while True:
            data = self._read_lines()
            if data:
                return self._parse(data)
            if not self._move_on():
                return []

    def go_back(self, place: Place) -> None:
        """Continue from an earlier place, whose segment must not have been deleted."""
        self.close()
        self.place = place

    @property
    def has_more_than_needed(self) -> bool:
        """Return whether there are segments that have been read completely. Raises OSError."""
        return min(segments(self._folder), default=self.place.segment) < self.place.segment

    def forget_before(self, place: Place) -> None:
        """Delete the segments before this place. Raises OSError."""
        for number in segments(self._folder):
            if number < place.segment:
                segment_path(self._folder, number).unlink(missing_ok=True)

    def close(self) -> None:
        """Close the segment that is being read."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _read_lines(self) -> bytes:
        """Return the next whole lines; b'' at the end of the segment."""
        if self._descriptor is None:
            try:
                self._descriptor = os.open(
                    segment_path(self._folder, self.place.segment), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
                )
            except FileNotFoundError:
                return b""
        size = _READ_BYTES
        while True:
            data = os.pread(self._descriptor, size, self.place.offset)
            whole = data[: data.rfind(b"\n") + 1]
            if whole or len(data) < size:
                self.place = self.place._replace(offset=self.place.offset + len(whole))
                return whole
            size *= 2  # the line is longer than that

    def _move_on(self) -> bool:
        """Move to the next segment if delivery has begun one, and so will not write to this one again."""
        later = [number for number in segments(self._folder) if number > self.place.segment]
        if not later or self._read_lines_remain():
            return bool(later)
        self.close()
        self.place = Place(min(later), 0)
        return True

    def _read_lines_remain(self) -> bool:
        """Return whether more lines were written after the last read and before the next segment began."""
        if self._descriptor is None:
            return False
        rest = os.pread(self._descriptor, _READ_BYTES, self.place.offset)
        return b"\n" in rest

    def _parse(self, data: bytes) -> list[Record]:
        records = []
        for line in data.decode(errors="replace").split("\n")[:-1]:
            try:
                records.append(parse_record(line))
            except ValueError:
                self.damaged += bool(line.strip())
        return records


def _is_erased(record: bytes, erasure: Erasure, up_to: int) -> bool:
    found = parse_record(record.decode().removesuffix("\n"))
    if isinstance(found, FactRecord):
        is_message = found.data.get("fact") == waiting_facts.WAITS
        return is_message and waiting_facts.is_erased(waiting_facts.message_of(*found), erasure, up_to)
    return isinstance(found, LineRecord | ReactionRecord) and found.is_erased(erasure, up_to)


def segment_path(folder: Path, number: int) -> Path:
    """Return a segment's path."""
    return folder / f"journal-{number:08}"


def segments(folder: Path) -> list[int]:
    """Return the numbers of the existing segments, in order."""
    found = (_NAME.fullmatch(entry.name) for entry in folder.iterdir())
    return sorted(int(match[1]) for match in found if match)


def size_from(folder: Path, place: Place) -> int:
    """Return the size of the journal from this place on, in bytes. Any thread. Raises OSError."""
    size = -place.offset
    for number in segments(folder):
        if number >= place.segment:
            with contextlib.suppress(FileNotFoundError):  # taken and deleted by now
                size += segment_path(folder, number).stat().st_size
    return max(0, size)
