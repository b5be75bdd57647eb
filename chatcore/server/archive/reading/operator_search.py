"""Searches the whole archive for the operator, beside a running tracker, whoever may read the messages.

It changes nothing and does not block the tracker: it reads the files as the tracker's own queries do.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from chatcore.errors import NothingToFind
from chatcore.protocol.names import CHANNEL_PREFIX, casefold, is_channel
from chatcore.protocol.search_terms import SearchTerms
from chatcore.server.archive.reading.volume import LINE, DamagedFile, Row, Volume
from chatcore.server.archive.storage import schema
from chatcore.server.archive.storage.files import HistoryFile, files_in
from chatcore.server.archive.storage.words import audience_token, expression, identity_token, name_token
from chatcore.state.history import Recorded

_MAX_TOKENS = 400
"""The maximum number of audiences in one FTS5 query; with more, the matches are filtered afterwards."""
_ATTEMPTS = 5

_FOUND = (
    f"SELECT {LINE} FROM words JOIN message AS m ON m.row = words.rowid JOIN source AS s ON s.number = m.source "
    f"WHERE words MATCH ? AND words.rowid >= ? AND words.rowid < ? AND m.form <> {schema.REDACTED} "
    "ORDER BY words.rowid DESC"
)
_ALL = (
    f"SELECT {LINE} FROM message AS m JOIN source AS s ON s.number = m.source "
    f"WHERE m.row >= ? AND m.row < ? AND m.place & 1 = 0 AND m.form <> {schema.REDACTED} ORDER BY m.row DESC"
)
_DIALOGS = "SELECT number, one, other, one_name, other_name FROM audience WHERE one IS NOT NULL"


class Found(NamedTuple):
    """The newest matching lines, oldest first, and in words what could not be read."""

    lines: list[Recorded]
    problems: list[str]


class OperatorSearch:
    """One search."""

    def __init__(self, terms: SearchTerms, limit: int) -> None:
        """Raises NothingToFind if the terms are empty or have no searchable word."""
        words = expression(" ".join(terms.words))
        if not words and (terms.words or terms == SearchTerms(())):
            raise NothingToFind("There is no word in that to search for")
        by = f"meta : {name_token(terms.author)}" if terms.author else ""
        self._wanted = " AND ".join(filter(None, (f"text : ({words})" if words else "", by)))
        self._terms = terms
        self._limit = limit

    def run(self, folder: Path) -> Found:
        """Search all files of a folder. Raises OSError."""
        for _ in range(_ATTEMPTS):
            found = self._search(folder)
            if found is not None:
                return found
        return Found([], ["the tracker keeps changing its files: try again"])

    def _search(self, folder: Path) -> Found | None:
        """Search all files, newest first; return None if one has been replaced meanwhile."""
        lines: list[Recorded] = []
        problems: list[str] = []
        for file in reversed(files_in(folder)):
            try:
                lines.extend(self._find(file, self._limit - len(lines)))
            except (sqlite3.Error, DamagedFile, schema.NotOurs) as error:
                if not file.path.exists():
                    return None
                problems.append(f"{file.path.name} cannot be searched: {error}")
            if len(lines) >= self._limit:
                break
        return Found(lines[::-1], problems)

    def _find(self, file: HistoryFile, limit: int) -> list[Recorded]:
        """Return a file's matching lines, newest first. Raises sqlite3.Error, DamagedFile, NotOurs."""
        with closing(schema.open_to_read(file.path)) as connection:
            if not schema.is_indexed(connection):
                raise schema.NotOurs("it was written by a Python whose SQLite has no FTS5")
            with closing(Volume(file, connection)) as volume, closing(self._rows(volume)) as rows:
                return [volume.line(row) for row in islice(rows, limit)]

    def _rows(self, volume: Volume) -> Generator[Row]:
        terms = self._terms
        first = 1 if terms.after_ms is None else volume.row_of_time(terms.after_ms)
        end = volume.end if terms.before_ms is None else volume.row_of_time(terms.before_ms)
        readers = self._readers(volume) if terms.place else None
        wanted = self._wanted
        if readers is not None and len(readers) <= _MAX_TOKENS:
            wanted = " AND ".join(filter(None, (wanted, f"meta : ({' OR '.join(readers.values())})")))
        if readers == {}:
            return
        rows = volume.select(_FOUND, (wanted, first, end)) if wanted else volume.select(_ALL, (first, end))
        for row in rows:
            if readers is None or row[2] >> 1 in readers:
                yield row

    def _readers(self, volume: Volume) -> dict[int, str]:
        """Return the audiences of the place in the terms, with their tokens; a bare word may also name a room."""
        place = casefold(self._terms.place)
        room = place if is_channel(place) else CHANNEL_PREFIX + place
        rooms = volume.select("SELECT number FROM audience WHERE room = ?", (room,))
        readers = {number: audience_token(number) for (number,) in rooms}
        if not is_channel(place):
            for number, one, other, *names in volume.select(_DIALOGS):
                if place in map(casefold, names):
                    readers[number] = f"({identity_token(one)} AND {identity_token(other)})"
        return readers
