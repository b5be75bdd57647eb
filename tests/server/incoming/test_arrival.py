"""Arrival: how long a connection may take at each stage."""

from __future__ import annotations

import pytest

from chatcore.server.incoming import arrival
from chatcore.server.incoming.arrival import Arrival
from chatcore.state.admissions import Admission, Refusal
from chatcore.state.client import Client
from chatcore.state.credit import Credit


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A list whose only item is the time in seconds."""
    now = [1000.0]
    monkeypatch.setattr(arrival, "monotonic", lambda: now[0])
    monkeypatch.setattr(arrival, "_REFUSED_STAY_S", 3.0)  # shorter in most tests
    return now


def _arrival(refusal: Refusal | None = None) -> Arrival:
    return Arrival(Client(1, "192.0.2.7", 4711, Credit(1)), 10.0, Admission(refusal=refusal))


def test_the_first_byte_and_each_stage_have_a_deadline(now: list[float]) -> None:
    coming = _arrival()
    assert coming.overdue(1010.0) is None
    assert coming.overdue(1010.1) == "Nothing was said"
    now[0] = 1009.0
    coming.set_deadline(30.0, "Registration timed out")
    assert coming.overdue(1039.0) is None
    assert coming.overdue(1039.1) == "Registration timed out"


def test_a_refused_connection_has_one_second_of_silence_and_three_in_all(now: list[float]) -> None:
    """It gets the reason of the refusal, not a remark about slowness."""
    coming = _arrival(Refusal("You are banned"))
    assert coming.overdue(1001.0) is None
    assert coming.overdue(1001.1) == "You are banned"
    now[0] = 1000.5
    coming.set_deadline(30.0, "Registration timed out")
    assert coming.overdue(1003.0) is None
    assert coming.overdue(1003.1) == "You are banned"


def test_a_late_refusal_counts_from_the_arrival(now: list[float]) -> None:
    coming = _arrival()
    now[0] = 1002.5
    coming.admission.refusal = Refusal("Too many")
    coming.set_deadline(10.0, "")
    assert coming.overdue(1003.1) == "Too many"
