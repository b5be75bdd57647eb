"""Printing to standard output, whose reader may stop early, as `head` does."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterable


def print_lines(lines: Iterable[str]) -> None:
    """Print lines until the reader closes the pipe."""
    try:
        for line in lines:
            print(line)
        sys.stdout.flush()
    except BrokenPipeError:
        stop_printing()


def stop_printing() -> None:
    """Discard further output; otherwise Python would complain about the broken pipe when it exits."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def is_terminal() -> bool:
    """Return whether standard output is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def takes_output() -> bool:
    """Return whether standard output can be written now: not if its terminal is stopped or its pipe is full."""
    try:
        poller = select.poll()
        poller.register(sys.stdout.fileno(), select.POLLOUT)
        return any(events & select.POLLOUT for _, events in poller.poll(0))
    except (AttributeError, OSError, ValueError):  # no standard output, or a kind that cannot be polled
        return True
