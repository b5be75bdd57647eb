"""Silent peers are pinged, by PING over IRC and by ping frames at the room endpoint; quiet connections are kept open
by ping frames.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.frames import Opcode

from tests.support.peers import Peers, peers_of, read_frames, read_head
from tests.support.trackers import Hosted, hosted_tracker
from tests.support.websocket import frame, upgrade_request


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker that pings soon, and not again before there is an answer."""
    with hosted_tracker(tmp_path, ping_interval_s=0.1) as hosted:
        yield hosted


def guest(peers: Peers, nick: str) -> socket.socket:
    """Return a guest's bare connection that has read its own arrival."""
    sock = peers.raw()
    sock.sendall(upgrade_request(f"/ws/chat/room?nickname={nick}"))
    read_head(sock)
    read_frames(sock, lambda found: found[-1] == (Opcode.TEXT, f"{nick} joined room".encode()))
    return sock


def test_guest_that_answers_ping_frames_stays(peers: Peers) -> None:
    sock = guest(peers, "ann")
    for _ in range(4):
        (ping,) = read_frames(sock, lambda found: True)
        assert ping.opcode == Opcode.PING
        sock.sendall(frame(Opcode.PONG, ping.payload))
    sock.sendall(frame(Opcode.TEXT, b"here"))
    frames = read_frames(sock, lambda found: found[-1].opcode == Opcode.TEXT)
    assert frames[-1].payload == b"ann: here"


def test_guest_that_does_not_answer_is_dropped(tmp_path: Path) -> None:
    with (
        hosted_tracker(tmp_path, ping_interval_s=0.1, ping_timeout_s=0.3) as hosted,
        peers_of(hosted.port) as peers,
    ):
        sock = guest(peers, "ann")
        frames = read_frames(sock, lambda found: found[-1].opcode == Opcode.CLOSE)
        assert frames[0].opcode == Opcode.PING
        assert frames[-2] == (Opcode.TEXT, b"! Closing link: Ping timeout")
        assert hosted.tracker.registry.client("ann") is None


def test_page_is_pinged_over_irc_and_its_own_ping_frames_count(peers: Peers) -> None:
    page = peers.page("ann")
    for _ in range(3):
        assert page.until("PING").params
        assert page.connection.ping().wait(20)
    page.barrier()


@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("target", ["/irc", "/ws/chat/room?nickname=ann"])
def test_a_quiet_connection_is_kept_open_by_ping_frames(tmp_path: Path, target: str, is_tls: bool) -> None:
    """A proxy ends a connection on which the tracker sent nothing for a minute, whatever the other side sends."""
    with hosted_tracker(tmp_path, websocket_quiet_s=0.01) as hosted, peers_of(hosted.port) as peers:
        sock = peers.raw(is_tls=is_tls)
        sock.sendall(upgrade_request(target))
        if target == "/irc":
            sock.sendall(frame(Opcode.TEXT, b"NICK ann") + frame(Opcode.TEXT, b"USER ann 0 * :Ann"))
        read_head(sock)
        frames = read_frames(sock, lambda found: found[-1].opcode == Opcode.PING)
        sock.sendall(frame(Opcode.PONG))
        assert read_frames(sock, lambda found: True) == [(Opcode.PING, b"")]
        assert {received.opcode for received in frames[:-1]} == {Opcode.TEXT}
