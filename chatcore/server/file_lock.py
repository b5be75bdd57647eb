"""Locks on files between processes (flock). Whatever ends a process releases its locks, kill -9 too."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from chatcore.transport.private_files import open_private


def try_lock(descriptor: int) -> bool:
    """Lock an open file until its descriptor is closed; False when somebody else has it open and locked.

    A file system that knows no locks counts as locked: better an unguarded chat than none.
    """
    import fcntl  # not there on Windows, where there is no tracker

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file, which is made if there is none; wait until it is free. Raises OSError. Any thread."""
    import fcntl

    descriptor = open_private(path, os.O_RDWR)
    try:
        with contextlib.suppress(OSError):  # a file system that knows no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
