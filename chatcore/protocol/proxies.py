"""Trusted proxies, and whose connections they say they forward (X-Forwarded-For)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import NamedTuple

from chatcore.protocol.names import parse_address

FORWARDED_FOR, FORWARDED_PROTO = "x-forwarded-for", "x-forwarded-proto"
_FORWARDING = re.compile(r"(?:x-)?forwarded(?:-.*)?|via|x-original-.*|.*-(?:client|connecting|real)-ip")
_ENCRYPTED_SCHEMES = ("https", "wss")
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Forwarded(NamedTuple):
    """What trusted proxies say about a request."""

    host: str
    port: int  # 0 if unknown
    is_known: bool  # False if the proxy does not name the sender
    is_encrypted: bool | None  # None if unknown


def shows_forwarding(header: str) -> bool:
    """Return whether a header (name in lower case) shows that a request was forwarded."""
    return _FORWARDING.fullmatch(header) is not None


def plain_host(text: str) -> str | None:
    """Return an IP address in its usual form, IPv4 inside IPv6 as IPv4; None if `text` is not an address."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return str((address.version == 6 and address.ipv4_mapped) or address)


class TrustedProxies:
    """The addresses that may speak for other addresses. Any thread."""

    def __init__(self, networks: Iterable[str]) -> None:
        """Take addresses and networks in the form of the configuration."""
        self._networks = tuple(map(_network, networks))

    def __contains__(self, host: str) -> bool:
        """Return whether a peer is a trusted proxy."""
        return bool(self._networks) and any(ipaddress.ip_address(host) in network for network in self._networks)

    def whose(self, peer: str, forwarded_for: str, forwarded_proto: str) -> Forwarded:
        """Return who sent a request that the trusted `peer` passed on.

        The other two parameters are header values: lists with an entry for each hop, or '' without the header.
        Addresses are read from the right, past trusted proxies, up to the first that is not one. An entry that is not
        an address ends this a hop earlier.
        """
        host, port, is_known, count = peer, 0, False, 0
        for text in reversed(_entries(forwarded_for)):
            hop = _parse_hop(text)
            is_known = hop is not None
            if hop is None:
                break
            host, port = hop
            count += 1
            if host not in self:
                break
        schemes = _entries(forwarded_proto)
        # Each proxy may have added an entry, or one proxy has set the header.
        scheme = schemes[max(0, len(schemes) - max(1, count))].lower() if schemes else ""
        return Forwarded(host, port, is_known, scheme in _ENCRYPTED_SCHEMES if scheme else None)


def _network(text: str) -> Network:
    network = ipaddress.ip_network(text, strict=False)
    if network.version == 6 and network.subnet_of(_MAPPED):
        return ipaddress.IPv4Network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96))
    return network


def _entries(value: str) -> list[str]:
    """Return the members of a comma-separated list (RFC 9110, section 5.6.1)."""
    return [entry for text in value.split(",") if (entry := text.strip())]


def _parse_hop(text: str) -> tuple[str, int] | None:
    """Return the address of `ip`, `ip:port`, `[ipv6]` or `[ipv6]:port`, and the port or 0."""
    bare, port = parse_address(text) or (text, 0)
    if port == 0 and bare.startswith("[") and bare.endswith("]"):
        bare = bare[1:-1]
    host = plain_host(bare)
    return (host, port) if host else None
