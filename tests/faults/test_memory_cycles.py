"""A connection's memory is freed when it ends, without the cycle collector, which runs rarely.

Each kind of connection ends in each way; with the collector off, none of its objects may remain.
"""

from __future__ import annotations

import contextlib
import gc
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from websockets.server import ServerProtocol

from chatcore.commands.context import Context
from chatcore.errors import ChatError
from chatcore.protocol.framing import LineBuffer
from chatcore.server.outgoing.membership import Reader
from chatcore.server.visit import Visit
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from chatcore.transport.tcp import TcpConnection
from chatcore.transport.tls import TlsConnection
from chatcore.transport.tls_engine import TlsEngine
from chatcore.transport.websocket import WebSocketConnection
from tests.support.crowd import reset
from tests.support.irc import IrcClient, commands, one
from tests.support.sasl import negotiate, plain
from tests.support.tls import hello
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker
from tests.support.websocket import upgrade_request

PASSWORD = "correct"
WIRES = ("tcp", "tls", "ws", "wss")
_TRANSIENT = (
    Visit,
    Client,
    Credit,
    Context,
    LineBuffer,
    Reader,
    TcpConnection,
    TlsConnection,
    TlsEngine,
    WebSocketConnection,
    ServerProtocol,
    ssl.SSLObject,
    ChatError,
)


def _transient() -> list[object]:
    return [thing for thing in gc.get_objects() if isinstance(thing, _TRANSIENT)]


@contextmanager
def _nothing_left() -> Iterator[None]:
    """Fail unless all objects made in this block are gone soon after it, without the collector."""
    gc.disable()
    gc.freeze()  # otherwise each check would go through all imported modules
    try:
        before = _transient()
        known = {id(thing) for thing in before}
        yield
        wait_until(lambda: not [thing for thing in _transient() if id(thing) not in known])
    finally:
        gc.enable()


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker with a password and a member in #room, with an outbox that a few lines fill."""
    with hosted_tracker(
        tmp_path, PASSWORD, max_sendq_bytes=20_000, max_delayed_lines=20, close_timeout_s=0.2
    ) as hosted:
        hosted.client("witness", "#room", password=PASSWORD)
        yield hosted


# Ends of a member's visit


def _quits(hosted: Hosted, client: IrcClient) -> None:
    client.send("QUIT :bye")
    client.receive_rest()


def _closes(hosted: Hosted, client: IrcClient) -> None:
    client.close()


def _crashes(hosted: Hosted, client: IrcClient) -> None:
    reset(client)


def _is_killed(hosted: Hosted, client: IrcClient) -> None:
    hosted.visit_of(client.nick).end("Killed", is_lost=False)
    client.receive_rest()


def _quits_after_a_kick(hosted: Hosted, client: IrcClient) -> None:
    kicker = hosted.client("kicker", "#other", password=PASSWORD)
    client.command("JOIN #other")
    kicker.command(f"KICK #other {client.nick}")
    _quits(hosted, kicker)
    _quits(hosted, client)


def _reads_nothing(hosted: Hosted, client: IrcClient) -> None:
    client.command("CAP REQ message-tags")
    talker = hosted.client("talker", caps="message-tags", password=PASSWORD)
    while hosted.tracker.registry.client(client.nick) is not None:
        talker.command(*[f"@+x={'y' * 4000} TAGMSG {client.nick}"] * 20)
    talker.send("QUIT")
    talker.receive_rest()
    client.close()


def _is_killed_after_many_commands(hosted: Hosted, client: IrcClient) -> None:
    """Commands of many kinds were carried out or refused before."""
    client.command("WHO #room", "NAMES", "AWAY :x", "NOSUCH", "JOIN", "MONITOR + someone", "NICK another", "OPER a b")
    client.nick = "another"
    _is_killed(hosted, client)


ENDS = (_quits, _closes, _crashes, _is_killed, _quits_after_a_kick, _reads_nothing, _is_killed_after_many_commands)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__.strip("_"))
def test_a_members_visit_leaves_nothing(guarded: Hosted, wire: str, end: Callable[[Hosted, IrcClient], None]) -> None:
    with _nothing_left():
        client = guarded.connect(wire=wire)
        client.register("ann", password=PASSWORD)
        client.join("#room", "#own")
        client.command("PRIVMSG #room :hello")
        end(guarded, client)
        client.close()


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("end", [_quits, _closes])
def test_a_proxied_visit_leaves_nothing(tmp_path: Path, wire: str, end: Callable[[Hosted, IrcClient], None]) -> None:
    settings: dict[str, Any] = {"trusted_proxies": ("127.0.0.1",), "plaintext": "anywhere"}
    with hosted_tracker(tmp_path, **settings) as hosted, _nothing_left():
        client = hosted.connect(wire=wire, proxied="203.0.113.7")
        client.register("ann")
        end(hosted, client)
        client.close()


# Connections that never become members


def _wrong_password(client: IrcClient) -> None:
    client.send("PASS :guess")
    client.receive_rest()


def _wrong_login(client: IrcClient) -> None:
    negotiate(client)
    assert commands(plain(client, "*", "guess")) == ["904"]


def _half_open(client: IrcClient) -> None:
    client.command("CAP LS 302")


def _silent(client: IrcClient) -> None:
    pass


def _proven(client: IrcClient) -> None:
    client.command(f"PASS {PASSWORD}")


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("doing", [_wrong_password, _wrong_login, _half_open, _silent, _proven])
def test_a_strangers_visit_leaves_nothing(guarded: Hosted, wire: str, doing: Callable[[IrcClient], None]) -> None:
    with _nothing_left(), IrcClient(guarded.port, wire=wire) as client:
        doing(client)


@pytest.mark.parametrize("wire", WIRES)
def test_a_timed_out_stranger_leaves_nothing(tmp_path: Path, wire: str) -> None:
    with hosted_tracker(tmp_path) as hosted, _nothing_left(), IrcClient(hosted.port, wire=wire) as client:
        client.command("CAP LS 302")
        _let_time_pass(hosted)
        assert one(client.receive_rest(), "ERROR").params[-1].endswith("Registration timed out")


def _let_time_pass(hosted: Hosted) -> None:
    """Check the one visit's deadline as if it had passed."""
    (visit,) = hosted.tracker.visits()
    visit.check_deadline(monotonic() + hosted.tracker.config.limits.registration_timeout_s)


@pytest.mark.parametrize(
    "refused", [{"max_clients": 1}, {"max_clients_per_address": 1}, {"connections_per_minute": 1}], ids=str
)
def test_a_refused_connection_leaves_nothing(tmp_path: Path, refused: dict[str, int]) -> None:
    with hosted_tracker(tmp_path, "", **refused) as hosted:
        hosted.client("only")
        for said in (b"", b"NICK x\r\n", hello(), _request("/"), upgrade_request("/irc"), upgrade_request(_ROOM)):
            with _nothing_left(), socket.create_connection(("127.0.0.1", hosted.port), 60.0) as sock:
                with contextlib.suppress(ConnectionError):
                    sock.sendall(said)
                    sock.shutdown(socket.SHUT_WR)
                _read_to_end(sock)
        with _nothing_left(), contextlib.suppress(OSError), IrcClient(hosted.port, wire="wss") as client:
            client.receive_rest()


_ROOM = "/ws/chat/room/?nickname=ann"


def _read_to_end(sock: socket.socket) -> None:
    with contextlib.suppress(ConnectionError):
        while sock.recv(65536):
            pass


def _request(target: str, *headers: str) -> bytes:
    return "".join(f"{line}\r\n" for line in (f"GET {target} HTTP/1.1", "Host: localhost", *headers, "")).encode()


BYTES = {
    "page": _request("/"),
    "nothing there": _request("/nothing"),
    "no request": b"GET x\r\n\r\n",
    "half a request": b"GET / HT",
    "room without a name": _request("/ws/chat/room/", "Upgrade: websocket"),
    "room, wrong password": _request("/ws/chat/room/?nickname=ann&password=x", "Upgrade: websocket"),
    "no handshake": _request("/irc", "Upgrade: websocket"),
    "other version": upgrade_request("/irc").replace(b"Version: 13", b"Version: 8"),
    "other site": upgrade_request("/irc", more=["Origin: https://elsewhere.example"]),
    "cut off after the handshake": upgrade_request("/irc"),
    "unmasked frame": upgrade_request("/irc") + b"\x81\x03abc",
    "no UTF-8": upgrade_request("/irc") + b"\x81\x82\0\0\0\0\xff\xff",
    "huge frame": upgrade_request("/irc") + b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0",
    "closed at once": upgrade_request("/irc") + b"\x88\x80\0\0\0\0",
    "a guest": upgrade_request(f"/ws/chat/room/?nickname=guest&password={PASSWORD}"),
    "broken TLS": b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
    "half a TLS hello": b"\x16\x03\x01\x02\x00\x01",
    "noise": bytes(range(256)),
    "nothing": b"",
}


@pytest.mark.parametrize("name", BYTES)
def test_any_first_bytes_leave_nothing(guarded: Hosted, name: str) -> None:
    with _nothing_left(), socket.create_connection(("127.0.0.1", guarded.port), 60.0) as sock:
        sock.sendall(BYTES[name])
        sock.shutdown(socket.SHUT_WR)
        _read_to_end(sock)


@pytest.mark.parametrize("password", [PASSWORD, "guess"])
def test_a_room_guest_leaves_nothing(guarded: Hosted, password: str) -> None:
    """A guest that speaks and stays until it is disconnected."""
    with _nothing_left(), socket.create_connection(("127.0.0.1", guarded.port), 60.0) as sock:
        sock.sendall(upgrade_request(f"/ws/chat/room/?nickname=guest&password={password}"))
        if password == PASSWORD:
            wait_until(lambda: guarded.tracker.registry.client("guest"))
            sock.sendall(b"\x81\x82\0\0\0\0hi")
            wait_until(lambda: "hi" in guarded.log_text())
            guarded.visit_of("guest").end("Killed", is_lost=False)
        _read_to_end(sock)
