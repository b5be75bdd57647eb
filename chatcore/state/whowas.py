"""WHOWAS: the nicks given up most recently (https://modern.ircdocs.horse/#whowas-message)."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from chatcore.protocol.names import casefold


class Departed(NamedTuple):
    """A client as it was when it gave up a nick, and when that was (Unix time, s)."""

    nick: str
    user: str
    host: str
    realname: str
    left_at: float


class Whowas:
    """The most recent entries. Any thread."""

    def __init__(self, limit: int) -> None:
        self._lock = threading.Lock()
        self._departed: deque[Departed] = deque(maxlen=limit)

    def add(self, departed: Departed) -> None:
        """Add an entry; the oldest is dropped when there are too many."""
        with self._lock:
            self._departed.append(departed)

    def state(self) -> tuple[Departed, ...]:
        """Return all entries, latest last."""
        with self._lock:
            return tuple(self._departed)

    def restore(self, state: Iterable[Departed]) -> None:
        """Replace the entries with these."""
        with self._lock:
            self._departed = deque(state, self._departed.maxlen)

    def find(self, nick: str, limit: int) -> list[Departed]:
        """Return the entries for this nick, latest first; at most `limit`, 0 or less for all."""
        folded = casefold(nick)
        with self._lock:
            found = [departed for departed in reversed(self._departed) if casefold(departed.nick) == folded]
        return found[:limit] if limit > 0 else found
