"""The terminal, as it is taken from the shell and given back, for good or while the program is stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prompt_toolkit.output import Output

from chatcore.prompting.terminal_keys import attributes, leave_keys_to_prompts, restore, take_again


class Possession:
    """One terminal. Whoever calls sees to it that nobody writes meanwhile."""

    def __init__(
        self, output: Output, on_taken: Callable[[], str] = str, on_given_back: Callable[[], str] = str
    ) -> None:
        """Have pastes marked all the time that the terminal is ours, whatever prompt_toolkit does between prompts.

        Else a paste between two prompts, or while text is written, would arrive as if it had been typed.
        `on_taken` and `on_given_back` return escape sequences that are written whenever the terminal becomes ours, or
        may have been changed by others, and before others get it.
        """
        self._output = output
        self._on_taken, self._on_given_back = on_taken, on_given_back
        self._end_pastes = output.disable_bracketed_paste
        output.disable_bracketed_paste = lambda: None  # type: ignore[method-assign]
        self._before: list[Any] | None = None
        self._at_prompt: list[Any] | None = None

    def take(self) -> None:
        """Prepare the terminal for the time between prompts."""
        self._begin()
        self._before = leave_keys_to_prompts()

    def give_back(self) -> None:
        """Restore the terminal. What was typed and not read is dropped, or the shell would run it."""
        self._output.write_raw(self._on_given_back())
        self._end_pastes()
        self._output.flush()
        restore(self._before)

    def lend(self, stop: Callable[[], None]) -> None:
        """Give the terminal back until `stop` returns. Only during a prompt, which is not drawn."""
        self._at_prompt = attributes()
        self.give_back()
        try:
            stop()
        finally:
            self.take_again()

    def take_again(self) -> None:
        """Have the terminal be as during a prompt, whatever others have done to it. Only during one, not drawn."""
        take_again(self._at_prompt)
        self._begin()

    def _begin(self) -> None:
        self._output.enable_bracketed_paste()
        self._output.write_raw(self._on_taken())
        self._output.flush()

    def note_prompt(self, _: object = None) -> None:
        """Remember what prompt_toolkit has made of the terminal. Only when it has drawn a prompt."""
        if self._at_prompt is None:
            self._at_prompt = attributes()
