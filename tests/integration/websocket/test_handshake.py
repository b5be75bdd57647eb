"""The opening handshake (RFC 6455, section 4): who may connect, and with which subprotocol."""

from __future__ import annotations

import socket
from http import HTTPStatus
from pathlib import Path
from time import monotonic

import pytest
from websockets.exceptions import InvalidStatus
from websockets.frames import Close, Opcode

from tests.support.peers import (
    BINARY,
    TEXT,
    Page,
    Peers,
    all_frames,
    peers_of,
    read_frames,
    read_head,
    read_response,
)
from tests.support.trackers import Hosted, hosted_tracker
from tests.support.websocket import frame, upgrade_request

TRANSCRIPT = frame(Opcode.TEXT, b"NICK ann") + frame(Opcode.TEXT, b"USER ann 0 * :Ann")


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ([TEXT], TEXT),
        ([BINARY], BINARY),
        ([TEXT, BINARY], TEXT),
        ([BINARY, TEXT], BINARY),
        (["chat", BINARY, TEXT], BINARY),
        (["chat"], None),
        ([], None),
    ],
)
def test_subprotocol_follows_the_clients_order(peers: Peers, offered: list[str], chosen: str | None) -> None:
    """Without an offer: text frames, for plain tools."""
    page = Page(peers.open(subprotocols=offered))
    assert page.connection.subprotocol == chosen
    page.register("ann")


@pytest.mark.parametrize("target", ["/", "/irc", "/ws", "/?x=y"])
def test_irc_is_served_at_several_paths(peers: Peers, target: str) -> None:
    Page(peers.open(target)).register("ann")


@pytest.mark.parametrize("target", ["/other", "/ws/", "/index.html", "/../", "//"])
def test_other_paths_are_not_found(peers: Peers, target: str) -> None:
    sock = peers.raw()
    sock.sendall(upgrade_request(target))
    assert read_response(sock)[0] == HTTPStatus.NOT_FOUND


def test_compression_is_not_negotiated(peers: Peers) -> None:
    sock = peers.raw()
    sock.sendall(upgrade_request(more=["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"]))
    head = read_head(sock)
    assert head.startswith("HTTP/1.1 101 ")
    assert "extensions" not in head.lower()


def test_handshake_over_tls(peers: Peers) -> None:
    assert_ann_comes_in(peers.raw(is_tls=True))


def assert_ann_comes_in(sock: socket.socket) -> None:
    sock.sendall(upgrade_request() + TRANSCRIPT)
    head = read_head(sock)
    assert head.startswith("HTTP/1.1 101 ")
    read_frames(sock, lambda found: b" 001 ann " in found[-1].payload)


@pytest.mark.parametrize("is_tls", [False, True])
def test_handshake_may_arrive_byte_by_byte(peers: Peers, is_tls: bool) -> None:
    sock = peers.raw(is_tls=is_tls)
    for byte in upgrade_request() + TRANSCRIPT:
        sock.sendall(bytes([byte]))
    head = read_head(sock)
    assert head.startswith("HTTP/1.1 101 ")
    frames = read_frames(sock, lambda found: b" 001 ann " in found[-1].payload)
    assert [received.opcode for received in frames] == [Opcode.TEXT]


def test_frames_may_follow_the_handshake_at_once(peers: Peers) -> None:
    """A ping among them is answered after the handshake, and in its place."""
    sock = peers.raw()
    sock.sendall(upgrade_request() + frame(Opcode.PING, b"early") + TRANSCRIPT)
    head = read_head(sock)
    assert head.startswith("HTTP/1.1 101 ")
    frames = read_frames(sock, lambda found: b" 001 ann " in found[-1].payload)
    assert [received.opcode for received in frames] == [Opcode.PONG, Opcode.TEXT]
    assert frames[0].payload == b"early"


def test_close_may_follow_the_handshake_at_once(hosted: Hosted, peers: Peers) -> None:
    """What came before it counts."""
    irc = hosted.client("irc")
    sock = peers.raw()
    said = frame(Opcode.TEXT, b"PRIVMSG irc :on my way")
    sock.sendall(upgrade_request() + TRANSCRIPT + said + frame(Opcode.CLOSE, b"\x03\xe8"))
    assert irc.receive_until("PRIVMSG").params == ("irc", "on my way")
    read_head(sock)
    frames = all_frames(sock)
    assert frames[-1] == (Opcode.CLOSE, b"\x03\xe8")
    assert [received.opcode for received in frames].count(Opcode.CLOSE) == 1


@pytest.mark.parametrize("without", ["Sec-WebSocket-Key", "Sec-WebSocket-Version", "Connection"])
def test_incomplete_handshake_is_refused(peers: Peers, without: str) -> None:
    sock = peers.raw()
    sock.sendall(upgrade_request(without=without))
    assert read_response(sock)[0] in {HTTPStatus.BAD_REQUEST, HTTPStatus.UPGRADE_REQUIRED}


@pytest.mark.parametrize(
    "change",
    [
        (b"GET ", b"POST "),
        (b"HTTP/1.1", b"HTTP/1.0"),
        (b"Version: 13", b"Version: 8"),
        (b"AAAAAAAAAAAAAAAAAAAAAA==", b"AAAA"),
        (b"AAAAAAAAAAAAAAAAAAAAAA==", "schlüssel".encode()),
        (b"Host: localhost", b"Origin: http://a\r\nOrigin: http://localhost\r\nHost: localhost"),
        (b"Host: localhost", b"X" * 8300 + b": y\r\nHost: localhost"),
    ],
)
def test_bad_handshake_is_answered_once_and_closed(hosted: Hosted, peers: Peers, change: tuple[bytes, bytes]) -> None:
    sock = peers.raw()
    sock.sendall(upgrade_request().replace(*change) + TRANSCRIPT)
    status, _ = read_response(sock)
    assert status >= HTTPStatus.BAD_REQUEST
    assert hosted.tracker.registry.client_count() == 0


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://{here}", 101),
        ("https://{here}", 101),
        ("http://elsewhere.example", 403),
        ("http://{here}.elsewhere.example", 403),
        ("http://localhost:1", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_pages_of_other_sites_are_refused(peers: Peers, origin: str, status: int) -> None:
    sock = peers.raw()
    here = f"localhost:{peers.port}"
    sock.sendall(upgrade_request(host=here, more=[f"Origin: {origin.format(here=here)}"]))
    assert read_head(sock).split(" ")[1] == str(status)


@pytest.mark.parametrize("target", ["/irc", "/ws/chat/room?nickname=ann"])
def test_dns_rebinding_is_refused_and_reported(hosted: Hosted, peers: Peers, target: str) -> None:
    """To the browser, page and tracker are the same site: Origin and Host agree."""
    for _ in range(2):
        sock = peers.raw()
        host = f"evil.example:{peers.port}"
        sock.sendall(upgrade_request(target, host=host, more=[f"Origin: http://{host}"]))
        status, words = read_response(sock)
        assert (status, 'web_hosts = ["evil.example"]' in words) == (HTTPStatus.MISDIRECTED_REQUEST, True)
    (notice,) = hosted.tracker.notices
    assert 'web_hosts = ["evil.example"]' in notice


def test_configured_web_hosts_are_accepted(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, web_hosts=("chat.example",)) as hosted, peers_of(hosted.port) as peers:
        Page(peers.open(origin="https://chat.example")).register("ann")
        sock = peers.raw()
        sock.sendall(upgrade_request(host="chat.example", more=["Origin: https://chat.example"]))
        assert read_head(sock).startswith("HTTP/1.1 101 ")


def test_configured_origins_are_accepted(tmp_path: Path) -> None:
    with (
        hosted_tracker(tmp_path, web_origins=("https://chat.example",)) as hosted,
        peers_of(hosted.port) as peers,
    ):
        Page(peers.open(origin="https://chat.example")).register("ann")
        with pytest.raises(InvalidStatus) as refused:
            peers.open(origin="http://chat.example")
        assert refused.value.response.status_code == HTTPStatus.FORBIDDEN


def test_a_star_accepts_all_origins(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, web_origins=("*",)) as hosted, peers_of(hosted.port) as peers:
        Page(peers.open(origin="http://chat.example")).register("ann")
        Page(peers.open(origin="null")).register("bob")


def test_plaintext_handshake_is_sent_to_wss_where_tls_is_required(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, plaintext="never") as hosted, peers_of(hosted.port) as peers:
        sock = peers.raw()
        sock.sendall(upgrade_request("/ws/chat/dev?nickname=ann", host="chat.example:8000"))
        assert read_response(sock) == (403, "Use wss://chat.example:8000/ws/chat/dev?nickname=ann\n")
        assert_ann_comes_in(peers.raw(is_tls=True))


def test_unfinished_handshake_times_out(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, registration_timeout_s=0.1) as hosted, peers_of(hosted.port) as peers:
        sock = peers.raw()
        sock.sendall(upgrade_request()[:-2])
        while sock.recv(4096):
            pass


def test_unregistered_page_is_closed_with_the_reason(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted, peers_of(hosted.port) as peers:
        page = Page(peers.open())
        (visit,) = hosted.tracker.visits()
        visit.check_deadline(monotonic() + hosted.tracker.config.limits.registration_timeout_s)
        assert page.receive_line() == "ERROR :Closing link: Registration timed out"
        assert page.closing() == Close(1000, "Registration timed out")
