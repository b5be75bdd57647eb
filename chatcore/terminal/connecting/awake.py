"""How long we have been awake: the time while the machine sleeps, or the program is stopped, does not count.

No clock tells that everywhere: some monotonic ones go on during sleep, and others do not. So whoever counts looks at
least once a second, and a longer step of any clock is sleep.
"""

from __future__ import annotations

import time
from collections.abc import Callable

MOST_STEP_S = 5.0
"""A longer step of a clock is no step of ours: the machine has slept, or the clock was set."""


class Awake:
    """A clock that stands still during sleep. For one thread, which calls `tick` once a second or more often."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time) -> None:
        self.seconds = 0.0
        """How long we have been awake."""
        self._clocks = (monotonic, wall)
        self._were = [clock() for clock in self._clocks]

    def tick(self, most_step_s: float = MOST_STEP_S) -> bool:
        """Count on; return whether there was sleep since the last tick, which is to be no longer than this ago."""
        are = [clock() for clock in self._clocks]
        steps = [now - before for now, before in zip(are, self._were, strict=True)]
        self._were = are
        has_slept = max(steps) > most_step_s
        self.seconds += 0.0 if has_slept else max(steps[0], 0.0)
        return has_slept
