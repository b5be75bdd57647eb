"""Reads lines from a descriptor without ever blocking in a buffered read."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from chatcore.transport.wake_pipe import WakePipe


class LineSource:
    """Reads whole lines from a descriptor that the caller polls. One thread."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pending = b""
        self.is_open = True

    def fileno(self) -> int:
        """Return the descriptor to poll while `is_open`."""
        return self._descriptor

    def read(self) -> None:
        """Read once, when there is something to read. At the end of input, `is_open` becomes False."""
        try:
            data = os.read(self._descriptor, 65536)
        except OSError:  # the terminal is gone
            data = b""
        if data:
            self._pending += data
            return
        self.is_open = False
        if self._pending and not self._pending.endswith(b"\n"):
            self._pending += b"\n"

    def ready(self) -> list[str]:
        """Return the complete lines read so far, without line ends."""
        *lines, self._pending = self._pending.split(b"\n")
        return [line.removesuffix(b"\r").decode(errors="replace") for line in lines]

    def read_line(self) -> str | None:
        """Wait for a line and return it; None at the end of input. Main thread only: signal handlers run meanwhile."""
        with _signals() as signals:
            while b"\n" not in self._pending:
                if not self.is_open:
                    return None
                readable, _, _ = select.select([self.fileno(), signals.fileno()], [], [])
                if signals.fileno() in readable:
                    signals.drain()
                if self.fileno() in readable:
                    self.read()
        line, _, self._pending = self._pending.partition(b"\n")
        return line.removesuffix(b"\r").decode(errors="replace")

    def ask_secret(self, question: str) -> str:
        """Ask the person at the terminal without echoing the answer. Main thread only. Raises EOFError at Ctrl+D.

        getpass.getpass would block in a read, and miss a Ctrl+C pressed just before it.
        """
        import termios  # not on Windows

        before = termios.tcgetattr(self)
        hidden = before.copy()
        hidden[3] &= ~termios.ECHO
        try:
            termios.tcsetattr(self, termios.TCSAFLUSH, hidden)
            print(question, end="", file=sys.stderr, flush=True)
            line = self.read_line()
        finally:
            termios.tcsetattr(self, termios.TCSAFLUSH, before)
        if line is None:
            raise EOFError
        print(file=sys.stderr)
        return line

    @property
    def has_terminal(self) -> bool:
        """Return whether the lines come from a terminal, and not from a program."""
        return os.isatty(self._descriptor)

    @property
    def has_person(self) -> bool:
        """Return whether a person can be asked: there is a terminal, and this process is in its foreground."""
        try:
            return os.tcgetpgrp(self._descriptor) == os.getpgrp()
        except OSError:  # no terminal, or one without job control
            return os.isatty(self._descriptor)

    def ask_yes(self, question: str) -> bool:
        """Ask the person at the terminal; return whether they say yes. Main thread only. Raises EOFError at Ctrl+D.

        Input typed before the question appeared does not count as an answer.
        """
        import termios  # not on Windows

        termios.tcflush(self, termios.TCIFLUSH)
        self._pending = b""
        while True:
            print(question, end="", file=sys.stderr, flush=True)
            line = self.read_line()
            if line is None:
                raise EOFError
            answer = line.strip().lower()
            if answer in ("", "n", "no", "y", "yes"):
                return answer in ("y", "yes")


@contextmanager
def _signals() -> Iterator[WakePipe]:
    """Yield a pipe that becomes readable when a signal comes."""
    with WakePipe() as pipe:
        before = signal.set_wakeup_fd(pipe.wake_fileno(), warn_on_full_buffer=False)
        try:
            yield pipe
        finally:
            signal.set_wakeup_fd(before)
