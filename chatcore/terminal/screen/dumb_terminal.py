"""A remote terminal that can only show text. Lines are edited here the way a terminal driver would.

Over ssh, a client sends single keys and shows none of them itself, so we echo them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from wcwidth import grapheme_boundary_before, wcswidth

from chatcore.prompting.remote_terminal import RemoteTerminal
from chatcore.terminal.screen.typed_lines import TypedLines

_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O[ -~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -~])?")
_MOST_CHARS = 4096  # the limit of a terminal driver


class DumbTerminal:
    """See Streams. Keys are handled in the thread in which they arrive."""

    is_keyboard = has_person = True

    def __init__(self, terminal: RemoteTerminal) -> None:
        self.lines = TypedLines()
        self._terminal = terminal
        self._line = ""
        self._is_seen = True

    def begin(self) -> None:
        """See Streams."""

    def end(self) -> None:
        """See Streams."""
        self._terminal.input.watch(None)

    def read(self) -> None:
        """See Streams."""
        self._terminal.input.watch(self._look)

    def ask_secret(self, question: str) -> str | None:
        """See Streams."""
        return None

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """See Streams."""
        self._is_seen = False
        try:
            yield
        finally:
            self._is_seen = True

    def write(self, text: str, *, is_problem: bool) -> None:
        """See Streams."""
        self._terminal.write(text)

    def give_up_output(self) -> None:
        """See Streams. The terminal takes care of that."""

    def swallow_keys(self) -> None:
        """See Streams. Nothing reads the input any more."""

    def _look(self) -> None:
        """Handle what was typed."""
        for key in _SEQUENCE.sub("", self._terminal.input.read_text()):
            self._press(key)
        if self._terminal.input.closed:
            self.lines.take(b"")

    def _press(self, key: str) -> None:
        """Apply one key to the line: a character, Enter, Backspace, Ctrl+U, Ctrl+D or Ctrl+C."""
        if key in "\r\n":
            self._show("\n", is_anyway=True)
            self.lines.take(f"{self._line}\n".encode(errors="replace"))
            self._line = ""
        elif key in "\b\x7f":
            self._erase(grapheme_boundary_before(self._line, len(self._line)) if self._line else 0)
        elif key == "\x15":
            self._erase(0)
        elif key == "\x03" or (key == "\x04" and not self._line):
            self.lines.take(b"")
        elif key.isprintable() and len(self._line) < _MOST_CHARS:
            self._line += key
            self._show(key)

    def _erase(self, start: int) -> None:
        columns = max(wcswidth(self._line[start:]), 0)
        self._line = self._line[:start]
        self._show("\b" * columns + " " * columns + "\b" * columns)

    def _show(self, text: str, *, is_anyway: bool = False) -> None:
        if self._is_seen or is_anyway:
            self._terminal.write(text)
