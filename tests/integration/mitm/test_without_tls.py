"""Servers without TLS, or without safe TLS: the client sends nothing."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chatcore.terminal.connecting import socket_connection
from tests.integration.mitm.visitor import Visitor
from tests.support.irc import DEADLINE_S
from tests.support.scripted import identity, scripted_tracker

_HELLO = 0x16


class Plain:
    """Accepts one connection, says something, and keeps everything it receives."""

    def __init__(self, says: bytes, *, hangs_up: bool) -> None:
        self.received = b""
        self._says = says
        self._hangs_up = hangs_up
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name="plain")
        self._thread.start()

    def stop(self) -> None:
        self._thread.join(DEADLINE_S)
        self._listener.close()

    def _serve(self) -> None:
        sock, _ = self._listener.accept()
        with sock:
            sock.settimeout(DEADLINE_S)
            self.received = sock.recv(65536)
            sock.sendall(self._says)
            if self._hangs_up:
                sock.shutdown(socket.SHUT_WR)
            try:
                while data := sock.recv(65536):
                    self.received += data
            except ConnectionError:
                pass  # the client has already closed the connection


@contextmanager
def _plain(says: bytes, *, hangs_up: bool) -> Iterator[Plain]:
    server = Plain(says, hangs_up=hangs_up)
    try:
        yield server
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("says", "hangs_up", "words"),
    [
        (
            b":old.server NOTICE * :*** Looking up your hostname\r\n",
            False,
            "does not speak TLS, so nothing was sent to it",
        ),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", True, "does not speak TLS, so nothing was sent to it"),
        (b"login: ", False, "does not speak TLS, so nothing was sent to it"),
        (b"\0" * 100, False, "does not speak TLS, so nothing was sent to it"),
        (b"", True, "ended the connection instead of encrypting it"),
        (b"", False, "does not answer"),
        (b"\x16\x03\x03\x00", False, "does not answer"),
        (
            b"ERROR :Closing link: Too many wrong passwords\r\n",
            True,
            "does not let us in. It says, but anybody could have written this: Closing link: Too many wrong passwords",
        ),
        (
            b"\x15\x03\x03\x00\x02\x02\x46",
            True,
            "did not agree with us on the encryption, or the data was altered (tlsv1 alert protocol version)",
        ),
    ],
    ids=["IRC", "HTTP", "prompt", "zeros", "end", "silence", "half a record", "full", "alert"],
)
def test_server_without_tls_gets_only_a_hello(
    says: bytes, hangs_up: bool, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not says or says[0] == _HELLO:
        monkeypatch.setattr(socket_connection, "CONNECT_TIMEOUT_S", 0.2)
    with _plain(says, hangs_up=hangs_up) as server:
        visitor = Visitor(server.port)
        assert visitor.turned_away() == f"127.0.0.1:{server.port} {words}"
    assert visitor.screen.secrets == [], "the client must not ask for the password"
    assert server.received[0] == _HELLO
    assert (
        int.from_bytes(server.received[3:5]) <= len(server.received) - 5 <= int.from_bytes(server.received[3:5]) + 7
    ), "the server gets a TLS hello, perhaps an alert, and nothing else"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_safe_versions_are_accepted(version: ssl.TLSVersion) -> None:
    with scripted_tracker("open sesame") as tracker:
        tracker.identity = identity(version.name)
        tracker.identity.context.maximum_version = version
        tracker.identity.context.minimum_version = version
        Visitor(tracker.port).come_in().connection.close()


def test_unsafe_version_is_refused() -> None:
    with scripted_tracker("open sesame") as tracker:
        tracker.identity = identity("old")
        with pytest.warns(DeprecationWarning, match="deprecated"):
            _make_old(tracker.identity.context)
        assert "did not agree with us on the encryption" in Visitor(tracker.port).turned_away()
    assert tracker.peers == []


def _make_old(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
