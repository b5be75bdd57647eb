"""QueueStream: what is appended comes out whole, once, in order; wake and close."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.errors import StreamClosed
from chatcore.state.credit import Credit
from chatcore.state.events import Announced, Event, Noted, Said, Stopped
from chatcore.state.stream import Entry, QueueStream
from tests.protocol.generated import PROPERTY
from tests.state.together import run_together, started

_STOP = Stopped("over")


def _stream(*times: float) -> QueueStream:
    """Return a stream whose clock shows these times one after the other, the last one for ever."""

    def clock() -> Iterator[float]:
        yield from times
        while True:
            yield times[-1] if times else 0.0

    moments = clock()
    return QueueStream(lambda: next(moments))


def test_an_entry_comes_out_as_it_was_put_in() -> None:
    stream = _stream(12.5)
    events: tuple[Event, ...] = (Announced("one"), Noted("two"))
    credit = Credit(1)
    stream.append(events, credit)
    assert stream.take(10) == [Entry(1, 12.5, events, credit)]


def test_take_gives_at_most_its_limit_and_keeps_the_rest() -> None:
    stream = _stream()
    for number in range(5):
        stream.append((Announced(str(number)),))
    assert [entry.position for entry in stream.take(3)] == [1, 2, 3]
    assert [entry.position for entry in stream.take(3)] == [4, 5]


def test_take_waits_for_an_append() -> None:
    stream = _stream()
    taken: list[Entry] = []
    with started(lambda: taken.extend(stream.take(10))):
        stream.append((Announced("late"),))
    assert [entry.events for entry in taken] == [(Announced("late"),)]


@PROPERTY
@given(st.lists(st.floats(0, 1e10), min_size=1, max_size=30))
def test_times_never_go_back(times: list[float]) -> None:
    stream = _stream(*times)
    for _ in times:
        stream.append(())
    entries = stream.take(len(times))
    assert all(before.time <= after.time for before, after in pairwise(entries))
    assert [entry.time for entry in entries] == [max(times[: end + 1]) for end in range(len(times))]


def test_wake_makes_a_take_return_empty_once() -> None:
    stream = _stream()
    stream.wake()
    stream.wake()
    assert stream.take(10) == []
    with started(lambda: stream.take(10)):
        stream.wake()


def test_wake_hides_no_entry() -> None:
    stream = _stream()
    stream.append((Announced("one"),))
    stream.wake()
    assert len(stream.take(10)) == 1
    stream.append((Announced("two"),))
    assert len(stream.take(10)) == 1


def test_nothing_is_accepted_after_close_and_what_was_is_kept() -> None:
    stream = _stream()
    stream.append((Announced("before"),))
    stream.close(_STOP)
    with pytest.raises(StreamClosed):
        stream.append((Announced("after"),))
    assert [entry.events for entry in stream.take(10)] == [(Announced("before"),), (_STOP,)]


def test_closing_twice_is_closing_once() -> None:
    stream = _stream()
    stream.close(_STOP)
    stream.close(Stopped("again"))
    assert [entry.events for entry in stream.take(10)] == [(_STOP,)]


def test_close_wakes_who_takes() -> None:
    stream = _stream()
    taken: list[Entry] = []
    with started(lambda: taken.extend(stream.take(10))):
        stream.close(_STOP)
    assert [entry.events for entry in taken] == [(_STOP,)]


def test_many_threads_append_while_one_takes_and_some_wake() -> None:
    """Nothing is lost, doubled or torn; positions are one order, and each thread's entries keep theirs in it."""
    stream = _stream()
    writers, each = 6, 300
    taken: list[Entry] = []
    is_over = threading.Event()

    def write(number: int) -> None:
        for index in range(each):
            stream.append((Said(number, "#room", "PRIVMSG", str(index)), Noted("after")))

    def take() -> None:
        while len(taken) < writers * each:
            taken.extend(stream.take(7))
        is_over.set()

    def wake() -> None:
        while not is_over.is_set():
            stream.wake()

    run_together(take, wake, *(lambda number=number: write(number) for number in range(writers)))
    assert [entry.position for entry in taken] == list(range(1, writers * each + 1))
    said: dict[int, list[str]] = {number: [] for number in range(writers)}
    for entry in taken:
        event, noted = entry.events
        assert isinstance(event, Said)
        assert noted == Noted("after")
        said[event.source].append(event.text)
    assert all(texts == [str(index) for index in range(each)] for texts in said.values())


def test_what_was_appended_while_closing_is_either_taken_or_refused() -> None:
    stream = _stream()
    accepted: list[str] = []

    def write(number: int) -> None:
        for index in range(1000):
            text = f"{number}:{index}"
            try:
                stream.append((Announced(text),))
            except StreamClosed:
                return
            accepted.append(text)

    run_together(*(lambda number=number: write(number) for number in range(3)), lambda: stream.close(_STOP))
    entries = stream.take(4000)
    assert entries[-1].events == (_STOP,)
    texts = [event.text for entry in entries[:-1] for event in entry.events if isinstance(event, Announced)]
    assert sorted(texts) == sorted(accepted)
