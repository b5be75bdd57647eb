"""The screen on a terminal: a line being typed, undisturbed by arriving text, and a status line below it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import merge_key_bindings
from prompt_toolkit.shortcuts import CompleteStyle

from chatcore.prompting.line_prompt import LinePrompt
from chatcore.terminal.commands.completion import Names, candidates
from chatcore.terminal.commands.typed import is_secret
from chatcore.terminal.screen.editing import Recall, keys
from chatcore.terminal.screen.keys import LineKeys
from chatcore.terminal.screen.render import as_ansi, as_text, harmless, render_for_terminal
from chatcore.terminal.screen.screen import Completions
from chatcore.terminal.session.effects import Item, Problem
from chatcore.terminal.session.session import Status


class TerminalScreen:
    """The screen of a person. See Screen for its methods."""

    is_interactive = True

    def __init__(self, *, has_colours: bool = True, stop: Callable[[], None] | None = None) -> None:
        """`stop` stops the program until its shell continues it; None where there is no such thing."""
        self._has_colours = has_colours
        self._status = Status()
        self._completions: Completions = Names
        self._keys = LineKeys(self.clear, None if stop is None else partial(self._suspend, stop))
        self.prompt = LinePrompt(
            "> ",
            own_keys=merge_key_bindings([keys, self._keys.bindings]),
            on_left=self._tell_unsent,
            bottom_toolbar=self._toolbar,
            completer=_SessionCompleter(self),
            complete_while_typing=False,
            complete_style=CompleteStyle.MULTI_COLUMN,
            reserve_space_for_menu=4,
            history=Recall(),
        )
        self._keys.watch(self.prompt.session.default_buffer)
        self.ask = self.prompt.ask
        self.read_line = self.prompt.read_line
        self.put_back = self.prompt.put_back
        self.wake = self.prompt.wake
        self.swallow_keys = self.prompt.swallow_keys
        self.resume = self.prompt.resume
        self.terminate = self.prompt.terminate

    def __enter__(self) -> TerminalScreen:
        self.prompt.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        self.prompt.__exit__(kind, *error)

    def tell_unread(self) -> None:
        """A person knows what was typed."""

    def show(self, item: Item) -> None:
        """Show one item above the line being typed. Any thread."""
        fragments = render_for_terminal(item, datetime.now().astimezone())
        self.prompt.write((as_ansi(fragments) if self._has_colours else as_text(fragments)) + "\n")

    def show_status(self, status: Status) -> None:
        """Change the status line. Any thread."""
        if status != self._status:
            self._status = status
            self.prompt.redraw()

    def clear(self) -> None:
        """Move all that is shown out of sight. Any thread."""
        self.prompt.clear()

    def complete_from(self, completions: Completions) -> None:
        """Set where Tab gets its names from."""
        self._completions = completions

    def completions(self) -> Names:
        return self._completions()

    def _suspend(self, stop: Callable[[], None]) -> None:
        self.prompt.suspend(stop)

    def _tell_unsent(self, text: str) -> None:
        if not is_secret(text):
            self.show(Problem(f"not sent: {text}"))

    def _toolbar(self) -> StyleAndTextTuples:
        nick, room, members, unread, absence, typing = self._status
        where = f"{harmless(room)} ({members})" if room else "in no room"
        news = "  ".join(f"{harmless(name)}: {count} new" for name, count in unread)
        news = absence or news
        after = f"  {harmless(typing)}" if typing else ""
        lines = [line for line in self.prompt.text.split("\n") if line.strip()]
        if len(lines) > 1:
            news = f"{len(lines)} lines: Enter says all, Ctrl+U none"
        if self._keys.hint:
            news = self._keys.hint
        return [("", f" {harmless(nick)}  {where}  "), ("bold", news), ("", after)]


class _SessionCompleter(Completer):
    """What `completion` offers for Tab, in prompt_toolkit's form."""

    def __init__(self, screen: TerminalScreen) -> None:
        self._screen = screen

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        before, after = document.current_line_before_cursor, document.text_after_cursor
        if document.cursor_position_row and before.startswith("/"):
            return  # it is text
        start = -len(before.rpartition(" ")[2])
        for text in candidates(before, self._screen.completions()):
            yield Completion(text.rstrip(" ") if after.startswith(" ") else text, start, display=text.strip())
