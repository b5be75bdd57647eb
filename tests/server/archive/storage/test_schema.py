"""Files of earlier versions: their lines are kept, and can be changed like new ones."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from chatcore.server.archive.journal.records import RedactionRecord
from chatcore.server.archive.storage.schema import VERSION
from chatcore.state.history import Utterance
from tests.server.archive.conftest import MakeShelf
from tests.server.archive.shelf import NOON_MS, open_room, seeker

_ANN = seeker({"#a": 7}, account_id="ann")


def _make_older(path: Path) -> None:
    """Turn a file into what version 1 would have written."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(
            "DROP TABLE reaction; ALTER TABLE source RENAME TO later; CREATE TABLE source (number INTEGER PRIMARY KEY, "
            "source TEXT NOT NULL, account TEXT NOT NULL, UNIQUE (source, account)) STRICT; "
            "INSERT INTO source SELECT number, source, account FROM later; DROP TABLE later; PRAGMA user_version = 1;"
        )


def test_a_file_of_version_1_is_upgraded_and_stays_in_use(make_shelf: MakeShelf) -> None:
    older = make_shelf()
    first, second = (older.say(text, open_room(), account="Ann") for text in ("first", "second"))
    older.close()
    (file,) = older.files.all()
    _make_older(file.path)
    shelf = make_shelf()
    with closing(sqlite3.connect(file.path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    found = shelf.reader.find(_ANN, first.line.id, room="#a")
    assert found == Utterance(first.line.id, NOON_MS, "", "Ann", room="#a"), (
        "version 1 stored no identity of the author"
    )
    shelf.writer.write([RedactionRecord(shelf.next_id(), first.line.id)])
    shelf.say("third", open_room(), account="Ann")
    assert shelf.room(_ANN, "#a") == ["second", "third"]
    assert shelf.search(_ANN, "", author="ann") == ["second", "third"]
    assert second.line.account == "Ann"
