"""Exactly the matching lines are found, and no text that looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.server.audit.grammar import AuditFormat
from chatcore.server.audit.reading.identities import Visits
from chatcore.server.audit.reading.lines import FIELDS, parse_line
from chatcore.server.audit.reading.sought import MAX_MS, Selection, Sought
from chatcore.state import facts
from chatcore.state.events import Event
from chatcore.state.stream import Entry
from tests.server.audit.reading.log_text import block, time_of, written
from tests.support.readers import connected

_LINES = [
    "start :127.0.0.1:8000",
    "connect ann 192.0.2.1:5 :Ann",
    "join #Lobby ann 192.0.2.1:5",
    "message #Lobby ann :Green TEA",
    "message #lobby2 ann :message #lobby bob :tea",
    "message #a ann :2026-11-20T22:50:01.123Z message #lobby bob :x",
    r"message #lobby bob :a\\b \x01 \u200b",
    "private-message ann bob :#lobby tea",
    "private-notice ann bob",
    "topic #lobby ann :",
    "erase * #lobby *",
    "forget #lobby",
    "nick ann #lobby",
    "log-resumed",
    "quit ann 192.0.2.1:5 :ÄPFEL",
]


def _found(sought: Sought, data: bytes = block(*_LINES)) -> list[str]:
    return [written(line) for line in Selection(sought).select(data)]


def _lines(*numbers: int) -> list[str]:
    return [written(parse_line(block(_LINES[number])[:-1])) for number in numbers]


@pytest.mark.parametrize(
    ("sought", "numbers"),
    [
        (Sought(), range(len(_LINES))),
        (Sought(rooms=frozenset({"#lobby"})), [2, 3, 6, 9, 10, 11]),
        (Sought(rooms=frozenset({"#lobby", "#a"})), [2, 3, 5, 6, 9, 10, 11]),
        (Sought(rooms=frozenset({"#lob"})), []),
        (Sought(kinds=frozenset({"message"})), [3, 4, 5, 6]),
        (Sought(kinds=frozenset({"log-resumed"})), [13]),
        (Sought(kinds=frozenset({"nick", "topic"})), [9, 12]),
        (Sought(words=("tea",)), [3, 4, 7]),
        (Sought(words=("tea", "een t")), [3]),
        (Sought(words=("äpfel",)), [14]),
        (Sought(words=("\\b",)), [6]),
        (Sought(words=("\x01",)), [6]),
        (Sought(words=("x01",)), []),  # escapes are decoded before the search
        (Sought(words=("bob",)), [4, 5]),
        (Sought(rooms=frozenset({"#lobby"}), kinds=frozenset({"message"}), words=("tea",)), [3]),
    ],
    ids=lambda value: type(value).__name__,  # the order of a set differs from process to process
)
def test_matching_lines_are_found(sought: Sought, numbers: list[int]) -> None:
    assert _found(sought) == _lines(*numbers)


_NAMES = st.sampled_from(["ann", "#lobby", "#LOBBY", "#lobby2", "Z", "message", "é"])
_TEXTS = st.lists(st.sampled_from([" message #lobby ann :", "#lobby ", "tea", "TEA", "\\", "\n", "É", " :"])).map(
    "".join
)


@given(
    st.lists(st.tuples(_NAMES, _TEXTS)),
    st.builds(
        Sought,
        rooms=st.frozensets(st.sampled_from(["#lobby", "#é"]), max_size=2),
        kinds=st.frozensets(st.sampled_from(["message", "private-message"]), max_size=2),
        words=st.lists(st.sampled_from(["tea", "\\", "é", "\n", "#lobby"]), max_size=2).map(tuple),
    ),
)
def test_the_shortcut_finds_the_same_lines(said: list[tuple[str, str]], sought: Sought) -> None:
    audit = AuditFormat(log_private=True)
    events: list[Event] = [connected(1, "ann"), connected(2, "#lobby")]
    events += [facts.Said(1, name, "PRIVMSG", text) for name, text in said]
    events += [facts.SaidPrivately(2, 1, "PRIVMSG", text) for _, text in said]
    data = audit.format(Entry(1, 1e9, tuple(events))).encode()
    slow = Selection(sought)
    slow._candidates = Sought().candidates()
    assert Selection(sought).select(data) == slow.select(data)


def test_since_is_inclusive_and_until_exclusive() -> None:
    data = block("away a", "away b", "away c", "away d")
    first = 1_795_215_000_123
    sought = Sought(since_ms=first + 1000, until_ms=first + 3000)
    assert (parse_line(data[:31]).time, time_of(0)) == ("2026-11-20T22:50:00.123Z",) * 2
    assert _found(sought, data) == ["away b", "away c"]
    assert _found(Sought(since_ms=MAX_MS)) == _found(Sought(until_ms=0)) == []


def test_a_clock_that_is_set_back_hides_nothing() -> None:
    data = block("away a", second=5) + block("away b", second=1) + block("away c", second=6)
    assert _found(Sought(since_ms=1_795_215_005_000), data) == ["away a", "away c"]


def test_malformed_lines_keep_their_position() -> None:
    foreign = b"torn\n"
    data = block("away a") + foreign + block("away b", second=9) + foreign
    lines = Selection(Sought()).select(data)
    assert [line.kind for line in lines] == ["away", "", "away", ""]
    lines = Selection(Sought(since_ms=1_795_215_005_000)).select(data)
    assert [(line.kind, line.text) for line in lines] == [("away", None), ("", "torn")]
    assert _found(Sought(kinds=frozenset({"away"})), data) == ["away a", "away b"]


def test_an_empty_block_has_no_lines() -> None:
    assert Selection(Sought()).select(b"") == []
    assert Selection(Sought()).select(b"\n")[0].kind == ""


@pytest.mark.parametrize("kind", FIELDS)
def test_every_kind_with_a_room_is_found_by_room(kind: str) -> None:
    words = ["#lobby" if field == "room" else "x" for field in FIELDS[kind]]
    found = Selection(Sought(rooms=frozenset({"#lobby"}))).select(block(" ".join([kind, *words])))
    assert [line.kind for line in found] == ([kind] if "room" in FIELDS[kind] else [])


def test_a_room_is_found_by_its_new_name_too() -> None:
    data = block("rename #old ann #Lobby :tea") + block("rename #lobby ann #new") + block("rename", "rename #x ann")
    sought = Sought(rooms=frozenset({"#lobby"}))
    assert _found(sought, data) == ["rename #old ann #Lobby :tea", "rename #lobby ann #new"]


def test_people_are_found_under_all_their_names() -> None:
    names = frozenset({"ann"})
    data = block(
        "connect ann [::1]:5 :A", "nick ann eve", "message #a eve :hi", "message #a bob :ann", "kick #a eve bob"
    )
    found = Selection(Sought(people=names, kinds=frozenset({"message", "kick"})), Visits(names)).select(data)
    assert [written(line) for line in found] == ["message #a eve :hi", "kick #a eve bob"]
