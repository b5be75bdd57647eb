"""Many readers of one room in all formats: same order, encoded once; a reader that does not read is dropped."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import pytest
from websockets.frames import Opcode

from chatcore.protocol.message import Message, parse
from chatcore.transport.websocket import WebSocketConnection
from tests.support.irc import DEADLINE_S, only
from tests.support.peers import BINARY, TEXT, Peers, peers_of, read_frames, read_head
from tests.support.thorough import first_and_thorough
from tests.support.trackers import Hosted, hosted_tracker
from tests.support.websocket import frame, upgrade_request

CAPS = "batch labeled-response message-tags server-time echo-message"
SENDQ_BYTES = 64 * 1024
TALK = "x" * 400


def test_tags_labels_and_batches_work_in_frames(peers: Peers) -> None:
    page = peers.page("ann", "#room", caps=CAPS)
    page.send("@label=one;+typing=active PRIVMSG #room :hi", "@label=two LUSERS", "@label=three PONG x")
    echo = page.until("PRIVMSG")
    assert echo.tags.keys() >= {"label", "time", "msgid", "+typing"}
    batch = page.until("BATCH")
    assert batch.tags["label"] == "two"
    assert page.until("251").tags["batch"] == batch.params[0].removeprefix("+")
    assert page.until("BATCH").params == ("-" + batch.params[0].removeprefix("+"),)
    assert page.until("ACK").tags["label"] == "three"


def test_history_works_in_frames(peers: Peers) -> None:
    page = peers.page("ann", "#room", caps=f"{CAPS} draft/chathistory")
    page.send(*(f"PRIVMSG #room :{number}" for number in range(5)))
    page.barrier()
    page.send("CHATHISTORY LATEST #room * 3")
    page.until("BATCH")
    assert [page.until("PRIVMSG").params[-1] for _ in range(3)] == ["2", "3", "4"]


@pytest.mark.thorough
def test_paste_arrives_whole_in_every_format_in_the_same_order(hosted: Hosted, peers: Peers) -> None:
    irc, guest = hosted.client("irc", "#room"), peers.guest("room", "guest")
    pages = [
        peers.page(f"{kind[0]}{number}", "#room", subprotocol=kind) for kind in (TEXT, BINARY) for number in (1, 2)
    ]
    paste = [f"line {number} é漢😀" for number in range(100)]
    talker = peers.page("talker", "#room")
    talker.send(*(f"PRIVMSG #room :{text}" for text in paste))
    talker.barrier()
    for page in pages:
        assert [page.until("PRIVMSG").params[-1] for _ in paste] == paste
    assert [message.params[-1] for message in only(irc.sync(), "PRIVMSG")] == paste
    heard = guest.hear_until(f"talker: {paste[-1]}")
    assert heard[-len(paste) :] == [f"talker: {text}" for text in paste]


def test_readers_of_one_format_share_the_encoded_bytes(
    hosted: Hosted, peers: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many readers there are, a line is put into a frame once."""
    pages = [peers.page(f"n{number}", "#room") for number in range(5)]
    given: list[bytes] = []

    def offer(self: WebSocketConnection, data: bytes) -> bool:
        given.append(data)
        return real(self, data)

    real = WebSocketConnection.offer
    monkeypatch.setattr(WebSocketConnection, "offer", offer)
    pages[0].send("PRIVMSG #room :to all of you")
    for page in pages[1:]:
        page.until("PRIVMSG")
    frames = [data for data in given if b"to all of you" in data]
    assert len(frames) == len(pages) - 1
    assert len({id(data) for data in frames}) == 1


def test_guests_do_not_see_replies_meant_for_programs(hosted: Hosted, peers: Peers) -> None:
    guest, irc = peers.guest("room", "guest"), hosted.client("irc", "#room", caps="message-tags")
    assert guest.hear() == "irc joined room"
    irc.command("MODE irc +i", "@+typing=active TAGMSG #room", "NAMES #room", "WHO #room", "AWAY :gone")
    irc.command("PRIVMSG #room :done")
    assert guest.hear() == "irc: done"


def test_flood_is_slowed_down_and_loses_nothing(tmp_path: Path) -> None:
    with (
        hosted_tracker(tmp_path, lines_per_s=200.0, burst_lines=20, credit_lines=4) as hosted,
        peers_of(hosted.port) as peers,
    ):
        reader, flooder = peers.page("ann", "#room"), peers.page("bob", "#room")
        flood = [f"flood {number}" for number in range(100)]
        flooder.send(*(f"PRIVMSG #room :{text}" for text in flood))
        assert [reader.until("PRIVMSG").params[-1] for _ in flood] == flood


def test_each_line_of_a_guests_frame_counts(tmp_path: Path) -> None:
    """A guest whose frame has many lines is slowed down as for as many frames, and can still be disconnected."""
    with hosted_tracker(tmp_path, lines_per_s=0.01, burst_lines=20) as hosted, peers_of(hosted.port) as peers:
        reader, guest = peers.page("ann", "#room"), peers.guest("room", "guest")
        guest.say("\n".join("x" * 50))
        visit = hosted.visit_of("guest")
        while not visit.client.credit.is_waiting:
            assert not visit.is_over.is_set
        assert len([message for message in reader.barrier() if message.command == "PRIVMSG"]) < 20
        visit.end("enough", is_lost=False)
        assert reader.until("QUIT").params == ("enough",)


def test_flood_of_pings_is_answered_without_disturbing_others(hosted: Hosted, peers: Peers) -> None:
    """Each ping, or the latest of those that came together."""
    other, sock = peers.page("other", "#room"), peers.raw()
    sock.sendall(upgrade_request() + registration("ann"))
    read_head(sock)
    read_frames(sock, lambda found: b" 366 " in found[-1].payload)
    for turn in range(20):
        sock.sendall(b"".join(frame(Opcode.PING, b"%d" % number) for number in range(100)))
        other.barrier(f"turn{turn}")
    sock.sendall(frame(Opcode.PING, b"last"))
    pongs = read_frames(sock, lambda found: found[-1].payload == b"last")
    assert len(pongs) > 20
    assert {pong.opcode for pong in pongs} == {Opcode.PONG}


@pytest.mark.xdist_group("heavy")
@pytest.mark.parametrize("target", first_and_thorough("/", "/ws/chat/room?nickname=stalled"))
def test_stalled_reader_is_dropped_while_others_keep_talking(tmp_path: Path, target: str) -> None:
    with (
        hosted_tracker(tmp_path, max_sendq_bytes=SENDQ_BYTES) as hosted,
        peers_of(hosted.port) as peers,
        narrow_socket(hosted.port) as sock,
    ):
        talker = peers.page("talker", "#room", caps="echo-message")
        sock.sendall(upgrade_request(target) + (registration("stalled") if target == "/" else b""))
        talker.until("JOIN")
        told: list[Message] = []
        while not told:
            talker.send(*[f"PRIVMSG #room :{TALK}"] * 50)
            told = [message for message in talker.barrier() if message.command == "QUIT"]
        assert [message.params for message in told] == [("SendQ exceeded",)]
        talker.send("PRIVMSG #room :and on")
        talker.until("PRIVMSG", "and on")


@pytest.mark.thorough
@pytest.mark.xdist_group("heavy")
def test_peer_that_never_reads_its_pongs_is_dropped(tmp_path: Path) -> None:
    pings = frame(Opcode.PING, b"x" * 125) * 500
    with (
        hosted_tracker(tmp_path, max_sendq_bytes=SENDQ_BYTES) as hosted,
        peers_of(hosted.port) as peers,
        narrow_socket(hosted.port) as sock,
    ):
        other = peers.page("other", "#room")
        sock.sendall(upgrade_request() + registration("pinger"))
        other.until("JOIN")
        told: list[Message] = []
        while not told:
            with contextlib.suppress(OSError):
                sock.sendall(pings)
            told = [message for message in other.barrier() if message.command == "QUIT"]
        assert [message.params for message in told] == [("SendQ exceeded",)]


def narrow_socket(port: int) -> socket.socket:
    """Return a connection whose kernel buffers little before it is read."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(DEADLINE_S)
    sock.connect(("127.0.0.1", port))
    return sock


def registration(nick: str) -> bytes:
    """Return the frames that register and join the room."""
    lines = (f"NICK {nick}", f"USER {nick} 0 * :{nick}", "JOIN #room")
    return b"".join(frame(Opcode.TEXT, line.encode()) for line in lines)


def test_line_is_parsed_as_irc(peers: Peers) -> None:
    """What a frame holds is a whole message of IRC, source and all."""
    page = peers.page("ann", "#room", caps="echo-message")
    page.send("PRIVMSG #room :  spaces : and colons  ")
    line = page.receive_line()
    assert parse(line).params == ("#room", "  spaces : and colons  ")
    assert line.startswith(":ann!ann@127.0.0.1 ")
