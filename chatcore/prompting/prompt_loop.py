"""The event loop of the running prompt: other threads have it call functions at once, and draw at a limited rate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context, copy_context
from time import monotonic

FRAME_S = 0.04
"""The least time between drawings (s). What comes meanwhile is drawn together; after a pause, drawing is immediate."""

MOST_FRAME_S = 1.0
_SHARE = 4
"""When a drawing is late, because many prompts of the process draw, the next pause is this many times its delay."""


class PromptLoop:
    """Methods are called under the owner's lock. The functions given to it are called in the loop, without the lock."""

    def __init__(self, draw: Callable[[], None]) -> None:
        """`draw` is called in the loop, at a limited rate."""
        self._draw = draw
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context: Context | None = None  # by which prompt_toolkit finds the running prompt
        self._is_drawing_due = False
        self._due_at = 0.0  # when the requested drawing is due
        self._next_at = 0.0  # the earliest time of the next drawing

    @property
    def is_running(self) -> bool:
        """Whether a prompt is running. May be read without the lock."""
        return self._loop is not None

    def begin(self, on_fault: Callable[[asyncio.AbstractEventLoop, dict[str, object]], object]) -> None:
        """Use the loop that runs in this thread. `on_fault` handles exceptions in it."""
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(on_fault)
        self._context = copy_context()
        self._is_drawing_due = False

    def end(self) -> None:
        """Forget the loop."""
        self._loop = self._context = None

    def call(self, function: Callable[[], object]) -> None:
        """Call a function in the loop, if there is one. A signal handler may do so without the lock."""
        if (loop := self._loop) is not None:
            try:
                loop.call_soon_threadsafe(function, context=self._context)
            except RuntimeError:
                pass  # the loop was just closed, and its owner does the rest

    def ask_for_drawing(self) -> None:
        """Request a drawing: at once, or as soon as the rate allows."""
        if not self._is_drawing_due:  # requests must not pile up while the terminal is stopped
            self._is_drawing_due = self.is_running
            self._due_at = max(monotonic(), self._next_at)
            self.call(self._draw_in_time)

    def draw_at_once(self, draw: Callable[[], bool]) -> bool:
        """Draw in this thread if the rate allows it and no drawing is due; return whether it was drawn."""
        due_at = monotonic()
        if self._is_drawing_due or not self.is_running or due_at < self._next_at or not draw():
            return False
        self._pause(due_at)
        return True

    def _pause(self, due_at: float) -> None:
        """Delay the next drawing, by more if this one was late."""
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
