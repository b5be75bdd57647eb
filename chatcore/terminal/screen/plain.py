"""The screen in a pipe or on a dumb terminal: plain lines, in the form that `render` describes."""

from __future__ import annotations

import codecs
import getpass
import io
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import NoReturn, TextIO

from chatcore.prompting.interruption import Terminated, Woken
from chatcore.prompting.terminal_keys import QUIET_S, drop_line
from chatcore.terminal.screen.render import render_plain
from chatcore.terminal.screen.screen import Completions, Turn
from chatcore.terminal.session.effects import Alert, Caution, Item, Problem
from chatcore.terminal.session.status import Status
from chatcore.terminal.waiting import wait_until

_LINES_READ_AHEAD = 100
_READ_BYTES = 65536
_STDIN = 0


class PlainScreen:
    """Stdin is read by its own thread, so that the end of the connection can end a wait for it.

    That thread reads the descriptor itself: one that waits inside `sys.stdin` would hold its lock at exit.
    """

    is_interactive = False

    def __init__(self) -> None:
        self.has_person = _is_keyboard() and sys.stdout is not None and sys.stdout.isatty()
        self._changed = threading.Condition()  # guards the five below
        self._lines: deque[str] = deque()
        self._lines_given = 0
        self._has_input_ended = sys.stdin is None
        self._is_woken = False
        self._is_output_broken = False
        self._reader: threading.Thread | None = None

    def __enter__(self) -> PlainScreen:
        for stream in (sys.stdout, sys.stderr):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="backslashreplace", line_buffering=True)
        return self

    def __exit__(self, *error: object) -> None:
        if _is_keyboard():
            drop_line()

    def swallow_keys(self) -> None:
        """See Screen.swallow_keys. Whole lines are taken by the thread that reads them."""
        if _is_keyboard() and self._reader is not None:
            with suppress(KeyboardInterrupt):
                time.sleep(QUIET_S)

    def tell_unread(self) -> None:
        """See Screen.tell_unread."""
        with self._changed:
            first_unread = self._lines_given + 1 if self._lines else None
        if first_unread is not None and not _is_keyboard():
            self.show(Problem(f"line {first_unread} of the input, and what follows, was not sent"))

    def ask(self, question: str, *, is_secret: bool = False) -> str:
        """Return the next line of stdin. Only a person at a keyboard is shown the question."""
        if _is_keyboard():
            if is_secret and self._reader is None:
                return getpass.getpass(question)
            with _unseen() if is_secret else nullcontext():
                _print(question, sys.stderr, end="")
                return self.read_line()
        return self.read_line()

    def choose(self, question: str, letters: Collection[str], *, default: str, refusal: str) -> str:
        """Nobody is there to be asked."""
        return default

    def recall(self, lines: Iterable[str]) -> None:
        """There are no arrow keys in a pipe."""

    def read_line(self) -> str:
        """Return the next line. Raises EOFError after the last, and Woken after `wake`."""
        if self._reader is None:
            self._reader = threading.Thread(target=self._read, name="stdin", daemon=True)
            self._reader.start()
        with self._changed:
            wait_until(self._changed, self._can_go_on)
            if self._is_woken:
                self._is_woken = False
                raise Woken
            if self._is_output_broken or not self._lines:
                raise EOFError
            self._changed.notify_all()
            self._lines_given += 1
            return self._lines.popleft()

    def show(self, item: Item) -> None:
        """Print one line, problems and cautions to stderr. If nobody reads any more, act as if stdin had ended."""
        text = render_plain(item)
        if not text:
            return
        try:
            _print(text, sys.stderr if isinstance(item, Problem | Caution) else sys.stdout)
        except OSError:
            self._give_up_output()

    def show_status(self, status: Status) -> None:
        """There is no status line in a pipe."""

    def alert(self, alert: Alert) -> None:
        """Whoever reads a pipe notices everything."""

    def put_back(self, text: str) -> None:
        """There is no line to be edited in a pipe."""

    def clear(self) -> None:
        """What is in a pipe stays there."""

    def complete_from(self, completions: Completions) -> None:
        """There is no Tab in a pipe."""

    def watch_line(self, watching: Callable[[str], None]) -> None:
        """Lines come whole in a pipe."""

    def turn_by(self, turning: Callable[[Turn, str], str]) -> None:
        """There are no such keys in a pipe."""

    def wake(self) -> None:
        """Have the current `read_line`, or the next, raise Woken. Any thread."""
        with self._changed:
            self._is_woken = True
            self._changed.notify_all()

    def resume(self) -> None:
        """A pipe has no state that others could have changed."""

    def terminate(self, signum: int) -> NoReturn:
        """End because of a signal. Called by its handler."""
        raise Terminated(signum)

    def _can_go_on(self) -> bool:
        return bool(self._lines) or self._has_input_ended or self._is_woken or self._is_output_broken

    def _read(self) -> None:
        utf8 = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        decoder = io.IncrementalNewlineDecoder(utf8, translate=True)
        rest = ""
        while data := _read_stdin():
            *lines, rest = (rest + decoder.decode(data)).split("\n")
            self._offer(lines)
        rest += decoder.decode(b"", final=True)
        self._offer([rest] if rest else [])
        with self._changed:
            self._has_input_ended = True
            self._changed.notify_all()

    def _offer(self, lines: list[str]) -> None:
        with self._changed:
            self._lines.extend(lines)
            self._changed.notify_all()
            self._changed.wait_for(lambda: len(self._lines) < _LINES_READ_AHEAD)

    def _give_up_output(self) -> None:
        """Continue without output; otherwise what is buffered would fail again at exit."""
        with self._changed:
            self._is_output_broken = True
            self._changed.notify_all()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _is_keyboard() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


@contextmanager
def _unseen() -> Iterator[None]:
    """Keep what is typed off the terminal, which is read by another thread already."""
    if sys.platform == "win32":
        yield
        return
    import termios

    try:
        before = termios.tcgetattr(_STDIN)
        unseen = termios.tcgetattr(_STDIN)
        unseen[3] &= ~termios.ECHO
        termios.tcsetattr(_STDIN, termios.TCSADRAIN, unseen)
    except termios.error as error:
        raise EOFError from error  # it has gone
    try:
        yield
    finally:
        with suppress(termios.error):
            termios.tcsetattr(_STDIN, termios.TCSADRAIN, before)
        with suppress(OSError):
            _print("", sys.stderr)


def _print(text: str, stream: TextIO | None, end: str = "\n") -> None:
    if stream is not None:
        stream.write(text + end)
        stream.flush()


def _read_stdin() -> bytes:
    try:
        return os.read(_STDIN, _READ_BYTES)
    except OSError:
        return b""  # its terminal has gone
