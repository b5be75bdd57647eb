"""The roster: when visits are forgotten, and which give way to newcomers."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import cast

import pytest

from chatcore.server.roster import Roster
from chatcore.server.visit import Visit
from chatcore.state.admissions import Admission, Admissions, Refusal
from chatcore.state.client import Client
from chatcore.state.credit import Credit


class _Visit:
    """The part of a visit that the roster uses, and how it ended."""

    def __init__(self, number: int, host: str = "192.0.2.7", *, can_start: bool = True) -> None:
        self.client = Client(number, host, 4711, Credit(1))
        self.arrival = SimpleNamespace(admission=Admission(), has_proven=False, accepted_at=float(number))
        self.closing_since: float | None = None
        self.reason = ""
        self._can_start = can_start

    def start(self) -> None:
        if not self._can_start:
            raise RuntimeError("no thread left")

    def is_ending(self) -> bool:
        return bool(self.reason)

    def end(self, reason: str, *, is_lost: bool, status: int) -> None:
        assert (is_lost, status) == (False, 429)
        self.reason = reason


def _roster(*visits: _Visit) -> Roster:
    roster = Roster()
    for visit in visits:
        roster.begin(cast("Visit", visit))
    return roster


def _newcomer(host: str) -> Client:
    return Client(1000, host, 4711, Credit(1))


def test_a_visit_without_a_thread_is_forgotten_and_uncounted() -> None:
    counter = Admissions(10, 10)
    visit = _Visit(1, can_start=False)
    visit.arrival.admission = Admission(counter)
    assert counter.admit(None) is None
    roster = Roster()
    with pytest.raises(RuntimeError):
        roster.begin(cast("Visit", visit))
    assert (len(roster), len(counter), roster.count_unregistered()) == (0, 0, 0)


def test_a_visit_is_forgotten_once_thread_and_delivery_are_done() -> None:
    visit = cast("Visit", _Visit(1))
    roster = _roster(cast("_Visit", visit))
    roster.part_with(visit)
    assert roster.get(1) is visit
    roster.part_with(visit)
    assert roster.get(1) is None


def test_thread_and_delivery_may_finish_at_once() -> None:
    visits = [_Visit(number) for number in range(200)]
    roster = _roster(*visits)
    start = threading.Barrier(2)

    def part() -> None:
        start.wait()
        for visit in visits:
            roster.part_with(cast("Visit", visit))

    threads = [threading.Thread(target=part) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(roster) == 0


def test_the_oldest_visit_of_the_busiest_site_gives_way() -> None:
    crowd = [_Visit(number, "2001:db8::1") for number in (3, 2, 4)]
    other = _Visit(1, "192.0.2.7")
    roster = _roster(*crowd, other)
    assert roster.make_way(_newcomer("203.0.113.1"), "Too many")
    assert [visit.reason for visit in (*crowd, other)] == ["", "Too many", "", ""]


def test_nobody_gives_way_to_the_busiest_site_itself() -> None:
    roster = _roster(*(_Visit(number, "192.0.2.7") for number in range(3)), _Visit(9, "203.0.113.1"))
    assert not roster.make_way(_newcomer("192.0.2.7"), "Too many")
    assert not _roster().make_way(_newcomer("192.0.2.7"), "Too many")


def test_only_strangers_give_way() -> None:
    proven, registered, ending, refused = visits = [_Visit(number) for number in range(4)]
    proven.arrival.has_proven = True
    registered.client.is_registered = True
    ending.reason = "over"
    refused.arrival.admission.refusal = Refusal("banned")
    roster = _roster(*visits)
    assert not roster.make_way(_newcomer("203.0.113.1"), "Too many")
    assert [visit.reason for visit in visits] == ["", "", "over", ""]
    assert roster.count_unregistered() == 2, "neither refused nor registered visits may be counted"


def test_strangers_are_ended_only_by_a_known_address() -> None:
    known, behind_a_proxy = _Visit(1), _Visit(2)
    known.arrival.admission.address = "192.0.2.7"
    roster = _roster(known, behind_a_proxy)
    roster.end_strangers("192.0.2.7", "Shut out")
    assert (known.reason, behind_a_proxy.reason) == ("Shut out", "")
