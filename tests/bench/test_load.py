"""bench/load.c: it counts exactly, and fails when anything is lost, doubled, out of order or refused."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from bench import load
from bench.figures import Figures
from bench.load import compiled, measure
from bench.member import LoadError
from bench.workloads import Workload
from tests.bench.fan_out import Delivery, FanOutServer, fan_out_server

_SMALL = Workload("T", "test", rooms=2, members=4, senders=2, messages=20, window=3)
_TINY = Workload("T", "test", rooms=1, members=3, senders=1, messages=20)


def _measure(server: FanOutServer, workload: Workload = _SMALL, deadline_s: int = 30) -> Figures:
    return measure(server.listener.getsockname(), workload, prefix="t", deadline_s=deadline_s)


@pytest.mark.parametrize("per_s", [0, 2_000], ids=["closed", "open"])
def test_a_faultless_server_is_measured(per_s: float) -> None:
    with fan_out_server() as server:
        figures = _measure(server, replace(_SMALL, per_s=per_s))
    assert figures["deliveries"] == _SMALL.deliveries
    assert figures["seconds"] > 0
    assert 0 < figures["p50_ms"] <= figures["p90_ms"] <= figures["p99_ms"]
    assert 0 < figures["load_busy"] <= 1
    assert figures["cpu_us"] == 0, "no server process was given"


def test_several_ports_are_used_and_each_process_is_measured() -> None:
    with fan_out_server() as server:
        host, port = server.listener.getsockname()
        figures = measure((host, port), _SMALL, more_ports=[port], process=os.getpid(), more_processes=[os.getppid()])
    assert figures["deliveries"] == _SMALL.deliveries
    assert figures["cpu_us"] == pytest.approx(figures["cpu_us_1"] + figures["cpu_us_2"], abs=0.01)
    assert figures["cpu_us_1"] > 0, "the server runs in this process"


def test_a_further_port_that_refuses_connections_fails() -> None:
    with fan_out_server() as server, pytest.raises(LoadError, match="client b00002 in #b000: cannot connect"):
        measure(server.listener.getsockname(), _SMALL, more_ports=[1])


def test_every_ping_of_the_server_is_answered() -> None:
    with fan_out_server() as server:
        _measure(server)
        assert server.pongs == _SMALL.clients


def test_other_lines_are_not_counted_and_pings_among_them_are_answered() -> None:
    def surround(delivery: Delivery) -> Delivery:
        other = b"PING :more\r\n:ann!~b@host JOIN #room\r\n"
        return [(member, other + text + other) for member, text in delivery]

    with fan_out_server(surround) as server:
        assert _measure(server)["deliveries"] == _SMALL.deliveries
        assert server.pongs == _SMALL.clients + 2 * _SMALL.deliveries


def test_lines_split_anywhere_are_counted_once() -> None:
    def split(delivery: Delivery) -> Delivery:
        return [(member, text[i : i + 17]) for member, text in delivery for i in range(0, len(text), 17)]

    with fan_out_server(split) as server:
        assert _measure(server)["deliveries"] == _SMALL.deliveries


def test_losing_the_last_delivery_fails_at_the_deadline() -> None:
    number = count(1)

    def lose_the_last(delivery: Delivery) -> Delivery:
        # The last member only reads, and is not the witness that lets the senders go on.
        return delivery[:-1] if next(number) == _SMALL.rooms * _SMALL.senders * _SMALL.messages else delivery

    with fan_out_server(lose_the_last) as server, pytest.raises(LoadError, match="239 of 240 deliveries") as failure:
        _measure(server, deadline_s=2)
    assert "client t00006 in #t000: " in str(failure.value) or "client t00007 in #t001: " in str(failure.value)
    assert "still waiting for all deliveries after 2 s: received 39 of 40 messages" in str(failure.value)


def test_a_lost_delivery_is_noticed_at_the_next_one() -> None:
    number = count(1)

    def lose_one(delivery: Delivery) -> Delivery:
        return delivery[:-1] if next(number) == 10 else delivery

    with (
        fan_out_server(lose_one) as server,
        pytest.raises(LoadError, match=r"client t00002 in #t000: message 10 of sender 0 arrived where 9 was due"),
    ):
        _measure(server, _TINY)


def test_a_doubled_delivery_fails() -> None:
    number = count(1)

    def double_the_last(delivery: Delivery) -> Delivery:
        return delivery + delivery[-1:] if next(number) == _TINY.messages else delivery

    with (
        fan_out_server(double_the_last) as server,
        pytest.raises(LoadError, match="client t00002 in #t000: message 19 of sender 0 arrived where 20 was due"),
    ):
        _measure(server, _TINY)


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
        pytest.raises(LoadError, match="message 1 of sender 0 arrived where 0 was due"),
    ):
        _measure(server, replace(_TINY, window=3))


def test_a_message_from_an_unknown_sender_fails() -> None:
    def change_the_sender(delivery: Delivery) -> Delivery:
        return [(member, text.replace(b" 00000 ", b" 00007 ")) for member, text in delivery]

    with fan_out_server(change_the_sender) as server, pytest.raises(LoadError, match="a message of a stranger"):
        _measure(server, _TINY)


def test_a_refusal_is_reported() -> None:
    def refuse(delivery: Delivery) -> Delivery:
        return [(member, b":here 404 t000 #t00 :Cannot send\r\n") for member, _ in delivery]

    with fan_out_server(refuse) as server, pytest.raises(LoadError, match="refused; the server said: :here 404"):
        _measure(server)


@pytest.mark.parametrize(
    ("last", "told"),
    [(b"ERROR :SendQ exceeded\r\n", "the server said: ERROR :SendQ exceeded"), (b"", "connection closed")],
)
def test_a_lost_connection_is_reported(last: bytes, told: str) -> None:
    number = count()

    def hang_up(delivery: Delivery) -> Delivery:
        if next(number) == 0:
            member, _ = delivery[0]
            member.sendall(last)
            member.shutdown(socket.SHUT_WR)
        return []

    with fan_out_server(hang_up) as server, pytest.raises(LoadError, match=told):
        _measure(server)


def test_a_refused_connection_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = closed.getsockname()
    with pytest.raises(LoadError, match="client b00000 in #b000: cannot connect: Connection refused"):
        measure(address, _TINY)


@pytest.mark.thorough
def test_a_failed_compilation_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(load, "_BUILT", tmp_path / "build")
    with pytest.raises(LoadError, match="-lnosuchlibrary"):
        compiled("load", "-lnosuchlibrary")
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(LoadError, match="needs a C compiler"):
        compiled("load")


def test_a_program_is_compiled_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(load, "_BUILT", tmp_path)
    program = compiled("ceiling")
    monkeypatch.setenv("CC", "no-such-compiler")
    assert compiled("ceiling") == program
