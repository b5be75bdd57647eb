"""A crowd of newcomers: delivery and members wait for few of them, and those that wait have no turn."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.irc import IrcClient, commands, one
from tests.support.sasl import negotiate, plain_lines
from tests.support.tls import hello
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker

PASSWORD = "correct"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker that holds back the answer to every wrong password."""
    limits = {"failures_before_delay": 0, "failures_before_ban": 99, "max_failure_delay_s": 600.0, "lines_per_s": 1.0}
    with hosted_tracker(tmp_path, PASSWORD, burst_lines=100, **limits) as hosted:
        yield hosted


def _silent(client: IrcClient) -> None:
    pass


def _half_a_line(client: IrcClient) -> None:
    client.send_bytes(b"CAP LS 302\r\nNIC")


def _half_a_hello(client: IrcClient) -> None:
    client.send_bytes(hello()[:100])


def _half_a_handshake(client: IrcClient) -> None:
    client.send_bytes(hello())
    client.sock.recv(1)


def _half_a_request(client: IrcClient) -> None:
    client.send_bytes(b"GET / HTTP/1.1\r\nHos")


def _wrong_password(client: IrcClient) -> None:
    client.send("PASS :guess")


def _wrong_login(client: IrcClient) -> None:
    negotiate(client)
    client.send(*plain_lines("*", "guess"))


def _reads_nothing(client: IrcClient) -> None:
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.sock.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            client.send("PING " + "x" * 400)


def _too_fast(client: IrcClient) -> None:
    client.send(*["NICK ann"] * 150)


@pytest.mark.usefixtures("from_elsewhere")
@pytest.mark.parametrize(
    "wait",
    [
        _silent,
        _half_a_line,
        _half_a_hello,
        _half_a_handshake,
        _half_a_request,
        _wrong_password,
        _wrong_login,
        _reads_nothing,
        _too_fast,
    ],
)
def test_a_waiting_newcomer_has_no_turn(guarded: Hosted, wait: Callable[[IrcClient], None]) -> None:
    """Four wait, twice as many as there are turns; another client comes in."""
    with ExitStack() as stack:
        for number in range(4):
            wait(stack.enter_context(IrcClient(guarded.port, source=f"127.0.0.{2 + number}")))
        turns = guarded.tracker.intake.turns
        wait_until(lambda: len(guarded.tracker.visits()) == 4 and turns._free == 2)
        assert one(guarded.client("ann", password=PASSWORD).command("WHOIS ann"), "311")


def test_members_talk_on_while_newcomers_wait_for_a_turn(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        ann, bob = hosted.client("ann", "#room"), hosted.client("bob", "#room")
        ann.sync()
        turns = hosted.tracker.intake.turns
        taken = [turns.take() for _ in range(2)]
        late = hosted.connect()
        late.send("PING late")
        for _ in range(20):
            bob.command("PRIVMSG #room :we go on")
        assert commands(ann.sync()) == ["PRIVMSG"] * 20
        for _ in taken:
            turns.give()
        assert late.receive().params[-1] == "late"


def test_all_turns_are_free_after_a_crowd_has_left(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        for wire in ("tcp", "tls", "ws", "wss"):
            crowd = [hosted.client(f"{wire}{number}", "#room", wire=wire) for number in range(10)]
            assert hosted.tracker.intake.turns._free == 2
            for client in crowd[:5]:
                client.send("QUIT")
                client.receive_rest()
            for client in crowd:
                client.close()
            wait_until(lambda: not hosted.tracker.visits())
        wait_until(lambda: hosted.tracker.intake.turns._free == 2)
