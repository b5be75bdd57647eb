"""Listening sockets: both families on one port, and errors that an operator understands."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Iterator

import pytest

from chatcore.errors import ConfigError
from chatcore.protocol.names import address_block
from chatcore.transport import listening
from chatcore.transport.listening import addresses_for_others, bind_listeners, peer_of, places_for_others
from chatcore.transport.own_addresses import OwnAddress, Reach

Bind = Callable[[str, int], list[socket.socket]]


@pytest.fixture
def bind() -> Iterator[Bind]:
    """bind_listeners, whose sockets are closed afterwards."""
    bound: list[socket.socket] = []

    def bind_and_remember(host: str, port: int) -> list[socket.socket]:
        sockets = bind_listeners(host, port)
        bound.extend(sockets)
        return sockets

    yield bind_and_remember
    for sock in bound:
        sock.close()


def _port(sock: socket.socket) -> int:
    return int(sock.getsockname()[1])


def test_no_host_means_both_families_on_one_port(bind: Bind) -> None:
    sockets = bind("", 0)
    assert [sock.family for sock in sockets] == [socket.AF_INET, socket.AF_INET6]
    (port,) = {_port(sock) for sock in sockets}
    assert port > 0
    for host in ("127.0.0.1", "::1"):
        socket.create_connection((host, port), timeout=20).close()


@pytest.mark.parametrize(
    ("host", "family"),
    [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6), ("[::1]", socket.AF_INET6)],
)
def test_an_address_gives_one_socket(bind: Bind, host: str, family: int) -> None:
    (sock,) = bind(host, 0)
    assert sock.family == family
    assert sock.getsockname()[0] == host.strip("[]")


def test_a_name_listens_on_its_addresses_on_one_port(bind: Bind) -> None:
    sockets = bind("localhost", 0)
    assert {sock.getsockname()[0] for sock in sockets} <= {"127.0.0.1", "::1"}
    assert len({_port(sock) for sock in sockets}) == 1


def test_a_taken_port_is_reported_with_advice(bind: Bind) -> None:
    (taken,) = bind("127.0.0.1", 0)
    with pytest.raises(ConfigError) as refusal:
        bind("127.0.0.1", _port(taken))
    assert str(refusal.value) == (
        f"cannot listen on 127.0.0.1:{_port(taken)}: another program uses this port (choose one with --port)"
    )


def test_a_port_taken_in_one_family_is_not_bound_in_the_other(bind: Bind) -> None:
    """The leak check counts the descriptors that were open before the error."""
    (taken,) = bind("::1", 0)
    with pytest.raises(ConfigError, match=rf"cannot listen on \*:{_port(taken)}: another program"):
        bind("", _port(taken))
    (free_again,) = bind("127.0.0.1", _port(taken))
    assert _port(free_again) == _port(taken)


def test_a_port_can_be_reused_at_once(bind: Bind) -> None:
    """A connection that a previous listener has just ended does not occupy the port."""
    (first,) = bind("127.0.0.1", 0)
    port = _port(first)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        first.accept()[0].close()
        first.close()
        assert client.recv(1) == b""
    (again,) = bind("127.0.0.1", port)
    assert _port(again) == port


@pytest.mark.parametrize("failure", [socket.gaierror(socket.EAI_NONAME, "Name or service not known"), UnicodeError()])
def test_an_unknown_host_is_reported(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(ConfigError, match=r"^cannot listen on nowhere: no such address$"):
        bind_listeners("nowhere", 0)


def test_an_invalid_host_is_reported() -> None:
    with pytest.raises(ConfigError, match="no such address"):
        bind_listeners("a..b", 0)


def test_an_address_of_another_machine_is_reported() -> None:
    with pytest.raises(ConfigError, match=r"^cannot listen on 192\.0\.2\.1:8000: \w"):
        bind_listeners("192.0.2.1", 8000)
    with pytest.raises(ConfigError, match=r"^cannot listen on 2001:db8::1: \w"):
        bind_listeners("2001:db8::1", 8000)


class _NoIpv6(socket.socket):
    """A socket of a machine without IPv6."""

    def __init__(self, family: int, kind: int) -> None:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        super().__init__(family, kind)


def test_a_machine_without_ipv6_listens_on_ipv4(bind: Bind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", _NoIpv6)
    (sock,) = bind("", 0)
    assert sock.family == socket.AF_INET
    with pytest.raises(ConfigError, match="no IP here"):
        bind("::1", 0)


def test_a_lack_of_descriptors_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket, "socket", fail)
    with pytest.raises(ConfigError, match=r"^cannot listen on \*:8000: Too many open files$"):
        bind_listeners("", 8000)


@pytest.mark.parametrize(
    ("host", "mine", "named"),
    [
        ("", ["192.168.1.5", "fd00::5"], ["192.168.1.5", "fd00::5"]),
        ("0.0.0.0", ["192.168.1.5", "fd00::5"], ["192.168.1.5"]),
        ("::", ["192.168.1.5", "fd00::5"], ["fd00::5"]),
        ("[::]", ["192.168.1.5"], ["::1"]),
        ("0.0.0.0", ["fd00::5"], ["127.0.0.1"]),
        ("127.0.0.1", ["192.168.1.5"], ["127.0.0.1"]),
        ("[::1]", ["192.168.1.5"], ["::1"]),
        ("chat.example.org", ["192.168.1.5"], ["chat.example.org"]),
    ],
)
def test_addresses_for_others_are_those_listened_on(
    monkeypatch: pytest.MonkeyPatch, host: str, mine: list[str], named: list[str]
) -> None:
    monkeypatch.setattr(listening, "own_addresses", lambda: [OwnAddress(address) for address in mine])
    assert addresses_for_others(host) == named


def test_network_addresses_for_others_come_before_vpn_addresses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    near, far = OwnAddress("192.168.1.5"), OwnAddress("10.8.0.2", Reach.VPN, "wg0")
    monkeypatch.setattr(listening, "own_addresses", lambda: [near, far])
    assert places_for_others("") == [near, far]
    assert addresses_for_others("") == ["192.168.1.5"]
    monkeypatch.setattr(listening, "own_addresses", lambda: [far])
    assert addresses_for_others("0.0.0.0") == ["10.8.0.2"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "[::1]", "localhost"])
def test_loopback_hosts_are_recognized(host: str) -> None:
    assert places_for_others(host)[0].reach is Reach.MACHINE


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_peer_is_an_address_and_a_port(bind: Bind, host: str) -> None:
    (sock,) = bind(host, 0)
    with socket.create_connection(sock.getsockname()[:2], timeout=20) as client:
        accepted, _ = sock.accept()
        with accepted:
            assert peer_of(accepted) == (host, client.getsockname()[1])


@pytest.mark.parametrize(
    ("given", "shown"),
    [("::ffff:192.0.2.1", "192.0.2.1"), ("fe80::1%eth0", "fe80::1"), ("2001:db8::ffff:1", "2001:db8::ffff:1")]
    + [(odd, odd) for odd in ("::ffff:0:102:304", "64:ff9b::c000:201", "::ffff:0:0:1", "::192.0.2.1")],
)
def test_a_peer_is_shown_in_its_plain_form(given: str, shown: str) -> None:
    class Peer(socket.socket):
        def getpeername(self) -> tuple[str, int, int, int]:
            return given, 5, 0, 0

    with Peer() as sock:
        assert peer_of(sock) == (shown, 5)
    assert address_block(shown), "every address belongs to a block"


def test_a_disconnected_peer_is_an_error() -> None:
    with socket.socket() as sock, pytest.raises(OSError, match="not connected"):
        peer_of(sock)
