"""This machine's addresses and who can use each of them; those on its network come first.

Nothing is sent: the system is asked for its interfaces, and for the address it would use to go out.
"""

from __future__ import annotations

import contextlib
import ctypes
import ipaddress
import os
import re
import socket
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

_UNUSED_ADDRESSES = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))  # RFC 5737, RFC 3849
_CONTAINERS = re.compile(
    r"docker|br-[0-9a-f]{12}$|veth|virbr|podman|cni|flannel|cali|lxc|lxd|incus|vmnet|vboxnet|bridge1\d\d$"
)
_VPN = re.compile(r"tailscale|wg|tun|tap|utun|ipsec|zt|nordlynx|mullvad|proton")
_UP, _LOOPBACK, _POINT_TO_POINT, _RUNNING = 0x1, 0x8, 0x10, 0x40  # IFF_..., the same on Linux and macOS
_MULTICAST = 0x8000 if sys.platform == "darwin" else 0x1000
_LINK_LOCAL = b"\xfe\x80"


class Reach(IntEnum):
    """Who can use an address, in the order in which addresses are listed."""

    NETWORK = 0
    VPN = 1
    CONTAINERS = 2
    MACHINE = 3


class OwnAddress(NamedTuple):
    """One address of this machine."""

    text: str
    reach: Reach = Reach.NETWORK
    interface: str = ""


class Found(NamedTuple):
    """An address as the system lists it."""

    interface: str
    flags: int
    address: str


def own_addresses() -> list[OwnAddress]:
    """Return the addresses at which this machine can be reached; the loopback address if it has no other."""
    return in_order(_listed(), _for_going_out())


def multicast_addresses() -> list[OwnAddress]:
    """Return all addresses of this machine on interfaces where others hear what it sends to a group (RFC 1112)."""
    return on_multicast(_listed(), _for_going_out())


def interface_indexes() -> dict[str, int]:
    """Return the number of each interface by its name; nothing if the system refuses, as it does to some services."""
    with contextlib.suppress(OSError):
        return {name: index for index, name in socket.if_nameindex()}
    return {}


def multicast_interfaces(own: Iterable[OwnAddress], indexes: Mapping[str, int]) -> tuple[str | int, ...]:
    """Return the interfaces on which to send to a group: an IPv4 address of each, and the number of each with IPv6.

    `own` are the interfaces' addresses, `indexes` their numbers by name; one without a number is not used for IPv6.
    """
    chosen: dict[tuple[str, bool], str | int] = {}
    for one in own:
        if ":" not in one.text:
            chosen.setdefault((one.interface or one.text, False), one.text)
        elif one.interface in indexes:
            chosen.setdefault((one.interface, True), indexes[one.interface])
    return tuple(chosen.values())


def on_multicast(found: Sequence[Found], preferred: Sequence[str]) -> list[OwnAddress]:
    """Return the addresses of interfaces that are up and have multicast, including link-local ones.

    If the system lists none, as some services may not see them, return the IPv4 addresses with which it goes out.
    """
    if not found:
        return [OwnAddress(address) for address in preferred if ":" not in address]
    usable = (one for one in found if _is_running(one) and one.flags & _MULTICAST)
    return [OwnAddress(one.address, _reach(one), one.interface) for one in usable]


def in_order(found: Sequence[Found], preferred: Sequence[str]) -> list[OwnAddress]:
    """Return the addresses of interfaces that are up; those with which the system goes out (`preferred`) come first.

    An interface has many IPv6 addresses, which change from day to day: of each interface only its first address and the
    preferred ones are kept.
    """
    own = [OwnAddress(one.address, _reach(one), one.interface) for one in found if _is_usable(one)]
    listed = {one.text for one in own}
    own += [OwnAddress(address) for address in preferred if address not in listed]
    own.sort(key=lambda one: (one.reach, one.text not in preferred, ":" in one.text))  # otherwise as they were
    return list(_without_spares(own, preferred)) or [OwnAddress("127.0.0.1", Reach.MACHINE)]


def _without_spares(own: Iterable[OwnAddress], preferred: Sequence[str]) -> Iterator[OwnAddress]:
    served = set()
    for one in own:
        if one.text in preferred or one.interface not in served:
            served.add(one.interface)
            yield one


def _is_usable(found: Found) -> bool:
    return _is_running(found) and not ipaddress.ip_address(found.address).is_link_local


def _is_running(found: Found) -> bool:
    return found.flags & (_UP | _RUNNING) == _UP | _RUNNING and not found.flags & _LOOPBACK


def _reach(found: Found) -> Reach:
    if _CONTAINERS.match(found.interface):
        return Reach.CONTAINERS
    is_private_line = found.flags & _POINT_TO_POINT and not ipaddress.ip_address(found.address).is_global
    return Reach.VPN if is_private_line or _VPN.match(found.interface) else Reach.NETWORK


def _for_going_out() -> list[str]:
    """Return the address of each family that the kernel would use to go out."""
    found = []
    for family, target in _UNUSED_ADDRESSES:
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((target, 9))
            found.append(probe.getsockname()[0].partition("%")[0])
    return found


class _IfAddrs(ctypes.Structure):
    """The beginning of struct ifaddrs, which is the same on Linux and macOS."""


_IfAddrs._fields_ = [
    ("next", ctypes.POINTER(_IfAddrs)),
    ("name", ctypes.c_char_p),
    ("flags", ctypes.c_uint),
    ("address", ctypes.c_void_p),
]


def _listed() -> list[Found]:
    """Return what getifaddrs(3) lists; nothing if the call is missing or fails."""
    try:
        library = ctypes.CDLL(None)
        get, free = library.getifaddrs, library.freeifaddrs
    except (AttributeError, OSError, TypeError):
        return []
    first = ctypes.POINTER(_IfAddrs)()
    if get(ctypes.byref(first)) != 0:
        return []
    try:
        return list(_walk(first))
    finally:
        free(first)


def _walk(entry: ctypes._Pointer[_IfAddrs]) -> Iterator[Found]:
    while entry:  # type: ignore[truthy-bool]  # a null pointer is false
        one = entry.contents
        address = _address(one.address) if one.address else None
        if address is not None:
            yield Found(os.fsdecode(one.name), one.flags, address)
        entry = one.next


def _address(sockaddr: int) -> str | None:
    """Return the IP address in a struct sockaddr; None for any other family."""
    head = ctypes.string_at(sockaddr, 2)
    family = head[1] if head[0] in (16, 28) else int.from_bytes(head, sys.byteorder)  # macOS puts the length first
    if family == socket.AF_INET:
        return socket.inet_ntop(socket.AF_INET, ctypes.string_at(sockaddr + 4, 4))
    if family == socket.AF_INET6:
        packed = ctypes.string_at(sockaddr + 8, 16)
        if packed.startswith(_LINK_LOCAL):
            packed = _LINK_LOCAL + bytes(6) + packed[8:]  # macOS embeds the interface number
        return socket.inet_ntop(socket.AF_INET6, packed)
    return None
