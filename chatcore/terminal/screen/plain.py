"""The screen for a pipe or a dumb terminal: plain lines in the format that `render` describes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import nullcontext
from typing import NoReturn

from chatcore.prompting.interruption import Terminated
from chatcore.terminal.screen.render import render_plain
from chatcore.terminal.screen.screen import Completions, Turn
from chatcore.terminal.screen.standard_streams import OwnStreams, Streams
from chatcore.terminal.session.effects import Alert, Caution, Item, Problem
from chatcore.terminal.session.status import Status


class PlainScreen:
    """See Screen for its methods."""

    is_interactive = False

    def __init__(self, streams: Streams | None = None) -> None:
        """Use the process's own streams if no others are given."""
        self._streams = streams or OwnStreams()
        self.has_person = self._streams.has_person
        self.wake = self._streams.lines.wake
        self.swallow_keys = self._streams.swallow_keys

    def __enter__(self) -> PlainScreen:
        self._streams.begin()
        return self

    def __exit__(self, *error: object) -> None:
        self._streams.end()

    def tell_unread(self) -> None:
        """See Screen.tell_unread."""
        first_unread = self._streams.lines.first_unread
        if first_unread is not None and not self._streams.is_keyboard:
            self.show(Problem(f"the input from line {first_unread} on was not sent"))

    def ask(self, question: str, *, is_secret: bool = False) -> str:
        """Return the next line. The question is shown only to a person at a keyboard."""
        streams = self._streams
        if not streams.is_keyboard:
            return self.read_line()
        if is_secret and (secret := streams.ask_secret(question)) is not None:
            return secret
        with streams.unseen() if is_secret else nullcontext():
            streams.write(question, is_problem=True)
            return self.read_line()

    def choose(self, question: str, letters: Collection[str], *, default: str, refusal: str) -> str:
        """Return the default: there is nobody to ask."""
        return default

    def recall(self, lines: Iterable[str]) -> None:
        """Do nothing: a pipe has no arrow keys."""

    def read_line(self) -> str:
        """Return the next line. Raises EOFError after the last, and Woken after `wake`."""
        self._streams.read()
        return self._streams.lines.next()

    def show(self, item: Item) -> None:
        """Print an item, problems and cautions to stderr. If the output is closed, act as if stdin had ended."""
        text = render_plain(item)
        if not text:
            return
        try:
            self._streams.write(f"{text}\n", is_problem=isinstance(item, Problem | Caution))
        except OSError:
            self._streams.lines.stop()
            self._streams.give_up_output()

    def show_status(self, status: Status) -> None:
        """Do nothing: a pipe has no status line."""

    def alert(self, alert: Alert) -> None:
        """Do nothing: the message itself is printed."""

    def put_back(self, text: str) -> None:
        """Do nothing: a pipe has no line to edit."""

    def clear(self) -> None:
        """Do nothing: printed lines stay."""

    def complete_from(self, completions: Completions) -> None:
        """Do nothing: a pipe has no Tab."""

    def watch_line(self, watching: Callable[[str], None]) -> None:
        """Do nothing: lines from a pipe arrive whole."""

    def turn_by(self, turning: Callable[[Turn, str], str]) -> None:
        """Do nothing: a pipe has no keys."""

    def resume(self) -> None:
        """Do nothing: a pipe has no state that others could have changed."""

    def terminate(self, signum: int) -> NoReturn:
        """Raise Terminated. Called by the signal's handler."""
        raise Terminated(signum)
