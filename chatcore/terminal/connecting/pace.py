"""How fast a tracker wants to be asked, which only its answers tell."""

from __future__ import annotations

import math

SLOW_ANSWER_S = 0.5
"""An answer that is this much slower than the quickest shows that the tracker is holding us back."""

_MOST_PAUSE_S = 10.0
_LONG_AGO_S = 30.0


class Pace:
    """A tracker disconnects clients that outrun its limit for long, so pause as long again as an answer was late."""

    def __init__(self) -> None:
        self._pause_s = 0.0
        self._paused_at = -math.inf
        self._quickest_s = math.inf

    def pause_s(self, took_s: float, now: float) -> float:
        """Return how long to wait before asking on, after an answer that took so long. `now` is monotonic, s."""
        if now - self._paused_at > _LONG_AGO_S:
            self._pause_s = 0.0
        self._quickest_s = min(self._quickest_s, took_s)
        late_s = took_s - self._quickest_s
        if late_s > SLOW_ANSWER_S:
            self._pause_s = min(self._pause_s + late_s, _MOST_PAUSE_S)
        self._paused_at = now + self._pause_s
        return self._pause_s
