"""What a plain screen reads and writes: the process's own streams, or those of a remote user without a terminal.

`dumb_terminal` has those of a remote user whose terminal can only show text.
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
    """For the thread that runs the visit, except `write`, which any thread may call, one at a time."""

    is_keyboard: bool
    """Whether the input is typed by a person."""
    has_person: bool
    """Whether the output is read by a person, too."""
    lines: TypedLines
    """The lines read."""

    def begin(self) -> None:
        """Prepare for writing."""

    def end(self) -> None:
        """Drop typed input that was not read."""

    def read(self) -> None:
        """Start reading lines. Can be called again."""

    def ask_secret(self, question: str) -> str | None:
        """Return a secret typed without echo; None if the caller has to use `unseen` instead."""

    def unseen(self) -> AbstractContextManager[None]:
        """Turn echo off within the block. Raises EOFError if the terminal is gone."""

    def write(self, text: str, *, is_problem: bool) -> None:
        """Write text. Raises OSError if the output is closed."""

    def give_up_output(self) -> None:
        """Write nothing more."""

    def swallow_keys(self) -> None:
        """Drop what a person types in the next moment."""


class OwnStreams:
    """See Streams. A thread of its own reads stdin, so that a lost connection can end the wait for a line.

    That thread reads the file descriptor directly: waiting inside `sys.stdin` would hold its lock at exit.
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
            raise EOFError from error  # the terminal is gone
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
        """See Streams. Otherwise flushing the buffer would fail again at exit."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)

    def swallow_keys(self) -> None:
        """See Streams. The reading thread takes whole lines."""
        if self.is_keyboard and self._reader is not None:
            with suppress(KeyboardInterrupt):
                time.sleep(QUIET_S)

    def _read(self) -> None:
        """Read until the end of stdin. Runs in a thread of its own."""
        while data := _read_stdin():
            self.lines.take(data)
            self.lines.wait_for_room()
        self.lines.take(b"")


class RemoteStreams:
    """See Streams. `feed` and `end_input` are for the thread in which the remote user's input arrives."""

    is_keyboard = has_person = False

    def __init__(
        self,
        write_out: Callable[[str], None],
        write_err: Callable[[str], None],
        on_read: Callable[[int], None] = lambda count: None,
    ) -> None:
        """`write_out` and `write_err` take text for standard output and error. Any thread; they must not block.

        `on_read` is told how many more bytes were read, by the thread that runs the visit or in `feed`.
        """
        self.lines = TypedLines(self._tell_room)
        self._write = {False: write_out, True: write_err}
        self._on_read = on_read
        self._lock = threading.Lock()  # guards the one below
        self._unread = 0

    def feed(self, data: bytes) -> None:
        """Take received input. Does not block."""
        if data:
            with self._lock:
                self._unread += len(data)
            self.lines.take(data)
            if self.lines.has_room:
                self._tell_room()

    def end_input(self) -> None:
        """Note the end of the input."""
        self.lines.take(b"")

    def begin(self) -> None:
        """See Streams."""

    def end(self) -> None:
        """See Streams."""

    def read(self) -> None:
        """See Streams. Lines arrive by `feed`."""

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
        return b""  # the terminal is gone
