"""Programs on a pseudo-terminal: what a person types and sees, with a deadline instead of sleeps."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from tests.support.irc import DEADLINE_S

CTRL_C = "\x03"
CTRL_D = "\x04"
ENTER = "\r"

# The pseudo-terminal becomes the program's controlling one, so that Ctrl+C is a signal and a hang-up is SIGHUP.
_LAUNCH = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_=>])")
# Queries of a program to its terminal (DSR, DA1), and the answers; none tells its background.
_ANSWERS = {b"\x1b[6n": b"\x1b[1;1R", b"\x1b[c": b"\x1b[?1;2c"}


class Terminal:
    """A program with a terminal of its own. `screen` is all it has written, without colours and cursor movements."""

    def __init__(
        self, *command: str, cwd: Path, env: Mapping[str, str] | None = None, columns: int = 120, rows: int = 40
    ) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.attributes_before = termios.tcgetattr(slave)
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _LAUNCH, *command],
                stdin=slave,
                stdout=slave,
                stderr=slave,
                cwd=cwd,
                env={**os.environ, "TERM": "xterm-256color", **(env or {})},
                start_new_session=True,
            )
        except BaseException:
            os.close(self._master)
            raise
        finally:
            os.close(slave)
        self._raw = b""
        self._read_to = 0  # how much of the screen was already matched
        self._is_open = True

    @property
    def screen(self) -> str:
        """Return the program's output so far, as read by `expect`."""
        return _ESCAPE_SEQUENCE.sub("", self._raw.decode(errors="replace")).replace("\r\n", "\n")

    @property
    def raw(self) -> bytes:
        """Return the same as it came, with every escape sequence."""
        return self._raw

    @property
    def attributes(self) -> list[Any]:
        """Return the terminal's attributes as they are now (termios.tcgetattr)."""
        return termios.tcgetattr(self._master)

    @property
    def echoes(self) -> bool:
        """Return whether typed characters are echoed now."""
        return bool(self.attributes[3] & termios.ECHO)

    def stop_echo(self) -> None:
        """Turn echo off: the terminal would show typed characters inside a line that the program is writing."""
        self.attributes_before[3] &= ~termios.ECHO
        termios.tcsetattr(self._master, termios.TCSANOW, self.attributes_before)

    def type(self, text: str) -> None:
        """Press these keys."""
        data = text.encode()
        while data:
            data = data[os.write(self._master, data) :]

    def resize(self, columns: int, rows: int) -> None:
        """Resize the window."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def enter(self, line: str = "") -> None:
        """Type a line and press Enter."""
        self.type(line + ENTER)

    def expect(self, pattern: str, within_s: float = DEADLINE_S) -> re.Match[str]:
        """Wait for `pattern` in what was written since the last match; return the match."""
        deadline = monotonic() + within_s
        while True:
            screen = self.screen
            found = re.compile(pattern, re.MULTILINE).search(screen, self._read_to)
            if found:
                self._read_to = found.end()
                return found
            if not self._read(deadline):
                raise AssertionError(f"no {pattern!r} on the screen:\n{screen[self._read_to :]}\n--- all:\n{screen}")

    def wait(self, within_s: float = DEADLINE_S) -> int:
        """Read until the program ends; return its exit status."""
        deadline = monotonic() + within_s
        while self._read(deadline):
            pass
        return self.process.wait(max(0.1, deadline - monotonic()))

    def hang_up(self) -> None:
        """Close the window: the program gets SIGHUP, and can read and write no more."""
        if self._is_open:
            self._is_open = False
            os.close(self._master)

    def close(self) -> None:
        """End the program, if it runs, and give the terminal back."""
        self.hang_up()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(DEADLINE_S)

    def _read(self, deadline: float) -> bool:
        """Read once; False at the deadline and when the program and its terminal have ended."""
        ready, _, _ = select.select([self._master], [], [], max(0.0, deadline - monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError as error:
            if error.errno != errno.EIO:  # Linux: nobody has the other side open
                raise
            return False
        self._raw += data
        for question, answer in _ANSWERS.items():
            if question in data:
                with contextlib.suppress(OSError):
                    os.write(self._master, answer)
        return bool(data)


@contextmanager
def terminal(
    *command: str, cwd: Path, env: Mapping[str, str] | None = None, columns: int = 120, rows: int = 40
) -> Iterator[Terminal]:
    """Run a program on a pseudo-terminal; it is ended, if need be killed, when the test ends."""
    opened = Terminal(*command, cwd=cwd, env=env, columns=columns, rows=rows)
    try:
        yield opened
    finally:
        opened.close()
