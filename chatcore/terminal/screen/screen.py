"""What a visit needs of a screen: `prompt` has the one on a terminal, `plain` the one in a pipe."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from chatcore.terminal.commands.completion import Names
from chatcore.terminal.session.effects import Alert, Item
from chatcore.terminal.session.places import View, Views
from chatcore.terminal.session.status import Status

Completions = Callable[[], Names]
"""Returns what Tab can complete. The main thread calls it."""


Turn = Callable[[Views], View | None]
"""Returns the view that a key leads to; None if there is none."""


class Screen(Protocol):
    """What a visit needs of a screen. The main thread asks and reads; any thread may show, put back, clear and wake."""

    is_interactive: bool
    has_person: bool
    """Whether somebody is there who waits until a lost connection is back."""

    def __enter__(self) -> Screen: ...

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None: ...

    def swallow_keys(self) -> None:
        """Drop what is typed on by a person who has not noticed yet that the end has come. The last to be called."""

    def tell_unread(self) -> None:
        """Show which lines are waiting to be read from a pipe, as nobody will read them."""

    def ask(self, question: str, *, is_secret: bool = False) -> str: ...

    def choose(self, question: str, letters: Collection[str], *, default: str, refusal: str) -> str:
        """Ask a question that one key answers: Enter is the default, Escape and Ctrl+C the refusal.

        Raises KeyboardInterrupt, EOFError, Woken.
        """

    def recall(self, lines: Iterable[str]) -> None:
        """Have the arrow keys bring back these lines as if they had just been typed, oldest first."""

    def read_line(self) -> str: ...

    def show(self, item: Item) -> None: ...

    def show_status(self, status: Status) -> None: ...

    def alert(self, alert: Alert) -> None:
        """Have a person notice what is meant for them. Any thread."""

    def put_back(self, text: str) -> None: ...

    def clear(self) -> None: ...

    def complete_from(self, completions: Completions) -> None: ...

    def turn_by(self, turning: Callable[[Turn, str], str]) -> None:
        """Set what is called when a key leads to another view, with what is being typed; it returns what was there."""

    def watch_line(self, watching: Callable[[str], None]) -> None:
        """Set what is given the line that is typed whenever it has changed. It must not wait."""

    def wake(self) -> None: ...

    def resume(self) -> None: ...

    def terminate(self, signum: int) -> None: ...
