"""The TLS policy for IRC clients, depending on their connection (https://ircv3.net/specs/extensions/sts)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from chatcore.config import Config
from chatcore.server.incoming.arrival import Arrival
from chatcore.server.incoming.sts import asks_for_capabilities, sts_line, sts_policy
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from chatcore.transport.tls_context import TlsIdentity
from tests.server.visiting import ELSEWHERE, gate_of

_CERTIFICATE = Path("chain.pem")
_DAY_S = 86_400


def _policy(
    host: str = ELSEWHERE,
    *,
    asked_for: str | None = None,
    at_proxy: bool = False,
    cert: Path = _CERTIFICATE,
    **settings: Any,
) -> str:
    """Return the policy for a client from `host`. With `asked_for`, it uses TLS and named that host in its hello."""
    arrival = Arrival(Client(1, host, 4711, Credit(1)), 10.0)
    arrival.is_encrypted = at_proxy or asked_for is not None
    if asked_for is not None:
        arrival.channel_binding, arrival.host_asked_for = b"end point", asked_for
    identity = cast("TlsIdentity", SimpleNamespace(names=("chat.example.org", "*.example.net")))
    return sts_policy(arrival, replace(gate_of(Config(tls_cert=cert, **settings)), identity=lambda: identity))


@pytest.mark.parametrize("asked_for", [None, "chat.example.org"])
def test_without_the_operators_certificate_there_is_no_policy(asked_for: str | None) -> None:
    assert _policy(asked_for=asked_for, cert=Path()) == ""


def test_a_plaintext_client_gets_the_tls_port() -> None:
    """> To enforce an STS upgrade policy, servers MUST send this key to insecurely connected clients."""
    assert _policy(sts_days=30) == "port=8000"
    assert _policy(sts_days=30, sts_port=6697) == "port=6697"


def test_an_encrypted_client_gets_the_duration() -> None:
    """> the number of seconds until the persistence policy expires"""
    assert _policy(asked_for="chat.example.org", sts_days=30) == f"duration={30 * _DAY_S}"


@pytest.mark.parametrize("asked_for", ["", "192.0.2.1", "irc.example.net", "example.org"])
def test_other_host_names_get_no_policy(asked_for: str) -> None:
    """> If no hostname has been provided for the connection, an STS persistence policy SHOULD NOT be advertised."""
    assert _policy(asked_for=asked_for, sts_days=1) == ""


def test_a_host_under_a_wildcard_can_be_named_in_web_hosts() -> None:
    told = _policy(asked_for="irc.example.net", sts_days=1, web_hosts=("IRC.example.net",))
    assert told == f"duration={_DAY_S}"


@pytest.mark.parametrize("asked_for", ["", "chat.example.org", "other.example"])
def test_when_sts_is_off_clients_forget_the_policy(asked_for: str) -> None:
    """> This value MAY be used by servers to remove a previously set policy."""
    assert _policy(asked_for=asked_for) == "duration=0"
    assert _policy() == ""


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_local_programs_get_no_policy(host: str) -> None:
    assert _policy(host, sts_days=30) == ""


def test_tls_that_ends_at_a_proxy_gets_no_policy() -> None:
    assert _policy(at_proxy=True, sts_days=30) == ""
    assert _policy(at_proxy=True) == ""


@pytest.mark.parametrize(
    ("data", "asks"),
    [
        (b"CAP LS 302\r\n", True),
        (b"cap ls :302\r\nNICK ann\r\n", True),
        (b"PASS tea\r\nCAP LS 307\r\n", True),
        (b"CAP LS\r\n", False),
        (b"CAP LS 301\r\n", False),
        (b"CAP LIST 302\r\n", False),
        (b"PRIVMSG x :CAP LS 302\r\n", False),
        (b"CAP LS 99999999999\r\n", False),
        (b"", False),
    ],
)
def test_clients_that_know_policies_ask_for_values(data: bytes, asks: bool) -> None:
    assert asks_for_capabilities(data) is asks


def test_a_refused_client_gets_the_policy_as_a_line() -> None:
    assert sts_line("port=6697", "tea.example") == b":tea.example CAP * LS :sts=port=6697\r\n"
