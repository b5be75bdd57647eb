"""Turns records into rows of one file. Knows the tables; the writer owns the transaction."""

from __future__ import annotations

import sqlite3
from typing import Any, NamedTuple

from chatcore.protocol.names import casefold
from chatcore.server.archive.storage.schema import NOTICE, OTHER, PRIVMSG
from chatcore.server.archive.storage.words import audience_token, identity_token, indexed_message, name_token
from chatcore.state.history import Recorded

_MAX_REMEMBERED = 10_000  # audiences, and as many sources
_INSERT = "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INDEX = "INSERT INTO words (rowid, text, meta) VALUES (?, ?, ?)"
_UNINDEX = "INSERT INTO words (words, rowid, text, meta) VALUES ('delete', ?, ?, ?)"  # with exactly the indexed text
_PEOPLE = "SELECT one, other FROM audience WHERE number = ?"
_SOURCE = "SELECT number FROM source WHERE source = ? AND account = ? AND author = ?"
_SAID = ("PRIVMSG ", "NOTICE ")

Row = tuple[Any, ...]


class Audience(NamedTuple):
    """Who may read a line, with the audience's number in the file."""

    number: int
    privmsg: str
    """How a PRIVMSG to it begins; '' for a private conversation, as nicks change."""
    notice: str
    tokens: str


Line = tuple[Audience, int, int, Recorded]
"""A line with its audience, its place (`place_of`) and its order time (Unix, ms)."""


class _Source(NamedTuple):
    number: int
    tokens: str


class Rows:
    """Writes rows to one file, in the order of ids. Archivist only."""

    def __init__(self, connection: sqlite3.Connection, *, is_indexed: bool) -> None:
        self._connection = connection
        self._is_indexed = is_indexed
        self._audiences: dict[str, Audience] = {}
        self._sources: dict[tuple[str, str | None, str], _Source] = {}
        (self.last,) = connection.execute("SELECT coalesce(max(row), 0) FROM message").fetchone()

    def places_of(self, id_: int) -> frozenset[int] | None:
        """Return the places with a row of this id, the newest one; None if only an older file has such rows."""
        last = self._connection.execute("SELECT id, place FROM message ORDER BY row DESC")
        places: set[int] = set()
        for found, place in last:
            if found != id_:
                break
            places.add(place)
        return frozenset(places) or None

    def first_ms(self) -> int | None:
        """Return the time of the first line, by the clock (Unix, ms)."""
        found = self._connection.execute("SELECT time_ms FROM message WHERE row = 1").fetchone()
        return found[0] if found else None

    def audience(self, text: str) -> Audience:
        """Return the file's entry for an audience; add it if it is new."""
        return self._audiences.get(text) or self._new_audience(text)

    def insert(self, lines: list[Line]) -> None:
        """Insert lines, in order."""
        rows, indexed = [], []
        row, sources = self.last, self._sources
        for to, place, order_ms, line in lines:
            id_, time_ms, _, source, account, tags, rest, author = line
            row += 1
            by = sources.get((source, account, author)) or self._new_source(source, account, author)
            late_ms = None if order_ms == time_ms else order_ms
            if to.privmsg and rest.startswith(to.privmsg):
                form, text = PRIVMSG, rest[len(to.privmsg) :]
            else:
                form, text = _formed(to, rest)
            rows.append((row, id_, place, by.number, time_ms, late_ms, form, tags or None, text))
            if not place & 1:
                indexed.append((row, _words(form, text), f"{to.tokens} {by.tokens}"))
        self._connection.executemany(_INSERT, rows)
        if self._is_indexed:
            self._connection.executemany(_INDEX, indexed)
        self.last = row

    def source(self, line: Recorded) -> _Source:
        """Return the file's entry for the author of a line; add it if it is new."""
        key = line.source, line.account, line.author
        return self._sources.get(key) or self._new_source(*key)

    def forget_words(self, row: Row) -> None:
        """Remove a message from the search index. `row` is one of `Volume.rows_of_id`."""
        number, _, place, _, _, form, _, text, source, account = row[:10]
        if self._is_indexed and not place & 1:
            one, other = self._connection.execute(_PEOPLE, (place >> 1,)).fetchone()
            tokens = audience_token(place >> 1) if one is None else f"{identity_token(one)} {identity_token(other)}"
            meta = f"{tokens} {_name_tokens(source, account)}"
            self._connection.execute(_UNINDEX, (number, _words(form, text), meta))

    def _new_audience(self, text: str) -> Audience:
        if len(self._audiences) >= _MAX_REMEMBERED:
            self._audiences.clear()
        kind, _, rest = text.partition(":")
        audience = self._dialog(rest) if kind == "p" else self._room(kind, rest)
        self._audiences[text] = audience
        return audience

    def _room(self, kind: str, rest: str) -> Audience:
        era, instance_hex, name = rest.split(":", 2)
        instance = int(instance_hex, 16) if kind == "c" else None  # all instances of an open room share one audience
        room = casefold(name)
        key = (kind, room, int(era), instance)
        found = self._connection.execute(
            "SELECT number, name FROM audience WHERE kind = ? AND room = ? AND era = ? AND instance IS ?", key
        ).fetchone()
        if found is None:
            added = "INSERT INTO audience (kind, room, era, instance, name) VALUES (?, ?, ?, ?, ?)"
            found = self._connection.execute(added, (*key, name)).lastrowid, name
        number, name = found
        return Audience(number, f"PRIVMSG {name} :", f"NOTICE {name} :", audience_token(number))

    def _dialog(self, rest: str) -> Audience:
        one, other, one_name, other_name = rest.split(":", 3)
        if one > other:
            one, other, one_name, other_name = other, one, other_name, one_name
        found = self._connection.execute("SELECT number FROM audience WHERE one = ? AND other = ?", (one, other))
        if row := found.fetchone():
            (number,) = row
            named = "UPDATE audience SET one_name = ?, other_name = ? WHERE number = ?"
            self._connection.execute(named, (one_name, other_name, number))
        else:
            added = "INSERT INTO audience (kind, one, other, one_name, other_name) VALUES ('p', ?, ?, ?, ?)"
            number = self._connection.execute(added, (one, other, one_name, other_name)).lastrowid
        assert isinstance(number, int)
        return Audience(number, "", "", f"{identity_token(one)} {identity_token(other)}")

    def _new_source(self, source: str, account: str | None, author: str) -> _Source:
        if len(self._sources) >= _MAX_REMEMBERED:
            self._sources.clear()
        key = source, account or "", author
        found = self._connection.execute(_SOURCE, key).fetchone()
        if found is None:
            added = self._connection.execute("INSERT INTO source (source, account, author) VALUES (?, ?, ?)", key)
            found = (added.lastrowid,)
        self._sources[source, account, author] = made = _Source(found[0], _name_tokens(source, account))
        return made


def place_of(audience: Audience, line: Recorded) -> int:
    """Return a line's place in its file. Each audience has two: one for messages, one for everything else."""
    return audience.number * 2 + (not line.rest.startswith(_SAID))


def _formed(audience: Audience, rest: str) -> tuple[int, str]:
    """Return the form and the text of a line that is not a PRIVMSG to its audience's own name."""
    if audience.notice and rest.startswith(audience.notice):
        return NOTICE, rest[len(audience.notice) :]
    return OTHER, rest


def _words(form: int, text: str) -> str:
    """Return the searchable text of a message that is stored in this form."""
    return indexed_message(text if form != OTHER else text.partition(" :")[2])


def _name_tokens(source: str, account: str | None) -> str:
    names = [source.partition("!")[0], *([account] if account else [])]
    return " ".join(dict.fromkeys(map(name_token, names)))
