"""A client that wants a nick is answered once it is known whether the nick's holder is still there."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest

from chatcore.protocol.message import Message
from chatcore.server.visit import Visit
from tests.support.irc import DEADLINE_S, IrcClient, commands
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker
from tests.support.websocket import upgrade_request

TIMEOUT_S = 0.3


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker that does not wait long for silent holders."""
    with hosted_tracker(tmp_path, ghost_timeout_s=TIMEOUT_S) as hosted:
        yield hosted


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def _silent(hosted: Hosted, nick: str = "ann") -> IrcClient:
    """Return a registered client that, as far as the tracker knows, has been silent for long enough to be probed."""
    client = hosted.client(nick, "#room")
    hosted.visit_of(nick).heard_at -= hosted.tracker.config.limits.ghost_timeout_s
    return client


def _waiting_newcomer(hosted: Hosted) -> Visit:
    """Return the visit of the newcomer, the second to connect, once it waits for its answer."""
    wait_until(lambda: len(hosted.tracker.visits()) == 2)
    asking = hosted.tracker.visits()[1]
    wait_until(lambda: asking.client.credit.is_waiting)
    return asking


def _register_newcomer(hosted: Hosted, pool: ThreadPoolExecutor) -> Future[list[Message]]:
    return pool.submit(hosted.connect().register, "ann")


@pytest.mark.parametrize("order", [("NICK ann", "USER a 0 * :A"), ("USER a 0 * :A", "NICK ann")])
def test_a_dead_connection_yields_its_nick_on_the_first_request(hosted: Hosted, order: tuple[str, str]) -> None:
    _silent(hosted)
    seen = commands(hosted.connect().command(*order))
    assert "433" not in seen
    assert "001" in seen
    assert "Ping timeout" in next(line for line in hosted.log_lines() if line.startswith("lost ann "))


def test_a_newcomer_waits_until_a_silent_holder_can_be_probed(hosted: Hosted) -> None:
    """The holder was heard recently, but would soon be probed."""
    hosted.client("ann")
    assert commands(hosted.connect().register("ann"))[0] == "001"


def test_the_room_endpoint_takes_over_a_nick_too(hosted: Hosted) -> None:
    _silent(hosted)
    with socket.create_connection(("127.0.0.1", hosted.port), DEADLINE_S) as sock:
        sock.sendall(upgrade_request("/ws/chat/room/?nickname=ann"))
        assert sock.recv(12) == b"HTTP/1.1 101"


def test_a_live_holder_answers_and_keeps_the_nick(tmp_path: Path, pool: ThreadPoolExecutor) -> None:
    with hosted_tracker(tmp_path, ghost_timeout_s=DEADLINE_S) as hosted:
        holder = _silent(hosted)
        coming = _register_newcomer(hosted, pool)
        holder.answer_ping()
        assert commands(coming.result()) == ["433"]
        assert commands(holder.command("WHOIS ann"))[0] == "311"


def test_a_recently_heard_holder_is_not_probed(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, ghost_timeout_s=60.0) as hosted:
        holder = hosted.client("ann")
        assert commands(hosted.connect().register("ann")) == ["433"]
        holder.send("PING mine")
        assert holder.receive_line().endswith("mine"), "the holder got a PING before its PONG"


def test_a_newcomer_waits_for_a_leaving_holder(tmp_path: Path) -> None:
    """However recently it was heard: a client that quits and reconnects at once finds the nick free."""
    with hosted_tracker(tmp_path, ghost_timeout_s=60.0) as hosted:
        hosted.client("ann", "#room")
        room = hosted.tracker.registry.channel("#room")
        assert room is not None
        with room.lock:
            hosted.visit_of("ann").end("over", is_lost=False)  # but cannot leave the room yet
            newcomer = hosted.connect()
            newcomer.send("NICK ann", "USER a 0 * :A")
            _waiting_newcomer(hosted)
        assert newcomer.receive_until("001").params[0] == "ann"


def test_one_of_several_newcomers_gets_the_nick(tmp_path: Path, pool: ThreadPoolExecutor) -> None:
    with hosted_tracker(tmp_path, ghost_timeout_s=1.5) as hosted:
        _silent(hosted)
        came = [commands(coming.result()) for coming in [_register_newcomer(hosted, pool) for _ in range(6)]]
    assert sum("001" in seen for seen in came) == 1
    assert sum(seen == ["433"] for seen in came) == 5


def test_the_wait_ends_when_the_newcomer_leaves(tmp_path: Path) -> None:
    """For example, when the tracker stops, or registration times out."""
    with hosted_tracker(tmp_path, ghost_timeout_s=TIMEOUT_S) as hosted:
        holder = _silent(hosted)
        hosted.visit_of("ann").probe_deadline = monotonic() + 3600  # asked, and nothing comes of it
        newcomer = hosted.connect()
        newcomer.send("NICK ann", "USER a 0 * :A")
        asking = _waiting_newcomer(hosted)
        asking.end("over", is_lost=False)
        assert newcomer.receive_rest()[-1].params == ("Closing link: over",)
        assert commands(holder.command("WHOIS ann"))[-1] == "318"
