"""How items look on one terminal: its theme, and the lines that mark a new day.

`begin` and `end` are for the thread that shows the prompts; any thread may render.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from datetime import date, datetime

from chatcore.prompting.asking import BackgroundQuestion
from chatcore.prompting.terminal import Terminal
from chatcore.prompting.theme import Background, Depth, Theme, depth_of
from chatcore.terminal.screen.layout import Look, as_ansi
from chatcore.terminal.screen.render import Shown, day_of, render_day, render_for_terminal, unfolded
from chatcore.terminal.session.effects import Item, Turned

AUTO = "auto"


class Appearance:
    """Renders items for a terminal, one after the other."""

    def __init__(self, theme: str = AUTO, environment: Mapping[str, str] = os.environ) -> None:
        """`theme` is `dark`, `light`, or `auto`, which asks the terminal."""
        self._depth = depth_of(environment)
        self._question = BackgroundQuestion(environment) if theme == AUTO and self._depth is not Depth.NONE else None
        self._theme = Theme(Background.UNKNOWN if theme == AUTO else Background(theme), self._depth)
        self._lock = threading.Lock()  # guards the day
        self._day: date | None = None

    @property
    def theme(self) -> Theme:
        """The theme, by what is known of the terminal so far."""
        background = self._question.background if self._question else self._theme.background
        if background is not self._theme.background:
            self._theme = Theme(background, self._depth)
        return self._theme

    def begin(self, terminal: Terminal) -> None:
        """Ask the terminal whether it is dark or light, if the theme is `auto`. Call before any prompt."""
        if self._question:
            self._question.ask(terminal)

    def end(self) -> None:
        """Wait for the terminal's answer, which would otherwise end up in the shell. Call after the last prompt."""
        if self._question:
            self._question.end()

    def render(self, item: Item, width: int, now: datetime | None = None) -> str:
        """Return an item as lines with escape sequences, preceded by a line that names the day if it has changed."""
        now = now or datetime.now().astimezone()
        with self._lock:
            if isinstance(item, Turned):
                return "".join(self._rendered(each, width, now, is_again=True) for each in unfolded(item))
            return self._rendered(item, width, now)

    def _rendered(self, item: Shown, width: int, now: datetime, *, is_again: bool = False) -> str:
        day, day_before = day_of(item, now, is_again=is_again), self._day or now.date()
        self._day = day or day_before
        look = Look(now, self._day, self.theme, width, is_again)
        lines = [render_for_terminal(item, look)]
        if day and day != day_before:
            lines.insert(0, render_day(day, look))
        return "".join(f"{as_ansi(line)}\n" for line in lines)
