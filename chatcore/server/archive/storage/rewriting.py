"""Rewrites a file of the archive without some of its lines, so that nothing of them is left on the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from itertools import islice

from chatcore.errors import ArchiveUnavailable
from chatcore.server.archive.journal.records import (
    Amendment,
    LineRecord,
    ReactionRecord,
    dialog_audience,
    room_audience,
)
from chatcore.server.archive.reading.volume import LINE, DamagedFile, Volume
from chatcore.server.archive.storage import schema
from chatcore.server.archive.storage.amending import Amended
from chatcore.server.archive.storage.files import HistoryFile, HistoryFiles, remove_unfinished, unfinished
from chatcore.server.archive.storage.rows import Rows, place_of
from chatcore.server.archive.storage.writer import BATCH, Writer

_ALL = f"SELECT {LINE}, s.author FROM message AS m JOIN source AS s ON s.number = m.source ORDER BY m.row"
_AUDIENCES = "SELECT number, kind, era, instance, name, one, other, one_name, other_name FROM audience"
_PRESENCES = "SELECT room, account_id, from_id, to_id FROM presence"

_SLICE = 64
"""Lines written between two chances for `keep` to rest: other threads hardly run in between."""

KeepLine = Callable[[LineRecord | ReactionRecord], bool]
KeepPresence = Callable[[str, str, int | None], bool]
"""Called with a room (casefolded), an account's id, and the id at which it left; None if it is still there."""


def rewrite(files: HistoryFiles, writer: Writer, file: HistoryFile, keep: KeepLine, keep_presence: KeepPresence) -> int:
    """Rewrite a file with only the lines and presences to keep; return how many lines it loses. Archivist only.

    A file that loses nothing is left alone. Raises ArchiveUnavailable; then the file is unchanged.
    """
    writer.amendments = []
    try:
        with closing(schema.open_to_read(file.path)) as connection, closing(Volume(file, connection)) as volume:
            with closing(_lines(volume)) as lines:  # closed before the connection, even if `keep` raises
                lost = sum(not keep(record) for record in lines)
            with closing(_reactions(volume)) as reactions:
                reactions_lost = sum(not keep(record) for record in reactions)
            presences = [row for row in volume.select(_PRESENCES) if not keep_presence(row[0], row[1], row[3])]
            if lost or reactions_lost or presences:
                _replace(files, writer, volume, keep, keep_presence)
    except (OSError, sqlite3.Error, DamagedFile) as error:
        raise ArchiveUnavailable(f"cannot rewrite {file.path.name}: {error}") from error
    finally:
        writer.amendments = None
    return lost


def _replace(files: HistoryFiles, writer: Writer, volume: Volume, keep: KeepLine, keep_presence: KeepPresence) -> None:
    new = files.rewritten(volume.file)
    try:
        with closing(schema.open_to_write(unfinished(new))) as connection:
            _fill(connection, volume, keep, keep_presence, is_indexed=new.is_indexed)
            with closing(_reactions(volume)) as reactions:
                _amend(new, connection, [*filter(keep, reactions), *(writer.amendments or ())])
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        is_written = writer.file is volume.file
        if is_written:
            writer.close()
        files.replace(volume.file, new)
        if is_written:
            writer.file = new
    except BaseException:
        with suppress(OSError):
            remove_unfinished(new)
        raise


def _fill(
    connection: sqlite3.Connection, volume: Volume, keep: KeepLine, keep_presence: KeepPresence, *, is_indexed: bool
) -> None:
    """Write the lines and presences to keep, as the writer does."""
    rows = Rows(connection, is_indexed=is_indexed)
    with closing(_lines(volume)) as lines:
        kept = (record for record in lines if keep(record) and record.line.rest)  # a redacted line has no `rest`
        is_more = True
        while is_more:
            with schema.transaction(connection):
                is_more = all(_insert(rows, list(islice(kept, _SLICE))) for _ in range(BATCH // _SLICE))
    with schema.transaction(connection):
        presences = [row for row in volume.select(_PRESENCES) if keep_presence(row[0], row[1], row[3])]
        connection.executemany("INSERT INTO presence (room, account_id, from_id, to_id) VALUES (?, ?, ?, ?)", presences)
        connection.execute("DELETE FROM state")
        (state,) = volume.select("SELECT * FROM state")
        connection.execute(f"INSERT INTO state VALUES ({','.join('?' * len(state))})", state)


def _insert(rows: Rows, records: list[LineRecord]) -> bool:
    """Insert lines; return whether there were any."""
    found = [(rows.audience(audience), line) for audience, line in records]
    rows.insert([(to, place_of(to, line), line.order_ms, line) for to, line in found])
    return bool(records)


def _amend(file: HistoryFile, connection: sqlite3.Connection, amendments: list[Amendment]) -> None:
    """Apply changes to the lines that have been written."""
    with closing(Volume(file, connection)) as volume:
        amended = Amended(volume)
        for record in amendments:
            amended.amend(record)
        connection.execute("COMMIT")


def _reactions(volume: Volume) -> Generator[ReactionRecord]:
    """Yield all reactions of a file, as they were recorded."""
    audiences = {number: _audience(*rest) for number, *rest in volume.select(_AUDIENCES)}
    for message, audience, line in volume.reactions():
        yield ReactionRecord(audiences[audience], line, message)


def _lines(volume: Volume) -> Generator[LineRecord]:
    """Yield all lines of a file, as they were recorded."""
    audiences = {number: _audience(*rest) for number, *rest in volume.select(_AUDIENCES)}
    for row in volume.select(_ALL):
        yield LineRecord(audiences[row[2] >> 1], volume.line(row)._replace(author=row[10]))


def _audience(
    kind: str, era: int, instance: int | None, name: str, one: str, other: str, one_name: str, other_name: str
) -> str:
    if kind == "p":
        return dialog_audience(one, other, one_name, other_name).decode()
    return room_audience(name, instance or 0, era, is_open=kind == "o").decode()
