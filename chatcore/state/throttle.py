"""A token bucket: a burst, then a steady rate."""

from __future__ import annotations


class TokenBucket:
    """Holds tokens that refill at a rate. One thread. Times are in seconds."""

    def __init__(self, per_s: float, burst: int) -> None:
        self._per_s = per_s
        self._burst = float(burst)
        self._tokens = float(burst)
        self._updated_at: float | None = None

    def take(self, now: float, tokens: float = 1.0) -> float:
        """Take tokens, on credit if need be; return the seconds until they are available, 0 if they are."""
        self._refill(now)
        self._tokens -= tokens
        return max(0.0, -self._tokens / self._per_s)

    def try_take(self, now: float, tokens: float = 1.0) -> bool:
        """Take tokens if they are available; return whether they were."""
        self._refill(now)
        if self._tokens < tokens:
            return False
        self._tokens -= tokens
        return True

    def give(self, tokens: float) -> None:
        """Put tokens back."""
        self._tokens = min(self._burst, self._tokens + tokens)

    def _refill(self, now: float) -> None:
        if self._updated_at is not None:
            self._tokens = min(self._burst, self._tokens + max(0.0, now - self._updated_at) * self._per_s)
        self._updated_at = now
