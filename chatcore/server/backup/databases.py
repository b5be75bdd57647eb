"""Makes consistent copies of SQLite databases while a tracker may be writing to them."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import BinaryIO

from chatcore.errors import ConfigError
from chatcore.transport.private_files import PRIVATE_FILE

_WAIT_S = 30.0
_IN_ONE_STEP = -1  # in one transaction, which blocks writers only for a moment
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_NOT_A_DATABASE = sqlite3.SQLITE_NOTADB


@contextlib.contextmanager
def database_copy(path: Path, at: Path) -> Iterator[tuple[BinaryIO, bool]]:
    """Yield a copy of a database, open for reading, and whether the original is not a database.

    In the latter case, the original itself is yielded. The copy is made at the path `at` and removed afterwards. Raises
    FileNotFoundError if there is no such database, and ConfigError if it cannot be copied.
    """
    try:
        is_none = _copy(path, at)
        with (path if is_none else at).open("rb") as file:
            yield file, is_none
    finally:
        at.unlink(missing_ok=True)


def _copy(path: Path, at: Path) -> bool:
    """Copy a database; return True if it is not a database."""
    path.stat()
    at.unlink(missing_ok=True)
    try:
        # Mode "ro" could not create the shared-memory file that a write-ahead log needs.
        _make_private(at)
        with closing(_open(path, "rw")) as source, closing(_open(at, "rw")) as target:
            target.execute("PRAGMA journal_mode = OFF")
            target.execute("PRAGMA synchronous = OFF")
            source.backup(target, pages=_IN_ONE_STEP, progress=_patience())
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == _NOT_A_DATABASE:
            return True
        path.stat()  # raises FileNotFoundError if it was removed meanwhile
        raise ConfigError(f"cannot copy {path} to {at.parent.absolute()}: {error}") from error
    except OSError as error:
        raise ConfigError(f"cannot copy {path} to {at.parent.absolute()}: {error.strerror}") from error
    return False


def _make_private(at: Path) -> None:
    """Create an empty private file; SQLite would make it readable to others, and follow links. Raises OSError."""
    os.close(os.open(at, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, PRIVATE_FILE))


def _open(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=_WAIT_S)


def _patience() -> Callable[[int, int, int], None]:
    """Return a progress callback that gives up when the database stays locked; SQLite would retry forever."""
    deadline = monotonic() + _WAIT_S

    def look(status: int, remaining: int, total: int) -> None:
        if status in _BUSY and monotonic() > deadline:
            raise sqlite3.OperationalError("database is locked")

    return look
