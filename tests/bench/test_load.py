"""bench.load: it counts exactly, and says so when anything is lost, doubled, out of order or refused."""

from __future__ import annotations

import socket
from itertools import count
from typing import TYPE_CHECKING

import pytest

from bench.load import measure
from bench.member import LoadError
from bench.workloads import Workload
from tests.bench.fan_out import Delivery, FanOutServer, fan_out_server

if TYPE_CHECKING:
    from bench.figures import Measurement

_SMALL = Workload("T", "test", rooms=2, members=4, senders=2, messages=20)
_SENT = _SMALL.sent


def _measure(server: FanOutServer, workload: Workload = _SMALL, deadline_s: float = 30) -> Measurement:
    return measure(
        server.listener.getsockname(),
        "",
        workload,
        prefix="t",
        window=3,
        deadline_s=deadline_s,
        server_cpu_s=lambda: None,
    )


def test_a_faultless_server_is_measured() -> None:
    with fan_out_server() as server:
        measurement = _measure(server)
    assert measurement.deliveries == _SMALL.deliveries
    assert measurement.seconds > 0
    assert 0 < measurement.p50_ms <= measurement.p90_ms <= measurement.p99_ms
    assert measurement.server_cpu_us is None


def test_every_ping_of_the_server_is_answered() -> None:
    with fan_out_server() as server:
        _measure(server)
        assert server.pongs == _SMALL.clients


def test_other_lines_among_the_messages_are_not_counted_and_a_ping_among_them_is_answered() -> None:
    def surround(delivery: Delivery) -> Delivery:
        other = b"PING :more\r\n:ann!~b@host JOIN #room\r\n"
        return [(member, other + text + other) for member, text in delivery]

    with fan_out_server(surround) as server:
        assert _measure(server).deliveries == _SMALL.deliveries
        assert server.pongs == _SMALL.clients + 2 * _SMALL.deliveries


def test_lines_split_anywhere_are_counted_once() -> None:
    def split(delivery: Delivery) -> Delivery:
        return [(member, text[i : i + 17]) for member, text in delivery for i in range(0, len(text), 17)]

    with fan_out_server(split) as server:
        assert _measure(server).deliveries == _SMALL.deliveries


def test_a_lost_delivery_fails_at_the_deadline() -> None:
    number = count(1)

    def lose_one(delivery: Delivery) -> Delivery:
        # The last member only reads, and is not the one that lets the senders go on.
        return delivery[:-1] if next(number) == 10 else delivery

    with (
        fan_out_server(lose_one) as server,
        pytest.raises(LoadError, match=r"at the deadline; .* 239 of 240 deliveries"),
    ):
        _measure(server, deadline_s=1)


def test_a_doubled_delivery_fails() -> None:
    number = count(1)

    def double_the_last(delivery: Delivery) -> Delivery:
        return delivery + delivery[-1:] if next(number) == _SENT else delivery

    with fan_out_server(double_the_last) as server, pytest.raises(LoadError, match="received 41 messages"):
        _measure(server)


def test_messages_out_of_order_fail() -> None:
    number = count()
    held: Delivery = []

    def swap_the_first_two(delivery: Delivery) -> Delivery:
        if next(number) == 0:
            held.extend(delivery)
            return []
        return delivery + [held.pop() for _ in range(len(held))]

    with (
        fan_out_server(swap_the_first_two) as server,
        pytest.raises(LoadError, match="message 1 arrived at the witness where 0 was due"),
    ):
        _measure(server, Workload("T", "test", rooms=1, members=3, senders=1, messages=20))


def test_a_refusal_is_told() -> None:
    def refuse(delivery: Delivery) -> Delivery:
        return [(member, b":here 404 t000 #t00 :Cannot send\r\n") for member, _ in delivery]

    with (
        fan_out_server(refuse) as server,
        pytest.raises(LoadError, match="refused; the server said: :here 404"),
    ):
        _measure(server)


def test_a_lost_connection_is_told_with_what_the_server_said() -> None:
    number = count()

    def hang_up(delivery: Delivery) -> Delivery:
        if next(number) == 0:
            member, _ = delivery[0]
            member.sendall(b"ERROR :SendQ exceeded\r\n")
            member.shutdown(socket.SHUT_WR)
        return []

    with (
        fan_out_server(hang_up) as server,
        pytest.raises(LoadError, match="closed by the server; the server said: ERROR :SendQ exceeded"),
    ):
        _measure(server)
