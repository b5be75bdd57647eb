"""The PROXY protocol, versions 1 and 2: valid headers, refused ones, and pieces of any size."""

from __future__ import annotations

import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.errors import ProtocolError
from chatcore.protocol.proxy_header import ProxyHeader, may_be_proxy_header, parse_proxy_header
from tests.support.generated import PROPERTY

_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_NOBODY = ProxyHeader(None, is_encrypted=False)
_ANN = ProxyHeader(("192.0.2.7", 4711), is_encrypted=False)


def _v2(body: bytes, *, command: int = 0x21, family: int = 0x11) -> bytes:
    return _SIGNATURE + bytes([command, family]) + struct.pack("!H", len(body)) + body


def _addresses(source: str, destination: str, ports: tuple[int, int] = (4711, 8000)) -> bytes:
    return b"".join(ipaddress.ip_address(host).packed for host in (source, destination)) + struct.pack("!HH", *ports)


def _tlv(kind: int, value: bytes) -> bytes:
    return struct.pack("!BH", kind, len(value)) + value


_V4 = _addresses("192.0.2.7", "10.0.0.1")
_SSL = _tlv(0x20, b"\x01\0\0\0\0" + _tlv(0x21, b"TLSv1.3"))


@pytest.mark.parametrize(
    ("data", "header"),
    [
        (b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 8000\r\n", _ANN),
        (b"PROXY TCP4 192.0.2.7 10.0.0.1 0 65535\r\n", _ANN._replace(source=("192.0.2.7", 0))),
        (b"PROXY TCP6 2001:DB8::7 ::1 4711 8000\r\n", _ANN._replace(source=("2001:db8::7", 4711))),
        (b"PROXY TCP6 ::ffff:192.0.2.7 ::ffff:10.0.0.1 4711 8000\r\n", _ANN),
        (b"PROXY TCP6 2001:db8::7 10.0.0.1 4711 8000\r\n", _ANN._replace(source=("2001:db8::7", 4711))),  # as nginx may
        (b"PROXY UNKNOWN\r\n", _NOBODY),
        (b"PROXY UNKNOWN ffff::1 whatever it says \xff\0\r\n", _NOBODY),
        (b"PROXY UNKNOWN " + b"x" * 91 + b"\r\n", _NOBODY),
        (_v2(_V4), _ANN),
        (_v2(_addresses("2001:db8::7", "::1"), family=0x21), _ANN._replace(source=("2001:db8::7", 4711))),
        (_v2(_addresses("::ffff:192.0.2.7", "::1"), family=0x21), _ANN),
        (_v2(b"", command=0x20, family=0x00), _NOBODY),
        (_v2(_V4 + _SSL, command=0x20), _NOBODY),
        (_v2(b"anything", command=0x20, family=0x00), _NOBODY),
        (_v2(b"", family=0x00), _NOBODY),
        (_v2(b"\0" * 216, family=0x31), _NOBODY),
        (_v2(_V4, family=0x12), _NOBODY),  # UDP that came as TCP
        (_v2(_V4 + _SSL), _ANN._replace(is_encrypted=True)),
        (_v2(_V4 + _tlv(0x01, b"h2") + _SSL + _tlv(0x04, b"\0\0")), _ANN._replace(is_encrypted=True)),
        (_v2(_V4 + _tlv(0x20, b"\x06\0\0\0\0")), _ANN),  # a certificate, but no TLS
        (_v2(_V4 + _tlv(0xEA, b"x" * (1024 - 16 - 12 - 3))), _ANN),
    ],
)
def test_a_header_is_read(data: bytes, header: ProxyHeader) -> None:
    assert parse_proxy_header(data) == (header, b"")
    assert parse_proxy_header(data + b"\x16\x03NICK ann\r\n") == (header, b"\x16\x03NICK ann\r\n")
    for end in range(len(data)):
        assert may_be_proxy_header(data[:end])
        assert parse_proxy_header(data[:end]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"PROXY \r\n",
        b"PROXY  TCP4 192.0.2.7 10.0.0.1 4711 8000\r\n",
        b"PROXY TCP4 192.0.2.7 10.0.0.1  4711 8000\r\n",
        b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 8000 \r\n",
        b"PROXY TCP4 192.0.2.7 10.0.0.1 4711\r\n",
        b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 8000\n\r\n",
        b"PROXY TCP4 2001:db8::7 ::1 4711 8000\r\n",
        b"PROXY TCP6 192.0.2.7 10.0.0.1 4711 8000\r\n",
        b"PROXY TCP6 192.0.2.7 ::1 4711 8000\r\n",
        b"PROXY TCP4 192.0.2.7 ::1 4711 8000\r\n",
        b"PROXY TCP4 192.0.2.256 10.0.0.1 4711 8000\r\n",
        b"PROXY TCP4 192.0.2.07 10.0.0.1 4711 8000\r\n",
        b"PROXY TCP4 192.0.2.7 10.0.0 4711 8000\r\n",
        b"PROXY TCP4 192.0.2.7 10.0.0.1 65536 8000\r\n",
        b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 99999\r\n",
        b"PROXY TCP4 192.0.2.7 10.0.0.1 04711 8000\r\n",
        b"PROXY TCP4 192.0.2.7 10.0.0.1 +4711 8000\r\n",
        b"PROXY TCP6 fe80::1%eth0 ::1 4711 8000\r\n",
        b"PROXY tcp4 192.0.2.7 10.0.0.1 4711 8000\r\n",
        b"PROXY UDP4 192.0.2.7 10.0.0.1 4711 8000\r\n",
        b"PROXY UNKNOWNX\r\n",
        b"PROXY UNKNOWN x\ny\r\n",
        b"PROXY UNKNOWN " + b"x" * 92 + b"\r\n",
        b"PROXY TCP4 " + b"1" * 200,
        _v2(_V4, command=0x22),
        _v2(_V4, command=0x11),
        _v2(_V4, family=0x41),
        _v2(_V4, family=0x13),
        _v2(_V4[:-1]),
        _v2(_V4, family=0x21),
        _v2(_V4 + b"\x04\0"),
        _v2(_V4 + b"\x04\0\x09x"),
        _v2(_V4 + _tlv(0x20, b"\x01\0\0\0")),
        _v2(_V4 + _tlv(0xEA, b"x" * (1024 - 16 - 12 - 2))),
        _v2(b"x" * 65535, command=0x20),
        b"NICK ann\r\n",
    ],
)
def test_invalid_headers_are_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_proxy_header(data)


def test_a_header_that_is_too_long_is_refused_early() -> None:
    with pytest.raises(ProtocolError):
        parse_proxy_header(_SIGNATURE + b"\x21\x11\xff\xff")
    with pytest.raises(ProtocolError):
        parse_proxy_header(b"PROXY UNKNOWN " + b"x" * 93)
    assert parse_proxy_header(b"PROXY UNKNOWN " + b"x" * 91 + b"\r") is None


@pytest.mark.parametrize("data", [b"PASS x", b"\r\nNICK", b"\x16\x03", b"GET /", b"PROXY\r\n", b"\r\n\r\n\r\n"])
def test_other_data_is_recognized_early(data: bytes) -> None:
    assert not may_be_proxy_header(data)


@PROPERTY
@given(
    st.one_of(
        st.binary(max_size=200).map(lambda tail: b"PROXY " + tail),
        st.binary(max_size=200).map(lambda tail: _SIGNATURE + tail),
        st.binary(max_size=100).map(lambda tail: _v2(_V4 + tail)),
    )
)
def test_any_data_gives_the_same_result_in_pieces(data: bytes) -> None:
    """A part of a header is never mistaken for anything but the beginning of the whole."""
    whole = _outcome(data)
    for end in range(0, len(data), 7):
        part = _outcome(data[:end])
        assert part is None or part[0] == (whole[0] if whole else None)


def _outcome(data: bytes) -> tuple[ProxyHeader | str, bytes] | None:
    try:
        return parse_proxy_header(data)
    except ProtocolError:
        return "malformed", b""
