"""Messages that wait, in the file of rooms: facts applied once, loaded, and removed."""

from __future__ import annotations

import pytest

from chatcore.server.archive.journal.records import FactRecord
from chatcore.server.archive.journal.waiting_facts import given, waits
from chatcore.state.erasure import Erasure
from chatcore.state.history import Recorded
from tests.server.archive.rooms_file import RoomsFile


def _message(id_: int, account: str | None = "ann") -> Recorded:
    return Recorded(id_, id_ * 10, id_ * 10 + 1, "ann!u@h", account, "+x=y", f"PRIVMSG Bob :secret {id_}")


def _waits(account_id: str, message: Recorded) -> FactRecord:
    return FactRecord(message.id, waits(account_id, message))


def test_what_waits_is_there_after_a_restart_in_order(rooms_file: RoomsFile) -> None:
    facts = [_waits("b", _message(1)), _waits("c", _message(2, None)), _waits("b", _message(3))]
    rooms_file.rooms.apply(facts)
    rooms_file.rooms.apply(facts)
    assert rooms_file.reopen().waiting == {
        "b": [_message(1), _message(3)],
        "c": [_message(2, None)],
    }


def test_what_was_given_is_not(rooms_file: RoomsFile) -> None:
    rooms_file.rooms.apply([_waits("b", _message(1)), _waits("b", _message(2)), _waits("c", _message(3))])
    rooms_file.rooms.apply([FactRecord(4, given("b", [1, 3]))])
    assert rooms_file.reopen().waiting == {"b": [_message(2)], "c": [_message(3)]}
    rooms_file.rooms.apply([_waits("b", _message(1))])
    assert rooms_file.belongings().waiting["b"] == [_message(2)], "a journal that is read again brings nothing back"


def test_accounts_that_there_are_not_take_it_with_them(rooms_file: RoomsFile) -> None:
    rooms_file.rooms.apply([_waits("b", _message(1)), _waits("c", _message(2))])
    assert rooms_file.rooms.load_belongings({"c"}).waiting == {"c": [_message(2)]}
    assert rooms_file.reopen().waiting == {"c": [_message(2)]}
    assert rooms_file.read().count(b"secret 1") == 0


def test_what_is_too_old_is_removed(rooms_file: RoomsFile) -> None:
    rooms_file.rooms.apply([_waits("b", _message(1)), _waits("b", _message(2))])
    rooms_file.rooms.forget_waiting(_message(2).order_ms)
    assert rooms_file.belongings().waiting == {"b": [_message(2)]}


def test_what_is_erased_leaves_no_byte(rooms_file: RoomsFile) -> None:
    rooms_file.rooms.apply([_waits("b", _message(1)), _waits("c", _message(2))])
    assert rooms_file.rooms.erase_waiting(Erasure("ann"), 1) == 1
    assert rooms_file.belongings().waiting == {"c": [_message(2)]}
    assert rooms_file.rooms.erase_waiting(Erasure("ann"), 1) == 0
    assert rooms_file.rooms.erase_waiting(Erasure("dan"), 9) == 0
    assert rooms_file.rooms.erase_waiting(Erasure(room="#room"), 9) == 0
    assert rooms_file.read().count(b"secret 1") == 0


def test_a_fact_of_a_later_kind_changes_nothing(rooms_file: RoomsFile) -> None:
    rooms_file.rooms.apply([FactRecord(1, {"fact": "other"}), _waits("b", _message(2))])
    assert rooms_file.belongings().waiting == {"b": [_message(2)]}
    assert rooms_file.told == []


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
def test_a_fact_that_says_nothing_is_left_out_and_told(rooms_file: RoomsFile, data: dict[str, object]) -> None:
    rooms_file.rooms.apply([FactRecord(1, data), _waits("b", _message(2))])
    assert rooms_file.belongings().waiting == {"b": [_message(2)]}
    assert len(rooms_file.told) == 1
    assert rooms_file.told[0].startswith("A journal record cannot be stored (")
