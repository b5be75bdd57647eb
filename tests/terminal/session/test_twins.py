"""People of the same hue in a room can be told apart, and keep their look."""

from __future__ import annotations

from itertools import count, islice

from chatcore.protocol.message import parse
from chatcore.protocol.nick_colour import hue_index
from chatcore.terminal.session.said import said_in
from chatcore.terminal.session.session import Session
from chatcore.terminal.session.twins import MOST, Twins

_SAME = [*islice((name for name in map("n{}".format, count()) if hue_index(name) == 0), MOST + 3)]
_OTHER = next(name for name in map("n{}".format, count()) if hue_index(name) == 1)


def test_numbers_follow_the_order_of_appearance_and_stay() -> None:
    twins, members = Twins(), set(_SAME)
    assert [twins.number(name, members.__contains__) for name in (_SAME[2], _SAME[0], _SAME[1])] == [0, 1, 2]
    assert [twins.number(name, members.__contains__) for name in (_SAME[0], _SAME[1].upper(), _SAME[2])] == [1, 2, 0]
    assert twins.number(_OTHER, members.__contains__) == 0, "numbers are counted per hue"


def test_the_number_of_a_departed_member_is_reused() -> None:
    twins, members = Twins(), set(_SAME)
    for name in _SAME[:3]:
        twins.number(name, members.__contains__)
    members.discard(_SAME[1])
    assert twins.number(_SAME[3], members.__contains__) == 1
    assert twins.number(_SAME[1], members.__contains__) == 3, "the present member keeps the reused number"
    assert twins.number(_SAME[0], members.__contains__) == 0


def test_too_many_people_share_numbers() -> None:
    twins, members = Twins(), set(_SAME)
    numbers = [twins.number(name, members.__contains__) for name in _SAME]
    assert numbers[:MOST] == [*range(MOST)]
    assert all(0 <= number < MOST for number in numbers)
    assert [twins.number(name, members.__contains__) for name in _SAME] == numbers


def test_messages_carry_the_number() -> None:
    session = Session(_SAME[0], frozenset({"echo-message"}))
    room = session.rooms.enter("#dev")
    for name in _SAME[:2]:
        session.rooms.add_member(room, name)
    lines = [
        f":{_SAME[1]} PRIVMSG #dev :a",
        f":{_SAME[0]} PRIVMSG #dev :b",
        f":{_SAME[0]} PRIVMSG #elsewhere :c",
        f":{_SAME[0]} PRIVMSG {_SAME[1]} :d",
        f":{_SAME[1]} PRIVMSG {_SAME[0]} :e",
        f":{_SAME[0]} PRIVMSG {_OTHER} :f",
    ]
    said = [said_in(session, parse(line)) for line in lines]
    assert [each and each.twin for each in said] == [0, 1, 0, 1, 0, 0]
