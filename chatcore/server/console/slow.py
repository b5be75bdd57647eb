"""Tells the operator that something takes long, while it does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SLOW_S = 1.0


@contextmanager
def told_if_slow(write: Callable[[str], None], text: str) -> Iterator[None]:
    """Write a text once the body has taken SLOW_S. `write` is called in a thread of its own."""
    timer = threading.Timer(SLOW_S, write, (text,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
