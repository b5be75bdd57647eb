"""This machine's addresses: which of them others can use, in which order, and how the system lists them."""

from __future__ import annotations

import ctypes
import errno
import ipaddress
import socket
import sys
from unittest.mock import Mock

import pytest

from chatcore.transport import own_addresses
from chatcore.transport.own_addresses import Found, OwnAddress, Reach, in_order, on_multicast

_UP = 0x1 | 0x40
_DOWN = 0x1  # like docker0 without containers: up, but not running
_LINE = _UP | 0x10


def _texts(own: list[OwnAddress]) -> list[str]:
    return [one.text for one in own]


def test_network_comes_before_vpn_and_vpn_before_containers() -> None:
    found = [
        Found("docker0", _UP, "172.17.0.1"),
        Found("wg0", _LINE, "10.8.0.2"),
        Found("eth1", _UP, "10.0.0.7"),
        Found("eth0", _UP, "192.168.1.5"),
    ]
    assert in_order(found, ["192.168.1.5"]) == [
        OwnAddress("192.168.1.5", Reach.NETWORK, "eth0"),
        OwnAddress("10.0.0.7", Reach.NETWORK, "eth1"),
        OwnAddress("10.8.0.2", Reach.VPN, "wg0"),
        OwnAddress("172.17.0.1", Reach.CONTAINERS, "docker0"),
    ]


def test_the_network_comes_first_even_if_traffic_uses_a_vpn() -> None:
    found = [Found("tun0", _LINE, "10.8.0.2"), Found("wlan0", _UP, "192.168.1.5")]
    assert _texts(in_order(found, ["10.8.0.2"])) == ["192.168.1.5", "10.8.0.2"]


@pytest.mark.parametrize(
    ("interface", "reach"),
    [
        ("eth0", Reach.NETWORK),
        ("enp3s0", Reach.NETWORK),
        ("wlp2s0", Reach.NETWORK),
        ("en0", Reach.NETWORK),
        ("br0", Reach.NETWORK),
        ("br-lan", Reach.NETWORK),
        ("bridge0", Reach.NETWORK),
        ("docker0", Reach.CONTAINERS),
        ("br-0123456789ab", Reach.CONTAINERS),
        ("veth12ab", Reach.CONTAINERS),
        ("virbr0", Reach.CONTAINERS),
        ("bridge100", Reach.CONTAINERS),
        ("podman0", Reach.CONTAINERS),
        ("tailscale0", Reach.VPN),
        ("wg0", Reach.VPN),
        ("tun0", Reach.VPN),
        ("utun4", Reach.VPN),
    ],
)
def test_an_interface_is_known_by_its_name(interface: str, reach: Reach) -> None:
    assert in_order([Found(interface, _UP, "10.1.2.3")], []) == [OwnAddress("10.1.2.3", reach, interface)]


@pytest.mark.parametrize(("address", "reach"), [("10.1.2.3", Reach.VPN), ("1.1.1.1", Reach.NETWORK)])
def test_a_point_to_point_line_is_a_vpn_unless_public(address: str, reach: Reach) -> None:
    assert in_order([Found("corp0", _LINE, address)], [])[0].reach is reach


def test_unusable_addresses_are_left_out() -> None:
    found = [
        Found("lo", _UP | 0x8, "127.0.0.1"),
        Found("docker0", _DOWN, "172.17.0.1"),
        Found("eth0", _UP, "fe80::1"),
        Found("eth0", _UP, "169.254.3.4"),
        Found("eth0", _UP, "192.168.1.5"),
    ]
    assert _texts(in_order(found, [])) == ["192.168.1.5"]


def test_the_preferred_address_per_interface_and_family_is_enough() -> None:
    found = [
        Found("eth0", _UP, "2001:db8::aaaa"),
        Found("eth0", _UP, "2001:db8::bbbb"),
        Found("eth0", _UP, "192.168.1.5"),
        Found("wlan0", _UP, "2001:db8::cccc"),
        Found("wlan0", _UP, "2001:db8::dddd"),
    ]
    preferred = ["192.168.1.5", "2001:db8::bbbb"]
    assert _texts(in_order(found, preferred)) == ["192.168.1.5", "2001:db8::bbbb", "2001:db8::cccc"]


def test_outgoing_addresses_are_known_without_a_list() -> None:
    assert in_order([], ["192.168.1.5", "fd00::5"]) == [OwnAddress("192.168.1.5"), OwnAddress("fd00::5")]


def test_a_machine_without_a_network_reaches_itself() -> None:
    assert in_order([Found("lo", _UP | 0x8, "127.0.0.1")], []) == [OwnAddress("127.0.0.1", Reach.MACHINE)]


def test_this_machine_has_addresses_that_others_can_use() -> None:
    addresses = [ipaddress.ip_address(one.text) for one in own_addresses.own_addresses()]
    assert addresses
    assert not any(address.is_unspecified for address in addresses)


def test_the_system_lists_the_loopback_addresses() -> None:
    assert "127.0.0.1" in [one.address for one in own_addresses._listed()]


def test_without_a_route_nothing_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoRoute(socket.socket):
        def connect(self, address: object) -> None:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")

    monkeypatch.setattr(socket, "socket", NoRoute)
    assert own_addresses._for_going_out() == []


class _Library:
    """A C library whose getifaddrs fails."""

    @staticmethod
    def getifaddrs(_: object) -> int:
        return -1

    @staticmethod
    def freeifaddrs(_: object) -> None:
        raise AssertionError("there is no list to free")


@pytest.mark.parametrize("library", [object(), _Library()])
def test_a_system_without_a_list_is_no_error(monkeypatch: pytest.MonkeyPatch, library: object) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    assert own_addresses._listed() == []


@pytest.mark.parametrize("has_length", [True, False])
@pytest.mark.parametrize(
    ("family", "length", "text", "offset"),
    [(socket.AF_INET, 16, "192.0.2.7", 4), (socket.AF_INET6, 28, "2001:db8::7", 8), (1, 16, None, 4)],
)
def test_an_address_is_read_as_linux_and_macos_write_it(
    family: int, length: int, text: str | None, offset: int, has_length: bool
) -> None:
    head = bytes([length, family]) if has_length else family.to_bytes(2, sys.byteorder)
    packed = socket.inet_pton(family, text) if text else b"/tmp"
    buffer = ctypes.create_string_buffer(head.ljust(offset, b"\0") + packed, 28)
    assert own_addresses._address(ctypes.addressof(buffer)) == text


def test_the_scope_in_a_macos_link_address_is_left_out() -> None:
    packed = bytes.fromhex("fe80000500000000") + b"\0" * 7 + b"\x07"
    buffer = ctypes.create_string_buffer(bytes([28, socket.AF_INET6]).ljust(8, b"\0") + packed, 28)
    assert own_addresses._address(ctypes.addressof(buffer)) == "fe80::7"


def test_multicast_uses_interfaces_that_support_it() -> None:
    speaks = _UP | own_addresses._MULTICAST
    found = [
        Found("lo", speaks | 0x8, "127.0.0.1"),
        Found("eth0", speaks, "192.168.1.5"),
        Found("eth0", speaks, "fe80::1"),
        Found("wlan0", speaks & ~_DOWN, "192.168.1.6"),
        Found("tun0", _LINE, "10.8.0.2"),
        Found("docker0", speaks, "172.17.0.1"),
    ]
    assert on_multicast(found, []) == [
        OwnAddress("192.168.1.5", Reach.NETWORK, "eth0"),
        OwnAddress("fe80::1", Reach.NETWORK, "eth0"),
        OwnAddress("172.17.0.1", Reach.CONTAINERS, "docker0"),
    ]


def test_multicast_without_a_list_uses_only_ipv4() -> None:
    assert on_multicast([], ["192.168.1.5", "fd00::5"]) == [OwnAddress("192.168.1.5")]


def test_interfaces_have_indexes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert own_addresses.interface_indexes() == {name: index for index, name in socket.if_nameindex()}
    monkeypatch.setattr(socket, "if_nameindex", Mock(side_effect=OSError(errno.EAFNOSUPPORT, "no netlink")))
    assert own_addresses.interface_indexes() == {}
