"""History: the last so many, oldest first, and questions about them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.state.history import Histories, HistoryQuery, Reference, select
from tests.protocol.generated import PROPERTY


@dataclass
class _Said:
    """A message; its id sorts as it was said."""

    time: float
    number: int
    size: int = 0

    @property
    def order_time(self) -> float:
        return self.time

    @property
    def msgid(self) -> str:
        return f"{int(self.time * 1000):012x}{self.number:04x}"


def _talk(*times_ms: int) -> list[_Said]:
    return [_Said(ms / 1000, number) for number, ms in enumerate(times_ms)]


@PROPERTY
@given(st.integers(0, 20), st.integers(1, 30), st.integers(0, 40))
def test_keeps_the_last_messages_in_order(kept: int, wanted: int, added: int) -> None:
    history = Histories[_Said](kept).new()
    talk = _talk(*range(added))
    for said in talk:
        history.add(said)
    expected = talk[max(0, added - min(kept, wanted)) :]
    assert select(history.all(), HistoryQuery("LATEST", wanted)) == expected


def test_the_latest_is_the_last_that_was_said() -> None:
    history = Histories[_Said](2).new()
    assert history.latest() is None
    talk = _talk(1, 2, 3)
    for said in talk:
        history.add(said)
        assert history.latest() is said
    assert history.all() == talk[1:]


@PROPERTY
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 300)), max_size=80), st.integers(0, 8))
def test_all_together_take_no_more_than_they_may(said: list[tuple[int, int]], limit: int) -> None:
    """Whatever is said where: the memory suffices, what is left is the end of it, and the books are right."""
    histories = Histories[_Said](limit, max_bytes=1000)
    places = [histories.new() for _ in range(5)]
    talks: list[list[_Said]] = [[] for _ in places]
    for number, (place, size) in enumerate(said):
        if size == 300:
            places[place].end()
            places[place] = histories.new()
            talks[place].clear()
            continue
        item = _Said(0.0, number, size)
        places[place].add(item)
        talks[place].append(item)
        kept = [history.all() for history in places]
        assert histories.used_bytes == sum(item.size for items in kept for item in items) <= 1000
        assert [history.size for history in places] == [sum(item.size for item in items) for items in kept]
        for items, talk in zip(kept, talks, strict=True):
            assert len(items) <= limit
            assert items == talk[len(talk) - len(items) :]


def test_who_fills_the_memory_loses_what_they_said_and_nobody_else_does() -> None:
    histories = Histories[_Said](1000, max_bytes=64_000)
    quiet, loud, louder = histories.new(), histories.new(), histories.new()
    for number in range(10):
        quiet.add(_Said(0.0, number, 100))
    for number in range(10_000):
        loud.add(_Said(0.0, number, 1000))
        louder.add(_Said(0.0, number, 2000))
    assert [item.number for item in quiet.all()] == list(range(10))
    assert 30_000 < loud.size < 32_000
    assert 29_000 < louder.size < 32_000


def test_one_message_that_is_too_large_is_not_kept() -> None:
    history = Histories[_Said](10, max_bytes=100).new()
    history.add(_Said(0.0, 1, 101))
    assert history.all() == []
    history.add(_Said(0.0, 2, 90))
    assert len(history.all()) == 1


@pytest.mark.parametrize("place", [Reference("0" * 11 + "2"), Reference(ms=500)])
def test_a_question_looks_at_few_of_many_messages(place: Reference) -> None:
    """Delivery answers it, for who may ask twenty times a second, and everybody else waits meanwhile."""
    looks: list[int] = []

    class Watched(_Said):
        @property
        def order_time(self) -> float:
            looks.append(self.number)
            return self.time

        @property
        def msgid(self) -> str:
            looks.append(self.number)
            return super().msgid

    items = [Watched(number / 1000, number) for number in range(1000)]
    select(items, HistoryQuery("BETWEEN", 1, place, place))
    assert 0 < len(looks) < 100


_TIMES = st.lists(st.integers(0, 30), max_size=25).map(sorted)
_PLACES = st.tuples(st.sampled_from(["time", "id"]), st.integers(0, 31))
"""A reference: to a moment (ms), or to the message of that number, if there is one."""


def _resolve(items: list[_Said], place: tuple[str, int]) -> Reference:
    kind, number = place
    if kind == "time":
        return Reference(ms=number)
    return Reference(items[number].msgid if number < len(items) else "f" * 16)


def _is_before(said: _Said, reference: Reference) -> bool:
    return said.msgid < reference.msgid if reference.msgid else int(said.time * 1000) < reference.ms


def _is_after(said: _Said, reference: Reference) -> bool:
    return said.msgid > reference.msgid if reference.msgid else int(said.time * 1000) > reference.ms


@PROPERTY
@given(_TIMES, st.integers(1, 8), _PLACES)
def test_before_after_and_latest(times: list[int], limit: int, place: tuple[str, int]) -> None:
    """Each rule as https://ircv3.net/specs/extensions/chathistory says it; references are excluded."""
    items = _talk(*times)
    reference = _resolve(items, place)
    earlier = [said for said in items if _is_before(said, reference)]
    later = [said for said in items if _is_after(said, reference)]
    assert select(items, HistoryQuery("BEFORE", limit, reference)) == earlier[-limit:]
    assert select(items, HistoryQuery("AFTER", limit, reference)) == later[:limit]
    assert select(items, HistoryQuery("LATEST", limit, reference)) == later[-limit:]


@PROPERTY
@given(_TIMES, st.integers(1, 8), _PLACES)
def test_around_is_up_to_half_from_before_the_reference_and_the_rest_from_it_on(
    times: list[int], limit: int, place: tuple[str, int]
) -> None:
    items = _talk(*times)
    reference = _resolve(items, place)
    earlier = [said for said in items if _is_before(said, reference)]
    others = items[len(earlier) :]
    half = min(len(earlier), limit // 2)
    expected = earlier[len(earlier) - half :] + others[: limit - half]
    assert select(items, HistoryQuery("AROUND", limit, reference)) == expected


@PROPERTY
@given(_TIMES, st.integers(1, 8), _PLACES, _PLACES)
def test_between_counts_from_the_first_reference(
    times: list[int], limit: int, one: tuple[str, int], two: tuple[str, int]
) -> None:
    items = _talk(*times)
    first, second = _resolve(items, one), _resolve(items, two)
    forwards = [said for said in items if _is_after(said, first) and _is_before(said, second)]
    backwards = [said for said in items if _is_before(said, first) and _is_after(said, second)]
    found = select(items, HistoryQuery("BETWEEN", limit, first, second))
    assert not (forwards and backwards)
    assert found == (forwards[:limit] or backwards[-limit:])


@pytest.mark.parametrize("subcommand", ["LATEST", "BEFORE", "AFTER", "AROUND", "BETWEEN"])
def test_an_empty_history_has_nothing_to_give(subcommand: str) -> None:
    query = HistoryQuery(subcommand, 5, Reference(ms=1), Reference(ms=2))
    assert select(Histories[_Said](10).new().all(), query) == []
