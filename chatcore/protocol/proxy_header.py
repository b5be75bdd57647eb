"""The PROXY protocol: a proxy first says whose connection it forwards.

Versions 1 and 2 of https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt. Of version 2's additions (TLVs), only
the one about TLS is read.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import NamedTuple

from chatcore.errors import ProtocolError
from chatcore.protocol.proxies import plain_host

MAX_LINE_BYTES = 107  # version 1, with CR LF
MAX_HEADER_BYTES = 1024  # version 2, with its additions

_LINE_START = b"PROXY "
_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_FIXED_BYTES = 16
_LINE = re.compile(rb"PROXY (TCP4|TCP6) ([0-9A-Fa-f:.]+) ([0-9A-Fa-f:.]+) (0|[1-9][0-9]{0,4}) (0|[1-9][0-9]{0,4})")
_UNKNOWN = re.compile(rb"PROXY UNKNOWN( [^\r\n]*)?")
_LOCAL, _PROXY = 0x20, 0x21  # version and command
_TCP4, _TCP6 = 0x11, 0x21
_ADDRESS_BYTES = {_TCP4: (4, 12), _TCP6: (16, 36)}  # of one address, and of both with their ports
_TYPE_SSL, _CLIENT_SSL = 0x20, 0x01
_SSL_FIXED_BYTES = 5


class ProxyHeader(NamedTuple):
    """The content of a PROXY header."""

    source: tuple[str, int] | None  # None if the connection is the proxy's own, or its source is unknown
    is_encrypted: bool  # the client's way to the proxy was TLS


def may_be_proxy_header(data: bytes) -> bool:
    """Return whether `data`, the first bytes of a connection, is or may become the start of a header."""
    return any(data.startswith(start) or start.startswith(data) for start in (_LINE_START, _SIGNATURE))


def parse_proxy_header(data: bytes) -> tuple[ProxyHeader, bytes] | None:
    """Split the header off a connection's first bytes; return None while it is incomplete. Raises ProtocolError."""
    if data.startswith(_LINE_START):
        return _parse_line(data)
    if data.startswith(_SIGNATURE):
        return _parse_binary(data)
    if not may_be_proxy_header(data):
        raise ProtocolError("no PROXY header")
    return None


def _parse_line(data: bytes) -> tuple[ProxyHeader, bytes] | None:
    line, end, rest = data[:MAX_LINE_BYTES].partition(b"\r\n")
    if not end:
        if len(data) >= MAX_LINE_BYTES:
            raise ProtocolError("a PROXY header without an end")
        return None
    rest = data[len(line) + 2 :]
    if _UNKNOWN.fullmatch(line):
        return ProxyHeader(None, is_encrypted=False), rest
    found = _LINE.fullmatch(line)
    if found is None:
        raise ProtocolError("a malformed PROXY header")
    try:
        source, destination = (ipaddress.ip_address(found[part].decode()) for part in (2, 3))
    except ValueError as error:
        raise ProtocolError("a malformed address in a PROXY header") from error
    # nginx sends its own IPv4 address along with a client's IPv6 address from set_real_ip_from.
    if source.version != (4 if found[1] == b"TCP4" else 6) or destination.version > source.version:
        raise ProtocolError("an address of the wrong kind in a PROXY header")
    ports = int(found[4]), int(found[5])
    if max(ports) > 0xFFFF:
        raise ProtocolError("a malformed port in a PROXY header")
    return ProxyHeader((_plain(source), ports[0]), is_encrypted=False), rest


def _parse_binary(data: bytes) -> tuple[ProxyHeader, bytes] | None:
    if len(data) < _FIXED_BYTES:
        return None
    command, family = data[12], data[13]
    end = _FIXED_BYTES + int.from_bytes(data[14:16])
    if command not in (_LOCAL, _PROXY) or family >> 4 > 3 or family & 0x0F > 2:
        raise ProtocolError("a PROXY header of an unknown kind")
    if end > MAX_HEADER_BYTES:
        raise ProtocolError("a PROXY header that is too long")
    if len(data) < end:
        return None
    header = ProxyHeader(None, is_encrypted=False)
    if command == _PROXY and family in _ADDRESS_BYTES:
        header = _parse_body(data[_FIXED_BYTES:end], *_ADDRESS_BYTES[family])
    return header, data[end:]


def _parse_body(body: bytes, address_bytes: int, both_bytes: int) -> ProxyHeader:
    """Parse source and destination address, their ports, and the additions after them."""
    if len(body) < both_bytes:
        raise ProtocolError("a PROXY header without its addresses")
    source = ipaddress.ip_address(body[:address_bytes])
    port = int.from_bytes(body[2 * address_bytes : 2 * address_bytes + 2])
    is_encrypted = False
    for kind, value in _additions(body[both_bytes:]):
        if kind == _TYPE_SSL:
            if len(value) < _SSL_FIXED_BYTES:
                raise ProtocolError("a malformed PROXY header")
            is_encrypted = bool(value[0] & _CLIENT_SSL)
    return ProxyHeader((_plain(source), port), is_encrypted)


def _additions(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and value of each addition (TLV)."""
    while data:
        end = 3 + int.from_bytes(data[1:3])
        if len(data) < end:
            raise ProtocolError("a malformed PROXY header")
        yield data[0], data[3:end]
        data = data[end:]


def _plain(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    return plain_host(str(address)) or str(address)
