"""The threads between a tracker and the engine: nobody waits for a record that cannot be sent."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, cast

import pytest

from chatcore.cluster import courier as courier_module
from chatcore.cluster import incoming
from chatcore.cluster.codec import unpack
from chatcore.cluster.courier import Courier
from chatcore.cluster.engine import FIRST, Batch
from chatcore.cluster.flights import CUT_OFF, Flights, Pending
from chatcore.errors import ConfigError, EngineAway, EngineTrimmed, StreamClosed
from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.state.facts import Announced
from chatcore.state.notes import LoginProblem, Noted, NoteKind, login_refused
from chatcore.state.records import Beat, Commanded, Published, Record, TrackerJoined
from tests.support.together import wait_until

_CLIENT = (1 << 32) + 1
_JOINED = TrackerJoined("a", "f", TrackerAddress(("127.0.0.1:1",), ""), "1")
_DEADLINE_S = 20.0


class _Engine:
    """Keeps appended records; reads return nothing."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.has_some = threading.Event()
        self._closed = threading.Event()

    def append(self, data: bytes) -> str:
        """See Engine."""
        self.records += unpack(data)[2]
        self.has_some.set()
        return "1-0"

    def check(self, last: str) -> None:
        """See Engine."""

    def read(self, after: str, limit: int, wait_s: float) -> list[Batch]:
        """See Engine."""
        self._closed.wait(_DEADLINE_S)
        return []

    def close(self) -> None:
        """See Engine."""
        self._closed.set()


class _Away(_Engine):
    """An engine that is away until the test brings it back; its first append may have arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.is_away = True
        self.tries = threading.Semaphore(0)

    def append(self, data: bytes) -> str:
        """See Engine."""
        if self.is_away:
            self.tries.release()
            raise EngineAway("away")
        return super().append(data)


def _courier(engine: Any, on_lost: Any = lambda reason: None, refuse: Any = lambda late: None) -> Courier:
    return Courier(engine, lambda batches: None, refuse, lambda doubtful: None, on_lost, lambda is_away, dropped: None)


def test_rejoining_drops_commands_of_former_clients() -> None:
    engine, flights = _Engine(), Flights()
    courier = _courier(engine)
    pending = Pending(flights.of(_CLIENT), _CLIENT)
    courier.submit(Commanded(_CLIENT, "PRIVMSG", ("#room", "lost")), pending)
    courier.submit(Published((Announced("noted"),)))
    courier.begin(2, _JOINED, lambda: flights.void(2 << 32))
    assert pending.end_reason == CUT_OFF
    assert flights.of(_CLIENT).wait(pending, _DEADLINE_S)
    courier.start(FIRST)
    assert engine.has_some.wait(_DEADLINE_S)
    courier.stop(_DEADLINE_S)
    assert engine.records == [_JOINED, Published((Announced("noted"),))]


def test_a_fault_in_a_thread_ends_the_tracker_with_a_reason() -> None:
    class Faulty(_Engine):
        def append(self, data: bytes) -> str:
            raise ValueError("no stream like that")

    told, has_told = list[str](), threading.Event()

    def on_lost(reason: str) -> None:
        told.append(reason)
        has_told.set()

    courier = _courier(Faulty(), on_lost=on_lost)
    courier.submit(Published((Announced("hello"),)))
    courier.start(FIRST)
    assert has_told.wait(_DEADLINE_S)
    courier.stop(_DEADLINE_S)
    assert "no stream like that" in told[0]


def test_only_records_that_cannot_be_encoded_are_refused() -> None:
    engine, flights, refused = _Engine(), Flights(), list[Pending]()
    courier = _courier(engine, refuse=refused.extend)
    good, bad = Pending(flights.of(_CLIENT), _CLIENT), Pending(flights.of(_CLIENT + 1), _CLIENT + 1)
    said = Commanded(_CLIENT, "PRIVMSG", ("#room", "hello"))
    courier.begin(1, _JOINED)
    courier.submit(Commanded(_CLIENT + 1, "PRIVMSG", ("#room", "\ud800")), bad)
    courier.submit(said, good)
    courier.start(FIRST)
    assert engine.has_some.wait(_DEADLINE_S)
    courier.stop(_DEADLINE_S)
    assert (engine.records, refused) == ([_JOINED, said], [bad])


def test_a_record_is_underway_until_its_arrival_is_certain() -> None:
    engine = _Away()
    courier = _courier(engine)
    courier.begin(1, _JOINED)
    assert not courier.is_going(Beat)
    courier.submit(Beat())
    assert courier.is_going(Beat)
    courier.start(FIRST)
    assert not engine.has_some.wait(0.05)
    assert courier.is_going(Beat), "it may not have arrived"
    engine.is_away = False
    assert engine.has_some.wait(_DEADLINE_S)
    courier.stop(_DEADLINE_S)
    assert not courier.is_going(Beat)
    assert engine.records == [_JOINED, Beat()]


def test_held_commands_are_reported_once_and_before_refused_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier_module, "PATIENCE_S", 0.0)
    engine, flights, told = _Away(), Flights(), list[tuple[str, list[Pending]]]()
    going, late = (Pending(flights.of(client), client) for client in (_CLIENT, _CLIENT + 1))
    fake: Any = engine
    courier = Courier(
        fake,
        lambda batches: None,
        lambda refused: told.append(("refused", refused)),
        lambda held: told.append(("held", held)),
        lambda reason: None,
        lambda is_away, dropped: None,
    )
    monkeypatch.setattr(courier_module, "BATCH_RECORDS", 1)
    courier.submit(Commanded(_CLIENT, "PRIVMSG", ("#room", "hello")), going)
    courier.submit(Commanded(_CLIENT + 1, "PRIVMSG", ("#room", "hello")), late)
    courier.start(FIRST)
    for _ in range(3):
        assert engine.tries.acquire(timeout=_DEADLINE_S)
    assert told == [("held", [going]), ("refused", [late])]
    engine.is_away = False
    assert engine.has_some.wait(_DEADLINE_S)
    courier.stop(_DEADLINE_S)


def test_waiting_notes_are_bounded_and_dropped_ones_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier_module, "MAX_NOTES", 3)
    engine, away = _Away(), list[tuple[bool, int]]()
    fake: Any = engine
    courier = Courier(
        fake,
        lambda batches: None,
        lambda late: None,
        lambda held: None,
        lambda reason: None,
        lambda is_away, dropped: away.append((is_away, dropped)),
    )
    notes = [Published((login_refused(LoginProblem.PASSWORD, f"n{each}", "h", "wrong"),)) for each in range(5)]
    ban = Published((Noted(NoteKind.BAN, ("1.2.3.4",)),))
    courier.begin(1, _JOINED)
    for record in (*notes, ban):
        courier.submit(record)
    courier.start(FIRST)
    assert engine.tries.acquire(timeout=_DEADLINE_S)
    engine.is_away = False
    wait_until(lambda: len(away) == 2)
    for record in notes:
        courier.submit(record)
    courier.stop(_DEADLINE_S)
    assert engine.records[:5] == [_JOINED, *notes[:3], ban]
    assert engine.records[5:] == notes[: len(engine.records) - 5], "notes are accepted again once there is room"
    assert away == [(True, 0), (False, 2)]


def test_reading_stops_once_delivery_has_failed() -> None:
    class Full(_Engine):
        def read(self, after: str, limit: int, wait_s: float) -> list[Batch]:
            return [Batch("1-0", b"")]

    def deliver(batches: list[Batch]) -> None:
        raise StreamClosed

    lost = list[str]()
    fake: Any = Full()
    courier = Courier(fake, deliver, lambda late: None, lambda held: None, lost.append, lambda is_away, dropped: None)
    courier.start(FIRST)
    courier._threads[1].join(_DEADLINE_S)
    assert not courier._threads[1].is_alive()
    courier.stop(_DEADLINE_S)
    assert lost == []


def test_held_commands_are_reported_while_the_engine_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent(_Away):
        """Fails once, then stays silent."""

        answers = threading.Event()

        def append(self, data: bytes) -> str:
            if self.is_away:
                self.is_away = False
                raise EngineAway("away")
            self.tries.release()
            self.answers.wait(_DEADLINE_S)
            return super().append(data)

    engine, flights, told = Silent(), Flights(), list[Pending]()
    pending, fake = Pending(flights.of(_CLIENT), _CLIENT), cast("Any", engine)
    courier = Courier(
        fake, lambda batches: None, lambda late: None, told.extend, lambda reason: None, lambda is_away, dropped: None
    )
    courier.submit(Commanded(_CLIENT, "PRIVMSG", ("#room", "hello")), pending)
    courier.look()
    courier.start(FIRST)
    assert engine.tries.acquire(timeout=_DEADLINE_S)
    courier.look()
    assert told == [], "the command may still land in time"
    monkeypatch.setattr(courier_module, "PATIENCE_S", 0.0)
    courier.look()
    courier.look()
    assert told == [pending]
    engine.answers.set()
    courier.stop(_DEADLINE_S)


class _Trimmed(_Engine):
    """Has batch 3 alone."""

    def check(self, last: str) -> None:
        if last in (FIRST, "1-0"):
            raise EngineTrimmed("the engine no longer has all")

    def read(self, after: str, limit: int, wait_s: float) -> list[Batch]:
        return [Batch("3-0", b"")] if after == "2-0" else super().read(after, limit, wait_s)


class _Reader:
    """Takes the batches that a courier reads from a trimmed engine, and the reason of its end."""

    def __init__(self, missed: Any) -> None:
        self.ids: list[str] = []
        self.lost: list[str] = []
        self.is_done = threading.Event()
        fake: Any = _Trimmed()
        self.courier = Courier(fake, self._take, self._ignore, self._ignore, self._lose, self._ignore, missed)

    def _take(self, batches: list[Batch]) -> None:
        self.ids += [batch.id for batch in batches]
        if self.ids[-1] == "3-0":
            self.is_done.set()

    def _ignore(self, *what: object) -> None:
        """Ignore it."""

    def _lose(self, reason: str) -> None:
        self.lost.append(reason)
        self.is_done.set()

    def run(self) -> None:
        """Read until everything is there, or reading fails."""
        self.courier.start(FIRST)
        assert self.is_done.wait(_DEADLINE_S)
        self.courier.stop(_DEADLINE_S)


def test_a_running_tracker_gets_trimmed_batches_from_peers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(incoming, "_ASK_AGAIN_S", 0.0)
    asked: list[str] = []

    def missed(after: str) -> Sequence[Sequence[Batch]]:
        asked.append(after)
        if len(asked) < incoming.ASKED_TIMES:
            raise ConfigError("no other tracker answers")
        return [[Batch("1-0", b"")], [Batch("2-0", b"")]]

    reader = _Reader(missed)
    reader.run()
    assert (reader.ids, reader.lost) == (["1-0", "2-0", "3-0"], [])
    assert asked == [FIRST] * incoming.ASKED_TIMES


def test_missing_batches_end_the_tracker_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "_ASK_AGAIN_S", 0.0)

    def missed(after: str) -> Sequence[Sequence[Batch]]:
        raise ConfigError("nor has any tracker")

    reader = _Reader(missed)
    reader.run()
    assert (reader.ids, reader.lost) == ([], ["the engine no longer has all, and nor has any tracker"])
