"""Commands from other threads: one after another, each answered, whatever happens."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from chatcore.server.console import order_queue
from chatcore.server.console.order_queue import Orders
from chatcore.server.console.result import Result


def test_each_order_gets_its_own_answer() -> None:
    given = threading.Semaphore(0)
    orders = Orders(given.release)
    with ThreadPoolExecutor(8) as threads:
        answers = [threads.submit(orders.give, str(number)) for number in range(8)]
        for _ in answers:
            assert given.acquire(timeout=10)
            order = orders.take()
            assert order is not None
            order.answer(Result([order.line]))
        assert [answer.result(10).lines for answer in answers] == [[str(number)] for number in range(8)]
    assert orders.take() is None


def test_an_order_that_waits_too_long_is_withdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_queue, "_PATIENCE_S", 0.01)
    orders = Orders(lambda: None)
    assert orders.give("kick eve").problem.startswith("Not done: ")
    assert orders.take() is None


def test_a_slow_order_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    given = threading.Semaphore(0)
    orders = Orders(given.release)
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(orders.give, "reload")
        assert given.acquire(timeout=10)
        order = orders.take()
        assert order is not None
        assert not orders._withdraw(order)
        order.answer(Result(["reloaded"]))
        assert answer.result(10).lines == ["reloaded"]


def test_closing_refuses_waiting_and_later_orders() -> None:
    given = threading.Semaphore(0)
    orders = Orders(given.release)
    with ThreadPoolExecutor(2) as threads:
        answers = [threads.submit(orders.give, "active") for _ in range(2)]
        for _ in answers:
            assert given.acquire(timeout=10)
        orders.close()
        assert [answer.result(10).problem for answer in answers] == ["The tracker is closing."] * 2
    assert orders.give("active").problem == "The tracker is closing."
    assert orders.take() is None
