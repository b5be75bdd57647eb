"""The tables of one archive file, and how it is opened. A file depends on no other, so it can be removed alone.

`state` says up to which id all files together have the records, and when a file was last removed for its age.
`message` has a row for each line in each place, numbered from 1 without gaps in the order of ids. So ids and times grow
with the row numbers and are found by bisection: neither needs an index. `reaction` has all reactions to messages of
this file, however much later they came.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from chatcore.errors import StateTooNew
from chatcore.server.archive.storage.words import TOKENIZER
from chatcore.transport.private_files import make_private, open_private

VERSION = 2
APPLICATION_ID = 0x63686174
"""Identifies our files; it spells "chat"."""

PRIVMSG, NOTICE, OTHER, REDACTED = 0, 1, 2, 3
"""The form of a message's text: only the text of a PRIVMSG or NOTICE to the audience's own name, everything after the
source, or nothing."""

_SOURCE = """\
CREATE TABLE source (
    number INTEGER PRIMARY KEY, source TEXT NOT NULL, account TEXT NOT NULL, author TEXT NOT NULL,
    UNIQUE (source, account, author)
) STRICT;
"""
_REACTION = """\
CREATE TABLE reaction (
    message INTEGER NOT NULL, author TEXT NOT NULL, value TEXT NOT NULL, id INTEGER NOT NULL UNIQUE,
    audience INTEGER NOT NULL, source INTEGER NOT NULL, time_ms INTEGER NOT NULL, order_ms INTEGER NOT NULL,
    tags TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (message, author, value)
) STRICT, WITHOUT ROWID;
"""

_SCHEMA = f"""\
CREATE TABLE audience (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL,
    room TEXT, name TEXT, instance INTEGER, era INTEGER,
    one TEXT, other TEXT, one_name TEXT, other_name TEXT
) STRICT;
CREATE INDEX audience_room ON audience (room, instance, era) WHERE room IS NOT NULL;
CREATE INDEX audience_one ON audience (one, other) WHERE one IS NOT NULL;
CREATE INDEX audience_other ON audience (other) WHERE one IS NOT NULL;
{_SOURCE}\
CREATE TABLE message (
    row INTEGER PRIMARY KEY, id INTEGER NOT NULL, place INTEGER NOT NULL, source INTEGER NOT NULL,
    time_ms INTEGER NOT NULL, order_ms INTEGER, form INTEGER NOT NULL, tags TEXT, text TEXT NOT NULL
) STRICT;
CREATE INDEX message_place ON message (place, row);
{_REACTION}\
CREATE TABLE presence (
    room TEXT NOT NULL, account_id TEXT NOT NULL, from_id INTEGER NOT NULL, to_id INTEGER,
    PRIMARY KEY (account_id, room, from_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE state (
    newest_id INTEGER NOT NULL, newest_order_ms INTEGER NOT NULL, presence_id INTEGER NOT NULL,
    removed_ms INTEGER NOT NULL
) STRICT;
INSERT INTO state VALUES (0, 0, 0, 0);
"""
# Merging every eight segments instead of every four saves a tenth of the time for each row.
_INDEX = f"""\
CREATE VIRTUAL TABLE words USING fts5(text, meta, content = '', columnsize = 0, tokenize = "{TOKENIZER}");
INSERT INTO words (words, rank) VALUES ('automerge', 8);
"""
_LOCKED_WAIT_S = 5.0
_READ_WAIT_S = 0.5  # a reader waits for the writer only while SQLite recovers a file
_WAL_PAGES = 4000
_WAL_BYTES = 1 << 24
_DAMAGE = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))


def _say_who_and_take_reactions(connection: sqlite3.Connection) -> None:
    """Upgrade from version 1. The authors of older lines stay unknown ('')."""
    connection.execute("ALTER TABLE source RENAME TO source_before")
    connection.execute(_SOURCE)
    connection.execute("INSERT INTO source SELECT number, source, account, '' FROM source_before")
    connection.execute("DROP TABLE source_before")
    connection.execute(_REACTION)


UPGRADES: Mapping[int, Callable[[sqlite3.Connection], None]] = {1: _say_who_and_take_reactions}
"""The upgrade from each version to the next. Each runs in the transaction that also sets the new version."""


class NotOurs(Exception):
    """A file is damaged or not one of this program. The text says which."""


@cache
def can_search() -> bool:
    """Return whether this Python's SQLite has FTS5."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE probe USING fts5(text)")
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return True


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether an error means that the file is damaged or not a database."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE


def open_to_write(path: Path) -> sqlite3.Connection:
    """Open a file, created with mode 0600 or upgraded if need be; the caller manages transactions.

    Raises NotOurs, StateTooNew, OSError, sqlite3.Error.
    """
    os.close(open_private(path, os.O_RDWR))
    make_private(path)
    connection = _connect(path, _LOCKED_WAIT_S)
    try:
        with _damage_named():
            version = _version(connection, path)
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
            connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
            connection.execute("PRAGMA cache_size = -16384")
            if version is None:
                _make(connection)
            elif version < VERSION:
                _upgrade(connection, version)
            connection.execute("SELECT newest_id FROM state").fetchone()  # fails if the file's beginning is damaged
    except BaseException:
        connection.close()
        raise
    return connection


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open a file that exists, for any one thread at a time. Raises sqlite3.Error."""
    connection = _connect(path, _READ_WAIT_S)  # mode "ro" could not create the shared-memory file that WAL needs
    connection.execute("PRAGMA query_only = 1")
    return connection


def is_indexed(connection: sqlite3.Connection) -> bool:
    """Return whether the file has a search index."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'words'").fetchone() is not None


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit everything at the end, or nothing if it fails."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with suppress(sqlite3.Error):  # some failures end the transaction themselves
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def _damage_named() -> Iterator[None]:
    """Turn SQLite's errors for a damaged file into NotOurs."""
    try:
        yield
    except sqlite3.Error as error:
        if is_damage(error) or "no such table" in str(error):
            raise NotOurs("damaged") from error
        raise


def _connect(path: Path, wait_s: float) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(uri, uri=True, timeout=wait_s, isolation_level=None, check_same_thread=False)


def _version(connection: sqlite3.Connection, path: Path) -> int | None:
    """Return the version of a file, None if it is empty. Raises NotOurs, StateTooNew, sqlite3.Error."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    if owner != APPLICATION_ID:
        if version or owner or connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            raise NotOurs("not a file of this program")
        return None
    if version > VERSION:
        raise StateTooNew(path, version, VERSION)
    assert isinstance(version, int)
    return version


def _make(connection: sqlite3.Connection) -> None:
    """Create all tables, or none of them if the program ends meanwhile."""
    index = _INDEX if can_search() else ""
    connection.executescript(
        f"BEGIN IMMEDIATE;{_SCHEMA}{index}PRAGMA user_version = {VERSION};"
        f"PRAGMA application_id = {APPLICATION_ID};COMMIT;"
    )


def _upgrade(connection: sqlite3.Connection, version: int) -> None:
    with transaction(connection):
        for older in range(version, VERSION):
            UPGRADES[older](connection)
        connection.execute(f"PRAGMA user_version = {VERSION}")
