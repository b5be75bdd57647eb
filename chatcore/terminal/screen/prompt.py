"""The screen on a terminal: an input line that arriving text does not disturb, and a status line below it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import ANSI, StyleAndTextTuples
from prompt_toolkit.key_binding import merge_key_bindings
from prompt_toolkit.shortcuts import CompleteStyle
from prompt_toolkit.styles import Style

from chatcore.prompting.line_prompt import LinePrompt
from chatcore.prompting.own_terminal import OwnTerminal
from chatcore.prompting.terminal import Terminal
from chatcore.protocol.names import casefold, is_channel
from chatcore.terminal.commands.completion import Names, candidates
from chatcore.terminal.commands.pasting import MOST_UNASKED
from chatcore.terminal.commands.typed import is_secret
from chatcore.terminal.screen.appearance import Appearance
from chatcore.terminal.screen.attention import ALL, Attention, Wishes
from chatcore.terminal.screen.bar import bar, passing
from chatcore.terminal.screen.editing import Recall, keys
from chatcore.terminal.screen.keys import LineKeys
from chatcore.terminal.screen.layout import as_ansi
from chatcore.terminal.screen.screen import Completions, Turn
from chatcore.terminal.screen.turning import turning_keys
from chatcore.terminal.session.effects import Item, Problem
from chatcore.terminal.session.status import Status

_INDENT = "  "
"""In front of each further line of a message, below `> `."""


STYLE = Style([("completion-menu.completion.current", "noreverse #ffffff bg:#444444")])
"""Overrides prompt_toolkit's white on #888888, which is hard to read."""


class TerminalScreen:
    """The screen of a person at a terminal. See Screen for its methods."""

    is_interactive = True
    has_person = True

    def __init__(
        self,
        appearance: Appearance | None = None,
        wishes: Wishes = ALL,
        *,
        terminal: Terminal | None = None,
        stop: Callable[[], None] | None = None,
    ) -> None:
        """Use our own terminal if none is given.

        `stop` suspends the program until its shell continues it; None if that is not possible.
        """
        self._terminal = terminal or OwnTerminal()
        self._appearance = appearance or Appearance(environment=self._terminal.environment)
        self._attention = Attention(self._write, wishes, self._terminal.environment)
        self.alert = self._attention.alert
        self._status = Status()
        self._completions: Completions = Names
        self._keys = LineKeys(self.clear, can_suspend=stop is not None)
        self._recall = Recall(self._conversation)
        self._turning: Callable[[Turn, str], str] = lambda turn, draft: draft
        self.prompt = self._new_prompt(stop)
        self._keys.watch(self.prompt.session.default_buffer)
        self.prompt.session.default_buffer.on_text_changed += lambda _: self._attention.typed()
        self.ask = self.prompt.ask
        self.choose = self.prompt.choose
        self.read_line = self.prompt.read_line
        self.put_back = self.prompt.put_back
        self.wake = self.prompt.wake
        self.swallow_keys = self.prompt.swallow_keys
        self.resume = self.prompt.resume
        self.terminate = self.prompt.terminate

    def _new_prompt(self, stop: Callable[[], None] | None) -> LinePrompt:
        return LinePrompt(
            self._message,
            self._terminal,
            own_keys=merge_key_bindings([keys, turning_keys(self._turn), self._keys.bindings]),
            stop=stop,
            keys_everywhere=self._attention.bindings,
            on_left=self._tell_unsent,
            on_taken=self._attention.taken,
            on_given_back=self._attention.given_back,
            bottom_toolbar=self._toolbar,
            completer=_SessionCompleter(self),
            prompt_continuation=lambda _width, _row, wraps: "" if wraps else _INDENT,
            complete_while_typing=False,
            complete_style=CompleteStyle.MULTI_COLUMN,
            reserve_space_for_menu=4,
            style=STYLE,
            history=self._recall,
        )

    def __enter__(self) -> TerminalScreen:
        self.prompt.__enter__()
        self._appearance.begin(self._terminal)
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        self._appearance.end()
        self.prompt.__exit__(kind, *error)

    def _write(self, text: str) -> None:
        self.prompt.write(text)

    def tell_unread(self) -> None:
        """Do nothing: a person can see what was typed."""

    def show(self, item: Item) -> None:
        """Show one item above the line being typed. Any thread."""
        self.prompt.write(self._appearance.render(item, self._columns))

    def show_status(self, status: Status) -> None:
        """Change the status line. Any thread."""
        if status != self._status:
            if status.tabs != self._status.tabs:
                self._keys.hint = ""  # or it would hide the news until a key is pressed
            self._status = status
            self._attention.show(status)
            self.prompt.redraw()

    def clear(self) -> None:
        """Move everything shown so far out of sight. Any thread."""
        self.prompt.clear()

    def complete_from(self, completions: Completions) -> None:
        """Set the source of the names that Tab completes."""
        self._completions = completions

    def recall(self, lines: Iterable[str]) -> None:
        """See Screen."""
        for line in lines:
            self._recall.append_string(line)

    def turn_by(self, turning: Callable[[Turn, str], str]) -> None:
        """See Screen."""
        self._turning = turning

    def watch_line(self, watching: Callable[[str], None]) -> None:
        """See Screen."""
        self.prompt.session.default_buffer.on_text_changed += lambda buffer: watching(buffer.text)

    def completions(self) -> Names:
        return self._completions()

    def _tell_unsent(self, text: str) -> None:
        if not is_secret(text):
            self.show(Problem(f"not sent: {text}"))

    def _turn(self, turn: Turn) -> None:
        """Turn to the view that a key asks for. In the prompt's event loop."""
        self._attention.typed()
        self.prompt.begin(self._turning(turn, self.prompt.text))

    def _conversation(self) -> str:
        """Return the casefolded name of the person in the current conversation, '' in a room."""
        name = next((tab.name for tab in self._status.tabs if tab.is_current), "")
        return "" if is_channel(name) else casefold(name)

    def _message(self) -> ANSI:
        """Return what is shown in front of the line being typed."""
        return ANSI(as_ansi(passing(self._status, self._columns, self._appearance.theme)) + "> ")

    def _toolbar(self) -> StyleAndTextTuples:
        lines = [line for line in self.prompt.text.split("\n") if line.strip()]
        enter = "sends all" if len(lines) <= MOST_UNASKED else "asks how"
        news = f"{len(lines)} lines: Enter {enter}, Ctrl+U drops them" if len(lines) > 1 else ""
        return list(bar(self._status, self._columns, self._keys.hint or news))

    @property
    def _columns(self) -> int:
        return self.prompt.output.get_size().columns


class _SessionCompleter(Completer):
    """Adapts `completion` to prompt_toolkit."""

    def __init__(self, screen: TerminalScreen) -> None:
        self._screen = screen

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        before, after = document.current_line_before_cursor, document.text_after_cursor
        if document.cursor_position_row and before.startswith("/"):
            return  # it is text
        start = -len(before.rpartition(" ")[2])
        for text in candidates(before, self._screen.completions()):
            yield Completion(text.rstrip(" ") if after.startswith(" ") else text, start, display=text.strip())
