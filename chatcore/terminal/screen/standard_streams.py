"""What a plain screen reads and writes: the process's own streams, or those of somebody elsewhere who has no terminal.

`dumb_terminal` has those of somebody elsewhere whose terminal can do nothing but show text.
"""

from __future__ import annotations

import getpass
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Protocol, TextIO

from chatcore.prompting.terminal_keys import QUIET_S, drop_line
from chatcore.terminal.screen.typed_lines import TypedLines

_READ_BYTES = 65536
_STDIN = 0


class Streams(Protocol):
    """For the thread that has the visit, but for `write`, which is for any, one at a time."""

    is_keyboard: bool
    """Whether a person types."""
    has_person: bool
    """Whether a person reads, too."""
    lines: TypedLines
    """What is read."""

    def begin(self) -> None:
        """Prepare for writing."""

    def end(self) -> None:
        """Drop what a person has typed and nobody read."""

    def read(self) -> None:
        """Have lines come. Can be called again."""

    def ask_secret(self, question: str) -> str | None:
        """Return what is typed unseen, None if `unseen` is the way to that."""

    def unseen(self) -> AbstractContextManager[None]:
        """Keep what is typed meanwhile off the terminal. Raises EOFError if it has gone."""

    def write(self, text: str, *, is_problem: bool) -> None:
        """Write text. Raises OSError if nobody reads any more."""

    def give_up_output(self) -> None:
        """Write nothing more."""

    def swallow_keys(self) -> None:
        """Drop what a person types on for a moment."""


class OwnStreams:
    """See Streams. Stdin is read by its own thread, so that the end of the connection can end a wait for it.

    That thread reads the descriptor itself: one that waits inside `sys.stdin` would hold its lock at exit.
    """

    def __init__(self) -> None:
        self.is_keyboard = sys.stdin is not None and sys.stdin.isatty()
        self.has_person = self.is_keyboard and sys.stdout is not None and sys.stdout.isatty()
        self.lines = TypedLines()
        self._reader: threading.Thread | None = None

    def begin(self) -> None:
        """See Streams."""
        for stream in (sys.stdout, sys.stderr):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="backslashreplace", line_buffering=True)

    def end(self) -> None:
        """See Streams."""
        if self.is_keyboard:
            drop_line()

    def read(self) -> None:
        """See Streams."""
        if self._reader is None:
            self._reader = threading.Thread(target=self._read, name="stdin", daemon=True)
            self._reader.start()

    def ask_secret(self, question: str) -> str | None:
        """See Streams."""
        return getpass.getpass(question) if self._reader is None else None

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """See Streams."""
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
                self.write("\n", is_problem=True)

    def write(self, text: str, *, is_problem: bool) -> None:
        """See Streams."""
        stream: TextIO | None = sys.stderr if is_problem else sys.stdout
        if stream is not None:
            stream.write(text)
            stream.flush()

    def give_up_output(self) -> None:
        """See Streams. Otherwise what is buffered would fail again at exit."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)

    def swallow_keys(self) -> None:
        """See Streams. Whole lines are taken by the thread that reads them."""
        if self.is_keyboard and self._reader is not None:
            with suppress(KeyboardInterrupt):
                time.sleep(QUIET_S)

    def _read(self) -> None:
        """Read until the end: the whole of the thread."""
        while data := _read_stdin():
            self.lines.take(data)
            self.lines.wait_for_room()
        self.lines.take(b"")


class RemoteStreams:
    """See Streams. `feed` and `end_input` are for the thread that brings what somebody elsewhere sends."""

    is_keyboard = has_person = False

    def __init__(
        self,
        write_out: Callable[[str], None],
        write_err: Callable[[str], None],
        on_read: Callable[[int], None] = lambda count: None,
    ) -> None:
        """What is given to these two is for standard output and error, by any thread; it must not wait.

        `on_read` is told how many bytes have been read on, by the thread that has the visit, or in `feed`.
        """
        self.lines = TypedLines(self._tell_room)
        self._write = {False: write_out, True: write_err}
        self._on_read = on_read
        self._lock = threading.Lock()  # guards the one below
        self._unread = 0

    def feed(self, data: bytes) -> None:
        """Take what was sent. Does not wait."""
        if data:
            with self._lock:
                self._unread += len(data)
            self.lines.take(data)
            if self.lines.has_room:
                self._tell_room()

    def end_input(self) -> None:
        """Take note that nothing more is sent."""
        self.lines.take(b"")

    def begin(self) -> None:
        """See Streams."""

    def end(self) -> None:
        """See Streams."""

    def read(self) -> None:
        """See Streams: they come."""

    def ask_secret(self, question: str) -> str | None:
        """See Streams."""
        return None

    def unseen(self) -> AbstractContextManager[None]:
        """See Streams."""
        return nullcontext()

    def write(self, text: str, *, is_problem: bool) -> None:
        """See Streams."""
        self._write[is_problem](text)

    def give_up_output(self) -> None:
        """See Streams."""
        self._write = dict.fromkeys((False, True), lambda text: None)

    def swallow_keys(self) -> None:
        """See Streams."""

    def _tell_room(self) -> None:
        with self._lock:
            count, self._unread = self._unread, 0
        if count:
            self._on_read(count)


def _read_stdin() -> bytes:
    try:
        return os.read(_STDIN, _READ_BYTES)
    except OSError:
        return b""  # its terminal has gone
