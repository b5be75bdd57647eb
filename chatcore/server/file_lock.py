"""File locks between processes (flock). They are released however a process ends, even by kill -9."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from chatcore.transport.private_files import open_private


def try_lock(descriptor: int) -> bool:
    """Lock an open file until its descriptor is closed; return False if another process holds the lock.

    On a file system without locks this succeeds: better an unguarded chat than none.
    """
    import fcntl  # not on Windows, where no tracker runs

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file's lock, creating the file if needed; wait until it is free. Raises OSError. Any thread."""
    import fcntl

    descriptor = open_private(path, os.O_RDWR)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked_at_once(path: Path) -> Iterator[None]:
    """Hold a file's lock, creating the file if needed. Raises BlockingIOError if another process holds it, OSError.

    Any thread.
    """
    descriptor = open_private(path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        if not try_lock(descriptor):
            raise BlockingIOError(errno.EWOULDBLOCK, "another process has it locked", str(path))
        yield
    finally:
        os.close(descriptor)
