"""Limits on what one address may try: connections a minute, and failed passwords."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from chatcore.commands.context import Leave, Verdict
from chatcore.config import Limits
from chatcore.server.local_guesses import LocalGuesses
from chatcore.state.throttle import TokenBucket

_PAGE_REFUND = 0.95  # of a connection; the page has some twenty files
_MINUTE_S = 60
_MAX_DOUBLINGS = 60  # of the delay: more than any limit of it
_TURN_S = 0.02  # a comparison takes milliseconds
_SHUT_OUT = "Too many wrong passwords from your address, try again later"
_MAX_ADDRESSES = 10_000  # of which something is remembered; the oldest are forgotten


@dataclass(slots=True)
class _Record:
    """What is known of one address; times are monotonic seconds."""

    connections: TokenBucket | None
    failures: list[float] = field(default_factory=list)
    comparing: int = 0  # guesses that may turn out wrong
    banned_until: float = 0.0

    @property
    def is_guilty(self) -> bool:
        """Tell whether something would be forgiven by forgetting the address."""
        return bool(self.failures or self.comparing or self.banned_until)


_BUSY = _Record(None)


class Doorkeeper:
    """Remembers what addresses did. Any thread. `on_ban` is told of an address that is shut out for a while."""

    def __init__(self, limits: Limits, clock: Callable[[], float], on_ban: Callable[[str], None]) -> None:
        self._limits = limits
        self._clock = clock
        self._on_ban = on_ban
        self._local_guesses = LocalGuesses(clock)
        self._lock = threading.Lock()
        self._records: dict[str, _Record] = {}

    def refusal(self, address: str) -> str | None:
        """Count a new connection from `address`, or return why it is refused, as words for a person."""
        now = self._clock()
        with self._lock:
            record = self._record_locked(address)
            if record.banned_until > now:
                return _SHUT_OUT
            if record.connections is not None and not record.connections.try_take(now):
                return "Too many new connections from your address, try again in a minute"
        return None

    def retry_after_s(self, address: str) -> int:
        """Return after how many seconds it makes sense to come again from a refused address."""
        with self._lock:
            record = self._records.get(address)
            left_s = record.banned_until - self._clock() if record else 0.0
        return math.ceil(left_s) if left_s > 0 else _MINUTE_S

    def refund_page(self, address: str) -> None:
        """Give most of a connection back: it took one of the page's files, of which a browser fetches many."""
        with self._lock:
            record = self._records.get(address)
            if record is not None and record.connections is not None:
                record.connections.give(_PAGE_REFUND)

    def guess(self, address: str, is_right: Callable[[], bool], pause: Callable[[float], bool]) -> Verdict:
        """Compare a password, by `is_right`, if `address` may guess now.

        A guess counts as wrong from before it is compared, so that many at once are no more than as many in a row; a
        right one is given back, but makes nothing else good: who knows one password may be guessing another. `pause`
        waits so many seconds, and returns False when the client is gone. Raises Leave then.
        """
        if not self._limits.failures_before_ban:
            return Verdict(is_right())
        while (record := self._begin(address)) is not None:
            if record is not _BUSY:
                break
            if not pause(_TURN_S):
                raise Leave("Connection closed")
        else:
            return Verdict(is_right=False, refusal=_SHUT_OUT)
        proven = False
        try:
            proven = is_right()
        finally:
            hold_s = self._settle(address, record, is_right=proven)
        return Verdict(proven, hold_s)

    def guess_here(self, is_right: Callable[[], bool], pause: Callable[[float], bool]) -> Verdict:
        """The same for a client on this machine."""
        if not self._limits.failures_before_ban:
            return Verdict(is_right())
        return self._local_guesses.guess(is_right, pause)

    def _begin(self, address: str) -> _Record | None:
        """Count a guess and return the address's record; _BUSY when others must be settled first, None if shut out."""
        now = self._clock()
        with self._lock:
            record = self._record_locked(address)
            if record.banned_until > now:
                return None
            record.failures = [at for at in record.failures if at > now - self._limits.failure_memory_s]
            if len(record.failures) + record.comparing >= self._limits.failures_before_ban:
                return _BUSY
            record.comparing += 1
            return record

    def _settle(self, address: str, record: _Record, *, is_right: bool) -> float:
        """Give a right guess back, or keep a wrong one; return for how many seconds its answer is to be held back."""
        limits = self._limits
        now = self._clock()
        with self._lock:
            record.comparing -= 1
            if is_right:
                return 0.0
            record.failures.append(now)
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
            if len(self._records) >= _MAX_ADDRESSES:  # whoever has guessed is remembered for longer
                harmless = (known for known, kept in self._records.items() if not kept.is_guilty)
                del self._records[next(harmless, next(iter(self._records)))]
        self._records[address] = record  # the dictionary's order is that of use
        return record
