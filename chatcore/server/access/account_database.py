"""The SQLite file of the accounts: its tables, and how to open it.

A file of an earlier version is upgraded when it is opened. Features newer than ids have tables of their own, which
earlier versions ignore: rights, and keys (`account_keys`). Such a table is created when it is first needed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep

from chatcore.errors import AccountsUnavailable, StateTooNew

SCHEMA_VERSION = 1  # version 0 had no ids; a new file has it too
COLUMNS = "name, salt, stored_key, server_key, iterations"
ID_BYTES = 16

_SCHEMA = """\
CREATE TABLE IF NOT EXISTS account (
    folded TEXT PRIMARY KEY, name TEXT NOT NULL, salt BLOB NOT NULL,
    stored_key BLOB NOT NULL, server_key BLOB NOT NULL, iterations INTEGER NOT NULL, id BLOB
) STRICT"""
RIGHTS_SCHEMA = """\
CREATE TABLE IF NOT EXISTS account_right (account BLOB, held TEXT NOT NULL, PRIMARY KEY (account, held)) STRICT"""
_POLL_S = 0.01


def open_database(path: Path, wait_s: float) -> sqlite3.Connection:
    """Open the existing file; every statement is a transaction of its own.

    `wait_s` is how long to wait for a lock that another process holds. Raises AccountsUnavailable if a newer version
    wrote the file, OSError, sqlite3.Error.
    """
    uri = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=wait_s, isolation_level=None)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise AccountsUnavailable(str(StateTooNew(path, version, SCHEMA_VERSION)))
        if version < SCHEMA_VERSION:
            _prepare(connection, wait_s)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(path: Path, wait_s: float) -> Iterator[sqlite3.Connection]:
    """Open the file for one transaction, which is rolled back on an exception. Raises like `open_database`."""
    with closing(open_database(path, wait_s)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")


def has_table(connection: sqlite3.Connection, name: str) -> bool:
    """Return whether the file has a table of this name yet."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone() is not None


def _prepare(connection: sqlite3.Connection, wait_s: float) -> None:
    """Create the table in a new file, and give old accounts ids. Safe if several processes do it at once."""
    connection.execute(_SCHEMA)
    connection.execute(f"SELECT folded, {COLUMNS} FROM account LIMIT 0")  # fails if it is another program's database
    _have_readers_not_wait(connection, wait_s)
    connection.execute("BEGIN IMMEDIATE")
    columns = {row[1] for row in connection.execute("PRAGMA table_info(account)")}
    if "id" not in columns:
        connection.execute("ALTER TABLE account ADD COLUMN id BLOB")
    connection.execute(f"UPDATE account SET id = randomblob({ID_BYTES}) WHERE id IS NULL")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")


def _have_readers_not_wait(connection: sqlite3.Connection, wait_s: float) -> None:
    """Switch the file to a write-ahead log, for good. SQLite itself does not wait here for other writers."""
    deadline = monotonic() + wait_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() >= deadline:
                raise
            sleep(_POLL_S)
        else:
            return
