"""Limits how fast one client may send: a token bucket delays its lines, and patience for delays is limited too."""

from __future__ import annotations

from time import monotonic

from chatcore.config import Limits
from chatcore.errors import Leave
from chatcore.state.credit import Credit
from chatcore.state.throttle import TokenBucket

_FORGIVEN = 0.1  # the share of a client's lines that may be delayed in the long run


class FloodControl:
    """The flood control of one client. The client's own thread, holding no lock: `charge` waits."""

    __slots__ = ("_bucket", "_credit", "_patience")

    def __init__(self, limits: Limits, credit: Credit) -> None:
        """`credit` does the waiting, and stops when the visit ends."""
        self._credit = credit
        self._bucket = TokenBucket(limits.lines_per_s, limits.burst_lines) if limits.lines_per_s else None
        self._patience = TokenBucket(limits.lines_per_s * _FORGIVEN, limits.max_delayed_lines)

    def charge(self, tokens: float, patience: float) -> None:
        """Wait as long as the bucket says. Raises Leave when the patience for delays has run out."""
        if self._bucket is None:
            return
        now = monotonic()
        delay = self._bucket.take(now, tokens)
        if delay:
            if not self._patience.try_take(now, patience):
                raise Leave("Excess flood")
            self._credit.pause(delay)
