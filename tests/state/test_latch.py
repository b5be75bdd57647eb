"""A latch, once set, releases all waiting threads and lets later ones pass."""

from __future__ import annotations

from functools import partial

from chatcore.state.latch import Latch
from tests.support.together import run_together, started


def test_a_latch_stays_set() -> None:
    latch = Latch()
    assert not latch.wait(0.01)
    latch.set()
    latch.set()
    assert latch.is_set
    assert latch.wait(0)


def test_a_waiting_thread_is_released() -> None:
    latch = Latch()
    with started(lambda: latch.wait(3600)) as waiter:
        waiter.join(0.01)
        assert waiter.is_alive()
        latch.set()


def test_all_waiting_threads_are_released_even_if_set_twice() -> None:
    for _ in range(50):
        latch = Latch()
        waits = [partial(latch.wait, 3600)] * 4
        run_together(*waits, latch.set, latch.set)
        assert latch.wait(0)
