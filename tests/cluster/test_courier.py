"""The threads between a tracker and the engine: nobody waits for what does not go."""

from __future__ import annotations

import threading
from typing import Any

from chatcore.cluster.codec import unpack
from chatcore.cluster.courier import Courier
from chatcore.cluster.engine import FIRST, Batch
from chatcore.cluster.flights import CUT_OFF, Flights, Pending
from chatcore.errors import EngineAway
from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.state.facts import Announced
from chatcore.state.records import Beat, Commanded, Published, Record, TrackerJoined

_CLIENT = (1 << 32) + 1
_JOINED = TrackerJoined("a", "f", TrackerAddress(("127.0.0.1:1",), ""), "1")
_DEADLINE_S = 20.0


class _Engine:
    """Keeps what is appended; nothing is read."""

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


def _courier(engine: Any, lost: list[str] | None = None, on_lost: Any = None) -> Courier:
    return Courier(
        engine, lambda batches: None, lambda late: None, on_lost or (lost or []).append, lambda is_away: None
    )


def test_a_new_stay_begins_without_what_clients_of_the_last_one_gave() -> None:
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


def test_a_fault_in_a_thread_ends_the_tracker_in_words() -> None:
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


def test_what_cannot_be_written_is_refused_alone() -> None:
    engine, flights, refused = _Engine(), Flights(), list[Pending]()
    fake: Any = engine
    courier = Courier(fake, lambda batches: None, refused.extend, lambda reason: None, lambda is_away: None)
    good, bad = Pending(flights.of(_CLIENT), _CLIENT), Pending(flights.of(_CLIENT + 1), _CLIENT + 1)
    said = Commanded(_CLIENT, "PRIVMSG", ("#room", "hello"))
    courier.begin(1, _JOINED)
    courier.submit(Commanded(_CLIENT + 1, "PRIVMSG", ("#room", "\ud800")), bad)
    courier.submit(said, good)
    courier.start(FIRST)
    assert engine.has_some.wait(_DEADLINE_S)
    courier.stop(_DEADLINE_S)
    assert (engine.records, refused) == ([_JOINED, said], [bad])


def test_what_goes_is_known_until_it_has_arrived_for_certain() -> None:
    class Away(_Engine):
        is_away = True

        def append(self, data: bytes) -> str:
            if self.is_away:
                raise EngineAway("away")
            return super().append(data)

    engine = Away()
    courier = _courier(engine)
    courier.begin(1, _JOINED)
    assert not courier.is_going(Beat)
    courier.submit(Beat())
    assert courier.is_going(Beat)
    courier.start(FIRST)
    assert not engine.has_some.wait(0.05)
    assert courier.is_going(Beat), "whether it has arrived is not known"
    engine.is_away = False
    assert engine.has_some.wait(_DEADLINE_S)
    courier.stop(_DEADLINE_S)
    assert not courier.is_going(Beat)
    assert engine.records == [_JOINED, Beat()]
