"""Turns: how many clients may work at a time."""

from __future__ import annotations

import threading

import pytest

from chatcore.state import turns
from chatcore.state.turns import Turn, Turns
from tests.support.together import run_together, wait_until


def _free(of: Turns) -> int:
    return of._free


def test_the_number_of_turns_at_once_is_limited() -> None:
    all_turns = Turns()
    lock, tick = threading.Lock(), threading.Event()
    now, most = [0], [0]

    def work() -> None:
        turn = Turn(all_turns)
        for _ in range(5):
            turn.take()
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            tick.wait(0.0005)
            with lock:
                now[0] -= 1
            turn.give()
        turn.end()

    run_together(*[work] * 20)
    assert most == [turns._AT_ONCE]
    assert _free(all_turns) == turns._AT_ONCE


def test_taking_or_giving_twice_counts_once() -> None:
    all_turns = Turns()
    turn = Turn(all_turns)
    for _ in range(3):
        turn.take()
        turn.take()
        assert _free(all_turns) == turns._AT_ONCE - 1
        turn.give()
        turn.give()
        assert _free(all_turns) == turns._AT_ONCE


def test_a_registered_client_needs_no_turn_until_it_leaves() -> None:
    all_turns = Turns()
    turn = Turn(all_turns)
    turn.take()
    turn.end()
    turn.take()
    assert _free(all_turns) == turns._AT_ONCE
    turn.begin()
    assert _free(all_turns) == turns._AT_ONCE - 1
    turn.end()
    assert _free(all_turns) == turns._AT_ONCE


def test_a_turn_never_given_back_does_not_block_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_MAX_WAIT_S", 0.01)
    all_turns = Turns()
    for _ in range(turns._AT_ONCE):
        Turn(all_turns).take()
    late = Turn(all_turns)
    late.take()
    late.give()
    assert _free(all_turns) == 0, "a turn that was not taken is not given back"


def test_the_longest_waiting_connection_is_next() -> None:
    """Or a few connections that always have something more to say would keep everybody else out."""
    all_turns = Turns()
    busy = [Turn(all_turns) for _ in range(turns._AT_ONCE)]
    for turn in busy:
        turn.take()
    order: list[str] = []

    def wait(name: str) -> None:
        turn = Turn(all_turns)
        turn.take()
        order.append(name)
        turn.end()

    waiting = []
    for name in ("first", "second"):
        waiting.append(threading.Thread(target=wait, args=(name,)))
        waiting[-1].start()
        wait_until(lambda: len(all_turns._waiting) == len(waiting))
    busy[0].give()
    busy[0].take()
    assert order == ["first", "second"]
    for thread in waiting:
        thread.join()
    for turn in busy:
        turn.end()
    assert _free(all_turns) == turns._AT_ONCE
