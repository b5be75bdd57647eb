"""Which addresses and port are announced, and through which interfaces."""

from __future__ import annotations

import pytest

from chatcore.server.nearby.announcement import announcement
from chatcore.transport.own_addresses import OwnAddress, Reach

_OWN = [
    OwnAddress("fe80::5", Reach.NETWORK, "eth0"),
    OwnAddress("192.168.1.5", Reach.NETWORK, "eth0"),
    OwnAddress("2001:db8::5", Reach.NETWORK, "eth0"),
    OwnAddress("2001:db8::77", Reach.NETWORK, "eth0"),
    OwnAddress("192.168.1.6", Reach.NETWORK, "wlan0"),
    OwnAddress("10.8.0.2", Reach.VPN, "wg0"),
    OwnAddress("172.17.0.1", Reach.CONTAINERS, "docker0"),
]
_USED = ["192.168.1.5", "2001:db8::5"]
_INDEXES = {"lo": 1, "eth0": 2, "wlan0": 3, "wg0": 4}
_EVERYWHERE = [("0.0.0.0", 8000), ("::", 8000)]
_FOUND_IN_ALL = ("192.168.1.5", "192.168.1.6", "fe80::5", "2001:db8::5")


@pytest.mark.parametrize(
    ("bound", "port", "addresses", "interfaces"),
    [
        (_EVERYWHERE, 8000, _FOUND_IN_ALL, {"192.168.1.5", "192.168.1.6", 2}),
        ([("0.0.0.0", 8000)], 8000, ("192.168.1.5", "192.168.1.6"), {"192.168.1.5", "192.168.1.6"}),
        ([("::", 8000)], 8000, ("fe80::5", "2001:db8::5"), {2}),
        ([("192.168.1.5", 9000)], 9000, ("192.168.1.5",), {"192.168.1.5"}),
        ([("2001:db8:0::77", 9000)], 9000, ("2001:db8::77",), {2}),
        ([("fe80::5%eth0", 9000)], 9000, ("fe80::5",), {2}),
        ([("10.8.0.2", 8000)], 8000, ("10.8.0.2",), {"10.8.0.2"}),
        ([("172.17.0.1", 8000)], 8000, ("172.17.0.1",), {"172.17.0.1"}),
        ([("127.0.0.1", 8000), ("192.168.1.6", 9000)], 9000, ("192.168.1.6",), {"192.168.1.6"}),
        ([("192.168.1.5", 8000), ("192.168.1.6", 9000)], 8000, ("192.168.1.5",), {"192.168.1.5"}),
    ],
)
def test_the_announcement_has_the_reachable_addresses(
    bound: list[tuple[str, int]], port: int, addresses: tuple[str, ...], interfaces: set[str | int]
) -> None:
    told = announcement("AB", bound, _OWN, _USED, _INDEXES)
    assert told is not None
    assert (told.pin, told.port, told.addresses, set(told.interfaces)) == ("AB", port, addresses, interfaces)
    assert len(told.interfaces) == len(interfaces)


@pytest.mark.parametrize("bound", [[("127.0.0.1", 8000)], [("::1", 8000)], [("203.0.113.9", 8000)], []])
def test_an_unreachable_tracker_is_not_announced(bound: list[tuple[str, int]]) -> None:
    assert announcement("AB", bound, _OWN, _USED, _INDEXES) is None


def test_a_machine_without_a_network_announces_nothing() -> None:
    assert announcement("AB", _EVERYWHERE, _OWN[5:], [], _INDEXES) is None
    assert announcement("AB", _EVERYWHERE, [], [], {}) is None


def test_addresses_stand_for_unnamed_interfaces() -> None:
    told = announcement("AB", _EVERYWHERE, [OwnAddress("192.168.1.5"), OwnAddress("10.0.0.5")], [], {})
    assert told is not None
    assert told.interfaces == ("192.168.1.5", "10.0.0.5")
    assert told.places == ["192.168.1.5:8000", "10.0.0.5:8000"]
