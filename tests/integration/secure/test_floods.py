"""What lines, answers and floods cost a client. The bucket itself: tests/state/test_throttle."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from websockets.frames import Opcode

from chatcore.commands import costs
from chatcore.server import flood_control
from tests.support.irc import DEADLINE_S, commands, one
from tests.support.tls import encrypted
from tests.support.trackers import hosted_tracker
from tests.support.websocket import frame, upgrade_request


def test_a_line_with_many_targets_costs_as_many_lines(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, lines_per_s=40.0, burst_lines=30, max_delayed_lines=30) as hosted:
        alice = hosted.client("alice")
        began = monotonic()
        for _ in range(3):
            alice.command("JOIN " + ",".join(f"#room{number}" for number in range(15)))
        assert monotonic() - began >= 0.3, "45 tokens, but the bucket has only 30"


def test_a_flooder_is_slowed_and_finally_disconnected(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, lines_per_s=50.0, burst_lines=20, max_delayed_lines=30) as hosted:
        bob, flooder = hosted.client("bob", "#room"), hosted.client("flooder", "#room")
        bob.sync()
        began = monotonic()
        flooder.send(*(f"PRIVMSG #room :{number}" for number in range(1000)))
        heard = []
        while (message := bob.receive()).command != "QUIT":
            heard.append(message.params[-1])
        assert message.params == ("Excess flood",)
        took = monotonic() - began
        assert took >= 0.5, "thirty lines at fifty per second"
        assert heard == [str(number) for number in range(len(heard))], (
            "the lines read before that are delivered in order"
        )
        assert 30 <= len(heard) <= 21 + 50 * took
        assert one(flooder.receive_rest(), "ERROR").params == ("Closing link: Excess flood",)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_a_flood_of_empty_lines_is_a_flood(tmp_path: Path, end: str) -> None:
    """Empty lines cost less than others, but they do cost."""
    with hosted_tracker(tmp_path, lines_per_s=100.0, burst_lines=20, max_delayed_lines=30) as hosted:
        for flooder in (hosted.connect(), hosted.client("flooder")):
            flooder.send("CAP LS 302")
            with contextlib.suppress(OSError):
                flooder.send_bytes(end.encode() * 4000)
            assert flooder.receive_rest()[-1].params[0].endswith("Excess flood")


def test_a_flood_of_tiny_tls_records_is_a_flood(tmp_path: Path) -> None:
    """Each record takes as much work as a line, and a line may have thousands of them."""
    with hosted_tracker(tmp_path, lines_per_s=100.0, burst_lines=20, max_delayed_lines=30) as hosted:
        with encrypted(socket.create_connection(("127.0.0.1", hosted.port), DEADLINE_S)) as sock:
            received = b""
            with contextlib.suppress(OSError):
                for number in range(6000):
                    sock.sendall(b"\n" if number % 500 == 499 else b"x")
            with contextlib.suppress(OSError):
                while data := sock.recv(65536):
                    received += data
        assert b"Excess flood" in received


@pytest.mark.parametrize("opcode", [Opcode.PING, Opcode.PONG, Opcode.TEXT, Opcode.CONT])
def test_a_flood_of_empty_frames_is_a_flood(tmp_path: Path, opcode: Opcode) -> None:
    with hosted_tracker(tmp_path, lines_per_s=100.0, burst_lines=20, max_delayed_lines=30) as hosted:
        with socket.create_connection(("127.0.0.1", hosted.port), DEADLINE_S) as sock:
            sock.sendall(upgrade_request("/irc"))
            sock.sendall(frame(Opcode.TEXT, fin=False) if opcode is Opcode.CONT else b"")
            with contextlib.suppress(OSError):
                sock.sendall(frame(opcode, fin=opcode is not Opcode.CONT) * 4000)
            received = bytearray()
            with contextlib.suppress(OSError):
                while data := sock.recv(65536):
                    received += data
        assert b"Excess flood" in received


def test_a_long_answer_costs_more_than_a_short_one(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, lines_per_s=40.0, burst_lines=10, max_delayed_lines=30) as hosted:
        alice = hosted.client("alice", "#room", caps="batch")
        began = monotonic()
        alice.command("CHATHISTORY LATEST #room * 1000", "CHATHISTORY LATEST #room * 1000")
        assert monotonic() - began >= 0.6, "50 tokens, but the bucket has only 10"


def test_a_search_costs_more_than_its_answer(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, lines_per_s=100.0, burst_lines=30, max_delayed_lines=30) as hosted:
        alice = hosted.client("alice", "#room", caps="batch soju.im/search")
        began = monotonic()
        alice.command(*["SEARCH text=tea;limit=1"] * 3)
        assert monotonic() - began >= 0.3, "63 tokens, but the bucket has only 30"


def test_a_line_with_long_tags_costs_several_lines(tmp_path: Path) -> None:
    """Tags go to everybody who reads tags, and fill a slow reader's queue as much as several lines do."""
    with hosted_tracker(tmp_path, lines_per_s=40.0, burst_lines=30, max_delayed_lines=30) as hosted:
        alice = hosted.client("alice", "#room", caps="message-tags")
        began = monotonic()
        alice.command(*[f"@+x={'y' * 4000} TAGMSG #room"] * 10)
        assert monotonic() - began >= 0.3, "over 40 tokens, but the bucket has only 30"


_TARGETS = "CHATHISTORY TARGETS timestamp=2020-01-01T00:00:00.000Z timestamp=2040-01-01T00:00:00.000Z 1000"


@pytest.mark.parametrize(
    "question",
    [
        *("LIST >99", "LIST !a,!b", "INVITE", "WHO nobody*", "WHO #big", "NAMES #big", _TARGETS, "AWAY x", "SETNAME x"),
        "JOIN #big\r\nPART #big",
        "\r\n".join(["MODE #own +bbbb-bbbb a b c d a b c d"] * 4),
    ],
)
def test_a_short_answer_that_takes_a_long_search_costs_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    monkeypatch.setattr(costs, "LOOKS_PER_TOKEN", 1 / 25)
    with hosted_tracker(tmp_path, lines_per_s=200.0, burst_lines=30, max_delayed_lines=30) as hosted:
        hosted.client("bob", "#big").command("MODE bob +i")
        alice = hosted.client("alice", "#own", caps="batch setname draft/chathistory")
        began = monotonic()
        alice.command(question, question, question)
        assert monotonic() - began >= 0.2, "over 70 tokens, but the bucket has only 30"


def test_bursts_with_pauses_are_no_flood(tmp_path: Path) -> None:
    """A tenth of a second's rate is forgiven: twenty lines every tenth of a second are fine."""
    with hosted_tracker(tmp_path, lines_per_s=2000.0, burst_lines=5, max_delayed_lines=30) as hosted:
        alice = hosted.client("alice", "#room", caps="echo-message")
        for _ in range(5):
            alice.command(*["PRIVMSG #room :x"] * 20)
            Event().wait(0.1)
        assert one(alice.command("NICK still"), "NICK")


def test_a_flood_before_registration_is_slowed_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    began = monotonic()
    monkeypatch.setattr(flood_control, "monotonic", lambda: began)  # no token is earned, however slow the machine
    with hosted_tracker(tmp_path, lines_per_s=100.0, burst_lines=5, max_delayed_lines=10) as hosted:
        stranger = hosted.connect()
        stranger.send(*["CAP LS"] * 200)
        *answers, error = stranger.receive_rest()
    assert error.params == ("Closing link: Excess flood",)
    assert commands(answers) == ["CAP"] * (5 + 10)
    assert monotonic() - began >= 0.5, "ten delays, each a hundredth of a second longer than the one before"
