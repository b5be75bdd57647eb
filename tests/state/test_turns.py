"""Turns: how many are worked for at once."""

from __future__ import annotations

import threading

import pytest

from chatcore.state import turns
from chatcore.state.turns import Turn, Turns
from tests.state.together import run_together


def _free(of: Turns) -> int:
    return of._free.qsize()


def test_never_more_than_so_many_have_a_turn_at_once() -> None:
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


def test_taking_and_giving_twice_is_taking_and_giving_once() -> None:
    all_turns = Turns()
    turn = Turn(all_turns)
    for _ in range(3):
        turn.take()
        turn.take()
        assert _free(all_turns) == turns._AT_ONCE - 1
        turn.give()
        turn.give()
        assert _free(all_turns) == turns._AT_ONCE


def test_who_is_in_needs_none_until_it_goes() -> None:
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


def test_nobody_is_stuck_for_ever_behind_who_does_not_give_one_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_MAX_WAIT_S", 0.01)
    all_turns = Turns()
    for _ in range(turns._AT_ONCE):
        Turn(all_turns).take()
    late = Turn(all_turns)
    late.take()
    late.give()
    assert _free(all_turns) == 0, "it gives back nothing that it did not get"
