"""Decides who counts as present, and so when the tracker ends: once the last client has left.

A client that leaves deliberately stops counting at once. A lost connection lingers, so that reloading a page does not
end the chat. A client that has proven the password and is still choosing a nick is present; one that never proved it
is not.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from chatcore.protocol.names import casefold


class Presence:
    """Counts the clients that are present. Any thread; times are monotonic seconds."""

    def __init__(self, linger_s: float, clock: Callable[[], float], on_change: Callable[[], None]) -> None:
        self._linger_s = linger_s
        self._clock = clock
        self._on_change = on_change
        self._lock = threading.Lock()
        self._present: set[int] = set()
        self._lingering: OrderedDict[str, float] = OrderedDict()  # nick -> when it stops counting, soonest first
        self._was_entered = False
        self.has_failed = False

    def prove(self, client: int) -> None:
        """Count a client that knows the password."""
        with self._lock:
            self._present.add(client)

    def enter(self, client: int, nick: str) -> None:
        """Count a client that has registered, in place of the lost connection it may be returning from."""
        with self._lock:
            self._present.add(client)
            self._lingering.pop(casefold(nick), None)
            self._was_entered = True

    def leave(self, client: int, nick: str, *, is_lost: bool) -> None:
        """Uncount a client; `nick` is '' for one that never chose one."""
        with self._lock:
            self._present.discard(client)
            if is_lost and nick:
                self._linger_locked(casefold(nick), self._clock())
        self._on_change()

    def begin_anew(self) -> None:
        """Wait for somebody to come in: those who have left so far were there before this tracker's time."""
        with self._lock:
            self._was_entered = bool(self._present)
            self._lingering.clear()

    def fail(self) -> None:
        """End the chat at once, whoever is present: the tracker cannot go on."""
        self.has_failed = True
        self._on_change()

    def ends_in(self) -> float | None:
        """Return in how many seconds the tracker ends if nobody comes; None while somebody is present or expected."""
        if self.has_failed:
            return 0.0
        with self._lock:
            if self._present or not self._was_entered:
                return None
            return max(0.0, next(reversed(self._lingering.values()), 0.0) - self._clock())

    def _linger_locked(self, nick: str, now: float) -> None:
        """Count a lost connection for a while. Looks only at other ones whose time is up, since many may leave."""
        lingering = self._lingering
        lingering[nick] = now + self._linger_s
        lingering.move_to_end(nick)
        while lingering and next(iter(lingering.values())) <= now:
            lingering.popitem(last=False)
