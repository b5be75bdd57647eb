"""Two clocks that a test moves, also as on a machine that sleeps."""

from __future__ import annotations

from collections.abc import Callable


class Clocks:
    """One counts seconds, the other tells the time of day."""

    def __init__(self) -> None:
        self.monotonic = 100.0
        self.wall = 1_700_000_000.0

    @property
    def both(self) -> tuple[Callable[[], float], Callable[[], float]]:
        """Return them as functions."""
        return (lambda: self.monotonic), (lambda: self.wall)

    def go(self, seconds: float) -> None:
        """Let time pass."""
        self.monotonic += seconds
        self.wall += seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass while the machine sleeps, as on Linux."""
        self.wall += seconds
