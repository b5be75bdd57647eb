"""Messages that wait, in the file of rooms: facts applied once, loaded, and removed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.server.archive.journal.records import FactRecord
from chatcore.server.archive.journal.waiting_facts import given, waits
from chatcore.server.archive.storage.rooms import ROOMS_FILE, Rooms
from chatcore.state.erasure import Erasure
from chatcore.state.history import Recorded


def _message(id_: int, account: str | None = "ann") -> Recorded:
    return Recorded(id_, id_ * 10, id_ * 10 + 1, "ann!u@h", account, "+x=y", f"PRIVMSG Bob :secret {id_}")


def _waits(account_id: str, message: Recorded) -> FactRecord:
    return FactRecord(message.id, waits(account_id, message))


class _Shelf:
    """The file, which can be opened again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[str] = []
        self.rooms = Rooms(folder, self.told.append)

    def reopen(self) -> Rooms:
        self.rooms.close()
        self.rooms = Rooms(self.folder, self.told.append)
        return self.rooms


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[_Shelf]:
    shelf = _Shelf(tmp_path)
    yield shelf
    shelf.rooms.close()


def test_what_waits_is_there_after_a_restart_in_order(shelf: _Shelf) -> None:
    facts = [_waits("b", _message(1)), _waits("c", _message(2, None)), _waits("b", _message(3))]
    shelf.rooms.apply(facts)
    shelf.rooms.apply(facts)
    assert shelf.reopen().load_belongings(None).waiting == {"b": [_message(1), _message(3)], "c": [_message(2, None)]}


def test_what_was_given_is_not(shelf: _Shelf) -> None:
    shelf.rooms.apply([_waits("b", _message(1)), _waits("b", _message(2)), _waits("c", _message(3))])
    shelf.rooms.apply([FactRecord(4, given("b", [1, 3]))])
    assert shelf.reopen().load_belongings(None).waiting == {"b": [_message(2)], "c": [_message(3)]}
    shelf.rooms.apply([_waits("b", _message(1))])
    assert shelf.rooms.load_belongings(None).waiting["b"] == [_message(2)], (
        "a journal that is read again brings nothing back"
    )


def test_accounts_that_there_are_not_take_it_with_them(shelf: _Shelf) -> None:
    shelf.rooms.apply([_waits("b", _message(1)), _waits("c", _message(2))])
    assert shelf.rooms.load_belongings({"c"}).waiting == {"c": [_message(2)]}
    assert shelf.reopen().load_belongings(None).waiting == {"c": [_message(2)]}
    assert _bytes_of(shelf).count(b"secret 1") == 0


def test_what_is_too_old_is_removed(shelf: _Shelf) -> None:
    shelf.rooms.apply([_waits("b", _message(1)), _waits("b", _message(2))])
    shelf.rooms.forget_waiting(_message(2).order_ms)
    assert shelf.rooms.load_belongings(None).waiting == {"b": [_message(2)]}


def test_what_is_erased_leaves_no_byte(shelf: _Shelf) -> None:
    shelf.rooms.apply([_waits("b", _message(1)), _waits("c", _message(2))])
    assert shelf.rooms.erase_waiting(Erasure("ann"), 1) == 1
    assert shelf.rooms.load_belongings(None).waiting == {"c": [_message(2)]}
    assert shelf.rooms.erase_waiting(Erasure("ann"), 1) == 0
    assert shelf.rooms.erase_waiting(Erasure("dan"), 9) == 0
    assert shelf.rooms.erase_waiting(Erasure(room="#room"), 9) == 0
    assert _bytes_of(shelf).count(b"secret 1") == 0


def test_a_fact_of_a_later_kind_changes_nothing(shelf: _Shelf) -> None:
    shelf.rooms.apply([FactRecord(1, {"fact": "other"}), _waits("b", _message(2))])
    assert shelf.rooms.load_belongings(None).waiting == {"b": [_message(2)]}
    assert shelf.told == []


@pytest.mark.parametrize(
    "data",
    [
        {"fact": "waits", "account": "b"},
        {"fact": "waits", "account": "b", "line": [1]},
        {"fact": "waits", "account": None, "line": [1, 1, "a!u@h", None, "", "PRIVMSG bob :hi"]},
        {"fact": "given", "account": "b", "ids": 5},
        {"fact": "given"},
    ],
)
def test_a_fact_that_says_nothing_is_left_out_and_told(shelf: _Shelf, data: dict[str, object]) -> None:
    shelf.rooms.apply([FactRecord(1, data), _waits("b", _message(2))])
    assert shelf.rooms.load_belongings(None).waiting == {"b": [_message(2)]}
    assert len(shelf.told) == 1
    assert shelf.told[0].startswith("What the journal says cannot be kept as it is (")


def _bytes_of(shelf: _Shelf) -> bytes:
    """Return all that is in the file once it is closed."""
    shelf.reopen()
    shelf.rooms.close()
    found = (shelf.folder / ROOMS_FILE).read_bytes()
    shelf.rooms = Rooms(shelf.folder)
    return found
