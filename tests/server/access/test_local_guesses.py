"""LocalGuesses: guessing on this machine is slowed down, but locks nobody out."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from chatcore.commands.services import Verdict
from chatcore.errors import Leave
from chatcore.server.access.local_guesses import MAX_WAITING, LocalGuesses
from tests.support.together import DEADLINE_S, run_together, started, wait_until


class _Machine:
    """Guesses whose clock advances only when somebody waits, by the time waited for."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.guesses = LocalGuesses(lambda: self.now)

    def pause(self, seconds: float) -> bool:
        self.now += seconds
        return True

    def guess(self, *, is_right: bool) -> Verdict:
        return self.guesses.guess(lambda: is_right, self.pause)


def test_right_passwords_do_not_wait() -> None:
    machine = _Machine()
    assert [machine.guess(is_right=True) for _ in range(100)] == [Verdict(is_right=True)] * 100
    assert machine.now == 1000.0


def test_a_wrong_password_delays_the_next_but_never_shuts_out() -> None:
    machine = _Machine()
    assert [machine.guess(is_right=False) for _ in range(100)] == [Verdict(is_right=False)] * 100
    assert machine.now == pytest.approx(1099.0)
    assert machine.guess(is_right=True).is_right
    assert machine.now == pytest.approx(1100.0)
    assert machine.guess(is_right=True).is_right
    assert machine.now == pytest.approx(1100.0)


def test_ten_guesses_wait_and_further_ones_are_refused() -> None:
    """All arrive within the second after a wrong one."""
    now = [1000.0]
    guesses = LocalGuesses(lambda: now[0])
    refused: list[Verdict] = []
    compared: list[int] = []
    tick, may_go_on = threading.Event(), threading.Event()

    def compare(number: int) -> bool:
        compared.append(number)
        return False

    def guess(number: int) -> None:
        verdict = guesses.guess(partial(compare, number), pause)
        if verdict.refusal:
            refused.append(verdict)

    def pause(seconds: float) -> bool:
        tick.wait(0.001)
        if may_go_on.is_set():
            now[0] += seconds
        return True

    def come() -> None:
        run_together(*[partial(guess, number) for number in range(25)])

    guess(-1)
    with started(come):
        wait_until(lambda: len(refused) == 25 - MAX_WAITING)
        assert compared == [-1], "no wait can be over while the clock stands still"
        may_go_on.set()
    assert len(compared) == 1 + MAX_WAITING
    assert {verdict.is_right for verdict in refused} == {False}
    assert "try again in a moment" in refused[0].refusal


def test_guesses_are_compared_one_at_a_time() -> None:
    machine = _Machine()
    at_once, most = [0], [0]
    tick = threading.Event()

    def compare() -> bool:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        tick.wait(0.001)
        at_once[0] -= 1
        return True

    run_together(*[lambda: machine.guesses.guess(compare, lambda _: not tick.wait(0.001))] * 40)
    assert most == [1]
    assert machine.guess(is_right=True).is_right, "finished guesses must not hold up the next"


def test_a_client_that_leaves_while_waiting_frees_its_place() -> None:
    machine = _Machine()
    machine.guess(is_right=False)
    for _ in range(MAX_WAITING + 1):
        with pytest.raises(Leave):
            machine.guesses.guess(lambda: True, lambda _: False)
    assert machine.guess(is_right=True).is_right


def test_a_failed_comparison_counts_as_wrong_and_frees_its_place() -> None:
    machine = _Machine()

    def fail() -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        machine.guesses.guess(fail, machine.pause)
    assert machine.guess(is_right=True).is_right
    assert machine.now == pytest.approx(1001.0)


def test_guesses_are_compared_in_order_of_arrival() -> None:
    guesses = LocalGuesses(lambda: 1000.0)
    order: list[int] = []
    begun, go_on = threading.Event(), threading.Event()

    def hold() -> bool:
        begun.set()
        return go_on.wait(DEADLINE_S)

    def compare(number: int) -> bool:
        order.append(number)
        return True

    def guess(number: int) -> None:
        guesses.guess(partial(compare, number), lambda _: True)

    with started(lambda: guesses.guess(hold, lambda _: True)):
        assert begun.wait(DEADLINE_S)
        with started(partial(guess, 0)):
            wait_until(lambda: len(guesses._queue) == 1)
            with started(partial(guess, 1)):
                wait_until(lambda: len(guesses._queue) == 2)
                go_on.set()
    assert order == [0, 1]
