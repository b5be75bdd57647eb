"""Messages in frames: one line each, whole or in fragments, of bounded size, valid UTF-8 (RFC 6455, section 5)."""

from __future__ import annotations

import socket

import pytest
from websockets.frames import Close, CloseCode, Opcode

from tests.support.irc import one
from tests.support.peers import BINARY, TEXT, Peers, Received, all_frames, read_frames, read_head
from tests.support.trackers import Hosted
from tests.support.websocket import frame, upgrade_request

MAX_BYTES = 16384


def shaken(peers: Peers, subprotocol: str = TEXT) -> socket.socket:
    """Return a bare connection after the handshake and registration as ann."""
    sock = peers.raw()
    sock.sendall(upgrade_request(more=[f"Sec-WebSocket-Protocol: {subprotocol}"]))
    read_head(sock)
    sock.sendall(text("NICK ann") + text("USER ann 0 * :Ann") + text("PING in"))
    read_frames(sock, lambda found: found[-1].payload.endswith(b"PONG tracker.chat :in"))
    return sock


def text(line: str) -> bytes:
    """Return a line in a text frame."""
    return frame(Opcode.TEXT, line.encode())


def answers(sock: socket.socket, data: bytes) -> list[bytes]:
    """Send frames and a PING; return the payloads of all that comes before its PONG."""
    sock.sendall(data + text("PING barrier"))
    found = read_frames(sock, lambda found: found[-1].payload.endswith(b":barrier"))
    return [received.payload for received in found[:-1]]


def close_code(frames: list[Received]) -> int:
    """Return the code of the one close frame, which is the last."""
    assert [received.opcode for received in frames].count(Opcode.CLOSE) == 1
    assert frames[-1].opcode == Opcode.CLOSE
    return Close.parse(frames[-1].payload).code


@pytest.mark.parametrize(("subprotocol", "opcode"), [(TEXT, Opcode.TEXT), (BINARY, Opcode.BINARY)])
def test_each_line_is_one_frame_of_the_subprotocols_type(peers: Peers, subprotocol: str, opcode: Opcode) -> None:
    sock = shaken(peers, subprotocol)
    sock.sendall(text("LUSERS") + text("JOIN #room") + text("PING end"))
    frames = read_frames(sock, lambda found: found[-1].payload.endswith(b":end"))
    assert len(frames) > len(["LUSERS", "JOIN", "PING"])
    for received in frames:
        assert received.opcode == opcode
        assert not set(received.payload) & set(b"\r\n")
        received.payload.decode()


@pytest.mark.parametrize("end", ["", "\r\n", "\n"])
def test_line_ends_in_frames_are_tolerated(peers: Peers, end: str) -> None:
    assert answers(shaken(peers), text(f"PING x{end}")) == [b":tracker.chat PONG tracker.chat :x"]


def test_text_connections_accept_binary_frames(peers: Peers) -> None:
    sock = shaken(peers)
    assert answers(sock, frame(Opcode.BINARY, b"PING x")) == [b":tracker.chat PONG tracker.chat :x"]


def test_empty_frames_are_ignored(peers: Peers) -> None:
    assert answers(shaken(peers), text("") + frame(Opcode.BINARY)) == []


def test_fragments_are_joined_around_control_frames(hosted: Hosted, peers: Peers) -> None:
    """Cut inside a character, too."""
    irc = hosted.client("irc")
    sock = shaken(peers)
    line = "PRIVMSG irc :grün 漢字 😀".encode()
    fragments = [frame(Opcode.TEXT if not n else Opcode.CONT, line[n : n + 1], fin=False) for n in range(len(line))]
    fragments.insert(9, frame(Opcode.PING, b"between"))
    sock.sendall(b"".join(fragments) + frame(Opcode.CONT))
    (pong,) = read_frames(sock, lambda found: True)
    assert pong == Received(Opcode.PONG, b"between")
    assert irc.receive_until("PRIVMSG").params == ("irc", "grün 漢字 😀")


def test_continuation_without_a_first_fragment_is_an_error(peers: Peers) -> None:
    sock = shaken(peers)
    sock.sendall(frame(Opcode.CONT, b"x"))
    assert close_code(all_frames(sock)) == CloseCode.PROTOCOL_ERROR


def test_message_inside_a_fragmented_one_is_an_error(peers: Peers) -> None:
    sock = shaken(peers)
    sock.sendall(frame(Opcode.TEXT, b"PING", fin=False) + text("PING x"))
    assert close_code(all_frames(sock)) == CloseCode.PROTOCOL_ERROR


def test_unmasked_frame_is_an_error(peers: Peers) -> None:
    sock = shaken(peers)
    sock.sendall(b"\x81\x06PING x")
    assert close_code(all_frames(sock)) == CloseCode.PROTOCOL_ERROR


@pytest.mark.parametrize("first_byte", [0xC1, 0xA1, 0x91, 0x83, 0x8B])
def test_reserved_bits_and_opcodes_are_errors(peers: Peers, first_byte: int) -> None:
    sock = shaken(peers)
    sock.sendall(bytes([first_byte]) + text("PING x")[1:])
    assert close_code(all_frames(sock)) == CloseCode.PROTOCOL_ERROR


def test_too_long_line_is_refused_without_closing(peers: Peers) -> None:
    sock = shaken(peers)
    for size in (511, 5000, MAX_BYTES):
        (refusal,) = answers(sock, frame(Opcode.TEXT, b"x" * size))
        assert b" 417 ann " in refusal


def test_too_big_message_closes_the_connection(hosted: Hosted, peers: Peers) -> None:
    """The peer sends all of it, reads only then, and still sees the reason."""
    irc = hosted.client("irc", "#room")
    sock = shaken(peers)
    answers(sock, text("JOIN #room"))
    sock.sendall(frame(Opcode.TEXT, b"PRIVMSG irc :" + b"x" * (1 << 20)))
    assert close_code(all_frames(sock)) == CloseCode.MESSAGE_TOO_BIG
    assert irc.receive_until("QUIT").source


def test_too_many_fragments_close_the_connection(peers: Peers) -> None:
    sock = shaken(peers)
    sock.sendall(frame(Opcode.TEXT, b"x", fin=False) + frame(Opcode.CONT, b"x" * 100, fin=False) * 200)
    assert close_code(all_frames(sock)) == CloseCode.MESSAGE_TOO_BIG


def test_too_big_frame_is_refused_by_its_announced_length(peers: Peers) -> None:
    sock = shaken(peers)
    sock.sendall(b"\x81\xff" + (1 << 62).to_bytes(8) + b"mask")
    assert close_code(all_frames(sock)) == CloseCode.MESSAGE_TOO_BIG


@pytest.mark.parametrize("payload", [b"PRIVMSG irc :caf\xe9", b"\xed\xa0\x80", b"\xc0\x80", b"\xf0\x9f\x98"])
def test_invalid_utf8_in_a_text_frame_closes_the_connection(hosted: Hosted, peers: Peers, payload: bytes) -> None:
    """> the endpoint MUST _Fail the WebSocket Connection_; what came after it does not count."""
    irc = hosted.client("irc")
    sock = shaken(peers)
    sock.sendall(
        text("PRIVMSG irc :before")
        + frame(Opcode.TEXT, payload[:2], fin=False)
        + frame(Opcode.CONT, payload[2:])
        + text("PRIVMSG irc :after")
    )
    assert close_code(all_frames(sock)) == CloseCode.INVALID_DATA
    assert one(irc.sync(), "PRIVMSG").params[-1] == "before"


def test_invalid_utf8_in_a_binary_frame_is_refused_without_closing(peers: Peers) -> None:
    (refusal,) = answers(shaken(peers, BINARY), frame(Opcode.BINARY, b"PRIVMSG irc :caf\xe9"))
    assert refusal.startswith(b":tracker.chat FAIL * INVALID_UTF8 ")


@pytest.mark.parametrize("payload", [b"", b"x", bytes(range(125))])
def test_ping_is_answered_with_its_payload(peers: Peers, payload: bytes) -> None:
    sock = shaken(peers)
    sock.sendall(frame(Opcode.PING, payload))
    assert read_frames(sock, lambda found: True) == [Received(Opcode.PONG, payload)]


def test_ping_before_registration_is_answered(peers: Peers) -> None:
    sock = peers.raw()
    sock.sendall(upgrade_request())
    read_head(sock)
    sock.sendall(frame(Opcode.PING, b"there?"))
    assert read_frames(sock, lambda found: True) == [Received(Opcode.PONG, b"there?")]


def test_unsolicited_pong_is_ignored(peers: Peers) -> None:
    assert answers(shaken(peers), frame(Opcode.PONG, b"x")) == []
