"""Credit: a client's commands in flight are bounded; only its own thread waits."""

from __future__ import annotations

import threading
from time import monotonic

import pytest

from chatcore.state.credit import Credit
from tests.support.together import run_together, started, wait_until


def test_tells_whether_nothing_was_in_flight() -> None:
    credit = Credit(4)
    assert credit.take()
    assert not credit.take()
    credit.give(2)
    assert credit.take()
    credit.give()


@pytest.mark.parametrize("free", [False, True])
def test_take_waits_at_the_limit_until_one_is_given_back(free: bool) -> None:
    credit = Credit(2)
    most = 2 * 16 if free else 2
    for _ in range(most):
        credit.take(free=free)
    with started(lambda: credit.take(free=free)) as taker:
        wait_until(lambda: credit.is_waiting)
        assert taker.is_alive()
        credit.give()
    assert not credit.is_waiting


def test_free_commands_pass_when_others_would_wait() -> None:
    credit = Credit(1)
    credit.take()
    credit.take(free=True)
    assert not credit.is_waiting


def test_giving_too_little_does_not_end_the_wait() -> None:
    credit = Credit(1)
    for _ in range(3):
        credit.take(free=True)
    with started(credit.take) as taker:
        wait_until(lambda: credit.is_waiting)
        credit.give(2)
        taker.join(0.02)
        assert taker.is_alive()
        credit.give()


def test_the_limit_can_be_raised_for_a_while() -> None:
    credit = Credit(1)
    credit.take()
    with started(credit.take):
        wait_until(lambda: credit.is_waiting)
        credit.allow(1)
    credit.allow(-1)
    credit.give()
    with started(credit.take) as taker:
        wait_until(lambda: credit.is_waiting)
        assert taker.is_alive()
        credit.give()


def test_close_ends_the_wait_and_every_later_one() -> None:
    credit = Credit(1)
    credit.take()
    with started(credit.take):
        wait_until(lambda: credit.is_waiting)
        credit.close()
    credit.take()
    credit.pause(60)
    assert not credit.is_waiting


def test_a_pause_lasts_as_long_as_it_should() -> None:
    credit = Credit(1)
    before = monotonic()
    credit.pause(0.02)
    assert monotonic() - before >= 0.02
    assert not credit.is_waiting


def test_close_ends_a_pause() -> None:
    credit = Credit(1)
    with started(lambda: credit.pause(3600)):
        wait_until(lambda: credit.is_waiting)
        credit.give(0)  # giving credit back does not end a pause
        assert credit.is_waiting
        credit.close()


def test_a_pause_of_zero_does_not_wait() -> None:
    credit = Credit(1)
    credit.pause(0.0)
    assert not credit.is_waiting


def test_never_more_in_flight_than_the_limit() -> None:
    """One thread takes, as a client's does; delivery and others give back."""
    credit = Credit(3)
    in_flight: list[None] = []
    most = 0
    rest = threading.Semaphore(0)

    def take() -> None:
        nonlocal most
        for _ in range(600):
            credit.take()
            in_flight.append(None)
            most = max(most, len(in_flight))
            rest.release()

    def give() -> None:
        for _ in range(200):
            rest.acquire()
            in_flight.pop()
            credit.give()

    run_together(take, give, give, give)
    assert 1 <= most <= 3
    assert credit.take()
