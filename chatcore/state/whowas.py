"""Who was here: the nicks given up last (https://modern.ircdocs.horse/#whowas-message)."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from chatcore.protocol.names import casefold


class Departed(NamedTuple):
    """Somebody as they were when they gave up a nick, and when that was (Unix time, s)."""

    nick: str
    user: str
    host: str
    realname: str
    left_at: float


class Whowas:
    """The most recent of them. Any thread."""

    def __init__(self, limit: int) -> None:
        self._lock = threading.Lock()
        self._departed: deque[Departed] = deque(maxlen=limit)

    def add(self, departed: Departed) -> None:
        """Remember somebody; the oldest entry goes when there are too many."""
        with self._lock:
            self._departed.append(departed)

    def state(self) -> tuple[Departed, ...]:
        """Return all of them, the latest last."""
        with self._lock:
            return tuple(self._departed)

    def restore(self, state: Iterable[Departed]) -> None:
        """Remember these, and nobody else."""
        with self._lock:
            self._departed = deque(state, self._departed.maxlen)

    def find(self, nick: str, limit: int) -> list[Departed]:
        """Return who had this nick, the latest first; at most `limit`, 0 or less for all."""
        folded = casefold(nick)
        with self._lock:
            found = [departed for departed in reversed(self._departed) if casefold(departed.nick) == folded]
        return found[:limit] if limit > 0 else found
