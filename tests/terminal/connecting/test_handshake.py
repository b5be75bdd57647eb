"""The handshake against a server that sends anything; the conversations that succeed are in test_login."""

from __future__ import annotations

import base64
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.errors import ChatError, ProtocolError, TransportClosed
from chatcore.protocol.message import Message, parse
from chatcore.terminal.arguments import Options
from chatcore.terminal.connecting.connection import Connection
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.connecting.proof import Credential
from tests.support.scripted import MECHANISM, scripted_tracker
from tests.support.seen import SeenScreen

_PASSWORD = "open sesame"
_OFFER = f":t CAP * LS :sasl={MECHANISM} batch"


class Script(Connection):
    """A connection that receives these lines, whatever is sent, and then ends."""

    def __init__(self, certificate: bytes, lines: list[str]) -> None:
        super().__init__()
        self.sent: list[Message] = []
        self.certificate = certificate
        self._lines = deque(lines)

    def close(self) -> None:
        raise NotImplementedError

    def _send_bytes(self, data: bytes) -> None:
        raise NotImplementedError

    def _hurry(self) -> None:
        raise NotImplementedError

    def _shut(self) -> None:
        raise NotImplementedError

    def send(self, *messages: Message) -> None:
        self.sent.extend(messages)

    def receive(self, timeout_s: float) -> Message:
        while self._lines:
            try:
                return parse(self._lines.popleft())
            except ProtocolError:
                continue
        raise TransportClosed("the end")


@pytest.fixture(scope="module")
def certificate() -> bytes:
    with scripted_tracker() as tracker:
        handshake = Login(Options("127.0.0.1", tracker.port), SeenScreen("")).enter()
        handshake.connection.close()
        return handshake.connection.certificate or b""


_WORDS = st.sampled_from(
    [
        *("CAP", "AUTHENTICATE", "PING", "ERROR", "001", "433", "464", "451", "421", "900", "903", "904", "908"),
        *("*", "t", "LS", "ACK", "NAK", "REQ", "302", "+", "sasl", f"sasl={MECHANISM}", "batch", ":", ":a b", "="),
        base64.b64encode(b"v=AAAA").decode(),
        base64.b64encode(b"r=x,s=c2l4dGVlbiBieXRlcyBvZg==,i=4096").decode(),
        "A" * 400,
    ]
)
_LINES = st.one_of(
    st.lists(_WORDS, min_size=1, max_size=6).map(" ".join),
    st.lists(_WORDS, min_size=1, max_size=6).map(lambda words: ":t " + " ".join(words)),
    st.text(max_size=40),
    st.just("AUTHENTICATE +"),
)


@given(st.lists(_LINES, max_size=12))
def test_an_unproven_server_learns_nothing(certificate: bytes, lines: list[str]) -> None:
    """The handshake ends with a ChatError and no other exception; the server gets neither password nor name."""
    connection = Script(certificate, [_OFFER, ":t CAP * ACK :batch sasl", "AUTHENTICATE +", *lines])
    handshake = Handshake(connection)
    with pytest.raises(ChatError):
        _come_in(handshake)
    assert {message.command for message in connection.sent} <= {"CAP", "AUTHENTICATE"}
    sent = [param for message in connection.sent for param in message.params]
    assert MECHANISM in sent
    assert not any(_PASSWORD in param or "annabel" in param for param in sent)


@pytest.mark.thorough
@given(st.lists(_LINES, max_size=12))
def test_any_greeting_ends_with_an_error(certificate: bytes, lines: list[str]) -> None:
    connection = Script(certificate, lines)
    with pytest.raises(ChatError):
        _come_in(Handshake(connection))
    assert {message.command for message in connection.sent} <= {"CAP", "AUTHENTICATE"}


@pytest.mark.thorough
@given(st.lists(_LINES, max_size=12))
def test_without_a_password_any_answer_is_survived(certificate: bytes, lines: list[str]) -> None:
    handshake = Handshake(Script(certificate, [_OFFER, ":t CAP * ACK :batch", *lines]))
    handshake.greet()
    try:
        handshake.prove(Credential())
        handshake.claim("annabel")
    except ChatError:
        pass  # anything else is a fault


def _come_in(handshake: Handshake) -> None:
    handshake.greet()
    handshake.prove(Credential(_PASSWORD))
    handshake.claim("annabel")
