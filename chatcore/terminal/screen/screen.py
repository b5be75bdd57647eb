"""The interface of a screen. `prompt` implements it for a terminal, `plain` for a pipe."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from chatcore.terminal.commands.completion import Names
from chatcore.terminal.session.effects import Alert, Item
from chatcore.terminal.session.places import View, Views
from chatcore.terminal.session.status import Status

Completions = Callable[[], Names]
"""Returns the names that Tab can complete. Called by the main thread."""


Turn = Callable[[Views], View | None]
"""Returns the view that a key leads to, None if there is none."""


class Screen(Protocol):
    """A screen. The main thread asks and reads; any thread may show, put back, clear and wake."""

    is_interactive: bool
    has_person: bool
    """Whether a person is there to wait for a lost connection to come back."""

    def __enter__(self) -> Screen: ...

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None: ...

    def swallow_keys(self) -> None:
        """Drop what a person is still typing who has not yet noticed the end. Called last."""

    def tell_unread(self) -> None:
        """Report the lines of a pipe that were read but never sent."""

    def ask(self, question: str, *, is_secret: bool = False) -> str: ...

    def choose(self, question: str, letters: Collection[str], *, default: str, refusal: str) -> str:
        """Ask a question answered by one key: Enter means the default, Escape and Ctrl+C the refusal.

        Raises KeyboardInterrupt, EOFError, Woken.
        """

    def recall(self, lines: Iterable[str]) -> None:
        """Let the arrow keys bring back these lines, oldest first, as if they had just been typed."""

    def read_line(self) -> str: ...

    def show(self, item: Item) -> None: ...

    def show_status(self, status: Status) -> None: ...

    def alert(self, alert: Alert) -> None:
        """Alert a person to a message meant for them. Any thread."""

    def put_back(self, text: str) -> None: ...

    def clear(self) -> None: ...

    def complete_from(self, completions: Completions) -> None: ...

    def turn_by(self, turning: Callable[[Turn, str], str]) -> None:
        """Set the callback for keys that lead to another view.

        It is given the draft being typed, and returns the draft that was left in the other view.
        """

    def watch_line(self, watching: Callable[[str], None]) -> None:
        """Call `watching` with the line being typed whenever it changes. It must not block."""

    def wake(self) -> None: ...

    def resume(self) -> None: ...

    def terminate(self, signum: int) -> None: ...
