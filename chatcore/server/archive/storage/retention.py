"""Removes the archive's oldest files once they exceed the age or the size that the operator chose.

A clock may be wrong. So at most one file that is too old is removed a day, and the archive remembers when: a tracker
that restarts again and again does not empty it. Until then, `Reader` does not show what is too old.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from math import inf
from time import monotonic, time

from chatcore.errors import ArchiveUnavailable
from chatcore.server.archive.storage import schema
from chatcore.server.archive.storage.files import HistoryFile, HistoryFiles, month_span_ms
from chatcore.server.archive.storage.writer import Writer

_DAY_S = 86_400
_DAY_MS = _DAY_S * 1000


class Retention:
    """Removes files that are too old or too much. Archivist only."""

    def __init__(
        self,
        files: HistoryFiles,
        writer: Writer,
        days: int,
        forget_waiting: Callable[[int], None] = lambda before_ms: None,
        now: Callable[[], float] = time,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`forget_waiting` deletes the waiting messages from before a time (Unix, ms).

        `now` returns the Unix time, `clock` the monotonic time, both in s.
        """
        self._files = files
        self._writer = writer
        self._days = days
        self._forget_waiting = forget_waiting
        self._now = now
        self._clock = clock
        self._removed_at = -inf
        self._ends: dict[HistoryFile, int] = {}  # the end of each file's month

    def tidy(self) -> None:
        """Remove files that are too old or too much, but never the one being written. Tells the operator."""
        old = self._files.all()[:-1]
        end_ms = self._end_of_first(old) if old else sys.maxsize
        if end_ms <= self._now() * 1000 - self._days * _DAY_MS and self._may_remove():
            self._remove(old[0], f"its messages are more than {self._days} days old")
            self._removed_at = self._clock()
            with suppress(ArchiveUnavailable):  # on a full disk, `_removed_at` alone counts the day
                self._writer.note_removed(int(self._now() * 1000))
            with suppress(ArchiveUnavailable):  # the rest goes with the next file
                self._forget_waiting(end_ms)
        if self._files.max_bytes:
            self._tidy_size()

    def _tidy_size(self) -> None:
        sizes = {file: self._files.size(file) for file in self._files.all()}
        total = sum(sizes.values())
        for file in list(sizes)[:-1]:
            if total <= self._files.max_bytes:
                break
            total -= sizes[file]
            self._remove(file, f"the archive took more than {self._files.max_bytes >> 20} MB (history_mb)")

    def _end_of_first(self, files: Sequence[HistoryFile]) -> int:
        """Return when the month of the first of these files ended (Unix, ms).

        Its lines are older than all others, so a later file's earlier end counts: a clock that was years ahead does not
        keep the file for years.
        """
        self._ends = {file: self._ends.get(file) or _end_ms(file) for file in files}
        return min(self._ends.values())

    def _may_remove(self) -> bool:
        """Return whether a day has passed since a file was last removed for its age."""
        now_ms = int(self._now() * 1000)
        if self._writer.removed_ms > now_ms:  # the clock was set back: the day begins now
            with suppress(ArchiveUnavailable):
                self._writer.note_removed(now_ms)
        is_long_ago = now_ms - self._writer.removed_ms >= _DAY_MS
        return is_long_ago and self._clock() - self._removed_at >= _DAY_S

    def _remove(self, file: HistoryFile, why: str) -> None:
        try:
            self._files.remove(file)
        except OSError as error:
            self._files.tell(f"{file.path.name} cannot be removed from the state folder: {error.strerror}")
        else:
            self._files.tell(f"{file.path.name} was removed from the state folder: {why}")


def _end_ms(file: HistoryFile) -> int:
    """Return when the month of a file's lines ended, by the clock (Unix, ms)."""
    first_ms = None
    with suppress(sqlite3.Error), closing(schema.open_to_read(file.path)) as connection:
        first_ms = connection.execute("SELECT time_ms FROM message WHERE row = 1").fetchone()
    return month_span_ms(first_ms[0])[1] if first_ms else sys.maxsize
