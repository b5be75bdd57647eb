"""The ordered stream of events: many threads append, and only delivery takes.

The rest of the program knows only `Stream`, so that another implementation can share events between several trackers.
An entry has all events of one command and is never split.
"""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Callable
from math import inf
from time import monotonic
from typing import NamedTuple, Protocol

from chatcore.errors import StreamClosed
from chatcore.state.credit import Credit
from chatcore.state.events import Event
from chatcore.state.facts import ClockStepped

STEP_S = 1.0
"""A clock that is off by at least this much was set; a smaller step back is waited out."""

_DRIFT = 1 / 1000  # how far two clocks may drift apart by themselves


class Label(NamedTuple):
    """A client's own name for one of its commands (https://ircv3.net/specs/extensions/labeled-response)."""

    client: int
    text: str


class Entry(NamedTuple):
    """One append: its position in the stream, its Unix time (s), and its events.

    `credit` is given back once the entry is delivered; only entries made in this process have one. `label` marks one
    client's lines from this entry as the answer to its labeled command.
    """

    position: int
    time: float
    events: tuple[Event, ...]
    credit: Credit | None = None
    label: Label | None = None


class Stream(Protocol):
    """The interface of a stream. `append` is for any thread; the rest is for delivery, unless a method says otherwise.

    `sequence` names the sequence of positions: ten hexadecimal digits, unchanged as long as positions continue.
    """

    sequence: str

    @property
    def position(self) -> int:
        """Return the last position that was assigned. Any thread."""

    def append(self, events: tuple[Event, ...], credit: Credit | None = None, label: Label | None = None) -> None:
        """Append one entry. Raises StreamClosed after `close`."""

    def take(self, limit: int) -> list[Entry]:
        """Wait for entries and return at most `limit` of them; an empty list after `wake`."""

    def present(self) -> float:
        """Return the Unix time (s) of the next entry, or the current time if there is none.

        Entries taken later are older only if the clock was set back.
        """

    def wake(self) -> None:
        """Make `take` return. Any thread."""

    def close(self, last: Event) -> None:
        """Append `last` and refuse everything after it. Any thread."""


class QueueStream:
    """A Stream inside one process: a queue under one lock.

    Times are the clock's. They go back only if the clock was set back, and then after a ClockStepped.
    """

    def __init__(self, unix_time: Callable[[], float], sequence: str = "", first: int = 1) -> None:
        """Start at position `first` of this `sequence`, or of a new one if it is ''."""
        self.sequence = sequence or secrets.token_hex(5)
        self.position = first - 1
        self._unix_time = unix_time
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque()
        self._time = 0.0
        self._read_at = 0.0  # when the clock was last compared (monotonic s), and what it said then (Unix s)
        self._read = -inf
        self._is_closed = False
        self._is_sleeping = False
        self._is_woken = False
        self._alarm = threading.Lock()  # held while delivery sleeps; released once by the thread that wakes it
        self._alarm.acquire()

    def append(self, events: tuple[Event, ...], credit: Credit | None = None, label: Label | None = None) -> None:
        """See Stream.append."""
        with self._lock:
            if self._is_closed:
                raise StreamClosed
            self._append_locked(events, credit, label)

    def take(self, limit: int) -> list[Entry]:
        """See Stream.take."""
        while True:
            with self._lock:
                if self._entries or self._is_woken:
                    self._is_woken = False
                    entries = self._entries
                    return [entries.popleft() for _ in range(min(limit, len(entries)))]
                self._is_sleeping = True
            self._alarm.acquire()

    def present(self) -> float:
        """See Stream.present."""
        with self._lock:
            return self._entries[0].time if self._entries else self._tick_locked()

    def wake(self) -> None:
        """See Stream.wake."""
        with self._lock:
            self._is_woken = True
            if self._is_sleeping:
                self._wake_locked()

    def close(self, last: Event) -> None:
        """See Stream.close. Closing twice is harmless."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._append_locked((last,), None, None)

    def _append_locked(self, events: tuple[Event, ...], credit: Credit | None, label: Label | None) -> None:
        time = self._tick_locked()
        self.position += 1
        self._entries.append(Entry(self.position, time, events, credit, label))
        if self._is_sleeping:
            self._wake_locked()

    def _tick_locked(self) -> float:
        """Return the time of an entry that is appended now."""
        now = self._unix_time()
        if self._time <= now < self._read + STEP_S:  # nearly always, without asking the other clock
            self._time = now
        else:
            self._compare_locked(now)
        return self._time

    def _compare_locked(self, now: float) -> None:
        """Compare the clock with the monotonic one; if it was set, append a ClockStepped and follow it."""
        read_at = monotonic()
        elapsed = max(0.0, read_at - self._read_at)  # libfaketime sets this clock back too unless told not to
        expected = self._read + elapsed
        was_set = abs(now - expected) >= STEP_S + elapsed * _DRIFT and self._read_at > 0
        if was_set:
            self.position += 1
            self._entries.append(Entry(self.position, now, (ClockStepped(expected, now),)))
        if was_set or now >= self._time:
            self._time = now
            self._read_at, self._read = read_at, now

    def _wake_locked(self) -> None:
        self._is_sleeping = False
        self._alarm.release()
