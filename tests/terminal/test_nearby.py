"""Looking for chats nearby: what is found, and what strangers can do to a listener. The network is loopback."""

from __future__ import annotations

import errno
import ipaddress
import queue
import socket
import struct
import sys
from collections.abc import Iterator
from secrets import token_hex
from unittest.mock import Mock

import pytest
import zeroconf

from chatcore.terminal import nearby
from chatcore.terminal.nearby import Found, Nearby, usable
from chatcore.transport.own_addresses import OwnAddress, Reach
from tests.support.nearby import DEADLINE_S, LOOPBACK, announced

_NETWORKS = [ipaddress.ip_network("192.168.1.0/24"), ipaddress.ip_network("2001:db8::/64")]


class Listening(Nearby):
    """Records the trackers found, only those of this test: others use the same network."""

    def __init__(self) -> None:
        self.found: queue.SimpleQueue[Found] = queue.SimpleQueue()
        super().__init__(self.found.put)

    def wait_for(self, pin: str) -> Found:
        while (found := self.found.get(timeout=DEADLINE_S)).pin != pin:
            pass
        return found


@pytest.fixture(autouse=True)
def in_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    own = [OwnAddress(LOOPBACK, Reach.NETWORK, "lo"), OwnAddress("172.17.0.1", Reach.CONTAINERS, "docker0")]
    monkeypatch.setattr(nearby, "multicast_addresses", lambda: own)


@pytest.fixture
def listening() -> Iterator[Listening]:
    with Listening() as listening:
        yield listening
    listening.thread.join(DEADLINE_S)
    assert not listening.thread.is_alive()


def _pin() -> str:
    return token_hex(32).upper()


def test_trackers_announced_before_and_after_the_start_are_found() -> None:
    before, after = _pin(), _pin()
    with announced(before, 8000), Listening() as listening:
        assert listening.wait_for(before) == Found(before, 8000, (LOOPBACK,))
        with announced(after, 9000, ["203.0.113.9", "127.0.0.7", "224.0.0.9", "fe80::1"]):
            assert listening.wait_for(after) == Found(after, 9000, ("127.0.0.7",))
    listening.thread.join(DEADLINE_S)


@pytest.mark.thorough
def test_unreachable_or_keyless_trackers_are_not_found(listening: Listening) -> None:
    pin, last = _pin(), _pin()
    with (
        announced(pin, 0),
        announced(pin, 8000, ["203.0.113.9"]),
        announced("no pin", 8000),
        announced(last, 8000),
    ):
        listening.wait_for(last)
    while not listening.found.empty():
        assert listening.found.get().pin not in (pin, "no pin")


def _pointer(label: bytes) -> bytes:
    """Return a multicast DNS response that names one service without any details."""

    def name(*labels: bytes) -> bytes:
        return b"".join(bytes([len(each)]) + each for each in labels) + b"\0"

    of_type = (b"_chatcore", b"_tcp", b"local")
    target = name(label, *of_type)
    record = name(*of_type) + struct.pack("!HHIH", 12, 1, 4500, len(target)) + target
    return struct.pack("!HHHHHH", 0, 0x8400, 0, 1, 0, 0) + record


def _send(*packets: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK))
        for packet in packets:
            sock.sendto(packet, ("224.0.0.251", 5353))


def test_a_name_refused_by_the_library_does_not_stop_listening(listening: Listening) -> None:
    first, last = _pin(), _pin()
    with announced(first, 8000):
        listening.wait_for(first)  # now it is listening
        left = listening._heard_left
        _send(_pointer(b"\x1b[31mred\x07"), b"\xff" * 100, b"")
        with announced(last, 8000):
            listening.wait_for(last)
        assert listening._heard_left < left - 1  # it has heard those packets, too


def test_listening_ends_after_enough_announcements(listening: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    pin = _pin()
    with announced(pin, 8000):
        listening.wait_for(pin)
        listening._heard_left = 3
        _send(*(_pointer(f"{pin[:8]}-{number}".encode()) for number in range(8)))
        listening.thread.join(DEADLINE_S)
        assert not listening.thread.is_alive()


@pytest.mark.parametrize("missing", ["the library", "a network", "the port"])
def test_a_missing_prerequisite_is_not_an_error(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    if missing == "the library":
        monkeypatch.setitem(sys.modules, "zeroconf", None)
    elif missing == "a network":
        monkeypatch.setattr(nearby, "multicast_addresses", list)
    else:
        monkeypatch.setattr(zeroconf, "Zeroconf", Mock(side_effect=OSError(errno.EADDRINUSE, "in use")))
    with Listening() as listening:
        listening.thread.join(DEADLINE_S)
        assert not listening.thread.is_alive()


@pytest.mark.parametrize(
    ("addresses", "hosts"),
    [
        (["192.168.1.9", "2001:db8::9"], ("192.168.1.9", "2001:db8::9")),
        (["2001:db8::9", "192.168.1.9", "192.168.1.9"], ("192.168.1.9", "2001:db8::9")),
        (["192.168.2.9", "10.0.0.1", "127.0.0.1", "::1", "8.8.8.8", "2001:db9::1"], ()),
        (["0.0.0.0", "255.255.255.255", "224.0.0.251", "::", "ff02::fb", "::ffff:192.168.1.9"], ()),
        (["fe80::9"], ()),
        (["fe80::9%1", "192.168.1.9"], ("192.168.1.9", f"fe80::9%{socket.if_indextoname(1)}")),
        (["fe80::9%99999"], ("fe80::9%99999",)),
        (["\x1b[2J", "", "192.168.1", "192.168.1.9 "], ()),
        ([*["10.0.0.1"] * 16, "192.168.1.9"], ()),
    ],
)
def test_only_nearby_addresses_are_usable(addresses: list[str], hosts: tuple[str, ...]) -> None:
    assert usable(addresses, _NETWORKS) == hosts
