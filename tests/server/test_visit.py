"""Visit: it ends once, for one reason, and in time."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from time import monotonic
from types import FrameType

import pytest

from chatcore.config import Limits
from chatcore.server.incoming.arrival import Arrival
from chatcore.server.upkeep.heartbeat import Heartbeat
from chatcore.server.visit import Visit
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from chatcore.transport.tcp import TcpConnection
from tests.support.irc import one
from tests.support.together import DEADLINE_S, wait_until
from tests.support.trackers import Hosted, hosted_tracker


def _heartbeat(limits: Limits) -> Heartbeat:
    return Heartbeat(limits, lambda: ())


def test_the_first_end_of_a_visit_gives_the_reason(hosted: Hosted) -> None:
    ann, bob = hosted.client("ann", "#room"), hosted.client("bob", "#room")
    visit = hosted.visit_of("bob")
    visit.end("the first", is_lost=False)
    visit.end("the second", is_lost=True)
    assert ann.receive_until("QUIT").params == ("the first",)
    assert [message.params for message in bob.receive_rest() if message.command == "ERROR"] == [
        ("Closing link: the first",)
    ]
    assert visit.is_over.wait(DEADLINE_S)
    assert "QUIT" not in [message.command for message in ann.sync()]


@pytest.mark.parametrize("watching", ["gettrace", "getprofile"])
def test_tracers_and_profilers_see_client_threads(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch, watching: str
) -> None:
    seen: set[str] = set()

    def watch(frame: FrameType, event: str, argument: object) -> None:
        seen.add(frame.f_code.co_name)

    monkeypatch.setattr(threading, watching, lambda: watch)
    hosted.client("ann")
    assert "handle_user" in seen


def test_an_ended_visit_runs_no_later_commands(hosted: Hosted) -> None:
    ann, bob = hosted.client("ann", "#room"), hosted.client("bob", "#room")
    visit = hosted.visit_of("bob")
    visit.end("enough", is_lost=False)
    bob.send("PRIVMSG #room :too late")
    assert ann.receive_until("QUIT").params == ("enough",)
    assert "PRIVMSG" not in [message.command for message in ann.sync()]


def test_a_client_waiting_for_credit_is_ended_at_once(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, lines_per_s=0.001, burst_lines=8) as hosted:
        slow = hosted.connect()
        slow.send("NICK slow", "USER slow 0 * :Slow", *["PING x"] * 20)
        wait_until(lambda: hosted.tracker.registry.client("slow"))
        visit = hosted.visit_of("slow")
        wait_until(lambda: visit.client.credit.is_waiting)
        visit.end("enough", is_lost=False)
        assert one(slow.receive_rest(), "ERROR").params == ("Closing link: enough",)


def test_a_stranger_that_reads_nothing_is_cut_off_in_time(hosted: Hosted) -> None:
    """Its thread may be blocked in a send, where it does not notice the end of its input; this one stays blocked."""
    visit, theirs = _unstarted_visit(hosted)
    heartbeat = _heartbeat(Limits(close_timeout_s=2.0))
    with theirs:
        theirs.setblocking(False)
        visit.end("Registration timed out", is_lost=False)
        heartbeat.check(visit, monotonic() + 1.0)
        with pytest.raises(BlockingIOError):
            theirs.recv(1)
        heartbeat.check(visit, monotonic() + 2.1)
        assert theirs.recv(1) == b""
        visit.connection.close()


def _unstarted_visit(hosted: Hosted) -> tuple[Visit, socket.socket]:
    """Return a visit whose thread is not started, and the peer's end of its connection."""
    ours, theirs = socket.socketpair()
    arrival = Arrival(Client(0, "192.0.2.1", 1, Credit(1)), 10.0)
    return Visit(arrival, TcpConnection(ours, 1000), hosted.tracker.surroundings), theirs


def test_each_stage_before_registration_has_its_deadline(hosted: Hosted) -> None:
    visit, theirs = _unstarted_visit(hosted)
    with theirs:
        visit.check_deadline(visit.arrival.accepted_at + 9.9)
        assert not visit.is_ending()
        visit.arrival.set_deadline(300.0, "No username chosen in time")
        visit.check_deadline(visit.arrival.accepted_at + 299.0)
        assert not visit.is_ending()
        visit.check_deadline(monotonic() + 300.1)
        assert visit.is_ending()
        visit.connection.close()


@pytest.mark.parametrize(
    ("said", "limits", "reason"),
    [
        (["NICK ann"], {"registration_timeout_s": 0.01}, "Registration timed out"),
        (["PASS secret", "USER ann 0 * :Ann"], {"nick_choice_timeout_s": 0.01}, "No username chosen in time"),
    ],
)
def test_a_stranger_gets_the_reason_for_its_timeout(
    tmp_path: Path, said: list[str], limits: dict[str, float], reason: str
) -> None:
    with hosted_tracker(tmp_path, password="secret", **limits) as hosted:
        stranger = hosted.connect()
        stranger.send(*said)
        assert one(stranger.receive_rest(), "ERROR").params == (f"Closing link: {reason}",)
        stranger.close()
        wait_until(lambda: not hosted.tracker.visits())


def test_a_peer_that_does_not_close_is_cut_off_after_a_moment(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, close_timeout_s=0.01) as hosted:
        client = hosted.client("ann")
        client.send("QUIT")
        assert client.receive_until("ERROR")
        wait_until(lambda: not hosted.tracker.visits())


@pytest.mark.parametrize(
    ("fault", "reason", "logged"),
    [(ZeroDivisionError, "Internal error", "ZeroDivisionError"), (MemoryError, "Out of memory", "")],
)
def test_an_internal_error_ends_only_that_visit_and_cleanly(
    hosted: Hosted,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: type[Exception],
    reason: str,
    logged: str,
) -> None:
    def fail(*_: object) -> bool:
        raise fault

    ann, bob = hosted.client("ann", "#room"), hosted.client("bob", "#room")
    with monkeypatch.context() as faulty:
        faulty.setattr("chatcore.commands.dispatch.parse", fail)
        bob.send("PRIVMSG #room :x")
        assert one(bob.receive_rest(), "ERROR").params == (f"Closing link: {reason}",)
        bob.close()
    assert ann.receive_until("QUIT").params == (reason,)
    assert logged in caplog.text
    assert bool(logged) == bool(caplog.text)
    assert one(ann.command("PRIVMSG #room :still here", "NICK bob"), "NICK").params == ("bob",)
    wait_until(lambda: len(hosted.tracker.visits()) == 1)
