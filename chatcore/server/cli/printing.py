"""Prints for somebody who may have seen enough already, as `| head` has."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterable


def print_lines(lines: Iterable[str]) -> None:
    """Print lines until whoever reads them has gone."""
    try:
        for line in lines:
            print(line)
        sys.stdout.flush()
    except BrokenPipeError:
        stop_printing()


def stop_printing() -> None:
    """Have nobody get what is printed from now on; else Python would complain, at its end, of whoever has gone."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def is_terminal() -> bool:
    """Return whether standard output is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def takes_output() -> bool:
    """Return whether standard output takes something now: not if its terminal is stopped, or nobody reads the pipe."""
    try:
        poller = select.poll()
        poller.register(sys.stdout.fileno(), select.POLLOUT)
        return any(events & select.POLLOUT for _, events in poller.poll(0))
    except (AttributeError, OSError, ValueError):  # there is none, or nothing that can be waited for
        return True
