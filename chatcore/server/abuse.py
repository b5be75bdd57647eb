"""Limits on what one address may try: connections a minute, and failed passwords."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from chatcore.config import Limits
from chatcore.state.throttle import TokenBucket

_PAGE_REFUND = 0.95  # of a connection; the page has some twenty files
_MAX_DOUBLINGS = 60  # of the delay: more than any limit of it
_MAX_ADDRESSES = 10_000  # of which something is remembered; the oldest are forgotten


@dataclass(slots=True)
class _Record:
    """What is known of one address; times are monotonic seconds."""

    connections: TokenBucket | None
    failures: list[float] = field(default_factory=list)
    banned_until: float = 0.0


class Doorkeeper:
    """Remembers what addresses did. Any thread. `on_ban` is told of an address that is shut out for a while."""

    def __init__(self, limits: Limits, clock: Callable[[], float], on_ban: Callable[[str], None]) -> None:
        self._limits = limits
        self._clock = clock
        self._on_ban = on_ban
        self._lock = threading.Lock()
        self._records: dict[str, _Record] = {}

    def refusal(self, address: str) -> str | None:
        """Count a new connection from `address`, or return why it is refused, as words for a person."""
        now = self._clock()
        with self._lock:
            record = self._record_locked(address)
            if record.banned_until > now:
                return "Too many wrong passwords from your address, try again later"
            if record.connections is not None and not record.connections.try_take(now):
                return "Too many new connections from your address, try again in a minute"
        return None

    def refund_page(self, address: str) -> None:
        """Give most of a connection back: it took one of the page's files, of which a browser fetches many."""
        with self._lock:
            record = self._records.get(address)
            if record is not None and record.connections is not None:
                record.connections.give(_PAGE_REFUND)

    def note_failure(self, address: str) -> float:
        """Count a wrong password; return for how many seconds its answer is to be held back.

        A right one makes nothing good: who knows one password may be guessing another.
        """
        limits = self._limits
        if not limits.failures_before_ban:
            return 0.0
        now = self._clock()
        with self._lock:
            record = self._record_locked(address)
            if record.banned_until > now:  # who was in before goes on guessing, slowly
                return limits.max_failure_delay_s
            record.failures = [at for at in record.failures if at > now - limits.failure_memory_s] + [now]
            count = len(record.failures)
            is_banned = count >= limits.failures_before_ban
            if is_banned:
                record.banned_until = now + limits.failure_ban_s
                record.failures.clear()
        if is_banned:
            self._on_ban(address)
        free = limits.failures_before_delay
        return 0.0 if count <= free else min(limits.max_failure_delay_s, 2.0 ** min(count - free - 1, _MAX_DOUBLINGS))

    def _record_locked(self, address: str) -> _Record:
        record = self._records.pop(address, None)
        if record is None:
            per_minute = self._limits.connections_per_minute
            record = _Record(TokenBucket(per_minute / 60, per_minute) if per_minute else None)
            if len(self._records) >= _MAX_ADDRESSES:  # who has guessed is remembered for longer
                harmless = (known for known, kept in self._records.items() if not (kept.failures or kept.banned_until))
                del self._records[next(harmless, next(iter(self._records)))]
        self._records[address] = record  # the dictionary's order is that of use
        return record
