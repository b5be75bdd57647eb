"""The versions of the files in a state folder: files from a newer program are refused before anything is changed.

Damaged files pass: the code that opens one will report it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from chatcore.errors import ConfigError, StateTooNew
from chatcore.server.access import account_database, accounts, eras, issued_invitation, resume_file, row_file
from chatcore.server.archive import gaps
from chatcore.server.archive.journal import positions
from chatcore.server.archive.storage import rooms, schema
from chatcore.server.audit.sealing import key_file

_SQLITE = b"SQLite format 3\0"
_USER_VERSION, _APPLICATION_ID = slice(60, 64), slice(68, 72)  # in its header (https://sqlite.org/fileformat.html)


def refuse_newer(folder: Path) -> None:
    """Raise StateTooNew if one of the files is newer than this program knows. Changes nothing. Any thread."""
    for pattern, known, version_of in VERSIONED:
        for path in sorted(folder.glob(pattern)):
            try:
                version = version_of(path)
            except OSError as error:
                raise ConfigError(f"cannot read {path}: {error.strerror}") from error
            if version > known:
                raise StateTooNew(path, version, known)


def _of_database(path: Path, owner: int = 0) -> int:
    """Return the version in a database's header, 0 if it is not ours: `owner` is the application id to expect.

    SQLite does not open the database: that might already write to files beside it.
    """
    with path.open("rb") as file:
        header = file.read(_APPLICATION_ID.stop)
    is_ours = header.startswith(_SQLITE) and int.from_bytes(header[_APPLICATION_ID]) == owner
    return int.from_bytes(header[_USER_VERSION]) if is_ours else 0


def _of_archive(path: Path) -> int:
    return _of_database(path, schema.APPLICATION_ID)


def _of_json(path: Path) -> int:
    try:
        version = json.loads(path.read_bytes())["version"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return 0
    return version if isinstance(version, int) else 0


VERSIONED: tuple[tuple[str, int, Callable[[Path], int]], ...] = (
    (accounts.ACCOUNTS_FILE, account_database.SCHEMA_VERSION, _of_database),
    (eras.PASSWORDS_FILE, eras.VERSION, _of_json),
    (gaps.GAPS_FILE, gaps.VERSION, _of_json),
    (positions.POSITIONS_FILE, positions.VERSION, _of_json),
    ("history-????-??*.sqlite", schema.VERSION, _of_archive),
    (rooms.ROOMS_FILE, rooms.VERSION, _of_archive),
    (resume_file.RESUME_FILE, resume_file.ResumeFile.version, row_file.version_of),
    (issued_invitation.INVITATIONS_FILE, issued_invitation.InvitationFile.version, row_file.version_of),
    (key_file.SEAL_KEY_FILE, key_file.VERSION, key_file.version_of),
)
"""A pattern of names, the newest version this program knows, and how to read a file's version."""
