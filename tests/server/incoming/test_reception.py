"""Reception: counts connections by their real address, and gives few refused ones more than a line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from chatcore.config import Config, Limits
from chatcore.server.access.bans import Bans
from chatcore.server.access.doorkeeper import Doorkeeper
from chatcore.server.incoming.reception import REASONS, TOO_MANY_ON_THEIR_WAY, Reception
from chatcore.server.roster import Roster
from chatcore.state.admissions import Admission, Refusal
from chatcore.state.client import Client
from chatcore.state.credit import Credit

_PROXY, _ANN, _BOB = "127.0.0.1", "192.0.2.7", "2001:db8::7"
_FULL = Refusal("The tracker is full, try again later")
_HERE = Refusal("Too many connections from your address")


def _reception(folder: Path, **limits: int) -> Reception:
    config = Config(limits=replace(Limits(), **limits), trusted_proxies=(_PROXY,))
    doorkeeper = Doorkeeper(config.limits, lambda: 0.0, lambda address: None)
    return Reception(config, Bans(folder / "bans.json"), doorkeeper, Roster(), lambda: 0)


def _client(host: str) -> Client:
    return Client(1, host, 4711, Credit(1))


def _received(reception: Reception, client: Client) -> Admission:
    admission = reception.receive(client)
    assert isinstance(admission, Admission)
    return admission


def test_direct_connections_are_counted_by_address_at_once(tmp_path: Path) -> None:
    reception = _reception(tmp_path, max_clients_per_address=1)
    first, second = (_received(reception, _client(_ANN)) for _ in range(2))
    assert (first.address, first.refusal) == (_ANN, None)
    assert second.refusal == _HERE
    first.release()
    assert _received(reception, _client(_ANN)).refusal is None


def test_proxied_connections_are_counted_once_the_address_is_known(tmp_path: Path) -> None:
    reception = _reception(tmp_path, max_clients_per_address=1, connections_per_minute=2)
    for _ in range(5):
        assert _received(reception, _client(_PROXY)).address is None
    clients = [(client, _received(reception, client)) for client in (_client(_PROXY), _client(_PROXY))]
    for client, _ in clients:
        client.take_address(_BOB, 4711)
    assert [reception.admit(client, admission) for client, admission in clients] == [None, _HERE]
    assert [admission.address for _, admission in clients] == ["2001:db8::/64", None]
    assert reception.admit(*clients[0]) is None, "a connection must not be counted twice"
    clients[0][1].release()
    again = _client(_PROXY)
    admission = _received(reception, again)
    again.take_address(_BOB, 4712)
    refusal = reception.admit(again, admission)
    assert refusal is not None
    assert "Too many new connections" in refusal.words


def test_without_memory_no_connection_gets_a_thread(tmp_path: Path) -> None:
    reception = _reception(tmp_path)
    reception._has_memory = lambda: False
    assert reception.receive(_client(_ANN)) == _FULL
    assert len(reception._admissions) == 0
    reception._has_memory = lambda: True
    assert _received(reception, _client(_ANN)).refusal is None


def test_proxied_and_direct_connections_share_the_total_limit(tmp_path: Path) -> None:
    reception = _reception(tmp_path, max_clients=2)
    first, _ = (_received(reception, _client(host)) for host in (_PROXY, _ANN))
    assert _received(reception, _client(_PROXY)).refusal == _FULL
    first.release()
    first.release()
    assert _received(reception, _client(_PROXY)).refusal is None
    assert _received(reception, _client(_PROXY)).refusal == _FULL


def test_an_untrusted_proxy_does_not_use_up_local_limits(tmp_path: Path) -> None:
    reception = _reception(tmp_path, max_clients_per_address=3, connections_per_minute=20)
    refusals = []
    for _ in range(60):
        client = _client("127.0.0.9")
        admission = _received(reception, client)
        assert admission.refusal is None
        client.take_address("127.0.0.9", 4711, is_forwarded=True)
        refusals.append(reception.admit(client, admission))
        admission.release()
    assert refusals[-1] is not None
    assert _received(reception, _client("127.0.0.9")).refusal is None


def test_few_refused_connections_get_a_thread(tmp_path: Path) -> None:
    reception = _reception(tmp_path, max_clients=1)
    _received(reception, _client(_ANN))
    refused = [reception.receive(_client(_ANN)) for _ in range(6)]
    assert [isinstance(each, Admission) for each in refused] == [True] * 4 + [False] * 2
    assert refused[-1] == _FULL
    others = [reception.receive(_client(f"192.0.2.{number}")) for number in range(100, 120)]
    assert sum(isinstance(each, Admission) for each in others) == 12
    for each in (*refused, *others):
        if isinstance(each, Admission):
            each.release()
    assert isinstance(reception.receive(_client(_ANN)), Admission)


def test_handshakes_for_refused_connections_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatcore.server.incoming.reception.monotonic", lambda: 0.0)
    reception = _reception(tmp_path, max_clients=1)
    _received(reception, _client(_ANN))
    handshakes = 0
    while isinstance(admission := reception.receive(_client(_ANN)), Admission):
        handshakes += reception.may_shake_hands()
        admission.release()
    assert 30 <= handshakes <= 40
    assert admission == _FULL


def test_a_ban_is_a_permanent_refusal(tmp_path: Path) -> None:
    reception = _reception(tmp_path)
    reception._bans.add("192.0.2.0/24")
    refusal = _received(reception, _client(_ANN)).refusal
    assert refusal is not None
    assert refusal.is_for_good
    client = _client(_PROXY)
    admission = _received(reception, client)
    client.take_address(_ANN, 4711)
    assert reception.admit(client, admission) == refusal


def test_each_connection_is_counted_once_and_each_refusal_by_reason(tmp_path: Path) -> None:
    reception = _reception(
        tmp_path, max_clients=6, max_clients_per_address=1, connections_per_minute=3, max_unregistered=1
    )
    expected = reception.counts.read()

    def comes(host: str, reason: str) -> None:
        client = _client(host)
        admission = reception.receive(client)
        if isinstance(admission, Admission):
            reception.admit(client, admission)
        expected["accepted"] += 1
        if reason:
            expected[reason] += 1
        assert reception.counts.read() == expected

    comes(_ANN, "")
    comes(_ANN, "address")
    comes(_ANN, "address")
    comes(_ANN, "rate")
    reception._bans.add("192.0.2.99")
    comes("192.0.2.99", "ban")
    reception._count_clients = lambda: -20
    comes("192.0.2.8", "arriving")
    reception._count_clients = lambda: 0
    reception._doorkeeper = Doorkeeper(replace(Limits(), failures_before_ban=1), lambda: 0.0, lambda address: None)
    reception._doorkeeper.guess("192.0.2.9", lambda: False, lambda seconds: True)
    comes("192.0.2.9", "passwords")
    reception._bar = lambda: "in words"
    assert reception.bar(_client(_ANN)) == Refusal("in words", 5)
    expected["away"] += 1
    reception._bar = lambda: ""
    assert reception.bar(_client(_ANN)) is None
    comes(_PROXY, "")
    reception._has_memory = lambda: False
    comes(_BOB, "resources")
    reception._has_memory = lambda: True
    while (number := len(reception._admissions)) < 6:
        comes(f"198.51.100.{number}", "")
    comes(_PROXY, "full")
    assert set(expected) == {"accepted", *REASONS}
    assert all(expected.values())


def test_connections_still_arriving_are_limited(tmp_path: Path) -> None:
    """Nobody could give way: the counted connections have registered by now, or are refused."""
    reception = _reception(tmp_path, max_unregistered=1)
    reception._count_clients = lambda: -1
    assert _received(reception, _client(_ANN)).refusal == Refusal(TOO_MANY_ON_THEIR_WAY)
    reception._count_clients = lambda: 0
    assert _received(reception, _client(_ANN)).refusal is None


def test_a_further_request_counts_as_a_connection_of_its_sender(tmp_path: Path) -> None:
    reception = _reception(tmp_path, max_clients_per_address=1, connections_per_minute=3)
    client = _client(_PROXY)
    admission = _received(reception, client)
    client.take_address(_ANN, 4711)
    assert reception.admit(client, admission) is None
    assert reception.admit_again(client, admission) is None
    assert admission.address == _ANN
    client.take_address(_BOB, 4711)
    assert reception.admit_again(client, admission) is None
    assert admission.address == "2001:db8::/64"
    assert _received(reception, _client(_ANN)).refusal is None, "no connection of ann's may be counted any more"
    client.take_address(_ANN, 4711)
    refusal = reception.admit_again(client, admission)
    assert refusal is not None
    assert "Too many new connections" in refusal.words, "ann's earlier attempts must still be counted"
    assert reception.admit_again(client, admission) == refusal


def test_a_further_request_after_a_ban_is_refused(tmp_path: Path) -> None:
    reception = _reception(tmp_path)
    client = _client(_ANN)
    admission = _received(reception, client)
    assert reception.admit_again(client, admission) is None
    reception._bans.add(_ANN)
    refusal = reception.admit_again(client, admission)
    assert refusal is not None
    assert refusal.is_for_good
