"""A program on a pseudo-terminal, as a person sees it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

import pyte
from pyte.screens import Char

from pictures.svg import DARK, Cell, Colours, Look, drawn

PATIENCE_S = 30.0
_QUIET_S = 0.3

# The pseudo-terminal becomes the program's controlling one, so that Ctrl+C is a signal.
_LAUNCH = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
_BACKGROUND_QUESTION = b"\x1b]11;?"

_NAMED = {
    "black": "#000000",
    "red": "#cd3131",
    "green": "#0dbc79",
    "brown": "#c8b430",
    "blue": "#2472c8",
    "magenta": "#bc3fbc",
    "cyan": "#11a8cd",
    "white": "#e5e5e5",
}


class _Screen(pyte.Screen):
    """A screen that answers the program's queries."""

    def __init__(self, columns: int, rows: int, master: int) -> None:
        super().__init__(columns, rows)
        self._master = master

    def write_process_input(self, data: str) -> None:
        os.write(self._master, data.encode())


class Window:
    """A program and its terminal."""

    def __init__(self, *command: str, folder: Path, columns: int = 80, rows: int = 24, colours: Colours = DARK) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._colours = colours
        self._screen = _Screen(columns, rows, self._master)
        self._stream = pyte.ByteStream(self._screen)
        keep = {name: value for name, value in os.environ.items() if name in ("PATH", "PYTHONPATH")}
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _LAUNCH, *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=folder,
            env={**keep, "TERM": "xterm-256color", "LANG": "C.UTF-8", "HOME": str(folder)},
            start_new_session=True,
        )
        os.close(slave)

    @property
    def text(self) -> str:
        """What is on the terminal."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def enter(self, line: str = "") -> None:
        """Type a line and press Enter."""
        self.type(f"{line}\r")

    def until(self, pattern: str, *beside: Window) -> None:
        """Wait until the terminal shows this, and nothing more arrives. Raises TimeoutError.

        The windows `beside` are served meanwhile.
        """
        deadline = monotonic() + PATIENCE_S
        while not re.search(pattern, self.text):
            if monotonic() > deadline:
                raise TimeoutError(f"no {pattern!r} in:\n{self.text}")
            pump([self, *beside], 0.1)
        while pump([self, *beside], _QUIET_S) and monotonic() < deadline:
            pass

    def picture(self, title: str) -> str:
        """Return an SVG of what is on the terminal."""
        rows = [[_cell(line[column]) for column in range(self._screen.columns)] for line in self._lines()]
        while len(rows) > 1 and not any(cell.text.strip() or cell.look != Look() for cell in rows[-1]):
            rows.pop()
        return drawn(rows, self._colours, title)

    def end(self) -> None:
        """End the program."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)

    def take(self) -> bool:
        """Show new output of the program; return whether there was any."""
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return False  # it has ended
        if _BACKGROUND_QUESTION in data:
            red, green, blue = (f"{value:02x}" * 2 for value in bytes.fromhex(self._colours.ground[1:]))
            self.type(f"\x1b]11;rgb:{red}/{green}/{blue}\x1b\\")
        self._stream.feed(data)
        return bool(data)

    def fileno(self) -> int:
        return self._master

    def _lines(self) -> list[dict[int, Char]]:
        return [self._screen.buffer[number] for number in range(self._screen.lines)]


def pump(windows: Sequence[Window], within_s: float) -> bool:
    """Show new output of programs; return whether any came within this time."""
    ready, _, _ = select.select(windows, [], [], within_s)
    return sum(window.take() for window in ready) > 0


def _cell(character: Char) -> Cell:
    look = Look(
        _colour(character.fg),
        _colour(character.bg),
        character.bold,
        character.italics,
        character.underscore,
        character.reverse,
    )
    return Cell(character.data, look)


def _colour(name: str) -> str:
    """Return a colour name of pyte's as `#rrggbb`, '' for the terminal's default."""
    if name == "default":
        return ""
    return _NAMED.get(name.removeprefix("bright"), f"#{name}")
