"""Properties of all history queries. Each rule by itself: tests/state/test_history.py."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatcore.state.history import HistoryQuery, Reference, select
from tests.support.thorough import examples

BOUNDED = settings(max_examples=examples(40), derandomize=True)
_COMMANDS = ["LATEST", "BEFORE", "AFTER", "AROUND", "BETWEEN"]


@dataclass
class _Said:
    """A message; many share a millisecond."""

    time: float
    number: int
    size: int = 0

    @property
    def order_time(self) -> float:
        return self.time

    @property
    def msgid(self) -> str:
        return f"{int(self.time * 1000):012x}{self.number:04x}"


@st.composite
def _histories(draw: st.DrawFn) -> list[_Said]:
    times = draw(st.lists(st.integers(0, 12), max_size=30).map(sorted))
    return [_Said(ms / 1000, number) for number, ms in enumerate(times)]


def _references(items: list[_Said]) -> st.SearchStrategy[Reference]:
    by_time = st.integers(0, 13).map(lambda ms: Reference(ms=ms))
    by_id = st.sampled_from(items).map(lambda said: Reference(said.msgid)) if items else by_time
    return by_time | by_id | st.text("0123456789abcdef", min_size=16, max_size=16).map(Reference)


@BOUNDED
@given(st.data(), _histories(), st.sampled_from(_COMMANDS), st.integers(1, 40))
def test_an_answer_is_one_piece_of_the_history_within_the_limit(
    data: st.DataObject, items: list[_Said], subcommand: str, limit: int
) -> None:
    first, second = data.draw(_references(items)), data.draw(_references(items))
    before = list(items)
    answer = select(items, HistoryQuery(subcommand, limit, first, second))
    assert items == before
    assert len(answer) <= limit
    if answer:
        start = items.index(answer[0])
        assert answer == items[start : start + len(answer)]


@BOUNDED
@given(st.data(), _histories(), st.integers(1, 40))
def test_paging_from_an_id_covers_the_whole_history(data: st.DataObject, items: list[_Said], page: int) -> None:
    """Read page by page from any message: nothing twice, nothing left out."""
    if not items:
        return
    start = data.draw(st.sampled_from(items))
    found = [start]
    while earlier := select(items, HistoryQuery("BEFORE", page, Reference(found[0].msgid))):
        found = [*earlier, *found]
    while later := select(items, HistoryQuery("AFTER", page, Reference(found[-1].msgid))):
        found = [*found, *later]
    assert found == items


@BOUNDED
@given(st.data(), _histories(), st.integers(1, 40))
def test_around_includes_the_message_itself(data: st.DataObject, items: list[_Said], limit: int) -> None:
    if items:
        said = data.draw(st.sampled_from(items))
        assert said in select(items, HistoryQuery("AROUND", limit, Reference(said.msgid)))


@pytest.mark.thorough
@BOUNDED
@given(st.data(), _histories(), st.integers(1, 40))
def test_between_differs_by_direction_only_in_what_the_limit_cuts(
    data: st.DataObject, items: list[_Said], limit: int
) -> None:
    one, two = data.draw(_references(items)), data.draw(_references(items))
    whole = select(items, HistoryQuery("BETWEEN", 99, one, two))
    assert select(items, HistoryQuery("BETWEEN", 99, two, one)) == whole
    parts = [select(items, HistoryQuery("BETWEEN", limit, *ends)) for ends in ((one, two), (two, one))]
    assert whole[:limit] in parts
    assert whole[-limit:] in parts


@pytest.mark.thorough
@BOUNDED
@given(st.data(), st.sets(st.integers(0, 30), max_size=20), st.sampled_from(_COMMANDS), st.integers(1, 40))
def test_a_unique_time_is_equivalent_to_the_id(
    data: st.DataObject, times: set[int], subcommand: str, limit: int
) -> None:
    items = [_Said(ms / 1000, number) for number, ms in enumerate(sorted(times))]
    if not items:
        return
    ends = [data.draw(st.sampled_from(items)) for _ in range(2)]
    by_id = HistoryQuery(subcommand, limit, *(Reference(said.msgid) for said in ends))
    by_time = HistoryQuery(subcommand, limit, *(Reference(ms=int(said.time * 1000)) for said in ends))
    assert select(items, by_id) == select(items, by_time)
