"""What accounts say of themselves, in the file of rooms: facts applied once, and loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatcore.server.archive.journal.metadata_facts import said_by
from chatcore.server.archive.journal.records import FactRecord
from chatcore.server.archive.storage.rooms import Rooms


class _Shelf:
    """The file, which can be opened again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[str] = []
        self.rooms = Rooms(folder, self.told.append)

    def say(self, id_: int, account_id: str, key: str, value: str) -> None:
        self.rooms.apply([FactRecord(id_, said_by(account_id, key, value))])

    def reopen(self) -> Rooms:
        self.rooms.close()
        self.rooms = Rooms(self.folder, self.told.append)
        return self.rooms


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[_Shelf]:
    shelf = _Shelf(tmp_path)
    yield shelf
    shelf.rooms.close()


def test_what_was_said_last_is_there_after_a_restart(shelf: _Shelf) -> None:
    shelf.say(1, "a", "url", "x")
    shelf.say(2, "a", "note", "y")
    shelf.say(3, "b", "url", "z")
    shelf.say(4, "a", "url", "new")
    shelf.say(5, "a", "note", "")
    shelf.say(5, "a", "url", "again")
    assert shelf.reopen().load_belongings(None).metadata == {"a": {"url": "new"}, "b": {"url": "z"}}
    assert shelf.told == []


def test_what_accounts_said_that_are_gone_is_deleted(shelf: _Shelf) -> None:
    shelf.say(1, "a", "url", "x")
    shelf.say(2, "b", "url", "a secret")
    assert shelf.rooms.load_belongings({"a"}).metadata == {"a": {"url": "x"}}
    assert shelf.reopen().load_belongings(None).metadata == {"a": {"url": "x"}}
    assert b"a secret" not in (shelf.folder / "rooms.sqlite").read_bytes()


@pytest.mark.parametrize("data", [{}, {"account": "a", "key": "url"}, {"account": None, "key": "url", "value": "x"}])
def test_a_fact_that_says_nothing_is_left_out_and_told(shelf: _Shelf, data: dict[str, Any]) -> None:
    shelf.rooms.apply([FactRecord(1, {"fact": "said", **data}), FactRecord(2, said_by("b", "url", "x"))])
    assert shelf.rooms.load_belongings(None).metadata == {"b": {"url": "x"}}
    assert len(shelf.told) == 1
