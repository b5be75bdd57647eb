"""Changes archived lines: adds and removes reactions, and empties redacted messages.

A redacted line keeps its row, as rows have no gaps, but none of its text. Applying a change twice has no further
effect, as the journal may be read again. Archivist only.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager

from chatcore.errors import ArchiveUnavailable
from chatcore.protocol.message import parse_tags
from chatcore.protocol.names import casefold
from chatcore.server.archive.journal.records import Amendment, ReactionRecord
from chatcore.server.archive.reading.volume import DamagedFile, Row, Volume
from chatcore.server.archive.storage import schema
from chatcore.server.archive.storage.files import HistoryFile, HistoryFiles
from chatcore.server.archive.storage.rows import Rows
from chatcore.server.archive.storage.schema import REDACTED
from chatcore.state.reactions import has_room, value_of

_AUDIENCE = "SELECT kind, room, instance, one, other FROM audience WHERE number = ?"
_REACT = "INSERT INTO reaction VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_UNREACT = "DELETE FROM reaction WHERE message = ? AND author = ? AND value = ?"
_EMPTY = f"UPDATE message SET form = {REDACTED}, tags = NULL, text = '' WHERE row = ?"


class Amended:
    """One file that is being changed, in one transaction, which the caller ends."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume
        self._rows = Rows(volume.connection, is_indexed=volume.file.is_indexed)

    def amend(self, record: Amendment) -> bool:
        """Apply a change if its line is in this file; return whether it is."""
        return self._react(record) if isinstance(record, ReactionRecord) else self._redact(record.message)

    def _react(self, record: ReactionRecord) -> bool:
        message = next((row for row in self._volume.rows_of_id(record.message) if not row[2] & 1), None)
        if message is None or message[5] == REDACTED or not self._is_there(message, record.audience):
            return message is not None
        line, connection = record.line, self._volume.connection
        value, is_taken_back = value_of(parse_tags(line.tags))
        if is_taken_back:
            connection.execute(_UNREACT, (record.message, line.author, value))
            return True
        known = connection.execute("SELECT author, value FROM reaction WHERE message = ?", (record.message,)).fetchall()
        if (line.author, value) not in known and has_room((author for author, _ in known), line.author):
            to, by = self._rows.audience(record.audience).number, self._rows.source(line).number
            times = line.time_ms, line.order_ms
            row = (record.message, line.author, value, line.id, to, by, *times, line.tags, line.rest)
            connection.execute(_REACT, row)
        return True

    def _is_there(self, message: Row, audience: str) -> bool:
        """Return whether a message was said in the room or conversation of an audience (as in a record)."""
        kind, *words = audience.split(":", 4 if audience.startswith("p") else 3)
        ((its_kind, room, instance, one, other),) = self._volume.select(_AUDIENCE, (message[2] >> 1,))
        if kind == "p":
            return (one, other) == tuple(sorted(words[:2]))
        return bool(room == casefold(words[2]) and (its_kind == "o" or instance == int(words[1], 16)))

    def _redact(self, id_: int) -> bool:
        connection, found = self._volume.connection, False
        for row in list(self._volume.rows_of_id(id_)):
            if row[5] != REDACTED and (not row[2] & 1 or row[7].startswith("TAGMSG ")):
                self._rows.forget_words(row)
                connection.execute(_EMPTY, (row[0],))
                connection.execute("DELETE FROM reaction WHERE message = ?", (id_,))
                found = True
        return connection.execute("DELETE FROM reaction WHERE id = ?", (id_,)).rowcount > 0 or found


def amend(files: HistoryFiles, records: Sequence[Amendment]) -> None:
    """Apply changes in order, each to the file that has its line. Raises ArchiveUnavailable; then it can be retried."""
    files.drop_lost()  # opening a lost file would create it
    with ExitStack() as opened:
        files_of: dict[HistoryFile, Amended | None] = {}
        for record in records:
            for file in reversed(files.all()):
                if file not in files_of:
                    files_of[file] = opened.enter_context(_opened(files, file))
                amended = files_of[file]
                with _failures_told(files, file):
                    if amended is not None and amended.amend(record):
                        break


@contextmanager
def _opened(files: HistoryFiles, file: HistoryFile) -> Iterator[Amended | None]:
    """Open a file in a transaction that is committed at the end; yield None if the file can no longer be read."""
    amended = None
    with ExitStack() as opened:
        with _failures_told(files, file):
            connection = opened.enter_context(closing(schema.open_to_write(file.path)))
            connection.execute("PRAGMA secure_delete = ON")
            amended = Amended(opened.enter_context(closing(Volume(file, connection))))
        yield amended
        with _failures_told(files, file):
            if amended is not None:
                connection.execute("COMMIT")


@contextmanager
def _failures_told(files: HistoryFiles, file: HistoryFile) -> Iterator[None]:
    """Leave out a damaged file, as readers do; turn other failures into ArchiveUnavailable."""
    try:
        yield
    except (DamagedFile, schema.NotOurs):
        files.leave_out(file)
    except (OSError, sqlite3.Error) as error:
        if isinstance(error, sqlite3.Error) and schema.is_damage(error):
            files.leave_out(file)
            return
        files.drop_lost()
        if not files.is_lost(file):
            raise ArchiveUnavailable(f"cannot change messages in {file.path.name}: {error}") from error
