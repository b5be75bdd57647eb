"""Maintain finished segments: compress them, merge small ones, and remove those that are too old.

A compressed file gets its name only once it is complete and on the disk; only then is the other one removed.
"""

from __future__ import annotations

import gzip
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from time import time

from chatcore.cluster.segment_file import GZIP_SUFFIX, Head, OpenSegment, SegmentUnusable, beginning, frames
from chatcore.cluster.segments import UNFINISHED_SUFFIX, Segment, Segments, end_of
from chatcore.transport.private_files import open_private, sync_folder

JOINED_BYTES = 1 << 22
"""A compressed file that is smaller takes up the next segment, whose snapshot is not needed then."""

_KEPT = 2  # at least: the one that is written, and one that this tracker can surely begin with
_CHUNK_BYTES = 1 << 20
_DAY_S = 86_400


class SegmentUpkeep(threading.Thread):
    """Compresses and removes segments whenever it is woken. The thread called "segments"."""

    def __init__(
        self,
        segments: Segments,
        *,
        days: int,
        max_bytes: int,
        tell: Callable[[str], None],
        now: Callable[[], float] = time,
    ) -> None:
        """Keep segments for `days` (0: as few as possible) and up to `max_bytes` in all. `now`: Unix time, s."""
        super().__init__(name="segments")
        self._segments = segments
        self._days = days
        self._max_bytes = max_bytes
        self._tell = tell
        self._now = now
        self._wanted = threading.Event()
        self._is_stopping = False
        self._problem = ""

    def wake(self) -> None:
        """Wake the thread: a segment was begun. Any thread."""
        self._wanted.set()

    def stop(self) -> None:
        """Stop the thread and wait for it; unfinished work is left to the next start."""
        self._is_stopping = True
        self._wanted.set()
        if self.is_alive():
            self.join()

    def run(self) -> None:
        """Tidy until stopped."""
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if self._is_stopping:
                return
            self.tidy()

    def tidy(self) -> None:
        """Remove and compress what there is. A failure is told once, and tried again the next time."""
        problem = ""
        try:
            self._remove(self._until_now())
            for segment in self._until_now()[:-_KEPT]:
                if segment.path.suffix != GZIP_SUFFIX and not self._is_stopping:
                    self._compress(segment)
        except (OSError, SegmentUnusable) as error:
            problem = str(error)
        if problem and problem != self._problem:
            self._tell(f"What other trackers need to catch up cannot be compressed or removed ({problem})")
        self._problem = problem

    def _until_now(self) -> list[Segment]:
        """Return the segments up to the one that is written. Any after that will be written anew."""
        return [segment for segment in self._segments.all() if segment.head.position <= self._segments.position]

    def _remove(self, found: list[Segment]) -> None:
        """Remove what is too old or too much, oldest first, and what has something that was erased."""
        sizes = [segment.path.stat().st_size for segment in found]
        for index, segment in enumerate(found[:-1]):
            ended = found[index + 1].head.time
            is_old = not self._days or ended < self._now() - self._days * _DAY_S or sum(sizes[index:]) > self._max_bytes
            if segment.head.position < self._segments.forgotten or (is_old and index < len(found) - _KEPT):
                segment.path.unlink(missing_ok=True)

    def _compress(self, segment: Segment) -> None:
        """Put a compressed file in the place of one, or its batches into the one before it."""
        leads = self._leading(segment)
        joined = leads.path if leads and leads.path.stat().st_size < JOINED_BYTES else None
        path = joined or segment.path.with_name(segment.path.name + GZIP_SUFFIX)
        begun = path.with_name(path.name + UNFINISHED_SUFFIX)
        try:
            with os.fdopen(open_private(begun, os.O_WRONLY | os.O_TRUNC), "wb") as target:
                if joined:
                    with joined.open("rb") as source:
                        shutil.copyfileobj(source, target, _CHUNK_BYTES)
                with gzip.GzipFile("", "wb", 6, target) as packing:
                    head = segment.head._replace(goes_on=leads is not None)
                    packing.writelines(_parts(segment, None if joined else head))
                target.flush()
                os.fsync(target.fileno())
            begun.rename(path)
        finally:
            begun.unlink(missing_ok=True)
        sync_folder(path.parent)
        segment.path.unlink()

    def _leading(self, segment: Segment) -> Segment | None:
        """Return the compressed one before, if it leads to this one: a power loss may have cut it off."""
        before = [found for found in self._until_now() if found.head.position < segment.head.position]
        if not before or not segment.head.goes_on or before[-1].path.suffix != GZIP_SUFFIX:
            return None
        return before[-1] if end_of(before[-1])[0] == segment.head.after else None


def _parts(segment: Segment, head: Head | None) -> Iterator[bytes]:
    """Yield what a segment has: under this head or, without one, only its batches."""
    with OpenSegment(segment.path) as opened:
        snapshot = opened.snapshot()
        if head:
            yield beginning(head, snapshot)
        for batch in opened.batches():
            yield frames([batch])
