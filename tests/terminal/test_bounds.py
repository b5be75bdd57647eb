"""Memory and replies stay bounded, no matter what a tracker sends after the login."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from itertools import count, islice

import pytest

from chatcore.protocol.message import Message, parse
from chatcore.terminal.commands.typed import type_line
from chatcore.terminal.session import batches, lookup, places, rooms
from chatcore.terminal.session.received import receive
from chatcore.terminal.session.session import MOST_OPEN_BATCHES, Session
from chatcore.terminal.session.status import status_of
from tests.terminal.visits import arrive, in_lobby, sent, shown

_LINES = 3000
_GROWTH_BYTES = 50_000


@pytest.fixture(autouse=True)
def small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a short test reaches."""
    monkeypatch.setattr(rooms, "MOST_ROOMS", 20)
    monkeypatch.setattr(rooms, "MOST_MEMBERS", 500)
    monkeypatch.setattr(places, "MOST_CHARS", 10_000)
    monkeypatch.setattr(lookup, "MOST_PEOPLE", 100)
    monkeypatch.setattr(batches, "MOST_HELD_CHARS", 50_000)


def _long(number: int) -> str:
    return f"n{number}" + "x" * 400


WAYS: dict[str, Callable[[int], str]] = {
    "batches": lambda number: f":t BATCH +{_long(number)} chathistory #lobby",
    "batches of another kind": lambda number: f":t BATCH +{_long(number)} netsplit a b",
    "messages of several lines": lambda number: f":bob!b@h BATCH +{_long(number)} draft/multiline #lobby",
    "a message without an end": lambda number: (
        f"@batch=m :bob!b@h PRIVMSG #lobby :{_long(number)}" if number else ":bob!b@h BATCH +m draft/multiline #lobby"
    ),
    "a batch without an end": lambda number: f"@batch=open :bob!b@h PRIVMSG #lobby :{_long(number)}",
    "commands in a batch": lambda number: f"@batch=open :t {number % 1000:03} ann :{_long(number)}",
    "CTCP in a batch": lambda number: f"@batch=open :bob!b@h PRIVMSG #lobby :\x01PING {_long(number)}\x01",
    "names": lambda number: f":t 353 ann = #lobby :@a{number} +b{number} {_long(number)}",
    "joins": lambda number: f":p{number}!u@h JOIN #lobby",
    "long names": lambda number: f":{_long(number)}!u@h JOIN #lobby",
    "renames": lambda number: f":{_long(number - 1) if number else 'bob'}!u@h NICK {_long(number)}",
    "renamed rooms": lambda number: (
        f":bob!b@h RENAME {'#' + _long(number - 1) if number else '#lobby'} #{_long(number)} :"
    ),
    "rooms": lambda number: f":ann!a@h JOIN #{number}",
    "long rooms": lambda number: f":ann!a@h JOIN #{_long(number)}",
    "modes": lambda number: f":bob!b@h MODE #lobby +{chr(0x4E00 + number)}o bob p{number}",
    "who": lambda number: f":t 352 ann #lobby {_long(number)} h t p{number} H@ :0 p",
    "rooms of one": lambda number: f":t 319 ann bob :#{_long(number)}",
    "isupport": lambda number: f":t 005 ann T{number}={_long(number)} LINELEN={number} :are supported by this server",
    "welcomes": lambda number: f":t 001 n{number} :{_long(number)}",
    "motd": lambda number: f":t 372 ann :- {_long(number)}",
    "list": lambda number: f":t 322 ann #{_long(number)} 1 :topic",
    "topics": lambda number: f":t 332 ann #{_long(number)} :topic",
    "capabilities": lambda number: f":t CAP ann NEW :{_long(number)}",
    "unknown": lambda number: f":t X{number} ann :{_long(number)}",
    "tags": lambda number: f"@{_long(number)}=1 :bob!b@h PRIVMSG #lobby :x",
}


@pytest.mark.parametrize(
    "way",
    [
        pytest.param(way, id=name, marks=pytest.mark.thorough if index % 5 else ())
        for index, (name, way) in enumerate(WAYS.items())
    ],
)
def test_memory_is_bounded(way: Callable[[int], str]) -> None:
    session = in_lobby()
    arrive(session, ":t BATCH +open chathistory #lobby")
    type_line(session, "/who bob" if "319" in way(0) else "/who")
    numbers = count()
    _feed(session, way, numbers)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        _feed(session, way, numbers)
        assert tracemalloc.get_traced_memory()[0] - before < _GROWTH_BYTES, "the same amount again needs no more memory"
    finally:
        tracemalloc.stop()


def _feed(session: Session, way: Callable[[int], str], numbers: Iterator[int]) -> None:
    for number in islice(numbers, _LINES):
        receive(session, parse(way(number)))


@pytest.mark.parametrize(
    "line", [":t 376 ann :End of MOTD", ":t 422 ann :none", ":t 315 ann #lobby :End", ":t PONG t x"]
)
def test_replies_are_bounded(line: str) -> None:
    session = in_lobby()
    type_line(session, "/who")
    arrive(session, *(f":t 352 ann #lobby u h t p{number} H :0 p" for number in range(40)))
    answers = [effect for _ in range(100) for effect in arrive(session, line) if isinstance(effect, Message)]
    assert len(answers) <= 41


def test_oversized_history_is_shown_in_parts() -> None:
    session = in_lobby()
    lines = [f"@batch=7 :bob!b@h PRIVMSG #lobby :{number}" for number in range(1000)]
    effects = shown(arrive(session, ":t BATCH +7 chathistory #lobby", *lines, ":t BATCH -7"))
    said = [line.rpartition(" ")[2] for line in effects if line.startswith("[history")]
    assert said == [str(number) for number in range(1000)]
    told = [line for line in effects if line.startswith("*")]
    assert len(told) > 2
    assert all(line.endswith(" messages in #lobby, with more to follow:") for line in told[:-1])
    assert told[-1].startswith("* the last ")


def test_history_ending_on_a_full_part_is_not_called_empty() -> None:
    session = in_lobby()
    arrive(session, ":t BATCH +7 chathistory #lobby")
    while not shown(arrive(session, "@batch=7 :bob!b@h PRIVMSG #lobby :x")):
        pass
    assert arrive(session, ":t BATCH -7") == []


def test_a_batch_crowded_out_by_others_is_shown_early() -> None:
    session = in_lobby()
    arrive(session, ":t BATCH +first chathistory #lobby", "@batch=first :bob!b@h PRIVMSG #lobby :hi")
    starts = [f":t BATCH +{number} chathistory #dev" for number in range(MOST_OPEN_BATCHES)]
    assert shown(arrive(session, *starts)) == [
        "* the last message in #lobby:",
        "[history #lobby -] <bob> hi",
    ]
    assert arrive(session, ":t BATCH -first") == []


def test_excess_members_are_counted_and_reported_once() -> None:
    session = in_lobby()
    told = shown(arrive(session, *(f":p{number}!u@h JOIN #lobby" for number in range(600))))
    problems = [line for line in told if line.startswith("error")]
    assert problems == ["error: #lobby has too many members to remember; Tab and /who NAME do not know some of them"]
    assert status_of(session).members == 603
    assert len([line for line in told if line.endswith(" joined #lobby")]) == 600


def test_excess_names_are_counted() -> None:
    session = in_lobby()
    names = " ".join(f"p{number}" for number in range(600))
    effects = arrive(session, ":ann!a@h JOIN #dev", f":t 353 ann = #dev :{names}", ":t 366 ann #dev :End")
    assert shown(effects)[-1].endswith(" and 501 more")


def test_an_excess_room_is_reported_and_ignored() -> None:
    session = in_lobby()
    told = shown(arrive(session, *(f":ann!a@h JOIN #{number}" for number in range(20))))
    assert told[-1] == "error: you are in too many rooms; the client ignores #19"
    assert len(session.rooms) == 20
    assert shown(arrive(session, ":bob!b@h PRIVMSG #19 :hi")) == ["[#19] <bob> hi"]


def test_excess_people_are_counted() -> None:
    session = in_lobby()
    type_line(session, "/who")
    arrive(session, *(f":t 352 ann #lobby u h t p{number} H :0 p" for number in range(150)))
    lines = shown(arrive(session, ":t 315 ann #lobby :End"))
    assert lines[0] == "* in #lobby: 150"
    assert lines[-2] == "* and 50 more"


def test_a_long_whois_answer_is_cut() -> None:
    session = in_lobby()
    assert sent(type_line(session, "/who bob")) == ["WHOIS bob"]
    rooms_of_bob = [f":t 319 ann bob :#{_long(number)}" for number in range(100)]
    (line,) = shown(arrive(session, *rooms_of_bob, ":t 318 ann bob :End"))
    assert len(line) < 1100
    assert line.endswith("...")
