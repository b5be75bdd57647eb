"""How fast one client may have work done: a token bucket that delays its lines, and patience for so many delays."""

from __future__ import annotations

from time import monotonic

from chatcore.config import Limits
from chatcore.errors import Leave
from chatcore.state.credit import Credit
from chatcore.state.throttle import TokenBucket

_FORGIVEN = 0.1  # of the lines a client may send in the long run, how many may be delayed


class FloodControl:
    """One client's. Its own thread, without a lock: `charge` waits."""

    __slots__ = ("_bucket", "_credit", "_patience")

    def __init__(self, limits: Limits, credit: Credit) -> None:
        """`credit` pauses, and ends the pause when the visit ends."""
        self._credit = credit
        self._bucket = TokenBucket(limits.lines_per_s, limits.burst_lines) if limits.lines_per_s else None
        self._patience = TokenBucket(limits.lines_per_s * _FORGIVEN, limits.max_delayed_lines)

    def charge(self, tokens: float, patience: float) -> None:
        """Wait as long as the bucket says. Raises Leave if patience for such delays has run out."""
        if self._bucket is None:
            return
        now = monotonic()
        delay = self._bucket.take(now, tokens)
        if delay:
            if not self._patience.try_take(now, patience):
                raise Leave("Excess flood")
            self._credit.pause(delay)
