"""The terminal of the process: standard input and output."""

from __future__ import annotations

import os
import selectors
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from typing import Any, TypeVar

import colorama
from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app_session
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.output import Output

from chatcore.prompting import terminal_keys

_T = TypeVar("_T")


class OwnTerminal:
    """See Terminal. Uses the input and output of prompt_toolkit's app session, if one was created."""

    is_full = False
    home = "\x1b[H"

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self.environment = environment
        self.input: Input = get_app_session().input
        self.output: Output = get_app_session().output
        # Otherwise the terminal would echo keys and swallow Ctrl+D while text is written above the line being typed.
        self.input.cooked_mode = nullcontext  # type: ignore[method-assign]
        # Otherwise prompt_toolkit would wait forever to write when the terminal is gone. Its input notices that too.
        self.output.flush = _unless_gone(self.output.flush)  # type: ignore[method-assign]
        self._before: list[Any] | None = None
        self._at_prompt: list[Any] | None = None

    def on_change(self, act: Callable[[], None]) -> None:
        """See Terminal. prompt_toolkit handles changes of the size by itself."""

    def run(self, prompt: PromptSession[_T], started: Callable[[], None]) -> _T:
        """See Terminal."""
        return prompt.prompt(pre_run=started)

    def filter_typed(self, take_out: Callable[[str], str]) -> bool:
        """See Terminal."""
        reader = getattr(self.input, "stdin_reader", None)
        if sys.platform == "win32" or reader is None:
            return False
        read = reader.read
        reader.read = lambda *arguments: take_out(read(*arguments))
        return True

    def read_keys(self, within_s: float) -> list[KeyPress]:
        """See Terminal."""
        if self.input.closed:
            raise EOFError
        with selectors.DefaultSelector() as selector:
            selector.register(self.input.fileno(), selectors.EVENT_READ)
            return self.input.read_keys() if selector.select(max(within_s, 0.0)) else []

    def take(self) -> None:
        """See Terminal."""
        colorama.just_fix_windows_console()
        self._before = terminal_keys.leave_keys_to_prompts()

    def give_back(self) -> None:
        """See Terminal."""
        terminal_keys.restore(self._before)

    def watch(self, prompt: PromptSession[str]) -> None:
        """See Terminal."""
        prompt.app.after_render += self._note_prompt

    def write_above(self, text: str) -> bool:
        """See Terminal. Return False: other programs may have moved the cursor."""
        return False

    def _note_prompt(self, _: object) -> None:
        if self._at_prompt is None:
            self._at_prompt = terminal_keys.attributes()

    def lend(self) -> None:
        """See Terminal."""
        self._at_prompt = terminal_keys.attributes()
        self.give_back()

    def take_again(self) -> None:
        """See Terminal."""
        terminal_keys.take_again(self._at_prompt)

    def hold_keys(self) -> None:
        """See Terminal."""
        terminal_keys.leave_keys_to_prompts()

    def swallow_keys(self, quiet_s: float) -> None:
        """See Terminal."""
        terminal_keys.swallow_keys(quiet_s)


def _unless_gone(flush: Callable[[], None]) -> Callable[[], None]:
    """Return a `flush` that does nothing on a terminal that has gone."""

    def flush_or_not() -> None:
        with suppress(OSError):
            flush()

    return flush_or_not
