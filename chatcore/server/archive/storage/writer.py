"""Writes records to the archive's files. Archivist only.

Records may come twice: the journal is read again after a kill -9. Its ids never decrease, so the newest id of the
newest file says what the archive has, and what was not committed is simply written again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from time import time

from chatcore.errors import ArchiveUnavailable
from chatcore.server.archive.journal.records import Amendment, ArchiveRecord, LineRecord, PresenceRecord
from chatcore.server.archive.storage import schema
from chatcore.server.archive.storage.amending import amend
from chatcore.server.archive.storage.files import (
    HistoryFile,
    HistoryFiles,
    month_of,
    month_span_ms,
    remove_unfinished,
    unfinished,
)
from chatcore.server.archive.storage.rows import Audience, Rows, place_of

BATCH = 2048
"""The maximum number of records in one transaction."""

_SET_STATE = "UPDATE state SET newest_id = ?, newest_order_ms = ?, presence_id = ?, removed_ms = ?"
_ENTER = "INSERT OR IGNORE INTO presence (account_id, room, from_id) VALUES (?, ?, ?)"
_LEAVE = "UPDATE presence SET to_id = ? WHERE account_id = ? AND room = ? AND from_id = ?"

Presences = Mapping[tuple[str, str], int]
"""The id at which each account, now in a room, entered it; by account id and room (casefolded)."""


class _Damaged(ArchiveUnavailable):
    """The current file was damaged and has been set aside."""


class Writer:
    """The archive's only writer. What fails can be retried with the same records."""

    def __init__(self, files: HistoryFiles, now: Callable[[], float] = time) -> None:
        """Find where the last run ended. `now` returns the Unix time, s. Raises ArchiveUnavailable."""
        self.newest_id = 0
        self.newest_order_ms = 0
        self.file: HistoryFile | None = None
        """The file that is being written."""
        self.removed_ms = 0
        """When a file was last removed for its age (Unix, ms)."""
        self.amendments: list[Amendment] | None = None
        """The amendments made since a rewrite began; None if no file is being rewritten."""
        self._files = files
        self._now = now
        self._connection: sqlite3.Connection | None = None
        self._rows: Rows | None = None
        self._places: frozenset[int] | None = None  # those with a line of the newest id; None: all places
        self._presences: Presences = {}
        self._presence_id = 0
        self._month_ms: tuple[int, int] | None = None  # the month of the current file, once it has a line
        while self.file is None and files.all():
            self.file = files.all()[-1]
            with suppress(_Damaged), self._failures_told():
                self._resume()

    def write(self, records: Sequence[ArchiveRecord]) -> None:
        """Write the records, in the order of their ids, that are not in the archive yet.

        Each batch of 2,048 takes one transaction for each file. Raises ArchiveUnavailable; then some may be written.
        """
        amendments = [record for record in records if isinstance(record, Amendment)]
        # There are nearly always none; then no second list is needed.
        added = [record for record in records if not isinstance(record, Amendment)] if amendments else records
        try:
            self._write(added)
        except _Damaged:
            self._write(added)  # to a new file
        if amendments:
            amend(self._files, amendments)
            if self.amendments is not None:
                self.amendments += amendments

    def close_presences(self, up_to_id: int) -> None:
        """Record that all accounts in rooms when the last run ended left with that id. Raises ArchiveUnavailable."""
        with self._failures_told():
            self._resume()
            if self._connection is not None and self._presences:
                with schema.transaction(self._connection):
                    closed = "UPDATE presence SET to_id = max(from_id, ?) WHERE to_id IS NULL"
                    self._connection.execute(closed, (up_to_id,))
                self._presences = {}

    def begin_file(self) -> None:
        """Begin a new file for the next records. Raises ArchiveUnavailable."""
        with self._failures_told():
            self._resume()
            self._begin(self.newest_order_ms)

    def note_removed(self, ms: int) -> None:
        """Record when a file was removed for its age (Unix, ms). Raises ArchiveUnavailable."""
        with self._failures_told():
            self._resume()
            self.removed_ms = ms
            if self._connection is not None:
                self._connection.execute("UPDATE state SET removed_ms = ?", (ms,))

    def sync(self) -> None:
        """Force everything written onto the disk. Raises OSError."""
        self._files.sync()

    def close(self) -> None:
        """Close the file; the next write opens it again."""
        connection, self._connection, self._rows = self._connection, None, None
        if connection is not None:
            connection.close()

    def _write(self, records: Sequence[ArchiveRecord]) -> None:
        with self._failures_told():
            for start in range(0, len(records), BATCH):
                self._write_batch(records[start : start + BATCH])

    def _write_batch(self, records: Sequence[ArchiveRecord]) -> None:
        """Write records to the current file, and to a new one where a month ends between them."""
        self._resume()
        taken, newest = 0, self.newest_id
        may_go_on = self.file is not None and not self._must_begin()
        for index, record in enumerate(records):
            order_ms = 0
            if isinstance(record, LineRecord):
                if record.line.id <= newest:  # written before, or of the same id as the last: they share a file
                    continue
                newest, order_ms = record.line.id, record.line.order_ms
                may_go_on &= self._is_of_its_month(record.line.time_ms)
            elif self.file is not None:
                continue
            if not may_go_on:
                self._take(records[taken:index])
                taken, may_go_on = index, True
                self._begin(order_ms)
                if isinstance(record, LineRecord):
                    self._month_ms = month_span_ms(record.line.time_ms)
        self._take(records[taken:])

    def _is_of_its_month(self, ms: int) -> bool:
        """Return whether a time is in the month of the current file, which is that of its first line."""
        begin, end = self._month_ms = self._month_ms or month_span_ms(ms)
        return begin <= ms < end

    def _take(self, records: Sequence[ArchiveRecord]) -> None:
        """Write records to the current file, in one transaction."""
        if not records or self.file is None:  # without a file, all these lines have been written before
            return
        connection, rows = self._connection, self._rows
        assert connection is not None
        assert rows is not None
        with schema.transaction(connection):
            newest_id, order_ms, places = self.newest_id, self.newest_order_ms, self._places
            lines = []
            for record in records:
                if not isinstance(record, LineRecord) or record.line.id < newest_id:
                    continue
                to = self._audience(rows, record)
                if to is None:
                    continue
                place = place_of(to, record.line)
                if record.line.id > newest_id:
                    newest_id, places = record.line.id, frozenset()
                elif places is None or place in places:
                    continue
                places |= {place}
                order_ms = max(order_ms, record.line.order_ms)
                lines.append((to, place, order_ms, record.line))
            rows.insert(lines)
            presences, presence_id = self._take_presences(connection, records)
            connection.execute(_SET_STATE, (newest_id, order_ms, presence_id, self.removed_ms))
        self.newest_id, self.newest_order_ms, self._places = newest_id, order_ms, places
        self._presences, self._presence_id = presences, presence_id

    def _audience(self, rows: Rows, record: LineRecord) -> Audience | None:
        """Return the audience of a line; None if it is malformed, which the operator is told."""
        try:
            return rows.audience(record.audience)
        except ValueError:
            self._files.tell(f"A journal line is not archived, because its audience is malformed: {record.line.id:x}")
            return None

    def _take_presences(
        self, connection: sqlite3.Connection, records: Sequence[ArchiveRecord]
    ) -> tuple[Presences, int]:
        """Write who entered and left rooms. Return who is where now, and the id of the last such record."""
        newest = self._presence_id
        found = [record for record in records if isinstance(record, PresenceRecord) and record.id >= newest]
        if not found:
            return self._presences, newest
        presences = dict(self._presences)
        for id_, room, account_id, is_in in found:
            key, newest = (account_id, room), id_
            if is_in and key not in presences:
                # A presence that has ended already comes from a journal read twice: its end will come again too.
                if connection.execute(_ENTER, (*key, id_)).rowcount > 0:
                    presences[key] = id_
            elif not is_in and presences.get(key, id_ + 1) <= id_:
                connection.execute(_LEAVE, (id_, *key, presences.pop(key)))
        return presences, newest

    def _resume(self) -> None:
        """Open the current file if it is closed."""
        self._files.drop_lost()
        if self.file is not None and self._files.is_lost(self.file):
            self.close()
            self.file = None
        if self.file is not None and self._files.is_left_out(self.file):  # a reader found it damaged
            self._give_up("damaged")
        if self._connection is None and self.file is not None:
            self._open(self.file)

    def _open(self, file: HistoryFile) -> None:
        self._connection = connection = schema.open_to_write(file.path)
        self._rows = Rows(connection, is_indexed=file.is_indexed)
        state = connection.execute("SELECT * FROM state").fetchone()
        self.newest_id, self.newest_order_ms, self._presence_id, self.removed_ms = state
        self._places = self._rows.places_of(self.newest_id)
        there = connection.execute("SELECT account_id, room, from_id FROM presence WHERE to_id IS NULL")
        self._presences = {(account_id, room): from_id for account_id, room, from_id in there}
        first_ms = self._rows.first_ms()
        self._month_ms = None if first_ms is None else month_span_ms(first_ms)

    def _must_begin(self) -> bool:
        """Return whether the current file is full or cannot be continued."""
        assert self.file is not None
        assert self._rows is not None
        is_full = self._rows.last > 0 and self._files.size(self.file) >= self._files.max_file_bytes
        return is_full or self.file.is_indexed != schema.can_search()

    def _begin(self, order_ms: int) -> None:
        """Begin a new file for the month of this time, but never for an earlier month than the last file's."""
        month = month_of(max(order_ms, self.newest_order_ms) or int(self._now() * 1000))
        file = self._files.begin(max([month, *(known.month for known in self._files.all()[-1:])]))
        if self._connection is not None:
            with suppress(sqlite3.Error):  # the file is complete without a checkpoint: don't wait long for readers
                self._connection.execute("PRAGMA busy_timeout = 100")
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.close()
        try:
            self._make(file)
        except BaseException:
            self.close()
            with suppress(OSError):
                remove_unfinished(file)
                self._files.remove(file)
            raise
        self._files.add(file)
        self.file, self._places, self._month_ms = file, None, None

    def _make(self, file: HistoryFile) -> None:
        """Create a file that continues where the last one ends. Under its final name it is always complete."""
        made = unfinished(file)
        with closing(schema.open_to_write(made)) as connection, schema.transaction(connection):
            rows = [(*key, from_id) for key, from_id in self._presences.items()]
            connection.executemany(_ENTER, rows)
            state = self.newest_id, self.newest_order_ms, self._presence_id, self.removed_ms
            connection.execute(_SET_STATE, state)
        made.rename(file.path)
        self._connection = connection = schema.open_to_write(file.path)
        self._rows = Rows(connection, is_indexed=file.is_indexed)

    def _give_up(self, why: str) -> None:
        """Set the current file aside. The next records go into a new one."""
        self.close()
        file, self.file = self.file, None
        if file is not None:
            self._files.set_aside(file, why)

    @contextmanager
    def _failures_told(self) -> Iterator[None]:
        """Turn disk failures into ArchiveUnavailable; close the file, so that state is read from it again."""
        try:
            yield
        except (OSError, sqlite3.Error, schema.NotOurs) as error:
            self.close()
            words = f"cannot write to the archive: {error}"
            if isinstance(error, schema.NotOurs) or (isinstance(error, sqlite3.Error) and schema.is_damage(error)):
                self._give_up("damaged")
                raise _Damaged(words) from error
            raise ArchiveUnavailable(words) from error
        except BaseException:
            self.close()
            raise
