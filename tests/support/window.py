"""The window of a remote person: shows the output of a remote terminal, and answers its queries."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import pyte

from chatcore.prompting.remote_terminal import RemoteTerminal

DEADLINE_S = 20.0
ENVIRONMENT = {"TERM": "xterm-256color"}
_LINES_KEPT = 1000


class Window:
    """`terminal` is the program's. All may be called by the test's own thread."""

    def __init__(self, columns: int = 80, rows: int = 24, environment: Mapping[str, str] = ENVIRONMENT) -> None:
        self.raw = ""
        """All output."""
        self.background = ""
        """The answers to queries, as a terminal writes them."""
        self.times_asked = 0
        """How often the program has asked where the cursor is."""
        self._screen = _Screen(self.type, columns, rows, history=_LINES_KEPT)
        self._stream = pyte.Stream(self._screen)
        self._changed = threading.Condition()
        self.terminal = RemoteTerminal(self._take, columns, rows, environment)

    @property
    def text(self) -> str:
        """The lines on the screen, and those above, to which one can scroll back."""
        with self._changed:
            return self._text

    def shown(self) -> list[str]:
        """Return the lines on the screen, without the spaces at the ends."""
        with self._changed:
            return [line.rstrip() for line in self._screen.display]

    def type(self, text: str) -> None:
        """Press these keys."""
        self.terminal.feed(text)

    def resize(self, columns: int, rows: int) -> None:
        """Resize the window."""
        with self._changed:
            self._screen.resize(rows, columns)
        self.terminal.resize(columns, rows)

    def wait_for(self, text: str) -> None:
        """Wait until this is on the screen."""
        self.wait_until(lambda: text in self._text)

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Wait until a condition holds, checked after each output."""
        with self._changed:
            assert self._changed.wait_for(is_so, DEADLINE_S), self._text

    @property
    def _text(self) -> str:
        above = ["".join(line[column].data for column in sorted(line)) for line in self._screen.history.top]
        return "\n".join(line.rstrip() for line in [*above, *self._screen.display])

    def _take(self, text: str) -> None:
        with self._changed:
            self.raw += text
            self.times_asked += text.count("\x1b[6n")
            if self.background and "\x1b]11;?" in text:
                self.terminal.feed(self.background)
            self._stream.feed(text)
            self._changed.notify_all()


class _Screen(pyte.HistoryScreen):
    """Answers queries."""

    def __init__(self, answer: Callable[[str], None], columns: int, rows: int, history: int) -> None:
        self._answer = answer
        super().__init__(columns, rows, history)

    def write_process_input(self, data: str) -> None:
        self._answer(data)
