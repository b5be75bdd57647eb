"""The terminal, as it is taken from the shell and given back, for good or while the program is stopped."""

from __future__ import annotations

from collections.abc import Callable

from chatcore.prompting.terminal import Terminal


class Possession:
    """One terminal. Whoever calls sees to it that nobody writes meanwhile."""

    def __init__(
        self, terminal: Terminal, on_taken: Callable[[], str] = str, on_given_back: Callable[[], str] = str
    ) -> None:
        """Have pastes marked all the time that the terminal is ours, whatever prompt_toolkit does between prompts.

        Else a paste between two prompts, or while text is written, would arrive as if it had been typed.
        `on_taken` and `on_given_back` return escape sequences that are written whenever the terminal becomes ours, or
        may have been changed by others, and before others get it.
        """
        self._terminal = terminal
        self._output = output = terminal.output
        self._on_taken, self._on_given_back = on_taken, on_given_back
        self._end_pastes = output.disable_bracketed_paste
        output.disable_bracketed_paste = lambda: None  # type: ignore[method-assign]

    def take(self) -> None:
        """Prepare the terminal for the time between prompts."""
        self._begin()
        self._terminal.take()

    def give_back(self) -> None:
        """Restore the terminal. What was typed and not read is dropped, or the shell would run it."""
        self._end()
        self._terminal.give_back()

    def lend(self, stop: Callable[[], None]) -> None:
        """Give the terminal back until `stop` returns. Only during a prompt, which is not drawn."""
        self._end()
        self._terminal.lend()
        try:
            stop()
        finally:
            self.take_again()

    def take_again(self) -> None:
        """Have the terminal be as during a prompt, whatever others have done to it. Only during one, not drawn."""
        self._terminal.take_again()
        self._begin()

    def _begin(self) -> None:
        self._output.enable_bracketed_paste()
        self._output.write_raw(self._on_taken())
        self._output.flush()

    def _end(self) -> None:
        self._output.write_raw(self._on_given_back())
        self._end_pastes()
        self._output.flush()
