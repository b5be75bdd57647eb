"""The state besides messages that survives a restart: rooms, and what belongs to accounts. One SQLite file.

The archivist applies the facts of the journal, in one transaction with the id of the last, so that none is applied
twice. Rooms have their own facts (`room_facts`, `room_rows`); every other kind has a rows module, with its tables and
what each fact does to them. At the next start, `load` and `load_belongings` return the state.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from chatcore.errors import ArchiveUnavailable, ConfigError, StateTooNew
from chatcore.server.archive.journal import anew_facts, room_facts
from chatcore.server.archive.journal.records import FactRecord
from chatcore.server.archive.storage import belongings, marker_rows, metadata_rows, room_rows, waiting_rows
from chatcore.server.archive.storage.aside import set_aside
from chatcore.server.archive.storage.belongings import Belongings
from chatcore.server.archive.storage.schema import APPLICATION_ID, is_damage
from chatcore.state.dormant import DormantRoom
from chatcore.state.erasure import Erasure
from chatcore.transport.private_files import make_private, open_private

Applier = Callable[[sqlite3.Connection, int, dict[str, Any]], None]
"""Applies a fact, given its id and data. Raises one of `_MALFORMED` if the data makes no sense."""

ROOMS_FILE = "rooms.sqlite"
VERSION = 2  # 1 had fewer tables
_WAIT_S = 5.0
_OTHERS = (marker_rows, metadata_rows, waiting_rows)
"""The rows modules for other facts: each has a SCHEMA, which skips existing tables, and APPLIERS."""

_TABLES = ("room", "account_metadata", "marker", "waiting")
"""The tables to empty for a snapshot (`anew_facts`); the other tables follow by their foreign keys."""

_APPLIERS: dict[str, Applier] = {fact: applier for rows in _OTHERS for fact, applier in rows.APPLIERS.items()}
_OTHER_TABLES = room_rows.LATER_TABLES + "".join(rows.SCHEMA for rows in _OTHERS)
_SCHEMA = f"""\
BEGIN IMMEDIATE;
CREATE TABLE room (
    instance INTEGER PRIMARY KEY, folded TEXT NOT NULL UNIQUE, name TEXT NOT NULL, created_at INTEGER NOT NULL,
    topic TEXT, topic_setter TEXT, topic_set_at INTEGER, dormant_since REAL
) STRICT;
CREATE TABLE mode (
    instance INTEGER NOT NULL REFERENCES room ON DELETE CASCADE, letter TEXT NOT NULL, value TEXT,
    PRIMARY KEY (instance, letter)
) STRICT, WITHOUT ROWID;
CREATE TABLE listed (
    number INTEGER PRIMARY KEY, instance INTEGER NOT NULL REFERENCES room ON DELETE CASCADE, letter TEXT NOT NULL,
    folded TEXT NOT NULL, mask TEXT NOT NULL, setter TEXT NOT NULL, set_at INTEGER NOT NULL,
    UNIQUE (instance, letter, folded)
) STRICT;
CREATE TABLE account (
    instance INTEGER NOT NULL REFERENCES room ON DELETE CASCADE, id TEXT NOT NULL, letters TEXT NOT NULL,
    PRIMARY KEY (instance, id)
) STRICT, WITHOUT ROWID;
{_OTHER_TABLES}\
CREATE TABLE last (id INTEGER NOT NULL, instance INTEGER NOT NULL) STRICT;
INSERT INTO last VALUES (0, 0);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
COMMIT;
"""
_UPGRADE = f"BEGIN IMMEDIATE;{_OTHER_TABLES}PRAGMA user_version = {VERSION};COMMIT;"
_MALFORMED = (ValueError, TypeError, KeyError, IndexError, OverflowError, sqlite3.IntegrityError)
"""The exceptions that a malformed fact causes."""


class Rooms:
    """The open file. One thread at a time: the main one at start and end, the archivist's in between."""

    def __init__(self, folder: Path, tell: Callable[[str], None] = lambda text: None) -> None:
        """Open or create the file. A damaged file is set aside; `tell` informs the operator.

        Raises ConfigError for a file of a newer version or of another program, or one that cannot be used.
        """
        self._path = folder / ROOMS_FILE
        self._tell = tell
        try:
            self._connection = self._open()
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(f"cannot use {self._path}: {error}") from error

    @property
    def last_id(self) -> int:
        """Return the id of the last fact that was applied. Raises ArchiveUnavailable."""
        return self._last()[0]

    @property
    def last_instance(self) -> int:
        """Return the highest instance that any room has had. Raises ArchiveUnavailable."""
        return self._last()[1]

    def apply(self, records: Sequence[FactRecord]) -> None:
        """Apply the facts that were not applied yet. Raises ArchiveUnavailable."""
        known = self.last_id
        if all(record.id <= known for record in records):
            return  # as after a start; writing nothing also works on a full disk
        with self._transaction() as connection:
            last_id, last_instance = self._last()
            for record in records:
                if record.id > last_id:
                    last_id = record.id
                    if record.data.get("fact") in (room_facts.ROOMS, anew_facts.ANEW):
                        last_instance = max(last_instance, self._apply(connection, record.data))
                    else:
                        self._apply_other(connection, record)
            connection.execute("UPDATE last SET id = ?, instance = ?", (last_id, last_instance))

    def load(self, now: float, visits: Collection[str] = ()) -> list[DormantRoom]:
        """Return the rooms that had members when the tracker ended, or were dormant already.

        Rooms that had members are dormant since `now`, the time of this start (Unix, s); no room is dormant since a
        later time. Of the visits in them, only these (identities) may come back. If that cannot be written, `tell` says
        so. Raises ArchiveUnavailable.
        """
        try:
            with self._transaction() as connection:
                connection.execute(
                    "UPDATE room SET dormant_since = ?1 WHERE dormant_since IS NULL OR dormant_since > ?1", (now,)
                )
                room_rows.forget_visits(connection, visits)
        except ArchiveUnavailable as error:
            self._tell(f"{error}. The time that empty rooms are kept will be counted from a later start.")
        with self._errors_told():
            return [room._replace(since=min(room.since, now)) for room in room_rows.load(self._connection, now)]

    def load_belongings(self, accounts: Collection[str] | None) -> Belongings:
        """Return the state of these accounts (ids); None stands for all. The state of other accounts is deleted.

        Raises ArchiveUnavailable.
        """
        with self._transaction() as connection:
            return belongings.load(connection, accounts)

    def forget_waiting(self, before_ms: int) -> None:
        """Delete the waiting messages from before this time (Unix, ms). Raises ArchiveUnavailable."""
        with self._transaction() as connection:
            waiting_rows.forget_before(connection, before_ms)

    def erase_waiting(self, erasure: Erasure, up_to: int) -> int:
        """Delete the matching waiting messages up to this id; return their number. Raises ArchiveUnavailable."""
        with self._transaction() as connection:
            return waiting_rows.erase(connection, erasure, up_to)

    def scrub(self) -> None:
        """Leave nothing on the disk of rows that were deleted. Raises ArchiveUnavailable."""
        with self._errors_told():
            self._connection.execute("VACUUM")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _open(self) -> sqlite3.Connection:
        """Return the open file. Raises ConfigError, OSError, sqlite3.Error."""
        try:
            return _open_or_make(self._path)
        except sqlite3.Error as error:
            if not is_damage(error):
                raise
            return self._begin_anew()

    def _begin_anew(self) -> sqlite3.Connection:
        """Set the damaged file aside and return a new one. Raises ConfigError, OSError, sqlite3.Error."""
        aside = set_aside(self._path)
        self._tell(
            f"{self._path} is damaged: it was renamed {aside.name}. The rooms in it will not outlive this tracker, "
            "and messages that were waiting for somebody are only in the history."
        )
        return _open_or_make(self._path)

    def _last(self) -> tuple[int, int]:
        with self._errors_told():
            found: tuple[int, int] = self._connection.execute("SELECT id, instance FROM last").fetchone()
            return found

    def _apply(self, connection: sqlite3.Connection, data: dict[str, Any]) -> int:
        """Apply the changes of a fact, except malformed ones; return the highest instance of a room that began."""
        highest = 0
        if data["fact"] == anew_facts.ANEW:
            for table in _TABLES:
                connection.execute(f"DELETE FROM {table}")
        for change in data["changes"]:
            try:
                verb, instance, *rest = change
                room_rows.APPLIERS[verb](connection, instance, *rest)
                highest = max(highest, instance if verb == room_facts.BEGAN else 0)
            except _MALFORMED as error:
                self._tell(f"A change of a room cannot be stored ({error!r}): {str(change)[:100]}")
        for id_, other in data.get("facts", ()):
            self._apply_other(connection, FactRecord(id_, other))
        return highest

    def _apply_other(self, connection: sqlite3.Connection, record: FactRecord) -> None:
        """Apply a fact that is not about rooms; an unknown kind does nothing."""
        kind = str(record.data.get("fact"))
        if kind in _APPLIERS:
            try:
                _APPLIERS[kind](connection, record.id, record.data)
            except _MALFORMED as error:
                self._tell(f"A journal record cannot be stored ({kind}: {error!r})")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit everything at the end, or nothing if it fails."""
        with self._errors_told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if is_damage(error):  # the journal still has the records, and they are retried
                self._connection.close()
                with suppress(OSError, sqlite3.Error, ConfigError):
                    self._connection = self._begin_anew()
            raise ArchiveUnavailable(f"{self._path.name} in the state folder: {error}") from error


def _open_or_make(path: Path) -> sqlite3.Connection:
    os.close(open_private(path, os.O_RDWR))
    make_private(path)
    uri = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=_WAIT_S, isolation_level=None, check_same_thread=False)
    try:
        version = _version(connection, path)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA journal_mode = TRUNCATE")  # without which nothing could be read on a full disk
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA foreign_keys = ON")
        if version < VERSION:
            connection.executescript(_UPGRADE if version else _SCHEMA)
    except BaseException:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the file's version, 0 if it has no tables yet. Raises ConfigError for a newer one or not ours,
    sqlite3.Error.
    """
    version: int
    ((version,), (owner,)) = (
        connection.execute(f"PRAGMA {name}").fetchone() for name in ("user_version", "application_id")
    )
    if version == 0 and not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        return 0
    if owner != APPLICATION_ID:
        raise ConfigError(f"{path} is not a file of this program")
    if version > VERSION:
        raise StateTooNew(path, version, VERSION)
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise DamagedRooms(verdict)
    return version


class DamagedRooms(sqlite3.DatabaseError):
    """SQLite found the file damaged."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT
