"""Asks a terminal, through prompt_toolkit, whether it is dark or light, and keeps the answer out of the typed line."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from time import monotonic

from prompt_toolkit.input.typeahead import store_typeahead
from prompt_toolkit.key_binding import KeyPress

from chatcore.prompting.background import QUESTION, Answers, hinted
from chatcore.prompting.terminal import Terminal
from chatcore.prompting.theme import Background

# Most terminals answer at once, others are behind a slow connection. The first prompt waits no longer than this.
_PATIENCE_S = 0.2
# An answer that comes after the program has ended would be typed into the shell.
_PATIENCE_AT_END_S = 0.5


class BackgroundQuestion:
    """The question for a terminal's background. For the prompts' thread, except `background`.

    Ask while the terminal neither echoes nor waits for whole lines, and no prompt is running.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._hinted = hinted(environment)
        self._can_ask = environment.get("TERM") != "linux"
        self._answers = Answers()
        self._terminal: Terminal | None = None  # once it was asked

    @property
    def background(self) -> Background:
        """The background, as far as it is known by now. Any thread."""
        answered = self._answers.background
        return self._hinted if answered is Background.UNKNOWN else answered

    def ask(self, terminal: Terminal) -> None:
        """Ask, and wait a moment for the answer. Keys typed meanwhile go to the first prompt."""
        if not self._can_ask or not terminal.filter_typed(self._answers.take_out):
            return
        self._terminal = terminal
        terminal.output.write_raw(QUESTION)
        terminal.output.flush()
        store_typeahead(terminal.input, self._wait(_PATIENCE_S))

    def end(self) -> None:
        """Wait a little longer for an answer that has not come. Keys typed meanwhile are lost."""
        self._wait(_PATIENCE_AT_END_S)

    def _wait(self, patience_s: float) -> list[KeyPress]:
        typed: list[KeyPress] = []
        until = monotonic() + patience_s
        with suppress(EOFError, OSError, ValueError):  # the terminal has gone
            while self._terminal is not None and not self._answers.are_complete:
                left_s = until - monotonic()
                typed += self._terminal.read_keys(max(left_s, 0.0))
                if left_s <= 0:
                    break
        return typed
