"""Each stage of a connection has a deadline. The message of each stage: tests/server/test_visit."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tests.integration.secure.http import connect, read_to_end
from tests.support.irc import IrcClient, commands, one
from tests.support.thorough import first_and_thorough
from tests.support.tls import hello
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker

SHORT_S = 0.3


def _error_after(client: IrcClient) -> str:
    return one(client.receive_rest(), "ERROR").params[0].removeprefix("Closing link: ")


def test_first_byte_has_a_deadline(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, first_byte_timeout_s=SHORT_S) as hosted:
        silent, slow = hosted.connect(wire="tcp"), hosted.connect(wire="tcp")
        slow.send("CAP LS")
        assert silent.receive_rest() == []
        assert one(slow.register("slow"), "CAP"), "after its first byte a client has time to register"


@pytest.mark.parametrize("part", [slice(1), slice(-1), slice(None)], ids=["a byte", "all but one", "a hello"])
def test_tls_handshake_has_a_deadline(tmp_path: Path, part: slice) -> None:
    """A client that does not finish it gets no plaintext, which TLS would not understand."""
    with hosted_tracker(tmp_path, tls_handshake_timeout_s=SHORT_S) as hosted, connect(hosted) as sock:
        sock.sendall(hello()[part])
        received = read_to_end(sock)
        assert bool(received) == (part.stop is None), "only a complete hello is answered"
        assert b"ERROR" not in received
        sock.close()
        wait_until(lambda: not hosted.tracker.visits())


@pytest.mark.parametrize("wire", ["tcp", "tls"])
def test_registration_has_a_deadline(tmp_path: Path, wire: str) -> None:
    with hosted_tracker(tmp_path, registration_timeout_s=SHORT_S) as hosted:
        waiting, knocking = hosted.connect(wire=wire), hosted.connect(wire=wire)
        waiting.send("CAP LS 302", "NICK ann")
        knocking.send(*["NICK ann"] * 50)
        assert _error_after(waiting) == "Registration timed out"
        assert _error_after(knocking) == "Registration timed out"


@pytest.mark.parametrize("wire", ["tcp", "tls"])
def test_choosing_a_nick_has_a_longer_deadline(tmp_path: Path, wire: str) -> None:
    """A client that has proven the password has longer, but not for ever."""
    times: dict[str, Any] = {"registration_timeout_s": SHORT_S, "nick_choice_timeout_s": 3 * SHORT_S}
    with hosted_tracker(tmp_path, "secret", **times) as hosted:
        began = monotonic()
        choosing = hosted.connect(wire=wire)
        choosing.send("PASS secret")
        stranger = hosted.connect(wire=wire)
        stranger.send("CAP LS 302")
        assert _error_after(stranger) == "Registration timed out"
        assert _error_after(choosing) == "No username chosen in time"
        assert monotonic() - began >= 3 * SHORT_S


@pytest.mark.parametrize("wire", first_and_thorough("tcp", "tls"))
def test_a_peer_that_never_reads_is_dropped_in_time(tmp_path: Path, wire: str) -> None:
    """A peer whose window stays shut is dropped long before its outbox is full, even if it keeps talking."""
    with hosted_tracker(tmp_path, write_timeout_s=SHORT_S) as hosted:
        talker, deaf = hosted.client("talker", "#room", wire=wire), hosted.client("deaf", wire=wire)
        deaf.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.join("#room")
        visit = hosted.visit_of("deaf")
        heard: list[str] = []
        while not visit.connection.is_stalled_since(1e12):
            heard += commands(talker.command(*["PRIVMSG #room :" + "x" * 400] * 40))
        while "QUIT" not in heard:
            deaf.send("PING x")
            heard += commands(talker.sync())
        assert any(line.startswith("lost deaf ") and line.endswith(":Write timeout") for line in hosted.log_lines())


@pytest.mark.parametrize("wire", ["tcp", "tls"])
def test_a_silent_client_is_dropped_after_a_ping(tmp_path: Path, wire: str) -> None:
    with hosted_tracker(tmp_path, ping_interval_s=SHORT_S, ping_timeout_s=SHORT_S) as hosted:
        dead = hosted.client("dead", wire=wire)
        assert _lines_of(dead)[-3:] == ["PING :tracker.chat", "ERROR :Closing link: Ping timeout", ""]
        assert f"lost dead {dead.address} :Ping timeout" in hosted.log_lines()


def _lines_of(client: IrcClient) -> list[str]:
    client.sock.settimeout(20)
    received = bytearray()
    while more := client.sock.recv(65536):
        received += more
    return received.decode().split("\r\n")


@pytest.mark.parametrize("wire", ["tcp", "tls"])
def test_closing_has_a_deadline(tmp_path: Path, wire: str) -> None:
    """A client that does not close after the goodbye is cut off."""
    with hosted_tracker(tmp_path, close_timeout_s=SHORT_S) as hosted:
        client = hosted.client("ann", wire=wire)
        client.send("QUIT")
        assert one(client.receive_rest(), "ERROR")
        wait_until(lambda: not hosted.tracker.visits())


def test_slow_bytes_do_not_extend_deadlines(tmp_path: Path) -> None:
    """One byte now and then prolongs no stage before registration, with TLS or without."""
    stages = ("first_byte_timeout_s", "tls_handshake_timeout_s", "registration_timeout_s")
    settings: dict[str, Any] = dict.fromkeys(stages, SHORT_S)
    with hosted_tracker(tmp_path, **settings) as hosted:
        for beginning in (b"NICK a", hello()[:100], b"GET / HTTP/1.1\r\nX: "):
            with connect(hosted) as sock:
                sock.sendall(beginning)
                sock.settimeout(0.02)
                with pytest.raises((ConnectionError, EOFError)):
                    _drip(sock)


def _drip(sock: socket.socket) -> None:
    while True:
        try:
            if not sock.recv(4096):
                raise EOFError
        except TimeoutError:
            sock.sendall(b"x")


def test_unfinished_handshakes_hold_up_nobody(hosted: Hosted) -> None:
    stuck = [connect(hosted) for _ in range(20)]
    for sock in stuck:
        sock.sendall(hello()[:50])
    assert one(hosted.connect(wire="tls").register("ann"), "001")
    for sock in stuck:
        sock.close()
    wait_until(lambda: len(hosted.tracker.visits()) == 1)


def test_the_last_error_is_sent_in_tls(tmp_path: Path) -> None:
    """Even to a client that was never registered, to which its own thread writes."""
    with hosted_tracker(tmp_path, registration_timeout_s=SHORT_S) as hosted, connect(hosted, tls=True) as sock:
        assert isinstance(sock, ssl.SSLSocket)
        sock.sendall(b"NICK ann\r\n")
        assert read_to_end(sock) == b"ERROR :Closing link: Registration timed out\r\n"
