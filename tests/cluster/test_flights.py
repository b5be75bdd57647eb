"""Commands in flight: those on hold do not block their client while their fate is unknown."""

from __future__ import annotations

import threading

from chatcore.cluster.flights import Flight, Pending
from chatcore.state.credit import Credit
from tests.support.together import started, wait_until

_DEADLINE_S = 20.0


def _commands_in_flight(flight: Flight, *credits: Credit | None) -> list[Pending]:
    """Return commands in flight, each of which has taken its credit."""
    pending = [Pending(flight, 1, credit) for credit in credits]
    for each in pending:
        if each.credit is not None:
            each.credit.take()
        flight.begin(each)
    return pending


def test_a_held_command_is_not_waited_for_until_it_lands() -> None:
    flight, credit, over = Flight(), Credit(2), threading.Event()
    first, last, marker = _commands_in_flight(flight, credit, credit, None)
    with started(lambda: flight.settle(credit)) as settling:
        wait_until(lambda: credit.is_held)
        assert settling.is_alive()
        flight.hold(last, over.set)
    flight.settle(credit)
    assert not credit.is_held
    for _ in range(2):
        assert not credit.take(), "held commands must not use up credit"
    flight.land(first)
    assert not over.is_set()
    flight.land(last)
    assert over.is_set()
    with started(lambda: flight.settle(credit)) as settling:
        wait_until(lambda: credit.is_held)
        assert settling.is_alive(), "commands given after the hold are still waited for"
        flight.land(marker)


def test_a_held_command_leaves_the_credit_unchanged() -> None:
    flight, credit = Flight(), Credit(1)
    (only,) = _commands_in_flight(flight, credit)
    flight.hold(only, lambda: None)
    flight.land(only)
    with started(credit.take) as taker:
        wait_until(lambda: credit.is_waiting)
        assert taker.is_alive()
        credit.give()


def test_holding_a_landed_command_ends_it_at_once() -> None:
    flight, over = Flight(), threading.Event()
    (only,) = _commands_in_flight(flight, None)
    flight.land(only)
    flight.hold(only, over.set)
    assert over.is_set()


def test_a_wait_can_end_early_if_the_command_is_held() -> None:
    flight = Flight()
    (only,) = _commands_in_flight(flight, None)
    found: list[bool] = []
    with started(lambda: found.append(flight.wait(only, _DEADLINE_S, or_held=True))):
        flight.hold(only, lambda: None)
    assert found == [False]
    with started(lambda: found.append(flight.wait(only, _DEADLINE_S))):
        flight.land(only)
    assert found == [False, True]


def test_voided_commands_are_no_longer_held() -> None:
    flight, credit, over = Flight(), Credit(1), threading.Event()
    (only,) = _commands_in_flight(flight, credit)
    flight.hold(only, over.set)
    flight.void()
    flight.land(only)
    assert not over.is_set()
