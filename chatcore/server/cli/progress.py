"""A progress bar on the terminal for work that takes longer than a second."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from time import monotonic
from typing import Self, TextIO

_PATIENCE_S = 1.0
_PACE_S = 0.1
_WIDTH = 40


class Progress:
    """Shows how much work is done, on standard error if that is a terminal. One thread."""

    def __init__(
        self,
        total: int,
        stream: TextIO | None = None,
        clock: Callable[[], float] = monotonic,
        *,
        is_wanted: bool = True,
    ) -> None:
        """`total` is all there is to do, as far as known; `clock` is in s."""
        self.total = total
        self._stream = stream or sys.stderr
        self._clock = clock
        self._done = 0
        self._next_at = clock() + _PATIENCE_S
        self._is_wanted = is_wanted and self._stream.isatty()
        self._is_shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def add(self, count: int) -> None:
        """Note that `count` more of the total is done."""
        self._done += count
        if not self._is_wanted or self._clock() < self._next_at:
            return
        self._next_at = self._clock() + _PACE_S
        self._is_shown = True
        share = min(1.0, self._done / max(1, self.total))
        width = max(1, min(_WIDTH, shutil.get_terminal_size().columns - len("[] 100%") - 1))
        bar = "#" * int(share * width)
        self._stream.write(f"\r[{bar.ljust(width)}] {share:4.0%}")
        self._stream.flush()
