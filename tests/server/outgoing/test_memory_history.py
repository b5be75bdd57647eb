"""Histories in memory: the last messages, within bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.server.outgoing.lines import Line
from chatcore.server.outgoing.memory_history import MemoryHistories, MemoryHistory
from chatcore.state.erasure import Erasure
from chatcore.state.history import HistoryQuery, Kinds, Past, Recorded, Reference, RoomPlace, line_id, select
from tests.support.generated import PROPERTY

_ALL = HistoryQuery("LATEST", 100_000)
_SEQUENCE, _OTHER_SEQUENCE = "1111111111", "2222222222"


def _line(number: int, size: int = 0) -> Line:
    """Return a line that takes this much memory."""
    line = Line(f":ann PRIVMSG #room :{number}", 1.0, (number, 0, _SEQUENCE, 1.0))
    line.size = size or line.size
    return line


def _sizes(history: MemoryHistory) -> list[int]:
    """Return the bytes kept of each kind."""
    return [tail.size for tail in history.tails]


@PROPERTY
@given(st.integers(0, 20), st.integers(1, 30), st.integers(0, 40))
def test_the_last_messages_are_kept_in_order(kept: int, wanted: int, added: int) -> None:
    history = MemoryHistories(kept).begin(RoomPlace("#room", 1))
    talk = [_line(number) for number in range(added)]
    for line in talk:
        history.add_said(line)
    assert history.select(HistoryQuery("LATEST", wanted)) == talk[max(0, added - min(kept, wanted)) :]


def test_a_redaction_under_the_old_name_reaches_the_renamed_room() -> None:
    histories = MemoryHistories(10)
    renamed, new = histories.begin(RoomPlace("#room", 1)), histories.begin(RoomPlace("#room", 2))
    taken_back, left = _line(1), _line(2)
    for line in (taken_back, left):
        renamed.add_said(line)
    renamed.rename("#other", 3)
    redaction = _line(4)
    new.redact(taken_back.id, redaction)
    assert renamed.select(_ALL) == [left]
    assert new.select(_ALL, Kinds.EVENTS) == [redaction]


def test_events_do_not_displace_messages() -> None:
    history = MemoryHistories(2).begin(RoomPlace("#room", 1))
    history.add_said(_line(0))
    for number in range(1, 10):
        history.add_event(_line(number))
    kept = history.select(_ALL, Kinds.EVENTS | Kinds.TAGMSGS)
    assert [line.serial and line.serial[0] for line in kept] == [0, 8, 9]


@PROPERTY
@given(
    st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.integers(1, 300)), max_size=80),
    st.integers(0, 8),
)
def test_total_memory_is_bounded(happened: list[tuple[int, bool, int]], limit: int) -> None:
    """The bound holds, the latest lines remain, and the sizes add up."""
    histories = MemoryHistories(limit, max_bytes=1000)
    places = [histories.begin(RoomPlace(f"#{number}", 1)) for number in range(5)]
    talks: list[tuple[list[Line], list[Line]]] = [([], []) for _ in places]
    for number, (place, is_event, size) in enumerate(happened):
        if size == 300:
            places[place].end()
            places[place] = histories.begin(RoomPlace(f"#{place}", 1))
            talks[place] = [], []
            continue
        line = _line(number, size)
        (places[place].add_event if is_event else places[place].add_said)(line)
        talks[place][is_event].append(line)
        kept = [[list(tail.lines) for tail in history.tails] for history in places]
        assert histories.used_bytes == sum(line.size for both in kept for lines in both for line in lines) <= 1000
        for history, both, talked in zip(places, kept, talks, strict=True):
            assert _sizes(history) == [sum(line.size for line in lines) for lines in both]
            for lines, talk in zip(both, talked, strict=True):
                assert len(lines) <= limit
                assert lines == talk[len(talk) - len(lines) :]


def test_only_the_places_that_fill_the_memory_lose_messages() -> None:
    histories = MemoryHistories(1000, max_bytes=64_000)
    quiet, loud, louder = (histories.begin(RoomPlace(name, 1)) for name in ("#quiet", "#loud", "#louder"))
    for number in range(10):
        quiet.add_said(_line(number, 100))
    for number in range(10_000):
        loud.add_said(_line(number, 1000))
        louder.add_said(_line(number, 2000))
    assert len(quiet.select(_ALL)) == 10
    assert 30_000 < _sizes(loud)[0] < 32_000
    assert 29_000 < _sizes(louder)[0] < 32_000


def test_an_oversized_message_is_not_kept() -> None:
    history = MemoryHistories(10, max_bytes=100).begin(RoomPlace("#room", 1))
    history.add_said(_line(1, 101))
    assert history.select(_ALL) == []
    history.add_said(_line(2, 90))
    assert len(history.select(_ALL)) == 1


@pytest.mark.parametrize("subcommand", ["BEFORE", "AFTER"])
def test_an_id_of_another_run_counts_as_older_than_everything_kept(subcommand: str) -> None:
    history = MemoryHistories(10, sequence=_SEQUENCE).begin(RoomPlace("#room", 1))
    said = _line(1)
    history.add_said(said)
    for reference in (Reference("f" * 16 + _OTHER_SEQUENCE), Reference("0" * 16 + _OTHER_SEQUENCE)):
        assert history.select(HistoryQuery(subcommand, 10, reference)) == ([] if subcommand == "BEFORE" else [said])
    of_this_sequence = Reference("f" * 16 + _SEQUENCE)
    assert history.select(HistoryQuery(subcommand, 10, of_this_sequence)) == ([said] if subcommand == "BEFORE" else [])


def test_erasure_applies_up_to_an_id_and_frees_memory() -> None:
    histories = MemoryHistories(100)
    room, private = histories.begin(RoomPlace("#Room", 1)), histories.begin(frozenset({"visit 1", "visit 2"}))
    for number in range(1, 7):
        by = "ann" if number % 2 else "bob"
        for history in (room, private):
            history.add_said(Line(f":{by}!u@h PRIVMSG x :{number}", 1.0, (number, 0, _SEQUENCE, 1.0)))
    room.add_event(Line(":ann!u@h JOIN #Room", 1.0, (7, 0, _SEQUENCE, 1.0)))
    histories.erase(Erasure("ann", "#room"), 3 << 16)
    assert [line.id >> 16 for line in room.select(_ALL, Kinds.EVENTS | Kinds.TAGMSGS)] == [2, 4, 5, 6, 7]
    assert len(private.select(_ALL)) == 6
    histories.erase(Erasure("ann"), 7 << 16)
    assert [line.id >> 16 for line in room.select(_ALL, Kinds.EVENTS | Kinds.TAGMSGS)] == [2, 4, 6]
    assert [line.id >> 16 for line in private.select(_ALL)] == [2, 4, 6]
    assert histories.used_bytes == sum(_sizes(room)) + sum(_sizes(private))
    histories.erase(Erasure(before_ms=1001), 7 << 16)
    assert histories.used_bytes == 0
    room.add_said(_line(9))
    assert len(room.select(_ALL)) == 1


@pytest.mark.parametrize(
    ("room", "left"), [("#one", [2, 3, 4, 5]), ("#two", [1, 5]), ("#three", [1, 2, 3, 4]), ("#four", [1, 2, 3, 4, 5])]
)
def test_erasure_by_room_covers_only_messages_under_that_name(room: str, left: list[int]) -> None:
    histories = MemoryHistories(100)
    history = histories.begin(RoomPlace("#One", 1))
    for number in range(1, 6):
        if number in (2, 5):
            history.rename("#Two" if number == 2 else "#Three", number << 16)
        history.add_said(_line(number))
    histories.erase(Erasure(room=room), 9 << 16)
    assert [line.id >> 16 for line in history.select(_ALL)] == left
    history.end()
    assert histories.used_bytes == 0


def test_a_conversation_cannot_be_renamed() -> None:
    with pytest.raises(AssertionError):
        MemoryHistories(1).begin(frozenset({"visit 1"})).rename("#a", 1)


def _recorded(number: int) -> Recorded:
    """Return the archive's record of `_line(number)`."""
    return Recorded(line_id(number, 0), 1000, 1000, "ann", None, "", f"PRIVMSG #room :{number}")


@PROPERTY
@given(
    st.integers(0, 30),
    st.integers(0, 30),
    st.integers(1, 30),
    st.integers(1, 12),
    st.sampled_from(["LATEST", "BEFORE", "AFTER", "AROUND", "BETWEEN"]),
    st.tuples(st.integers(0, 31), st.integers(0, 31)),
)
def test_archive_and_memory_form_one_seamless_history(
    said: int, archived: int, kept: int, limit: int, subcommand: str, at: tuple[int, int]
) -> None:
    """However much either has: an answer has no gap and no duplicates."""
    archived = min(said, archived)
    history = MemoryHistories(kept, sequence=_SEQUENCE).begin(RoomPlace("#room", 1))
    for number in range(1, said + 1):
        history.add_said(_line(number))
    first, second = (Reference(_line(number).msgid) for number in at)
    query = HistoryQuery(subcommand, limit, first, second if subcommand == "BETWEEN" else None)
    if subcommand == "LATEST" and at[0] % 2:
        query = query._replace(first=None)
    past = Past(1, tuple(_recorded(number) for number in range(1, archived + 1)), line_id(archived, 0))
    found = [line.serial[0] for line in history.select(query, past=past) if line.serial]
    if said - kept <= archived:
        everything = [_line(number) for number in range(1, said + 1)]
        assert found == [line.serial[0] for line in select(everything, query) if line.serial]
    assert found == list(range(found[0], found[-1] + 1)) if found else True
