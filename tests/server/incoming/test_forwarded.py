"""Whose connection a proxy passes on, without sockets."""

from __future__ import annotations

import pytest

from chatcore.config import Config
from chatcore.server.incoming.arrival import Arrival
from chatcore.server.incoming.forwarded import take_forwarded
from chatcore.server.notice_board import TellOnce
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from chatcore.transport.http import parse_request
from tests.server.visiting import gate_of

_PROXY, _ANN = "127.0.0.1", "192.0.2.7"


def _arrival_after(*headers: str, trusted: tuple[str, ...] = (_PROXY,)) -> tuple[Arrival, list[str]]:
    """Return the arrival after a request with these headers over the proxy's TLS, and the operator's messages."""
    told: list[str] = []
    arrival = Arrival(Client(1, _PROXY, 4711, Credit(1)), 10.0)
    arrival.is_encrypted, arrival.channel_binding = True, b"of the proxy's TLS"
    gate = gate_of(Config(), trusted, told_of_proxies=TellOnce(told.append))
    head = "\r\n".join(("GET / HTTP/1.1", "Host: localhost", *headers))
    take_forwarded(arrival, parse_request(head.encode()), gate)
    return arrival, told


def test_without_forwarding_headers_nothing_changes() -> None:
    arrival, told = _arrival_after("User-Agent: x")
    assert (arrival.client.address, arrival.is_passed_on) == (f"{_PROXY}:4711", False)
    assert arrival.channel_binding is not None
    assert told == []


@pytest.mark.parametrize(
    ("said", "address"),
    [(_ANN, f"{_ANN}:4711"), (f"{_ANN}:5000", f"{_ANN}:5000"), (f"203.0.113.9, {_ANN}", f"{_ANN}:4711")],
)
def test_a_trusted_proxy_is_believed(said: str, address: str) -> None:
    arrival, told = _arrival_after(f"X-Forwarded-For: {said}")
    assert (arrival.client.address, arrival.is_passed_on, arrival.client.block) == (address, True, _ANN)
    assert arrival.channel_binding is None, "the client's TLS ends at the proxy"
    assert told == []


@pytest.mark.parametrize(("scheme", "is_encrypted"), [("https", True), ("http", False)])
def test_a_trusted_proxy_is_believed_about_encryption(scheme: str, is_encrypted: bool) -> None:
    arrival, _ = _arrival_after(f"X-Forwarded-For: {_ANN}", f"X-Forwarded-Proto: {scheme}")
    assert arrival.is_encrypted == is_encrypted


@pytest.mark.parametrize(
    "header",
    [
        *("X-Forwarded-For: unknown", "X-Forwarded: for=x", "X-Forwarded-Server: x", "X-Forwarded-Port: 80"),
        *("Via: 1.1 proxy", "X-Original-Host: x", "X-Real-IP: ::1", "True-Client-IP: ::1", "CF-Connecting-IP: ::1"),
    ],
)
def test_a_proxy_that_omits_the_address_is_reported(header: str) -> None:
    arrival, told = _arrival_after(header)
    assert (arrival.client.host, arrival.client.block) == (_PROXY, f"via-{_PROXY}")
    assert [_PROXY in text and "X-Forwarded-For" in text for text in told] == [True]


def test_an_untrusted_proxy_is_not_believed() -> None:
    arrival, told = _arrival_after(f"X-Forwarded-For: {_ANN}", "X-Forwarded-Proto: http", trusted=())
    assert (arrival.client.host, arrival.client.block, arrival.is_passed_on) == (_PROXY, f"via-{_PROXY}", True)
    assert arrival.is_encrypted
    assert ["--trusted-proxy" in text for text in told] == [True]
