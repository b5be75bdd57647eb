"""Read markers, appended only now and then because nothing else depends on them.

Every active reader moves a marker with each message: with a thousand readers a message would cause a thousand records.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic

from chatcore.protocol.names import casefold
from chatcore.state.records import Commanded

EVERY_S = 2.0
"""The shortest time between two appends of a client's marker for one target."""


class _Mark:
    """One client's, of one target: when it was last appended (monotonic, s), and what has come since."""

    __slots__ = ("appended_at", "record", "time_ms")

    def __init__(self, appended_at: float) -> None:
        self.appended_at = appended_at
        self.record: Commanded | None = None
        self.time_ms = 0


class Marking:
    """Keeps markers for later. Any thread."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()  # guards the rest
        self._marks: dict[int, dict[str, _Mark]] = {}  # by client and casefolded target

    def keep(self, record: Commanded, time_ms: int) -> int | None:
        """Keep a MARKREAD until this time (Unix, ms) for later; return until when the client has read by all of them.

        None: it is to be appended now.
        """
        now = self._clock()
        with self._lock:
            marks = self._marks.setdefault(record.client, {})
            mark = marks.setdefault(casefold(record.params[0]), _Mark(now - EVERY_S))
            if mark.record is None and now - mark.appended_at >= EVERY_S:
                mark.appended_at, mark.time_ms = now, max(mark.time_ms, time_ms)
                return None
            if time_ms > mark.time_ms:
                mark.record, mark.time_ms = record, time_ms
            return mark.time_ms

    def due(self) -> list[Commanded]:
        """Return the records that are due."""
        now = self._clock()
        with self._lock:
            return [record for client in [*self._marks] for record in self._due_locked(client, now)]

    def leave(self, client: int) -> list[Commanded]:
        """Return and forget the pending records of a client that leaves."""
        with self._lock:
            return [mark.record for mark in self._marks.pop(client, {}).values() if mark.record is not None]

    def _due_locked(self, client: int, now: float) -> list[Commanded]:
        """Return a client's due records, and forget its markers that have nothing pending."""
        marks, due = self._marks[client], list[Commanded]()
        for target, mark in [*marks.items()]:
            if now - mark.appended_at < EVERY_S:
                continue
            if mark.record is None:
                del marks[target]
            else:
                due.append(mark.record)
                mark.appended_at, mark.record = now, None
        if not marks:
            del self._marks[client]
        return due
