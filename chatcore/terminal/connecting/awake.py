"""A clock that does not count time during which the machine slept or the program was stopped.

No system clock does this everywhere: some monotonic clocks run on during sleep, others do not. So the caller ticks at
least once a second, and a larger step of either clock counts as sleep.
"""

from __future__ import annotations

import time
from collections.abc import Callable

MOST_STEP_S = 5.0
"""A larger step means that the machine has slept, or that the clock was set."""


class Awake:
    """A clock that stands still during sleep. For one thread, which calls `tick` once a second or more often."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time) -> None:
        self.seconds = 0.0
        """How long we have been awake."""
        self._clocks = (monotonic, wall)
        self._were = [clock() for clock in self._clocks]

    def tick(self, most_step_s: float = MOST_STEP_S) -> bool:
        """Advance the clock; return whether the machine slept: a step of more than `most_step_s` counts as sleep."""
        are = [clock() for clock in self._clocks]
        steps = [now - before for now, before in zip(are, self._were, strict=True)]
        self._were = are
        has_slept = max(steps) > most_step_s
        self.seconds += 0.0 if has_slept else max(steps[0], 0.0)
        return has_slept
