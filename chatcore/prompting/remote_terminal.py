"""A terminal at the other end of a connection, such as ssh: its keys come as text, and its output is text.

The owner of the connection tells the terminal's size and kind, and carries the bytes. A process can have any number of
these, each with its own thread for prompts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import monotonic
from typing import TextIO, TypeVar, cast

from prompt_toolkit import PromptSession
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output

from chatcore.prompting.bare_loop import BareLoop
from chatcore.prompting.last_drawing import LastDrawing
from chatcore.prompting.remote_input import RemoteInput
from chatcore.prompting.theme import Depth, depth_of

_USUAL = Size(rows=24, columns=80)
_MOST = Size(rows=300, columns=500)
"""Larger sizes would take long to draw."""

_QUIET_S = 0.3
_MOST_QUIET_S = 0.45
"""How long to wait at the end until a person stops typing. It is short, because a stopping tracker waits for it."""

_COLOURS = {
    Depth.NONE: ColorDepth.DEPTH_1_BIT,
    Depth.SIXTEEN: ColorDepth.DEPTH_4_BIT,
    Depth.MANY: ColorDepth.DEPTH_8_BIT,
}

_T = TypeVar("_T")


class RemoteTerminal:
    """See Terminal. Prompts are at the bottom of the window, so nobody need ask where the cursor is.

    `feed`, `end`, `resize`, `pause_writing` and `resume_writing` are for any thread."""

    home = ""

    def __init__(
        self,
        write: Callable[[str], None],
        columns: int,
        rows: int,
        environment: Mapping[str, str],
        on_read: Callable[[int], None] = lambda chars: None,
    ) -> None:
        """`write` sends text. Any thread may call it, one at a time. It must not wait; OSError means the peer left.

        A size that is 0 or absurd is replaced. `on_read` is told how many of the fed characters have been read.
        """
        self.environment = environment
        self.input = RemoteInput(on_read)
        self.output = _Output(write, lambda: self._size, environment)
        self.is_full = False
        self._drawing = LastDrawing(self.output.record, self.output.recorded)
        self.output.on_erased = self._drawing.forget
        self._size = _within_reason(columns, rows)
        self._on_change: Callable[[], None] = lambda: None

    def write(self, text: str) -> None:
        """Show text while there is no prompt. Any thread."""
        self.output.stdout.write(text)

    def feed(self, text: str) -> None:
        """Take what was typed."""
        self.input.feed(text)

    def end(self) -> None:
        """Note that nothing more will be typed: the person leaves."""
        self.input.end()

    def resize(self, columns: int, rows: int) -> None:
        """Draw everything for a new size."""
        self._size = _within_reason(columns, rows)
        self._on_change()

    def pause_writing(self) -> None:
        """Pause drawing and reading, because too much output is pending."""
        self.is_full = True
        self.input.hold()

    def resume_writing(self) -> None:
        """Resume drawing and reading."""
        self.is_full = False
        self.input.release()
        self._on_change()

    def on_change(self, act: Callable[[], None]) -> None:
        """See Terminal."""
        self._on_change = act

    def run(self, prompt: PromptSession[_T], started: Callable[[], None]) -> _T:
        """See Terminal."""
        with asyncio.Runner(loop_factory=BareLoop) as runner:
            return runner.run(prompt.prompt_async(pre_run=started, handle_sigint=False))

    def filter_typed(self, take_out: Callable[[str], str]) -> bool:
        """See Terminal."""
        self.input.take_out = take_out
        return True

    def read_keys(self, within_s: float) -> list[KeyPress]:
        """See Terminal."""
        if self.input.closed:
            raise EOFError
        self.input.wait(within_s)
        return self.input.read_keys()

    def take(self) -> None:
        """See Terminal. Move to the bottom of the window."""
        self.output.write_raw("\n" * self._size.rows)
        self.output.flush()

    def give_back(self) -> None:
        """See Terminal. There must be no prompt after this."""
        clear_typeahead(self.input)

    def watch(self, prompt: PromptSession[str]) -> None:
        """See Terminal."""
        prompt.app.terminal_size_polling_interval = None
        self._drawing.watch(prompt.app)

    def write_above(self, text: str) -> bool:
        """See Terminal."""
        with suppress(OSError):  # the peer left, and the input has ended
            return self._drawing.write_above(text, self.write)
        return True

    def lend(self) -> None:
        """Never called: a remote person cannot stop the program."""
        raise NotImplementedError

    def take_again(self) -> None:
        """See Terminal."""

    def hold_keys(self) -> None:
        """See Terminal."""

    def swallow_keys(self, quiet_s: float) -> None:
        """See Terminal. It takes less than half a second."""
        now = monotonic()
        latest, until = now + _MOST_QUIET_S, now + min(quiet_s, _QUIET_S)
        while not self.input.closed and (now := monotonic()) < min(until, latest):
            if self.read_keys(min(until, latest) - now):
                until = monotonic() + min(quiet_s, _QUIET_S)


class _Output(Vt100_Output):
    """The terminal's display. Uses neither the environment of the process nor a descriptor."""

    responds_to_cpr = False

    def __init__(
        self, write: Callable[[str], None], get_size: Callable[[], Size], environment: Mapping[str, str]
    ) -> None:
        depth = _COLOURS[depth_of(environment)]
        super().__init__(cast(TextIO, _Line(write)), get_size, environment.get("TERM", ""), depth)

        self.on_erased: Callable[[], None] = lambda: None
        self._recording: list[str] = []
        self._is_recording = False

    def get_rows_below_cursor_position(self) -> int:
        """Return the rows from the cursor down when a prompt begins: only its own."""
        return 1

    def erase_down(self) -> None:
        """Erase the prompt."""
        self.on_erased()
        super().erase_down()

    def record(self) -> None:
        """Record what is written from now on."""
        self._is_recording = True

    def recorded(self) -> str:
        """Stop recording, and return what was written since `record`."""
        text = "".join(self._recording)
        self._recording.clear()
        self._is_recording = False
        return text

    def flush(self) -> None:
        """Send what was written."""
        if self._is_recording:
            self._recording += self._buffer
        with suppress(OSError):  # the peer left, and the input has ended
            super().flush()


class _Line:
    """A file, as far as prompt_toolkit needs one."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def write(self, text: str) -> None:
        self._write(text.replace("\n", "\r\n"))  # as a terminal's driver does

    def flush(self) -> None:
        """Do nothing: `write` has sent everything."""


def _within_reason(columns: int, rows: int) -> Size:
    return Size(
        rows=min(rows, _MOST.rows) if rows > 0 else _USUAL.rows,
        columns=min(columns, _MOST.columns) if columns > 0 else _USUAL.columns,
    )
