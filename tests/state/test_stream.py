"""QueueStream: what is appended comes out whole, once, in order; wake and close."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.errors import StreamClosed
from chatcore.state.credit import Credit
from chatcore.state.events import Event
from chatcore.state.facts import Announced, ClockStepped, Said, Stopped
from chatcore.state.notes import Noted, NoteKind
from chatcore.state.stream import Entry, QueueStream
from tests.support.generated import PROPERTY
from tests.support.together import run_together, started

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
    events: tuple[Event, ...] = (Announced("one"), Noted(NoteKind.BAN))
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
@given(st.lists(st.integers(0, 9).map(lambda number: number * 1000.0), min_size=1, max_size=30))
def test_entries_have_the_clocks_time_and_each_step_is_reported_once(times: list[float]) -> None:
    """A step is reported in an entry of its own, before the first that has the new time."""
    stream = _stream(*times)
    for _ in times:
        stream.append((_STOP,))
    entries = stream.take(2 * len(times))
    steps = [[(now, ClockStepped)] * (now != before) for before, now in zip(times[:1] + times, times, strict=False)]
    expected = [told for step, now in zip(steps, times, strict=True) for told in (*step, (now, Stopped))]
    assert [(entry.time, type(entry.events[0])) for entry in entries] == expected
    assert [entry.position for entry in entries] == list(range(1, len(entries) + 1))


def test_a_step_reports_the_expected_and_the_new_time() -> None:
    stream = _stream(5000.0, 1400.0, 1400.5)
    for _ in range(3):
        stream.append(())
    times, events = zip(*((entry.time, entry.events) for entry in stream.take(9)), strict=True)
    assert times == (5000.0, 1400.0, 1400.0, 1400.5)
    (step,) = events[1]
    assert isinstance(step, ClockStepped)
    assert step.now == 1400.0
    assert 5000.0 <= step.expected < 5100.0


@pytest.mark.parametrize("back", [0.001, 0.5, 0.9])
def test_a_small_step_back_repeats_the_last_time(back: float) -> None:
    """When the clock is corrected by milliseconds, no entry is earlier than the one before it."""
    stream = _stream(50.0, 50.0 - back, 50.0 - back / 2, 50.1)
    for _ in range(4):
        stream.append(())
    assert [entry.time for entry in stream.take(9)] == [50.0, 50.0, 50.0, 50.1]


def test_the_present_is_the_clocks_time() -> None:
    stream = _stream(5000.0, 5000.0, 1400.0)
    stream.append(())
    stream.take(1)
    assert stream.present() == 5000.0
    assert stream.present() == 1400.0
    assert [type(event) for entry in stream.take(9) for event in entry.events] == [ClockStepped]


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


def test_close_refuses_new_entries_and_keeps_earlier_ones() -> None:
    stream = _stream()
    stream.append((Announced("before"),))
    stream.close(_STOP)
    with pytest.raises(StreamClosed):
        stream.append((Announced("after"),))
    assert [entry.events for entry in stream.take(10)] == [(Announced("before"),), (_STOP,)]


def test_closing_twice_stops_once() -> None:
    stream = _stream()
    stream.close(_STOP)
    stream.close(Stopped("again"))
    assert [entry.events for entry in stream.take(10)] == [(_STOP,)]


def test_close_wakes_a_waiting_take() -> None:
    stream = _stream()
    taken: list[Entry] = []
    with started(lambda: taken.extend(stream.take(10))):
        stream.close(_STOP)
    assert [entry.events for entry in taken] == [(_STOP,)]


def test_concurrent_appends_are_taken_once_in_order() -> None:
    """Nothing is lost, doubled or torn; positions are one order, and each thread's entries keep theirs in it."""
    stream = _stream()
    writers, each = 6, 300
    taken: list[Entry] = []
    is_over = threading.Event()

    def write(number: int) -> None:
        for index in range(each):
            stream.append((Said(number, "#room", "PRIVMSG", str(index)), Noted(NoteKind.UNBAN)))

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
        assert noted == Noted(NoteKind.UNBAN)
        said[event.source].append(event.text)
    assert all(texts == [str(index) for index in range(each)] for texts in said.values())


def test_an_append_during_close_is_either_taken_or_refused() -> None:
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
