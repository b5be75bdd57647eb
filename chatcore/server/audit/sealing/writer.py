"""Turns the steps from delivery into records; knows the current file, and how far it is sealed."""

from __future__ import annotations

import contextlib
import os
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from chatcore.protocol.timestamp import format_time
from chatcore.server.audit.rotated import first_line, log_files, open_log_file
from chatcore.server.audit.sealing.chain import Chain
from chatcore.server.audit.sealing.handover import Begin, Emptied, Forget, Found, Leave, Step
from chatcore.server.audit.sealing.records import MAX_LINE_BYTES, NOTHING, Kind, Record, Span, digest_of_found

_CHUNK_BYTES = 1 << 20


class SealWriter:
    """Carries out steps, writing one record after the other. One thread."""

    def __init__(self, log: Path, chain: Chain, last: Record | None, now: Callable[[], float]) -> None:
        """`last` is the newest record of the chain; `now` returns the Unix time, s."""
        self._log = log
        self._chain = chain
        self._now = now
        self._place = last or Record("start", 0, "")  # the last record; its `stop` is how far the file is sealed
        self._has_looked = False  # a file of this run was read
        self._is_begun = False  # this run has records
        self._is_open = False  # the current file is not ended yet
        self._file = Begin(-1, 0)  # the current file

    def carry_out(self, steps: deque[Step]) -> None:
        """Carry out steps and remove them. Raises OSError; then the remaining steps are for another call."""
        while steps:
            self._chain.settle()
            match steps[0]:
                case Begin() as begin:
                    self._begin(begin)
                case Span() as span:
                    self._seal(span)
                case Emptied():
                    self._empty()
                case Forget() as forget:
                    self._record("removed", self._place, gone=forget.first)
                    forget.is_recorded.set()
                case Leave():
                    pass  # the next step, or `end`, writes the record
            steps.popleft()
        self._chain.settle()

    def end(self) -> None:
        """Record the end of the run. Raises OSError.

        Does nothing if a partly written entry could not be cut off from the file: the next run will find it.
        """
        if self._is_open and _size(self._file) in (None, 0, self._place.stop):
            self._chain.settle()
            self._end_file("end")
            self._chain.settle()

    def close(self) -> None:
        """Close the files."""
        self._file.close()
        self._chain.close()

    def _begin(self, begin: Begin) -> None:
        if self._is_open:
            self._end_file("left")
            self._chain.settle()
        self._file = begin
        self._chain.sync_folder()
        self.look_at(begin)
        found = begin.found
        assert found
        if not self._is_begun and self._may_have_been_emptied(found):
            self._record("emptied", self._place)
            self._chain.settle()
        place = self._place if found.goes_on else Record("next", 0, "", file=self._place.file + 1)
        self._record("next" if self._is_begun else "start", replace(place, first=found.first), found.span)
        self._is_begun = self._is_open = True

    def look_at(self, begin: Begin) -> None:
        """Read a file's contents, if possible before another program empties it. Raises OSError."""
        if begin.found is None:
            first = _first_of_file(begin)
            goes_on = not self._has_looked and _goes_on(self._place, first, begin.size)
            begin.found = Found(first, goes_on, _read(begin, self._place.stop if goes_on else 0))
        self._has_looked = True

    def _seal(self, span: Span) -> None:
        place = self._place
        self._record("seal", place if place.stop else replace(place, first=span.first or NOTHING), span)

    def _empty(self) -> None:
        self._record("emptied", self._place)
        self._place = Record("emptied", 0, "", file=self._place.file + 1)

    def _end_file(self, kind: Kind) -> None:
        if self._place.stop and _size(self._file) == 0:
            self._empty()
            self._chain.settle()
        self._record(kind, self._place)
        self._is_open = False
        self._file.close()

    def _record(self, kind: Kind, place: Record, span: Span | None = None, gone: str = "") -> None:
        """Force the log onto the disk, then append a record for a span that begins where `place` ends.

        Raises OSError.
        """
        if self._file.descriptor >= 0:
            os.fsync(self._file.descriptor)
        record = Record(
            kind,
            0,
            format_time(self._now()),
            place.file,
            place.first,
            start=place.stop,
            stop=place.stop,
            start_line=place.stop_line,
            stop_line=place.stop_line,
            gone=gone,
        )
        if span is not None and span.bytes:
            record = replace(
                record,
                stop=place.stop + span.bytes,
                stop_line=place.stop_line + span.lines,
                sha256=span.sha256,
                digests=span.digests,
            )
        self._chain.append(record)
        self._place = record

    def _may_have_been_emptied(self, found: Found) -> bool:
        """Return whether the last file, of a run that was killed, may be incomplete. Raises OSError.

        Then it was copied and emptied after that run, or before the run noticed.
        """
        last = self._place
        if found.goes_on or last.kind in ("left", "emptied", "end") or not last.stop:
            return False
        beside = (path for path in log_files(self._log) if path != self._log)
        return not any(digest_of_found(first_line(path)) == last.first and _has(path, last.stop) for path in beside)


def _size(begin: Begin) -> int | None:
    """Return the present size of a file, None if it cannot be known. Raises OSError."""
    return os.fstat(begin.descriptor).st_size if begin.descriptor >= 0 else None


def _first_of_file(begin: Begin) -> str:
    return digest_of_found(os.pread(begin.descriptor, min(begin.size, MAX_LINE_BYTES), 0) if begin.size else b"")


def _read(begin: Begin, start: int) -> Span:
    """Return the contents of a file from this byte on, as a span. Raises OSError."""
    found = Span()
    while start < begin.size and (data := os.pread(begin.descriptor, min(_CHUNK_BYTES, begin.size - start), start)):
        found.add(data)
        start += len(data)
    return found


def _has(path: Path, size: int) -> bool:
    """Return whether a file has at least `size` readable bytes. Raises OSError."""
    with contextlib.suppress(EOFError, zlib.error), open_log_file(path) as file:
        file.seek(size - 1)
        return bool(file.read(1))
    return False


def _goes_on(last: Record, first: str, size: int) -> bool:
    """Return whether the file that a run finds is that of the chain's last record."""
    if last.kind in ("left", "emptied") or not last.file or size < last.stop:
        return False
    return last.first == first or not last.stop
