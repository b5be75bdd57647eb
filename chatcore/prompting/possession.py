"""Taking the terminal from the shell and giving it back, for good or while the program is stopped."""

from __future__ import annotations

from collections.abc import Callable

from chatcore.prompting.terminal import Terminal


class Possession:
    """One terminal. The caller makes sure that nobody writes meanwhile."""

    def __init__(
        self, terminal: Terminal, on_taken: Callable[[], str] = str, on_given_back: Callable[[], str] = str
    ) -> None:
        """Keep bracketed paste on as long as the terminal is ours, although prompt_toolkit disables it between prompts.

        Otherwise a paste between two prompts, or while text is written, would arrive as if typed.
        `on_taken` returns an escape sequence that is written whenever the terminal becomes ours or others may have
        changed it; that of `on_given_back` is written before others get it.
        """
        self._terminal = terminal
        self._output = output = terminal.output
        self._on_taken, self._on_given_back = on_taken, on_given_back
        # prompt_toolkit would end it after each prompt.
        self._end_pastes = output.disable_bracketed_paste
        output.disable_bracketed_paste = lambda: None  # type: ignore[method-assign]

    def take(self) -> None:
        """Prepare the terminal for the time between prompts."""
        self._begin()
        self._terminal.take()

    def give_back(self) -> None:
        """Restore the terminal, and drop unread keys: the shell would run them."""
        self._end()
        self._terminal.give_back()

    def lend(self, stop: Callable[[], None]) -> None:
        """Give the terminal back until `stop` returns. Only during a prompt, while it is not drawn."""
        self._end()
        self._terminal.lend()
        try:
            stop()
        finally:
            self.take_again()

    def take_again(self) -> None:
        """Set the terminal as it is during a prompt, whatever others did to it. Only during one that is not drawn."""
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
