"""Makes the records of what delivery hands over: knows the file that is written, and how far it is sealed."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from chatcore.protocol.timestamp import format_time
from chatcore.server.audit.rotated import first_line_of
from chatcore.server.audit.sealing.chain import Chain
from chatcore.server.audit.sealing.handover import Begin, Emptied, Forget, Leave, Step
from chatcore.server.audit.sealing.records import NOTHING, Kind, Record, Span, digest_of_first

_CHUNK_BYTES = 1 << 20


class SealWriter:
    """Carries steps out, one record after the other. One thread."""

    def __init__(self, chain: Chain, last: Record | None, now: Callable[[], float]) -> None:
        """`last` is the newest record of the chain; `now` the Unix time, s."""
        self._chain = chain
        self._now = now
        self._place = last or Record("start", 0, "")  # of the file that is written, up to where it is sealed
        self._is_begun = False  # in this run
        self._is_open = False  # the file is not ended yet
        self._file = Begin(-1, 0)  # the one that is written

    def carry_out(self, steps: deque[Step]) -> None:
        """Carry steps out and take them away. Raises OSError; then those that are left are for another call."""
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
                    pass  # what follows says whether for good
            steps.popleft()
        self._chain.settle()

    def end(self) -> None:
        """Record the end of the run. Raises OSError."""
        if self._is_open:
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
        first = self._first_of_file(begin.size)
        place = self._place
        if self._is_begun or not _goes_on(place, first, begin.size):
            place = Record("next", 0, "", file=place.file + 1)
        found = self._read(place.stop, begin.size)
        self._record("next" if self._is_begun else "start", replace(place, first=first), found)
        self._is_begun = self._is_open = True

    def _seal(self, span: Span) -> None:
        place = self._place
        self._record("seal", place if place.stop else replace(place, first=span.first or NOTHING), span)

    def _empty(self) -> None:
        self._record("emptied", self._place)
        self._place = Record("emptied", 0, "", file=self._place.file + 1)

    def _end_file(self, kind: Kind) -> None:
        if self._place.stop and self._file.descriptor >= 0 and not os.fstat(self._file.descriptor).st_size:
            self._empty()
            self._chain.settle()
        self._record(kind, self._place)
        self._is_open = False
        self._file.close()

    def _record(self, kind: Kind, place: Record, span: Span | None = None, gone: str = "") -> None:
        """Force the log onto the disk, then record a span of it that begins where `place` ends. Raises OSError."""
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

    def _first_of_file(self, size: int) -> str:
        top = first_line_of(self._file.descriptor) if self._file.descriptor >= 0 else b""
        return digest_of_first(top if len(top) <= size else b"")

    def _read(self, start: int, stop: int) -> Span:
        """Return what was found in the file between these bytes. Raises OSError."""
        found = Span()
        while start < stop and (data := os.pread(self._file.descriptor, min(_CHUNK_BYTES, stop - start), start)):
            found.add(data)
            start += len(data)
        return found


def _goes_on(last: Record, first: str, size: int) -> bool:
    """Return whether the file that a run finds is the one of the chain's last record."""
    if last.kind in ("left", "emptied") or not last.file or size < last.stop:
        return False
    return last.first == first or not last.stop
