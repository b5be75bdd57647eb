"""Waiting messages in the rooms file: facts are applied once, loaded, and removed."""

from __future__ import annotations

import pytest

from chatcore.server.archive.journal.records import FactRecord
from chatcore.server.archive.journal.waiting_facts import given, waits
from chatcore.state.erasure import Erasure
from chatcore.state.history import Recorded
from tests.server.archive.rooms_file import RoomsFile


def _message(id_: int, account: str | None = "ann") -> Recorded:
    return Recorded(id_, id_ * 10, id_ * 10 + 1, "ann!u@h", account, "+x=y", f"PRIVMSG Bob :secret {id_}")


def _waiting_fact(account_id: str, message: Recorded) -> FactRecord:
    return FactRecord(message.id, waits(account_id, message))


def test_waiting_messages_survive_a_restart_in_order(rooms_file: RoomsFile) -> None:
    facts = [_waiting_fact("b", _message(1)), _waiting_fact("c", _message(2, None)), _waiting_fact("b", _message(3))]
    rooms_file.rooms.apply(facts)
    rooms_file.rooms.apply(facts)
    assert rooms_file.reopen().waiting == {
        "b": [_message(1), _message(3)],
        "c": [_message(2, None)],
    }


def test_delivered_messages_are_removed(rooms_file: RoomsFile) -> None:
    rooms_file.rooms.apply(
        [_waiting_fact("b", _message(1)), _waiting_fact("b", _message(2)), _waiting_fact("c", _message(3))]
    )
    rooms_file.rooms.apply([FactRecord(4, given("b", [1, 3]))])
    assert rooms_file.reopen().waiting == {"b": [_message(2)], "c": [_message(3)]}
    rooms_file.rooms.apply([_waiting_fact("b", _message(1))])
    assert rooms_file.belongings().waiting["b"] == [_message(2)], (
        "rereading the journal must not bring back a delivered message"
    )


def test_messages_for_missing_accounts_are_removed(rooms_file: RoomsFile) -> None:
    rooms_file.rooms.apply([_waiting_fact("b", _message(1)), _waiting_fact("c", _message(2))])
    assert rooms_file.rooms.load_belongings({"c"}).waiting == {"c": [_message(2)]}
    assert rooms_file.reopen().waiting == {"c": [_message(2)]}
    assert rooms_file.read().count(b"secret 1") == 0


def test_messages_that_are_too_old_are_removed(rooms_file: RoomsFile) -> None:
    rooms_file.rooms.apply([_waiting_fact("b", _message(1)), _waiting_fact("b", _message(2))])
    rooms_file.rooms.forget_waiting(_message(2).order_ms)
    assert rooms_file.belongings().waiting == {"b": [_message(2)]}


def test_erased_messages_leave_no_byte(rooms_file: RoomsFile) -> None:
    rooms_file.rooms.apply([_waiting_fact("b", _message(1)), _waiting_fact("c", _message(2))])
    assert rooms_file.rooms.erase_waiting(Erasure("ann"), 1) == 1
    assert rooms_file.belongings().waiting == {"c": [_message(2)]}
    assert rooms_file.rooms.erase_waiting(Erasure("ann"), 1) == 0
    assert rooms_file.rooms.erase_waiting(Erasure("dan"), 9) == 0
    assert rooms_file.rooms.erase_waiting(Erasure(room="#room"), 9) == 0
    assert rooms_file.read().count(b"secret 1") == 0


def test_an_unknown_kind_of_fact_is_ignored(rooms_file: RoomsFile) -> None:
    rooms_file.rooms.apply([FactRecord(1, {"fact": "other"}), _waiting_fact("b", _message(2))])
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
def test_a_malformed_fact_is_skipped_and_reported(rooms_file: RoomsFile, data: dict[str, object]) -> None:
    rooms_file.rooms.apply([FactRecord(1, data), _waiting_fact("b", _message(2))])
    assert rooms_file.belongings().waiting == {"b": [_message(2)]}
    assert len(rooms_file.told) == 1
    assert rooms_file.told[0].startswith("A journal record cannot be stored (")
