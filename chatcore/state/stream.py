"""The ordered stream of events: many threads append, delivery alone takes.

The rest of the program knows only `Stream`, so that another implementation can share events between several trackers.
An entry is what one command caused, and is never split.
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
"""A clock this far from where it should be was set; a smaller step back is waited out."""

_DRIFT = 1 / 1000  # how far two clocks may drift apart by themselves


class Label(NamedTuple):
    """A client's own name for one of its commands (https://ircv3.net/specs/extensions/labeled-response)."""

    client: int
    text: str


class Entry(NamedTuple):
    """One append: its position in the stream, the Unix time it was made (s), its events.

    `credit` is given back once the entry is delivered; only entries made in this process have one. `label` marks what
    one client gets from it as the answer to its labeled command.
    """

    position: int
    time: float
    events: tuple[Event, ...]
    credit: Credit | None = None
    label: Label | None = None


class Stream(Protocol):
    """Where events go and where they come from. `append` is for any thread, the rest for delivery.

    `sequence` names the sequence of positions: ten hexadecimal digits, the same for as long as positions go on.
    """

    sequence: str

    @property
    def position(self) -> int:
        """Return the last position that was given. Any thread."""

    def append(self, events: tuple[Event, ...], credit: Credit | None = None, label: Label | None = None) -> None:
        """Append one entry. Raises StreamClosed after `close`."""

    def take(self, limit: int) -> list[Entry]:
        """Wait for entries and return at most `limit` of them; none after `wake`."""

    def present(self) -> float:
        """Return the Unix time (s) of the entry that would be taken now, or else the current one.

        What is taken later is older only if the clock was set back.
        """

    def wake(self) -> None:
        """Make `take` return. Any thread."""

    def close(self, last: Event) -> None:
        """Append `last` and refuse everything after it. Any thread."""


class QueueStream:
    """A Stream inside one process: a queue under one lock.

    Times are the clock's. They go back only if it was set back, and then after a ClockStepped.
    """

    def __init__(self, unix_time: Callable[[], float], sequence: str = "", first: int = 1) -> None:
        """`first` is the first position, in this `sequence`; without one, in a new sequence."""
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
        self._alarm = threading.Lock()  # held while delivery sleeps; released once by whoever wakes it
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
        """See Stream.close; closing twice is closing once."""
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
        """Return the time of what is appended now."""
        now = self._unix_time()
        if self._time <= now < self._read + STEP_S:  # nearly always, without asking the other clock
            self._time = now
        else:
            self._compare_locked(now)
        return self._time

    def _compare_locked(self, now: float) -> None:
        """Compare the clock with the monotonic one; if it was set, say so in an entry and follow it."""
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
