"""What is pasted into the line being typed, and which typed lines the arrow keys bring back.

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
    """What the arrow keys bring back: what was typed, but for lines with a password.

    What was said in a conversation comes back only there: in a room it would be for everybody.
    """

    def __init__(self, conversation: Callable[[], str]) -> None:
        """`conversation` returns with whom one talks at the moment, as a casefolded name; '' in a room."""
        super().__init__()
        self._conversation = conversation
        self._lines: deque[tuple[str, str]] = deque(maxlen=MOST_RECALLED)  # with whom, newest first

    async def load(self) -> AsyncGenerator[str, None]:
        """Yield what may come back now, newest first."""
        for line in reversed(self.get_strings()):
            yield line

    def get_strings(self) -> list[str]:
        """Return what may come back now, oldest first."""
        here = self._conversation()
        return [line for talk, line in reversed(self._lines) if talk in ("", here)]

    def append_string(self, string: str) -> None:
        """Remember a line of the current view."""
        if not is_secret(string):
            self._lines.appendleft((self._conversation(), string))

    def load_history_strings(self) -> list[str]:
        """Nothing is loaded: all is here."""
        return []

    def store_string(self, string: str) -> None:
        """Nothing is stored: see `typed_history`."""


keys = KeyBindings()


@Condition
def _has_lines() -> bool:
    return "\n" in get_app().current_buffer.text


@keys.add(Keys.BracketedPaste, filter=has_focus(DEFAULT_BUFFER))
def _paste(event: KeyPressEvent) -> None:
    """Insert pasted text without its last line end, so that it can be read before it is said.

    After the typed start of a command, several lines become one: as text they would go to the room, and what follows
    `/msg` must not.
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
