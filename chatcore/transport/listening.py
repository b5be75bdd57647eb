"""Listening sockets: one for each address family, and their addresses in words."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket
from collections.abc import Iterable

from chatcore.errors import ConfigError
from chatcore.protocol.names import format_address, is_loopback
from chatcore.transport.own_addresses import OwnAddress, Reach, own_addresses

_BACKLOG = 1024
_EVERY_INTERFACE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""The wildcard address of each family, with its loopback address for a machine that has no other."""


def bind_listeners(host: str, port: int) -> list[socket.socket]:
    """Bind and listen at `host:port`; an empty host means every interface, IPv4 and IPv6.

    Port 0 picks a free port, the same for both families. Raises ConfigError, worded for the operator.
    """
    families = [(socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")] if not host else _resolve(host, port)
    sockets: list[socket.socket] = []
    try:
        for family, address in families:
            bound = _bind(family, address, port)
            if bound is not None:
                sockets.append(bound)
                port = bound.getsockname()[1]
    except OSError as error:
        for bound in sockets:
            bound.close()
        raise ConfigError(_why_not(host, port, error)) from error
    if not sockets:
        raise ConfigError(f"cannot listen on {host or 'any interface'}: no IP here")
    return sockets


def bind_all(addresses: Iterable[tuple[str, int]]) -> list[socket.socket]:
    """Bind and listen at all of these addresses, or at none if one fails. Raises ConfigError."""
    with contextlib.ExitStack() as undo:
        sockets = [undo.enter_context(sock) for host, port in addresses for sock in bind_listeners(host, port)]
        undo.pop_all()
    return sockets


def addresses_for_others(host: str) -> list[str]:
    """Return the addresses at which others reach `host`: its network addresses if it has any."""
    places = places_for_others(host)
    return [place.text for place in places if place.reach is Reach.NETWORK] or [places[0].text]


def places_for_others(host: str) -> list[OwnAddress]:
    """Return the addresses of `host` and who can reach them; for a wildcard, all addresses of this machine."""
    host = host.strip("[]")
    if not host:
        return own_addresses()
    if host in _EVERY_INTERFACE:
        of_family = [own for own in own_addresses() if (":" in own.text) == (":" in host)]
        return of_family or [OwnAddress(_EVERY_INTERFACE[host], Reach.MACHINE)]
    is_here = host == "localhost" or is_loopback(host)
    return [OwnAddress(host, Reach.MACHINE if is_here else Reach.NETWORK)]


def peer_of(sock: socket.socket) -> tuple[str, int]:
    """Return a connection's peer address; IPv4 over IPv6 is given as IPv4. Raises OSError."""
    host, port = sock.getpeername()[:2]
    host = host.partition("%")[0]
    mapped = ipaddress.IPv6Address(host).ipv4_mapped if ":" in host else None
    return str(mapped or host), port


def _resolve(host: str, port: int) -> list[tuple[int, str]]:
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"cannot listen on {host}: no such address") from error
    return list(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found))


def _bind(family: int, address: str, port: int) -> socket.socket | None:
    """Return a listening socket, or None if the machine lacks the address family."""
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        if error.errno == errno.EAFNOSUPPORT:
            return None
        raise
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address, port))
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        if family == socket.AF_INET6 and error.errno == errno.EADDRNOTAVAIL:
            return None
        raise
    return sock


def _why_not(host: str, port: int, error: OSError) -> str:
    where = format_address(host.strip("[]") or "*", port)
    if error.errno == errno.EADDRINUSE:
        return f"cannot listen on {where}: another program uses this port (choose one with --port)"
    return f"cannot listen on {where}: {error.strerror}"
