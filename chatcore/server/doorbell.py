"""Tells the operator who comes, who leaves and who is refused: one line each, never more than a person can read.

Events that come too fast are counted and summed up in one line a little later. Knows nothing of terminals.
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
_SUM_UP_AFTER_S = 5.0  # for people who come and leave
_SUM_UP_REFUSALS_AFTER_S = 30.0
_REFUSALS_OF_ONE, _WINDOW_S = 3, 60.0  # lines for one address within this time
_MAX_LINES = 100  # not taken yet
_MAX_ADDRESSES = 5  # named in one sum of refusals
_MAX_COUNTED_ADDRESSES = 1000
_MAX_REASON_CHARS = 60


@dataclass
class _Uncounted:
    """Events to be summed up, and when (monotonic s)."""

    after_s: float
    counts: Counter[str] = field(default_factory=Counter)
    due_at: float | None = None

    def add(self, what: str, now: float) -> None:
        self.counts[what] += 1
        if self.due_at is None:
            self.due_at = now + self.after_s

    def take(self, now: float) -> Counter[str]:
        """If it is time, return the counts and start over; else return none."""
        if self.due_at is None or now < self.due_at:
            return Counter()
        taken, self.counts, self.due_at = self.counts, Counter(), None
        return taken


class Doorbell:
    """Collects lines for the operator. Any thread reports events; the console takes the lines."""

    def __init__(
        self,
        on_ring: Callable[[], None],
        now: Callable[[], float] = time,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`on_ring` is called when there is a line to take now, or in `next_in_s` seconds. Off until `is_on` is set."""
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
        self._refused: Counter[str] = Counter()  # by address, since `_refused_since` (monotonic s)
        self._refused_since = 0.0

    def came(self, nick: str, address: str, *ways: str) -> None:
        """Report that somebody is in. `ways` say how they came: the kind of client, the invitation or account."""
        if self.is_on:
            text = f"{nick} joined ({', '.join(filter(None, (*ways, _host(address))))})"
            self._tell(text, self._people, self._more_people, "joined")

    def left(self, nick: str, address: str, reason: str, *, is_lost: bool) -> None:
        """Report that somebody has left, or that their connection was lost."""
        if self.is_on:
            verb = "was lost" if is_lost else "left"
            because = f": {_shortened(reason)}" if reason else ""
            self._tell(f"{nick} {verb} ({_host(address)}){because}", self._people, self._more_people, "left")

    def refused(self, nick: str, address: str, reason: str) -> None:
        """Report that somebody was not let in; `nick` is '' or * if they had no name yet."""
        if self.is_on:
            host = _host(address)
            name = f" as {nick}" if nick.strip("*") else ""
            text = f"{host} was refused{name}: {_shortened(reason)}"
            self._tell(text, self._refusals, self._more_refusals, host, is_enough=self._is_enough_of(host))

    def take(self) -> list[str]:
        """Return the lines to show now, oldest first."""
        with self._lock:
            taken = list(self._lines)
            self._lines.clear()
            now = self._clock()
            people, refused = self._more_people.take(now), self._more_refusals.take(now)
        if people:
            taken.append("and " + ", ".join(f"{count} more {what}" for what, count in sorted(people.items())))
        return taken + _sum_of(refused)

    def next_in_s(self) -> float | None:
        """Return in how many seconds there is something to take: 0 if there already is, None if nothing is pending."""
        with self._lock:
            if self._lines:
                return 0.0
            due = [more.due_at for more in (self._more_people, self._more_refusals) if more.due_at is not None]
            return max(0.0, min(due) - self._clock()) if due else None

    def _is_enough_of(self, host: str) -> bool:
        """Count a refusal; return whether this address has used up its lines."""
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
