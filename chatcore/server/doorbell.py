"""Tells the operator who comes, who leaves and who is refused: a line each, and never more than a person can read.

What comes too fast is counted, and told as one line a little later. It knows nothing of terminals.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import localtime, monotonic, strftime, time

from chatcore.protocol.names import parse_address
from chatcore.state.throttle import TokenBucket

_BURST_LINES, _LINES_PER_S = 20, 0.5
_BURST_REFUSALS, _REFUSALS_PER_S = 10, 0.1
_SUM_UP_AFTER_S = 5.0  # of those who come and leave
_SUM_UP_REFUSALS_AFTER_S = 30.0
_REFUSALS_OF_ONE, _WINDOW_S = 3, 60.0  # lines for one address, in such a time
_MAX_LINES = 100  # that nobody has taken
_MAX_ADDRESSES = 5  # that are named in a sum of refusals
_MAX_COUNTED_ADDRESSES = 1000
_MAX_REASON_CHARS = 60


@dataclass
class _Uncounted:
    """What is to be summed up, and when (monotonic, s)."""

    after_s: float
    counts: Counter[str] = field(default_factory=Counter)
    due_at: float | None = None

    def add(self, what: str, now: float) -> None:
        self.counts[what] += 1
        if self.due_at is None:
            self.due_at = now + self.after_s

    def take(self, now: float) -> Counter[str]:
        """Return the counts if it is time, and begin anew."""
        if self.due_at is None or now < self.due_at:
            return Counter()
        taken, self.counts, self.due_at = self.counts, Counter(), None
        return taken


class Doorbell:
    """Any thread may say that something has happened; the console takes what is to be shown."""

    def __init__(
        self,
        on_ring: Callable[[], None],
        now: Callable[[], float] = time,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`on_ring` is called when there is something to take, or will be after `next_in_s`. Off until it is on."""
        self.is_on = False
        self._on_ring = on_ring
        self._now = now
        self._clock = clock
        self._lock = threading.Lock()  # guards all below
        self._lines: deque[str] = deque()
        self._people = TokenBucket(_LINES_PER_S, _BURST_LINES)
        self._refusals = TokenBucket(_REFUSALS_PER_S, _BURST_REFUSALS)
        self._more_people = _Uncounted(_SUM_UP_AFTER_S)
        self._more_refusals = _Uncounted(_SUM_UP_REFUSALS_AFTER_S)
        self._refused: Counter[str] = Counter()  # lines by address, since then (monotonic, s)
        self._refused_since = 0.0

    def came(self, nick: str, address: str, *ways: str) -> None:
        """Say that somebody is in, and in which ways: by what client, by which invitation."""
        if self.is_on:
            text = f"{nick} joined ({', '.join(filter(None, (*ways, _host(address))))})"
            self._tell(text, self._people, self._more_people, "joined")

    def left(self, nick: str, address: str, reason: str, *, is_lost: bool) -> None:
        """Say that somebody who was in has left, or was lost."""
        if self.is_on:
            verb = "was lost" if is_lost else "left"
            because = f": {_shortened(reason)}" if reason else ""
            self._tell(f"{nick} {verb} ({_host(address)}){because}", self._people, self._more_people, "left")

    def refused(self, nick: str, address: str, reason: str) -> None:
        """Say that somebody was not let in; `nick` is '' or * if they had no name yet."""
        if self.is_on:
            host = _host(address)
            name = f" as {nick}" if nick.strip("*") else ""
            text = f"{host} was refused{name}: {_shortened(reason)}"
            self._tell(text, self._refusals, self._more_refusals, host, is_enough=self._is_enough_of(host))

    def take(self) -> list[str]:
        """Return the lines that are to be shown now, oldest first."""
        with self._lock:
            taken = list(self._lines)
            self._lines.clear()
            now = self._clock()
            people, refused = self._more_people.take(now), self._more_refusals.take(now)
        if people:
            taken.append("and " + ", ".join(f"{count} more {what}" for what, count in sorted(people.items())))
        return taken + _sum_of(refused)

    def next_in_s(self) -> float | None:
        """Return in how many seconds there is something to take, 0 if there is; None if nothing is known of."""
        with self._lock:
            if self._lines:
                return 0.0
            due = [more.due_at for more in (self._more_people, self._more_refusals) if more.due_at is not None]
            return max(0.0, min(due) - self._clock()) if due else None

    def _is_enough_of(self, host: str) -> bool:
        """Count a refusal; return whether this address has had its lines."""
        with self._lock:
            now = self._clock()
            if now - self._refused_since > _WINDOW_S or len(self._refused) >= _MAX_COUNTED_ADDRESSES:
                self._refused.clear()
                self._refused_since = now
            self._refused[host] += 1
            return self._refused[host] > _REFUSALS_OF_ONE

    def _tell(
        self, text: str, bucket: TokenBucket, more: _Uncounted, counted_as: str, *, is_enough: bool = False
    ) -> None:
        with self._lock:
            now = self._clock()
            is_folded = is_enough or counted_as in more.counts or len(self._lines) >= _MAX_LINES
            if is_folded or not bucket.try_take(now):
                is_first = more.due_at is None
                is_known = counted_as in more.counts or len(more.counts) < _MAX_COUNTED_ADDRESSES
                more.add(counted_as if is_known else "", now)
            else:
                is_first = not self._lines
                self._lines.append(f"{strftime('%H:%M:%S', localtime(self._now()))} {text}")
        if is_first:
            self._on_ring()


def _sum_of(refused: Counter[str]) -> list[str]:
    named = [(host, count) for host, count in refused.most_common(_MAX_ADDRESSES + 1) if host][:_MAX_ADDRESSES]
    rest = refused.total() - sum(count for _, count in named)
    lines = [f"and {count} more refused from {host}" for host, count in named]
    return [*lines, f"and {rest} more refused from elsewhere"] if rest else lines


def _host(address: str) -> str:
    found = parse_address(address)
    return found[0] if found else address


def _shortened(text: str) -> str:
    return text if len(text) <= _MAX_REASON_CHARS else text[: _MAX_REASON_CHARS - 1] + "…"
