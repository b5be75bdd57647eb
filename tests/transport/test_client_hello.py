"""ClientHello: which hellos are served; OpenSSL's own are in tests/programs/test_openssl.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.errors import ProtocolError
from chatcore.transport.client_hello import MAX_HELLO_BYTES, ClientHello
from tests.support.generated import PROPERTY
from tests.support.tls import hello

P256, X25519, FFDHE2048, FFDHE8192, GREASE, HYBRID = 23, 29, 0x0100, 0x0104, 0x0A0A, 0x11EC


def _vector(content: bytes, width: int = 2) -> bytes:
    return len(content).to_bytes(width) + content


def _hello(shared: list[int] | None, supported: list[int] | None) -> bytes:
    """Return the handshake message of a hello with these groups; None leaves the extension out."""
    extensions = b"\x00\x17" + _vector(b"")
    if supported is not None:
        extensions += b"\x00\x0a" + _vector(_vector(b"".join(group.to_bytes(2) for group in supported)))
    if shared is not None:
        shares = b"".join(group.to_bytes(2) + _vector(b"k" * 32) for group in shared)
        extensions += b"\x00\x33" + _vector(_vector(shares))
    return _with_extensions(extensions)


def _with_extensions(extensions: bytes) -> bytes:
    body = b"\x03\x03" + bytes(32) + _vector(b"", 1) + _vector(b"\x13\x01") + _vector(b"\0", 1) + _vector(extensions)
    return b"\x01" + _vector(body, 3)


def _records(message: bytes, size: int = 16384) -> bytes:
    return b"".join(b"\x16\x03\x01" + _vector(message[start : start + size]) for start in range(0, len(message), size))


def finite_field_hello() -> bytes:
    """Return a hello that offers ffdhe8192 alone."""
    return _records(_hello([FFDHE8192], [FFDHE8192]))


@pytest.mark.parametrize(
    ("shared", "supported", "is_served"),
    [
        ([X25519], [X25519, P256], True),
        ([X25519], [FFDHE8192, X25519], True),
        ([HYBRID, X25519], [HYBRID, X25519, FFDHE2048], True),
        ([GREASE, X25519], [GREASE, X25519], True),
        ([], [FFDHE2048, P256], True),  # the server asks for P-256
        ([HYBRID], [HYBRID], True),
        (None, None, True),
        (None, [P256], True),
        ([FFDHE8192], [FFDHE8192], False),
        ([FFDHE2048, X25519], [FFDHE2048, X25519], False),
        ([X25519, FFDHE2048], [FFDHE2048, X25519], False),
        ([], [FFDHE8192], False),  # it would be asked for exactly that group
        ([], [GREASE, FFDHE8192], False),
        ([HYBRID], [HYBRID, FFDHE8192], False),  # an OpenSSL that does not know the hybrid would ask for the other
        ([0x01FF], [X25519], False),
    ],
)
@pytest.mark.parametrize("size", [16, 7, 16384])
def test_which_hellos_are_served(
    shared: list[int] | None, supported: list[int] | None, is_served: bool, size: int
) -> None:
    """A hello may be cut into records anywhere."""
    assert ClientHello().feed(_records(_hello(shared, supported), size)) is is_served


def _named(names: bytes) -> bytes:
    """Return a hello with this list of server names."""
    return _records(_with_extensions(b"\0\0" + _vector(_vector(names))))


@pytest.mark.parametrize(
    ("hello", "host"),
    [
        (_named(b"\0" + _vector(b"Chat.Example.org")), "chat.example.org"),
        (_named(b"\0" + _vector(b"one.example") + b"\0" + _vector(b"two.example")), "one.example"),
        (_named(b"\1" + _vector(b"no host")), ""),
        (_named(b"\0" + _vector("zoë.example".encode())), ""),
        (_named(b"\0\0\x99x"), ""),
        (_named(b""), ""),
        (_records(_with_extensions(b"\0\0\0\0")), ""),
        (_records(_hello([X25519], [X25519])), ""),
    ],
)
def test_the_requested_host_is_read(hello: bytes, host: str) -> None:
    """RFC 6066, section 3. Malformed names are left to OpenSSL."""
    look = ClientHello()
    assert look.feed(hello) is True
    assert look.host == host


def test_a_real_hello_is_served_byte_by_byte() -> None:
    look = ClientHello()
    seen = [look.feed(bytes([byte])) for byte in hello()]
    assert seen == [None] * (len(seen) - 1) + [True]


@pytest.mark.parametrize(
    "data",
    [
        b"\x15\x03\x01\x00\x02\x02\x28",
        b"\x16\x02\x01\x00\x02\x01\x00",
        b"\x16\x03\x01\x00\x00",
        b"\x16\x03\x01\x40\x01",
        _records(b"\x02" + _vector(bytes(40), 3)),
        _records(b"\x01" + (MAX_HELLO_BYTES + 1).to_bytes(3)),
        _records(b"\x01" + _vector(bytes(20), 3)),
        _records(_hello([X25519], [X25519]).replace(b"\x00\x33\x00", b"\x00\x33\x7f")),
    ],
)
def test_other_data_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        ClientHello().feed(data)


@pytest.mark.parametrize(
    ("message", "size"),
    [
        (_hello([X25519], [X25519]), 2),
        (_hello([X25519], list(range(0x2000, 0x2000 + 1000))), 16384),
        (_hello([X25519] * 200, [X25519]), 16384),
        (_hello([X25519], [X25519]).replace(b"\x00\x17\x00\x00", b"\x00\x0a\x00\x00"), 16384),
        (_with_extensions(b"".join(kind.to_bytes(2) + _vector(b"") for kind in range(0x2000, 0x2000 + 1000))), 16384),
    ],
    ids=["records", "groups", "shares", "an extension twice", "extensions"],
)
def test_expensive_hellos_are_refused(message: bytes, size: int) -> None:
    """Sixteen connections with such hellos kept everybody else from coming in."""
    with pytest.raises(ProtocolError):
        ClientHello().feed(_records(message, size))


@PROPERTY
@given(st.binary(max_size=300), st.integers(1, 300))
def test_any_message_is_accepted_or_refused(content: bytes, size: int) -> None:
    look = ClientHello()
    try:
        assert look.feed(_records(b"\x01" + _vector(content, 3), size)) in (True, False)
    except ProtocolError:
        pass


@PROPERTY
@given(st.lists(st.sampled_from([P256, X25519, FFDHE2048, FFDHE8192, GREASE, HYBRID]), max_size=4), st.data())
def test_no_finite_field_share_passes(shared: list[int], data: st.DataObject) -> None:
    supported = data.draw(st.permutations([*shared, P256]))
    served = ClientHello().feed(_records(_hello(shared, supported), data.draw(st.integers(16, 64))))
    assert served is (FFDHE2048 not in shared and FFDHE8192 not in shared)
