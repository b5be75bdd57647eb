"""The event loop of the prompt that is on a terminal: other threads have it do something, at once or at a pace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context, copy_context
from time import monotonic

FRAME_S = 0.04
"""What a person is shown changes no faster: what comes meanwhile is drawn together. Nothing waits after a pause."""

MOST_FRAME_S = 1.0
_SHARE = 4
"""Where a drawing is late, as many prompts of the process draw, it is rarer: the pause is so many times its delay."""


class PromptLoop:
    """Under the lock of whoever has it; what is called is called without."""

    def __init__(self, draw: Callable[[], None]) -> None:
        """`draw` is what is done at a pace, in the loop."""
        self._draw = draw
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context: Context | None = None  # by which prompt_toolkit finds the running prompt
        self._is_drawing_due = False
        self._due_at = 0.0  # when the drawing is due that is asked for
        self._next_at = 0.0  # when another one may be

    @property
    def is_running(self) -> bool:
        """Whether there is one. Without the lock, too."""
        return self._loop is not None

    def begin(self, on_fault: Callable[[asyncio.AbstractEventLoop, dict[str, object]], object]) -> None:
        """Take the loop that runs in this thread. `on_fault` is told what fails in it."""
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(on_fault)
        self._context = copy_context()
        self._is_drawing_due = False

    def end(self) -> None:
        """There is none any more."""
        self._loop = self._context = None

    def call(self, function: Callable[[], object]) -> None:
        """Have the loop, if there is one, call this. For a signal handler too, without the lock."""
        if (loop := self._loop) is not None:
            try:
                loop.call_soon_threadsafe(function, context=self._context)
            except RuntimeError:
                pass  # it was just closed, and whoever has it does the rest

    def ask_for_drawing(self) -> None:
        """Have it draw, at once if that is not too soon."""
        if not self._is_drawing_due:  # a stopped terminal must not let them pile up
            self._is_drawing_due = self.is_running
            self._due_at = max(monotonic(), self._next_at)
            self.call(self._draw_in_time)

    def draw_at_once(self, draw: Callable[[], bool]) -> bool:
        """Have this thread draw, if a drawing may be now and none is due; return whether it did."""
        due_at = monotonic()
        if self._is_drawing_due or not self.is_running or due_at < self._next_at or not draw():
            return False
        self._pause(due_at)
        return True

    def _pause(self, due_at: float) -> None:
        """Have the next drawing wait, longer if this one was late."""
        now = monotonic()
        self._next_at = now + min(max(FRAME_S, _SHARE * (now - due_at)), MOST_FRAME_S)

    def _draw_in_time(self) -> None:
        wait_s = self._due_at - monotonic()
        if wait_s > 0 and self._loop is not None:
            self._loop.call_later(wait_s, self._draw_now, context=self._context)
        else:
            self._draw_now()

    def _draw_now(self) -> None:
        self._is_drawing_due = False
        self._draw()
        self._pause(self._due_at)
