"""The versions of the files in a state folder: what a newer version has written is refused before anything is changed.

A file that is damaged is no matter of this: whoever opens it says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from chatcore.errors import ConfigError, StateTooNew
from chatcore.server.access import accounts, eras
from chatcore.server.archive import positions, schema

_SQLITE = b"SQLite format 3\0"
_USER_VERSION = slice(60, 64)  # of a database's header (https://sqlite.org/fileformat.html#user_version_number)


def refuse_newer(folder: Path) -> None:
    """Raise StateTooNew if this program does not know what one of the files is like. Changes nothing. Any thread."""
    for pattern, known, version_of in _VERSIONED:
        for path in sorted(folder.glob(pattern)):
            try:
                version = version_of(path)
            except OSError as error:
                raise ConfigError(f"cannot read {path}: {error.strerror}") from error
            if version > known:
                raise StateTooNew(path, version, known)


def _of_database(path: Path) -> int:
    """Return the version in a database's header, without opening it: SQLite might already write to others beside it."""
    with path.open("rb") as file:
        header = file.read(_USER_VERSION.stop)
    return int.from_bytes(header[_USER_VERSION]) if header.startswith(_SQLITE) else 0


def _of_json(path: Path) -> int:
    try:
        version = json.loads(path.read_bytes())["version"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return 0
    return version if isinstance(version, int) else 0


_VERSIONED: tuple[tuple[str, int, Callable[[Path], int]], ...] = (
    (accounts.ACCOUNTS_FILE, accounts.SCHEMA_VERSION, _of_database),
    (eras.PASSWORDS_FILE, eras.VERSION, _of_json),
    (positions.POSITIONS_FILE, positions.VERSION, _of_json),
    ("history-*.sqlite", schema.VERSION, _of_database),
)
