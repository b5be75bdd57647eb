"""The end of a WebSocket (RFC 6455, section 7): each side sends one close frame, and nothing after it."""

from __future__ import annotations

import socket
import struct
from contextlib import ExitStack
from pathlib import Path

import pytest
from websockets.frames import Close, CloseCode, Opcode

from chatcore.protocol.goodbye import BACK_SOON
from tests.support.peers import Guest, Page, Peers, all_frames, peers_of, read_head
from tests.support.trackers import Hosted, hosted_tracker
from tests.support.websocket import frame, upgrade_request


def transcript(nick: str) -> bytes:
    """Return the frames that register and join the room."""
    lines = (f"NICK {nick}", f"USER {nick} 0 * :{nick}", "JOIN #room")
    return b"".join(frame(Opcode.TEXT, line.encode()) for line in lines)


def test_quit_is_closed_with_1000(hosted: Hosted, peers: Peers) -> None:
    irc, page = hosted.client("irc", "#room"), peers.page("ann", "#room")
    page.send("QUIT :enough")
    assert page.until("ERROR").params == ("Closing link: Quit: enough",)
    assert page.closing().code == CloseCode.NORMAL_CLOSURE
    assert irc.receive_until("QUIT").params == ("Quit: enough",)


def test_end_of_the_tracker_is_closed_with_1001(tmp_path: Path) -> None:
    with ExitStack() as stack:
        with hosted_tracker(tmp_path) as hosted:
            peers = stack.enter_context(peers_of(hosted.port))
            page, guest = peers.page("ann"), peers.guest("room", "bob")
        assert page.until("ERROR").params == ("the tracker has left",)
        for peer in (page, Page(guest.connection)):
            assert peer.closing().code == CloseCode.GOING_AWAY


def test_restart_of_the_tracker_is_closed_with_1012(tmp_path: Path) -> None:
    """Service Restart, https://www.iana.org/assignments/websocket: "a client can reconnect"."""
    with ExitStack() as stack:
        with hosted_tracker(tmp_path) as hosted:
            peers = stack.enter_context(peers_of(hosted.port))
            page, guest = peers.page("ann"), peers.guest("room", "bob")
            hosted.farewell = BACK_SOON
        assert page.until("ERROR").params == (f"Closing link: {BACK_SOON}",)
        for peer in (page, Page(guest.connection)):
            assert peer.closing().code == CloseCode.SERVICE_RESTART


@pytest.mark.parametrize(
    "code", [b"", struct.pack("!H", 1000), struct.pack("!H", 1001) + b"bye", struct.pack("!H", 4321)]
)
def test_peer_close_is_answered_once_with_the_same_code(hosted: Hosted, peers: Peers, code: bytes) -> None:
    """Whatever others say in the meantime, no frame follows it; then the connection ends."""
    irc = hosted.client("irc", "#room")
    sock = peers.raw()
    sock.sendall(upgrade_request() + transcript("ann"))
    read_head(sock)
    irc.receive_until("JOIN")
    irc.send(*["PRIVMSG #room :talk"] * 50)
    sock.sendall(frame(Opcode.CLOSE, code))
    irc.send(*["PRIVMSG #room :more talk"] * 50)
    frames = all_frames(sock)
    assert [received.payload for received in frames if received.opcode == Opcode.CLOSE] == [code]
    assert frames[-1].opcode == Opcode.CLOSE
    assert irc.receive_until("QUIT").params == ("Connection closed",)


def test_close_before_registration_is_answered_once(peers: Peers) -> None:
    sock = peers.raw()
    sock.sendall(upgrade_request())
    read_head(sock)
    sock.sendall(frame(Opcode.CLOSE, b"\x03\xe8"))
    (received,) = all_frames(sock)
    assert received == (Opcode.CLOSE, b"\x03\xe8")


@pytest.mark.parametrize("payload", [b"\x00", b"\x00\x00", struct.pack("!H", 1005), struct.pack("!H", 1000) + b"\xff"])
def test_malformed_close_is_answered_with_an_error_code(peers: Peers, payload: bytes) -> None:
    sock = peers.raw()
    sock.sendall(upgrade_request() + transcript("ann") + frame(Opcode.CLOSE, payload))
    read_head(sock)
    last = all_frames(sock)[-1]
    assert last.opcode == Opcode.CLOSE
    assert Close.parse(last.payload).code in {CloseCode.PROTOCOL_ERROR, CloseCode.INVALID_DATA}


def test_frames_after_a_close_are_ignored(hosted: Hosted, peers: Peers) -> None:
    irc = hosted.client("irc", "#room")
    sock = peers.raw()
    after = frame(Opcode.TEXT, b"PRIVMSG #room :after") + frame(Opcode.PING, b"after")
    sock.sendall(upgrade_request() + transcript("ann") + frame(Opcode.CLOSE) + after)
    read_head(sock)
    assert all_frames(sock)[-1] == (Opcode.CLOSE, b"")
    irc.receive_until("JOIN")
    assert irc.receive().command == "QUIT"


def test_a_peer_that_is_still_sending_receives_the_goodbye(hosted: Hosted, peers: Peers) -> None:
    """The tracker keeps reading until the peer has read the reason."""
    sock = peers.raw()
    more = frame(Opcode.TEXT, b"PRIVMSG ann :" + b"x" * 400) * 200
    sock.sendall(upgrade_request() + transcript("ann") + frame(Opcode.TEXT, b"QUIT") + more)
    read_head(sock)
    *_, error, close = all_frames(sock)
    assert error.payload == b"ERROR :Closing link: Quit"
    assert Close.parse(close.payload).code == CloseCode.NORMAL_CLOSURE


def test_lost_connections_do_not_break_the_tracker(hosted: Hosted, peers: Peers) -> None:
    """Without a close frame, and with an RST while others speak and the tracker closes the visit."""
    irc = hosted.client("irc", "#room")
    for nick in ("ann", "bob"):
        page = peers.page(nick, "#room")
        sock = page.connection.socket
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", int(nick == "bob"), 0))
        sock.shutdown(socket.SHUT_RDWR)
        irc.send("PRIVMSG #room :hello")
        assert (irc.receive_until("QUIT").source or "").startswith(nick)
    assert irc.command("PRIVMSG #room :alone") == []
    assert not hosted.tracker.has_failed


def test_tracker_closes_cleanly_while_peers_are_lost(tmp_path: Path) -> None:
    """A peer that is gone at the last frame is no delivery failure, and does not hold up the goodbye to others."""
    with ExitStack() as stack:
        with hosted_tracker(tmp_path) as hosted:
            peers = stack.enter_context(peers_of(hosted.port))
            page, lost = peers.page("ann", "#room"), [peers.raw() for _ in range(20)]
            for number, sock in enumerate(lost):
                sock.sendall(upgrade_request() + transcript(f"lost{number}"))
            for sock in lost:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                sock.close()
        assert not hosted.tracker.has_failed
        assert page.closing().code == CloseCode.GOING_AWAY


def test_guest_leaves_by_closing(hosted: Hosted, peers: Peers) -> None:
    irc, guest = hosted.client("irc", "#room"), peers.guest("room", "ann")
    guest.connection.close(4000, "done")
    assert guest.connection.close_code == 4000
    assert irc.receive_until("QUIT").params == ("Connection closed",)


def test_guest_gets_nothing_after_its_close(hosted: Hosted, peers: Peers) -> None:
    guest: Guest = peers.guest("room", "ann")
    guest.connection.close()
    assert list(guest.connection) == []
