"""Queries of the history of one place."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.state.history import MAX_POSITION, HistoryQuery, Reference, id_in, line_id, msgid_of, select
from tests.support.generated import PROPERTY


@dataclass
class _Said:
    """A message; its id sorts as it was said."""

    time: float
    number: int

    @property
    def order_time(self) -> float:
        return self.time

    @property
    def msgid(self) -> str:
        return f"{int(self.time * 1000):012x}{self.number:04x}"


def _talk(*times_ms: int) -> list[_Said]:
    return [_Said(ms / 1000, number) for number, ms in enumerate(times_ms)]


@pytest.mark.parametrize("place", [Reference("0" * 11 + "2"), Reference(ms=500)])
def test_a_query_looks_at_few_of_many_messages(place: Reference) -> None:
    """Delivery answers it while everybody else waits, and a client may ask twenty times a second."""
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
    """Each rule is that of https://ircv3.net/specs/extensions/chathistory; references are excluded."""
    items = _talk(*times)
    reference = _resolve(items, place)
    earlier = [said for said in items if _is_before(said, reference)]
    later = [said for said in items if _is_after(said, reference)]
    assert select(items, HistoryQuery("BEFORE", limit, reference)) == earlier[-limit:]
    assert select(items, HistoryQuery("AFTER", limit, reference)) == later[:limit]
    assert select(items, HistoryQuery("LATEST", limit, reference)) == later[-limit:]


@PROPERTY
@given(_TIMES, st.integers(1, 8), _PLACES)
def test_around_takes_up_to_half_from_before_the_reference(
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
def test_an_empty_history_gives_nothing(subcommand: str) -> None:
    query = HistoryQuery(subcommand, 5, Reference(ms=1), Reference(ms=2))
    assert select([], query) == []


@pytest.mark.parametrize(
    ("id_", "found"),
    [
        (0, 0),
        (line_id(MAX_POSITION - 1, 7), line_id(MAX_POSITION - 1, 7)),
        (line_id(MAX_POSITION, 0), None),  # SQLite could soon no longer store it
        ((1 << 64) - 1, None),
    ],
)
def test_an_id_beyond_the_last_position_is_invalid(id_: int, found: int | None) -> None:
    assert id_in(msgid_of(id_, "0123456789"), "0123456789") == found
