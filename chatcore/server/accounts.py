"""Accounts: names and SCRAM credentials in SQLite, in the state folder. A password is never stored.

A running tracker and the command line (`chat-tracker account`) use the same file, so that a change holds at once.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scramp import ScramException, ScramMechanism

from chatcore.commands.context import Credentials
from chatcore.errors import ChatError
from chatcore.protocol.names import casefold
from chatcore.transport.private_files import make_private_folder

ACCOUNTS_FILE = "accounts.sqlite"
ITERATIONS = (
    32_768  # some 10 ms for who logs in; makes guessing from a stolen file, or a recorded login, that much dearer
)
_SCRAM = ScramMechanism("SCRAM-SHA-256")
_SCHEMA = """\
CREATE TABLE IF NOT EXISTS account (
    folded TEXT PRIMARY KEY, name TEXT NOT NULL, salt BLOB NOT NULL,
    stored_key BLOB NOT NULL, server_key BLOB NOT NULL, iterations INTEGER NOT NULL
) STRICT"""
_COLUMNS = "name, salt, stored_key, server_key, iterations"


class AccountStore:
    """The accounts of one state folder. Any thread; the file appears with the first account."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._decoy_secret = secrets.token_bytes(32)
        self._lock = threading.Lock()  # guards the connection, which is opened once and shared
        self._connection: sqlite3.Connection | None = None

    def find(self, name: str) -> Credentials | None:
        """Return an account's credentials. Raises ChatError when the file cannot be read."""
        with self._lock:
            connection = self._connect_locked(create=False)
            if connection is None:
                return None
            query = f"SELECT {_COLUMNS} FROM account WHERE folded = ?"
            with self._errors_told():
                row = connection.execute(query, (casefold(name),)).fetchone()
        return Credentials(*row) if row else None

    def decoy(self, name: str) -> Credentials:
        """Return credentials that no password fits, for a name that there is not when there is no server password."""
        seed = hashlib.sha256(self._decoy_secret + casefold(name).encode()).digest()
        return Credentials(None, seed, secrets.token_bytes(32), secrets.token_bytes(32), ITERATIONS)

    def names(self) -> list[str]:
        """Return the names of all accounts."""
        with self._lock:
            connection = self._connect_locked(create=False)
            with self._errors_told():
                rows = connection.execute("SELECT name FROM account ORDER BY folded") if connection else ()
                return [name for (name,) in rows]

    def add(self, name: str, password: str) -> bool:
        """Make an account; False when there is one of that name. Raises ChatError for an impossible password."""
        return self._write(name, password, "INSERT OR IGNORE INTO account VALUES (?, ?, ?, ?, ?, ?)")

    def set_password(self, name: str, password: str) -> bool:
        """Change an account's password; False when there is no such account."""
        found = self.find(name)
        return found is not None and self._write(
            found.account or name, password, "REPLACE INTO account VALUES (?, ?, ?, ?, ?, ?)"
        )

    def remove(self, name: str) -> bool:
        """Remove an account; False when there is none."""
        with self._lock:
            connection = self._connect_locked(create=False)
            if connection is None:
                return False
            with self._errors_told(), connection:
                return connection.execute("DELETE FROM account WHERE folded = ?", (casefold(name),)).rowcount > 0

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _write(self, name: str, password: str, statement: str) -> bool:
        try:
            salt, stored_key, server_key, iterations = _SCRAM.make_auth_info(password, ITERATIONS)
        except ScramException as error:
            raise ChatError(f"that cannot be a password: {error}") from error
        row = (casefold(name), name, salt, stored_key, server_key, iterations)
        with self._lock:
            connection = self._connect_locked(create=True)
            assert connection is not None
            with self._errors_told(), connection:
                return connection.execute(statement, row).rowcount > 0

    def _connect_locked(self, *, create: bool) -> sqlite3.Connection | None:
        if self._connection is None and (create or self._path.exists()):
            with self._errors_told():
                make_private_folder(self._path.parent)
                self._path.touch(mode=0o600)
                connection = sqlite3.connect(self._path, timeout=5, check_same_thread=False)
                try:
                    with connection:
                        connection.execute(_SCHEMA)
                except BaseException:
                    connection.close()
                    raise
            self._connection = connection
        return self._connection

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        """Turn what goes wrong with the file into a ChatError."""
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise ChatError(f"cannot use the accounts in {self._path}: {error}") from error
