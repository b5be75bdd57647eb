"""Flow control by the tracker's response times."""

from __future__ import annotations

import math

SLOW_ANSWER_S = 0.5
"""An answer this much slower than the quickest shows that the tracker is throttling us."""

_MOST_PAUSE_S = 10.0
_LONG_AGO_S = 30.0


class Pace:
    """How long to pause between requests.

    A tracker disconnects clients that exceed its rate limit for long, so pause for as long as the answer was late.
    """

    def __init__(self) -> None:
        self._pause_s = 0.0
        self._paused_at = -math.inf
        self._quickest_s = math.inf

    def pause_s(self, took_s: float, now: float) -> float:
        """Return the pause before the next request, after an answer that took `took_s`. `now` is monotonic, s."""
        if now - self._paused_at > _LONG_AGO_S:
            self._pause_s = 0.0
        self._quickest_s = min(self._quickest_s, took_s)
        late_s = took_s - self._quickest_s
        if late_s > SLOW_ANSWER_S:
            self._pause_s = min(self._pause_s + late_s, _MOST_PAUSE_S)
        self._paused_at = now + self._pause_s
        return self._pause_s
