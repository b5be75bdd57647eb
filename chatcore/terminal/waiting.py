"""Waiting on a condition in a way that Ctrl+C can interrupt on every system."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_SLICE_S = 0.5  # Windows delivers Ctrl+C only between waits


def wait_until(condition: threading.Condition, is_so: Callable[[], bool], timeout_s: float | None = None) -> bool:
    """Wait, with `condition` held, until `is_so` or the timeout (None: forever); return whether it is so."""
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    while True:
        left = _SLICE_S if deadline is None else min(_SLICE_S, deadline - time.monotonic())
        if condition.wait_for(is_so, max(left, 0)):
            return True
        if deadline is not None and time.monotonic() >= deadline:
            return is_so()
