"""The opening handshake, as bytes in and bytes out."""

from __future__ import annotations

import gc

import pytest
from websockets.server import ServerProtocol

from chatcore.errors import RequestRefused
from chatcore.server.incoming.websocket_handshake import shake_hands
from chatcore.transport.websocket import dismantle
from tests.support.websocket import upgrade_request


def _head(*, without: str = "") -> bytes:
    request = upgrade_request("/irc").removesuffix(b"\r\n\r\n")
    return b"\r\n".join(line for line in request.split(b"\r\n") if not (without and line.startswith(without.encode())))


def test_a_complete_handshake_is_accepted() -> None:
    """With the key and answer that RFC 6455, section 1.3, has as an example."""
    protocol, accepted = shake_hands(_head().replace(b"A" * 22 + b"==", b"dGhlIHNhbXBsZSBub25jZQ=="))
    assert accepted.startswith(b"HTTP/1.1 101 ")
    assert accepted.endswith(b"\r\n\r\n")
    assert b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in accepted
    assert protocol.events_received() == []
    dismantle(protocol)


@pytest.mark.parametrize("header", ["Connection", "Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version"])
def test_an_incomplete_handshake_is_refused_and_leaks_nothing(header: str) -> None:
    gc.collect()
    gc.disable()
    try:
        before = sum(isinstance(thing, ServerProtocol) and bool(vars(thing)) for thing in gc.get_objects())
        with pytest.raises(RequestRefused) as refused:
            shake_hands(_head(without=header))
        assert 400 <= int(refused.value.response.split(b" ")[1]) < 500
        after = sum(isinstance(thing, ServerProtocol) and bool(vars(thing)) for thing in gc.get_objects())
    finally:
        gc.enable()
    assert after == before
