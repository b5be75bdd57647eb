"""Limits for each address: new connections per minute, wrong passwords, and new accounts."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from chatcore.commands.services import Verdict
from chatcore.config import Limits
from chatcore.errors import Leave
from chatcore.server.access.local_guesses import LocalGuesses
from chatcore.state.throttle import TokenBucket

_PAGE_REFUND = 0.95  # of a connection: a browser fetches about twenty files for one page
_MINUTE_S = 60
_HOUR_S = 3600
_MAX_DOUBLINGS = 60  # of the delay; already beyond any configured maximum
_TURN_S = 0.02  # between looks whether it may guess; a comparison takes milliseconds
SHUT_OUT = "Too many wrong passwords from your address, try again later"
_MAX_ADDRESSES = 10_000  # to remember; the least recently seen are forgotten

_Remembered = TypeVar("_Remembered")


@dataclass(slots=True)
class _Record:
    """One address's guesses. Times are monotonic seconds."""

    failures: list[float] = field(default_factory=list)
    comparing: int = 0  # guesses whose outcome is pending
    banned_until: float = 0.0


_BUSY = _Record()


class Doorkeeper:
    """Remembers what each address did. Any thread. `on_ban` is called with each address that gets shut out."""

    def __init__(self, limits: Limits, clock: Callable[[], float], on_ban: Callable[[str], None]) -> None:
        self._limits = limits
        self._clock = clock
        self._on_ban = on_ban
        self._local_guesses = LocalGuesses(clock)
        self._lock = threading.Lock()
        self._records: dict[str, _Record] = {}  # of addresses that are guessing, or have guessed wrong
        self._arrivals: dict[str, TokenBucket] = {}  # kept apart, so that many guessing addresses cannot push these out
        self._new_accounts: dict[str, TokenBucket] = {}

    def refusal(self, address: str) -> str | None:
        """Count a new connection from `address`; return why it is refused, in words, or None if it is not."""
        now = self._clock()
        with self._lock:
            record = self._records.get(address)
            if record is not None and record.banned_until > now:
                return SHUT_OUT
            per_minute = self._limits.connections_per_minute
            if per_minute and not _bucket(self._arrivals, address, per_minute, _MINUTE_S).try_take(now):
                return "Too many new connections from your address, try again in a minute"
        return None

    def retry_after_s(self, address: str) -> int:
        """Return in how many seconds a refused address may try again."""
        with self._lock:
            record = self._records.get(address)
            left_s = record.banned_until - self._clock() if record else 0.0
        return math.ceil(left_s) if left_s > 0 else _MINUTE_S

    def shut_out(self, address: str, seconds: float) -> None:
        """Shut out an address for `seconds`, because another tracker of the chat has."""
        with self._lock:
            record = self._record_locked(address)
            record.banned_until = max(record.banned_until, self._clock() + seconds)

    def shut_out_count(self) -> int:
        """Return how many addresses are shut out for wrong passwords."""
        with self._lock:
            records = list(self._records.values())
        now = self._clock()
        return sum(record.banned_until > now for record in records)

    def refund_page(self, address: str) -> None:
        """Give most of a connection back, because it only fetched one of the page's many files."""
        with self._lock:
            arrivals = self._arrivals.get(address)
            if arrivals is not None:
                arrivals.give(_PAGE_REFUND)

    def may_make_account(self, site: str) -> bool:
        """Count a new account from this site; return whether it may be made."""
        per_hour = self._limits.accounts_per_hour
        if not per_hour:
            return True
        with self._lock:
            return _bucket(self._new_accounts, site, per_hour, _HOUR_S).try_take(self._clock())

    def refund_account(self, site: str) -> None:
        """Give back an account that was not made after all."""
        with self._lock:
            accounts = self._new_accounts.get(site)
            if accounts is not None:
                accounts.give(1)

    def guess(self, address: str, is_right: Callable[[], bool], pause: Callable[[float], bool]) -> Verdict:
        """Check a password with `is_right`, if `address` may guess now.

        A guess counts as wrong until it is checked, so that guessing in parallel gains nothing. A right guess is given
        back but does not clear earlier wrong ones: a client that knows one password may be guessing another. `pause`
        waits for some seconds and returns False if the client has gone; then Leave is raised.
        """
        if not self._limits.failures_before_ban:
            return Verdict(is_right())
        while (record := self._begin(address)) is not None:
            if record is not _BUSY:
                break
            if not pause(_TURN_S):
                raise Leave("Connection closed")
        else:
            return Verdict(is_right=False, refusal=SHUT_OUT)
        proven = False
        try:
            proven = is_right()
        finally:
            hold_s = self._settle(address, record, is_right=proven)
        return Verdict(proven, hold_s)

    def guess_here(self, is_right: Callable[[], bool], pause: Callable[[float], bool]) -> Verdict:
        """Check a password like `guess`, for a client on this machine."""
        if not self._limits.failures_before_ban:
            return Verdict(is_right())
        return self._local_guesses.guess(is_right, pause)

    def _begin(self, address: str) -> _Record | None:
        """Count a guess; return the address's record, _BUSY if others must settle first, None if it is shut out."""
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
        """Give a right guess back, or record a wrong one; return for how many seconds to hold back the answer."""
        limits = self._limits
        now = self._clock()
        with self._lock:
            record.comparing -= 1
            if is_right:
                is_kept = self._records.get(address) is record
                if is_kept and not (record.failures or record.comparing or record.banned_until > now):
                    del self._records[address]
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
        record = self._records.pop(address, None) or _Record()
        _keep(self._records, address, record)
        return record


def _bucket(buckets: dict[str, TokenBucket], address: str, count: int, seconds: int) -> TokenBucket:
    """Return an address's bucket, which lets through `count` in `seconds`, and as many at once."""
    bucket = buckets.pop(address, None) or TokenBucket(count / seconds, count)
    _keep(buckets, address, bucket)
    return bucket


def _keep(remembered: dict[str, _Remembered], address: str, what: _Remembered) -> None:
    """Add an entry at the end. The dictionary is in order of use; its first entry is dropped if there are too many."""
    if len(remembered) >= _MAX_ADDRESSES:
        del remembered[next(iter(remembered))]
    remembered[address] = what
