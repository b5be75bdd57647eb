"""The last drawing of a prompt: while the prompt has not changed, it can be repeated below new text without a layout.

Only for a terminal on which nothing but the prompt is drawn, at the bottom. There, any thread may write above it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from prompt_toolkit.application import Application

_TO_THE_BEGINNING = "\r\x1b[0m\x1b[?7h"


class LastDrawing:
    """`forget` and `watch` are for the prompt's event loop, `write_above` is for any thread."""

    def __init__(self, record: Callable[[], None], recorded: Callable[[], str]) -> None:
        """`record` starts recording what is written; `recorded` stops that and returns it."""
        self._record, self._recorded = record, recorded
        self._lock = threading.Lock()  # guards the two below, and is held while text is written
        self._text = ""  # draws the whole prompt from its first row; '' if unknown
        self._rows_up = 0  # from the cursor to the first row
        self._is_whole = False

    def write_above(self, text: str, write: Callable[[str], None]) -> bool:
        """Write whole lines of text and the drawing below them; return False if the drawing is not known."""
        with self._lock:
            up = f"\x1b[{self._rows_up}A" if self._rows_up else ""
            if self._text:
                write(f"{_TO_THE_BEGINNING}{up}\x1b[J{text}{self._text}")
            return bool(self._text)

    def forget(self) -> None:
        """Forget the drawing, because output under way will change it."""
        with self._lock:
            self._text = ""

    def watch(self, app: Application[Any]) -> None:
        """Record the drawings of a prompt."""
        app.before_render += self._begin
        app.after_render += self._end

    def _begin(self, app: Application[Any]) -> None:
        self._is_whole = app.renderer.last_rendered_screen is None
        self.forget()
        self._record()

    def _end(self, app: Application[Any]) -> None:
        written, drawn = self._recorded(), app.renderer.last_rendered_screen
        if self._is_whole and drawn is not None:
            with self._lock:
                self._text, self._rows_up = written, drawn.get_cursor_position(app.layout.current_window).y
