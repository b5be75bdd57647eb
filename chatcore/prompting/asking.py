"""Asks a terminal whether it is dark or light, by prompt_toolkit, and keeps the answer out of the line being typed."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic

from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import store_typeahead
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.output import Output

from chatcore.prompting.background import QUESTION, Answers, hinted
from chatcore.prompting.theme import Background

# Most terminals answer at once, those at the other end of a slow line later; nobody waits longer before a first prompt.
_PATIENCE_S = 0.2
# An answer that comes after the program has ended would be typed into the shell.
_PATIENCE_AT_END_S = 0.5


class BackgroundQuestion:
    """The question what a terminal's background is. Only for the main thread, but for `background`.

    To be asked while the terminal neither echoes nor waits for whole lines, and no prompt is running.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._hinted = hinted(environment)
        self._can_ask = sys.platform != "win32" and environment.get("TERM") != "linux"
        self._answers = Answers()
        self._input: Input | None = None

    @property
    def background(self) -> Background:
        """What is known by now. Any thread."""
        answered = self._answers.background
        return self._hinted if answered is Background.UNKNOWN else answered

    def ask(self, keyboard: Input, output: Output) -> None:
        """Ask, and wait for the answer for a moment. Keys that are typed meanwhile go to the first prompt."""
        reader = getattr(keyboard, "stdin_reader", None)
        if not self._can_ask or reader is None:
            return
        read = reader.read
        reader.read = lambda *arguments: self._answers.take_out(read(*arguments))
        self._input = keyboard
        output.write_raw(QUESTION)
        output.flush()
        store_typeahead(keyboard, self._wait(_PATIENCE_S))

    def end(self) -> None:
        """Wait a little more for an answer that is still to come; what is typed meanwhile is lost."""
        self._wait(_PATIENCE_AT_END_S)

    def _wait(self, patience_s: float) -> list[KeyPress]:
        typed: list[KeyPress] = []
        until = monotonic() + patience_s
        if self._input is None:
            return typed
        with suppress(OSError, ValueError):  # it has gone
            while not self._answers.are_complete and not self._input.closed:
                left = until - monotonic()
                if not select.select([self._input.fileno()], [], [], max(0.0, left))[0]:
                    break
                typed += self._input.read_keys()
                if left <= 0:  # or a terminal that has gone would be read for ever
                    break
        return typed
