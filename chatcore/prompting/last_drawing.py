"""What was drawn of a prompt last: while nothing of it has changed, it need not be laid out anew below new text.

For a terminal on which nobody but the prompt draws, and which stands at the bottom of its window.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prompt_toolkit.application import Application

_TO_THE_BEGINNING = "\r\x1b[0m\x1b[?7h"


class LastDrawing:
    """For the event loop of the prompt."""

    def __init__(self, record: Callable[[], None], recorded: Callable[[], str]) -> None:
        """`record` has what is written from then on be remembered, until `recorded` returns it."""
        self._record, self._recorded = record, recorded
        self._text = ""  # draws all of it, from its beginning; '' if it is not known
        self._rows_up = 0  # from the cursor to its beginning
        self._is_whole = False

    @property
    def is_known(self) -> bool:
        """Whether it can be drawn again."""
        return bool(self._text)

    def below(self, text: str) -> str:
        """Return what writes a text, which ends with a line end, above the drawing."""
        up = f"\x1b[{self._rows_up}A" if self._rows_up else ""
        return f"{_TO_THE_BEGINNING}{up}\x1b[J{text}{self._text}"

    def watch(self, app: Application[Any]) -> None:
        """Take note of what is drawn of this prompt."""
        app.before_render += self._begin
        app.after_render += self._end

    def _begin(self, app: Application[Any]) -> None:
        self._is_whole = app.renderer.last_rendered_screen is None
        self._record()

    def _end(self, app: Application[Any]) -> None:
        written, drawn = self._recorded(), app.renderer.last_rendered_screen
        self._text = written if self._is_whole and drawn is not None else ""
        if drawn is not None:
            self._rows_up = drawn.get_cursor_position(app.layout.current_window).y
