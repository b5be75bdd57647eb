"""Readers that stall: their lines are held for a while, then they are disconnected; others see only the QUIT."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import pytest

from chatcore.protocol.message import Message
from chatcore.transport.tcp import TcpConnection
from tests.support.crowd import Witness, assert_all_saw_what_was_logged, settled, witnesses
from tests.support.irc import commands, one, only
from tests.support.trackers import hosted_tracker

SMALL_BUFFER_BYTES = 4096
SENDQ_BYTES = 256 * 1024
TEXT = "x" * 400
LINES = 50  # said between two round trips
# The buffers of the kernel and of the tracker are full well before so much was said.
MAX_TRIPS = 2000


class NarrowSocket(Witness):
    """A client with a small receive buffer."""

    def __init__(self, port: int, nick: str, *channels: str) -> None:
        super().__init__(port)
        self.sock.close()
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER_BYTES)
        self.sock.connect(("127.0.0.1", port))
        self.register(nick, caps="echo-message")
        if channels:
            self.join(*channels)


def talk_until_told(clients: list[Witness], command: str) -> int:
    """Have each talk in turn until one receives this command; return the number of round trips."""
    for trip in range(MAX_TRIPS):
        told = clients[trip % len(clients)].command(*[f"PRIVMSG #room :{trip} {TEXT}"] * LINES)
        if command in commands(told):
            return trip
    raise AssertionError(f"no {command} in {MAX_TRIPS} round trips")


@pytest.mark.xdist_group("heavy")
def test_a_stalled_reader_is_disconnected_while_others_talk_on(tmp_path: Path) -> None:
    """All round trips of the others end, before and after, and they see the reason of the QUIT."""
    with (
        hosted_tracker(tmp_path, max_sendq_bytes=SENDQ_BYTES) as hosted,
        NarrowSocket(hosted.port, "stalled", "#room"),
        witnesses(hosted.port, 3, "#room") as clients,
    ):
        trips = talk_until_told(clients, "QUIT")
        assert trips * LINES * len(TEXT) > SENDQ_BYTES, "the reader was disconnected before its queue was full"
        for client in clients:
            client.command("PRIVMSG #room :and on we talk")
        settled(clients)
        assert_all_saw_what_was_logged(clients, hosted.log_path)
        (end,) = only(clients[0].received, "QUIT")
        assert end.source is not None
        assert (end.source.partition("!")[0], end.params) == ("stalled", ("SendQ exceeded",))
        assert hosted.connect().register("stalled"), "the nick must be free again"


@pytest.mark.thorough
@pytest.mark.xdist_group("heavy")
def test_a_reader_that_resumes_in_time_misses_nothing(tmp_path: Path) -> None:
    trips = 250
    with (
        hosted_tracker(tmp_path, max_sendq_bytes=32 << 20) as hosted,
        NarrowSocket(hosted.port, "stalled", "#room") as stalled,
        Witness(hosted.port, "talker", "#room", caps="") as talker,
    ):
        for trip in range(trips):
            talker.command(*[f"PRIVMSG #room :{trip} {TEXT}"] * LINES)
        connection = hosted.visit_of("stalled").connection
        assert isinstance(connection, TcpConnection)
        assert len(connection._outbox) > 0, "the kernel buffered everything: the test must send more"
        stalled.sync()
        assert_all_saw_what_was_logged([stalled], hosted.log_path)
        assert len(stalled.said) == trips * LINES


@pytest.mark.thorough
@pytest.mark.xdist_group("heavy")
def test_a_client_that_never_reads_its_answers_is_disconnected(tmp_path: Path) -> None:
    """PING needs no credit; its answers still count."""
    with (
        hosted_tracker(tmp_path, max_sendq_bytes=SENDQ_BYTES) as hosted,
        NarrowSocket(hosted.port, "asker", "#room") as asker,
        witnesses(hosted.port, 2, "#room") as clients,
    ):
        asker.sock.settimeout(20)
        question = (b"PING :" + b"y" * 400 + b"\r\n") * 100
        told: list[Message] = []
        while not only(told, "QUIT"):
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                asker.send_bytes(question)
            told = clients[0].command("PRIVMSG #room :not disturbed")
        assert one(told, "QUIT").params == ("SendQ exceeded",)
