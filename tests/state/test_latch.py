"""A latch, once set, releases all waiting threads and lets later ones pass."""

from __future__ import annotations

from functools import partial

from chatcore.state.latch import Latch
from tests.support.together import run_together, started


def test_is_set_once_and_for_all() -> None:
    latch = Latch()
    assert not latch.wait(0.01)
    latch.set()
    latch.set()
    assert latch.is_set
    assert latch.wait(0)


def test_who_waits_is_let_through() -> None:
    latch = Latch()
    with started(lambda: latch.wait(3600)) as waiter:
        waiter.join(0.01)
        assert waiter.is_alive()
        latch.set()


def test_all_are_let_through_however_often_it_is_set() -> None:
    for _ in range(50):
        latch = Latch()
        waits = [partial(latch.wait, 3600)] * 4
        run_together(*waits, latch.set, latch.set)
        assert latch.wait(0)
