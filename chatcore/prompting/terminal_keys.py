"""Keys typed while no prompt reads them: between two prompts they wait for the next one, at the end they are dropped.

Otherwise the shell would read, and run, what was typed for a program that has just ended. Windows has no terminal
attributes, but the same problem with keys. No function raises anything if the terminal has gone.
"""

from __future__ import annotations

import os
import select
import sys
from time import monotonic
from typing import Any

QUIET_S = 1.0
"""A person who is typing when the program ends presses the next key sooner than this."""

HALF_TYPED_QUIET_S = 3.0
"""A person with half a line typed first has to notice that it has gone."""

AFTER_ENTER_S = 0.5

_MOST_S = 30.0  # a stuck key, or a program that types, must not keep us from ending
_READ_BYTES = 4096


def leave_keys_to_prompts() -> list[Any] | None:
    """Make the terminal keep keys, even Ctrl+D, for the next prompt without echoing them. Ctrl+C stays a signal.

    Return the terminal's attributes from before; None where there are none (Windows).
    """
    if sys.platform == "win32":
        return None
    import termios

    try:
        before = termios.tcgetattr(sys.stdin.fileno())
        waiting = termios.tcgetattr(sys.stdin.fileno())
        waiting[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, waiting)
    except termios.error:
        return None
    return before


def attributes() -> list[Any] | None:
    """Return the terminal's current attributes; None where there are none."""
    if sys.platform == "win32":
        return None
    import termios

    try:
        return termios.tcgetattr(sys.stdin.fileno())
    except (termios.error, OSError, ValueError):
        return None  # the terminal has gone, or keys come from elsewhere


def take_again(attributes: list[Any] | None) -> None:
    """Set attributes that others may have changed, and keep unread keys."""
    if sys.platform == "win32" or attributes is None:
        return
    import termios

    try:
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, attributes)
    except termios.error:
        pass  # it has gone


def restore(attributes: list[Any] | None) -> None:
    """Set the attributes from before, and drop unread keys."""
    if sys.platform == "win32":
        while _take_keys(0):
            pass
    elif attributes is not None:
        import termios

        try:
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSAFLUSH, attributes)
        except termios.error:
            pass  # it has gone


def drop_line() -> None:
    """Drop unread input, even half a line, on a terminal in line mode."""
    if sys.platform == "win32":
        return
    import termios

    try:
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
    except termios.error:
        pass  # it has gone


def swallow_keys(quiet_s: float = QUIET_S) -> None:
    """Drop keys until none is typed for `quiet_s`, or for less after Enter. Ctrl+C ends this at once.

    Only between two prompts.
    """
    now = monotonic()
    latest, until = now + _MOST_S, now + quiet_s
    try:
        while (now := monotonic()) < min(until, latest):
            if typed := _take_keys(min(until, latest) - now):
                until = monotonic() + (AFTER_ENTER_S if typed.endswith(("\r", "\n")) else quiet_s)
    except (KeyboardInterrupt, OSError, ValueError):
        pass  # the terminal has gone or was closed, or Ctrl+C was pressed to leave


def _take_keys(within_s: float) -> str:
    """Return what is typed within this time, maybe ''. Raises OSError when the terminal has gone."""
    if sys.platform == "win32":
        import msvcrt
        import time

        time.sleep(min(within_s, 0.05))  # msvcrt cannot wait for a key
        return msvcrt.getwch() if msvcrt.kbhit() else ""
    descriptor = sys.stdin.fileno()
    if not select.select([descriptor], [], [], within_s)[0]:
        return ""
    if not (data := os.read(descriptor, _READ_BYTES)):
        raise OSError("the terminal has gone")
    return data.decode(errors="replace")
