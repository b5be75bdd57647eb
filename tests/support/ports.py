"""Free ports next to each other, and whether a port is in use."""

from __future__ import annotations

import itertools
import os
import socket
from contextlib import ExitStack

LOOPBACK = "127.0.0.1"
_FIRST = 20_000 + os.getpid() % 100 * 100  # parallel test processes use other hundreds
_BASES = itertools.cycle(range(_FIRST, _FIRST + 80, 5))


def free_ports(count: int) -> range:
    """Return up to 20 free ports next to each other, below those that the system assigns."""
    for base in itertools.islice(_BASES, 100):
        try:
            with ExitStack() as stack:
                for port in range(base, base + count):
                    stack.enter_context(socket.create_server((LOOPBACK, port)))
        except OSError:
            continue
        return range(base, base + count)
    raise AssertionError("too few free ports")


def is_open(port: int) -> bool:
    """Return whether something listens on the port."""
    try:
        socket.create_server((LOOPBACK, port)).close()
    except OSError:
        return True
    return False
