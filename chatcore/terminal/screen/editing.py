"""Pasting into the line being typed, and the lines that the arrow keys bring back.

All of this runs in a prompt's event loop.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Callable

from prompt_toolkit.application import get_app
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, has_focus
from prompt_toolkit.history import History
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from chatcore.prompting.graphemes import is_typing
from chatcore.terminal.commands.typed import is_secret

_COMMAND_BEGINNINGS = ("/", "```to ")


MOST_RECALLED = 10_000


class Recall(History):
    """The lines that the arrow keys bring back: everything typed, except lines with a password.

    A line typed in a private conversation comes back only there: in a room, everybody would read it.
    """

    def __init__(self, conversation: Callable[[], str]) -> None:
        """`conversation` returns the casefolded name of the person in the current conversation, '' in a room."""
        super().__init__()
        self._conversation = conversation
        self._lines: deque[tuple[str, str]] = deque(maxlen=MOST_RECALLED)  # with whom, newest first

    async def load(self) -> AsyncGenerator[str, None]:
        """Yield the lines that may come back in the current view, newest first."""
        for line in reversed(self.get_strings()):
            yield line

    def get_strings(self) -> list[str]:
        """Return the lines that may come back in the current view, oldest first."""
        here = self._conversation()
        return [line for talk, line in reversed(self._lines) if talk in ("", here)]

    def append_string(self, string: str) -> None:
        """Remember a line typed in the current view."""
        if not is_secret(string):
            self._lines.appendleft((self._conversation(), string))

    def load_history_strings(self) -> list[str]:
        """Load nothing: all lines are in memory."""
        return []

    def store_string(self, string: str) -> None:
        """Store nothing: `typed_history` does that."""


keys = KeyBindings()


@Condition
def _has_lines() -> bool:
    return "\n" in get_app().current_buffer.text


@keys.add(Keys.BracketedPaste, filter=has_focus(DEFAULT_BUFFER))
def _paste(event: KeyPressEvent) -> None:
    """Insert pasted text without its last line end, so that it can be read before it is sent.

    After the start of a command, several lines are joined into one. As several lines they would be plain text and go to
    the room, which must not happen to what follows `/msg`.
    """
    buffer = event.current_buffer
    pasted = event.data.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    before = buffer.document.text_before_cursor
    if before.startswith(_COMMAND_BEGINNINGS) and "\n" not in before:
        pasted = pasted.replace("\n", " ")
    buffer.insert_text(pasted)


@keys.add("c-u", filter=is_typing & _has_lines)
def _drop_lines(event: KeyPressEvent) -> None:
    """Drop all lines, not just one; Ctrl+Y brings them back."""
    event.app.clipboard.set_text(event.current_buffer.text)
    event.current_buffer.document = Document()
