"""Refused clients get the reason in their own protocol, within limits."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.frames import Close
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as connect_websocket

from chatcore.server.incoming import http_door
from tests.integration.secure.http import UPGRADE, Response, ask, closing, connect, only_response, read_to_end
from tests.support.irc import IrcClient, commands, one
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker

PASSWORD = "correct hörse"
ANN, BOB = "203.0.113.7", "2001:db8::7"
GET = ("GET / HTTP/1.1", "Host: localhost")

both = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])


def _full(hosted: Hosted) -> None:
    hosted.connect().sync()


def _too_fast(hosted: Hosted) -> None:
    hosted.connect().sync()
    hosted.close_clients()


def _shut_out(hosted: Hosted) -> None:
    with IrcClient(hosted.port) as guesser:
        guesser.send("PASS :guess")
        guesser.receive_rest()


def _banned(hosted: Hosted) -> None:
    hosted.tracker.bans.add("127.0.0.1")


Case = tuple[dict[str, Any], Callable[[Hosted], None], str]
_CASES: dict[str, Case] = {
    "full": ({"max_clients": 1}, _full, "The tracker is full"),
    "of one address": ({"max_clients_per_address": 1}, _full, "Too many connections from your address"),
    "on their way": ({"max_unregistered": 1}, _full, "Too many are connecting"),
    "a minute": ({"connections_per_minute": 1}, _too_fast, "Too many new connections from your address"),
    "shut out": ({"failures_before_ban": 1, "failures_before_delay": 9}, _shut_out, "Too many wrong passwords"),
    "banned": ({}, _banned, "You are banned"),
}


@contextmanager
def _refusing(folder: Path, name: str) -> Iterator[tuple[Hosted, str]]:
    """Run a tracker that serves no further clients from here; yield it and the reason."""
    settings, prepare, words = _CASES[name]
    with hosted_tracker(folder, PASSWORD, plaintext="anywhere", **settings) as hosted:
        prepare(hosted)
        yield hosted, words


pytestmark = pytest.mark.usefixtures("from_elsewhere")


@both
@pytest.mark.parametrize("name", _CASES)
def test_http_is_answered_in_http(tmp_path: Path, name: str, tls: bool) -> None:
    with _refusing(tmp_path, name) as (hosted, words):
        refused = ask(hosted, *GET, tls=tls)
        assert refused.body.startswith(words)
        if name == "banned":
            assert (refused.status, refused.headers.get("Retry-After")) == (403, None)
        else:
            assert refused.status == 429
            if name == "shut out":
                assert 60 < int(refused.headers["Retry-After"]) <= 600
            else:
                assert refused.headers["Retry-After"] == "60"


@both
@pytest.mark.parametrize("name", _CASES)
def test_a_websocket_is_closed_with_the_reason(tmp_path: Path, name: str, tls: bool) -> None:
    with _refusing(tmp_path, name) as (hosted, words):
        code, reason = closing(hosted, tls=tls)
        assert code == (1008 if name == "banned" else 1013)
        assert reason.startswith(words)


@pytest.mark.parametrize("wire", ["tcp", "tls"])
@pytest.mark.parametrize("name", _CASES)
def test_irc_gets_an_error(tmp_path: Path, name: str, wire: str) -> None:
    with _refusing(tmp_path, name) as (hosted, words), IrcClient(hosted.port, wire=wire) as client:
        client.send("CAP LS 302")
        assert one(client.receive_rest(), "ERROR").params[0].startswith(f"Closing link: {words}")


@pytest.mark.usefixtures("short_silence")
def test_a_silent_client_gets_an_error_soon(tmp_path: Path) -> None:
    with _refusing(tmp_path, "banned") as (hosted, _), IrcClient(hosted.port) as client:
        assert commands(client.receive_rest()) == ["ERROR"]


@pytest.mark.usefixtures("short_stay")
def test_an_unfinished_request_is_refused_too(tmp_path: Path) -> None:
    with _refusing(tmp_path, "full") as (hosted, _):
        refused = _answer(_request_head(hosted))
        assert (refused.status, refused.headers["Retry-After"]) == (429, "60")


def test_an_incomplete_handshake_gets_426(tmp_path: Path) -> None:
    with _refusing(tmp_path, "banned") as (hosted, _):
        assert ask(hosted, *GET, "Upgrade: websocket").status == 426


@pytest.mark.usefixtures("short_silence")
def test_refused_clients_of_one_address_beyond_four_get_an_error_at_once(tmp_path: Path) -> None:
    with _refusing(tmp_path, "banned") as (hosted, _), ExitStack() as stack:
        silent = [stack.enter_context(connect(hosted)) for _ in range(12)]
        refused_at_once = silent[4:]
        for sock in refused_at_once:
            assert read_to_end(sock) == b"ERROR :Closing link: You are banned from this tracker\r\n"
        assert len(hosted.tracker._visits) <= 4
        assert hosted.tracker.visits() == []
        for sock in silent[:4]:
            assert read_to_end(sock).startswith(b"ERROR :")


def test_refused_connections_do_not_count_for_long(tmp_path: Path) -> None:
    with _refusing(tmp_path, "full") as (hosted, _):
        for _ in range(3):
            assert ask(hosted, *GET).status == 429
        hosted.close_clients()
        wait_until(lambda: ask(hosted, *GET).status == 200)


def _request_head(hosted: Hosted, *, proxied: str = "") -> socket.socket:
    sock = connect(hosted, proxied=proxied)
    sock.sendall(b"GET / HTTP/1.1\r\nHost: local")
    return sock


def _answer(sock: socket.socket) -> Response:
    with sock:
        return only_response(read_to_end(sock))


def test_a_request_is_refused_when_its_address_gets_shut_out(tmp_path: Path) -> None:
    limits = {"failures_before_ban": 1, "failures_before_delay": 9}
    with hosted_tracker(tmp_path, PASSWORD, plaintext="anywhere", **limits) as hosted:
        waiting = _request_head(hosted)
        wait_until(hosted.tracker.visits)
        _shut_out(hosted)
        refused = _answer(waiting)
        assert (refused.status, refused.headers["Retry-After"]) == (429, "60")
        assert refused.body == "Too many wrong passwords from your address.\n"


def test_a_request_that_gives_way_to_a_newcomer_gets_429(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, max_unregistered=2, plaintext="anywhere") as hosted:
        waiting = [_request_head(hosted) for _ in range(2)]
        wait_until(lambda: len(hosted.tracker.visits()) == 2)
        with IrcClient(hosted.port, source="127.0.0.2") as newcomer:
            newcomer.command("CAP LS 302")
            refused = _answer(waiting[0])
            assert (refused.status, refused.headers["Retry-After"]) == (429, "60")
            assert refused.body.startswith("Too many are connecting")
        waiting[1].close()


def test_a_request_that_takes_too_long_gets_408(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, registration_timeout_s=0.1, plaintext="anywhere") as hosted:
        late = _answer(_request_head(hosted))
        assert (late.status, late.body) == (408, "Registration timed out.\n")


def test_a_request_gets_503_when_the_tracker_stops(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, plaintext="anywhere") as hosted:
        waiting = _request_head(hosted)
        wait_until(hosted.tracker.visits)
        (visit,) = hosted.tracker.visits()
        visit.end("the tracker has left", is_lost=False)
        gone = _answer(waiting)
        assert (gone.status, gone.body, gone.headers["Retry-After"]) == (503, "the tracker has left.\n", "60")


class TestBehindAProxy:
    """The address becomes known only after the connection."""

    @pytest.fixture
    def from_elsewhere(self) -> None:
        """Override the fixture: here the proxy names the address."""

    @both
    @pytest.mark.usefixtures("short_stay")
    def test_refusals_use_the_protocol_of_the_client(self, tmp_path: Path, tls: bool) -> None:
        limits = {"failures_before_ban": 1, "failures_before_delay": 9, "plaintext": "anywhere"}
        with hosted_tracker(tmp_path, PASSWORD, trusted_proxies=("127.0.0.1",), **limits) as hosted:
            with IrcClient(hosted.port, proxied=ANN) as guesser:
                guesser.send("PASS :guess")
                guesser.receive_rest()
            assert ask(hosted, *GET, tls=tls, proxied=ANN).status == 429
            assert closing(hosted, tls=tls, proxied=ANN)[0] == 1013
            assert closing(hosted, f"X-Forwarded-For: {ANN}", tls=tls)[0] == 1013
            with IrcClient(hosted.port, wire="tls" if tls else "tcp", proxied=ANN) as refused:
                assert one(refused.receive_rest(), "ERROR").params[0].startswith("Closing link: Too many wrong")
            assert ask(hosted, *GET, tls=tls, proxied=BOB).status == 200
            assert ask(hosted, *GET, tls=tls).status == 200

    @pytest.mark.usefixtures("short_stay")
    def test_few_refused_clients_are_waited_for(self, tmp_path: Path) -> None:
        with hosted_tracker(tmp_path, trusted_proxies=("127.0.0.1",)) as hosted, ExitStack() as stack:
            hosted.tracker.bans.add(ANN)
            silent = [stack.enter_context(connect(hosted, proxied=ANN)) for _ in range(12)]
            wait_until(lambda: len(hosted.tracker._visits) <= 4)
            for sock in silent:
                assert read_to_end(sock) == b"ERROR :Closing link: You are banned from this tracker\r\n"


def test_a_refused_websocket_may_send_something_before_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy passes the end on at once, and the page's first message would meet a reset."""
    monkeypatch.setattr(http_door, "_FIRST_WORDS_S", 60.0)
    with _refusing(tmp_path, "shut out") as (hosted, words), connect(hosted) as sock:
        sock.sendall("".join(line + "\r\n" for line in (GET[0], *UPGRADE, "")).encode())
        received = b""
        while words.encode() not in received:
            received += sock.recv(4096)
        frame_end = received.rindex(b"later") + len(b"later")
        assert received[frame_end:] == b""
        assert select.select([sock], [], [], 0.2)[0] == [], "the connection is still open"
        sock.sendall(b"\x81\x82\0\0\0\0hi")
        assert read_to_end(sock) == b""


def test_a_silent_refused_websocket_ends_soon(tmp_path: Path) -> None:
    """Even behind a proxy, where it is refused when its time for registration has begun."""
    passed_on = (f"X-Forwarded-For: {ANN}", "X-Forwarded-Proto: https")
    settings: dict[str, Any] = {
        "trusted_proxies": ("127.0.0.1",),
        "registration_timeout_s": 600,
    }
    with hosted_tracker(tmp_path, **settings) as hosted, connect(hosted) as sock:
        hosted.tracker.bans.add(ANN)
        sock.sendall("".join(line + "\r\n" for line in (GET[0], *UPGRADE, *passed_on, "")).encode())
        assert b"You are banned" in read_to_end(sock)


def test_a_websocket_refused_later_is_closed_with_the_reason(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, PASSWORD, plaintext="anywhere", max_unregistered=2) as hosted:
        url = f"ws://127.0.0.1:{hosted.port}/ws"
        with connect_websocket(url, compression=None) as wrong, connect_websocket(url, compression=None) as oldest:
            wrong.send("PASS guess")
            assert _closing(wrong) == Close(1000, "Wrong or missing password")
            wait_until(lambda: len(hosted.tracker.visits()) == 1)
            waiting = hosted.connect()
            waiting.sync()
            with IrcClient(hosted.port, source="127.0.0.2") as newcomer:
                newcomer.sync()
                assert _closing(oldest) == Close(1000, "Too many are connecting, try again in a moment")


def _closing(connection: ClientConnection) -> Close | None:
    for _ in connection:
        pass
    return connection.protocol.close_rcvd
