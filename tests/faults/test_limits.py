"""Too many clients, too many from one address, no descriptors, no threads: refusals without a busy loop."""

from __future__ import annotations

import os
import resource
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from time import monotonic

import pytest

from chatcore.server.visit import Visit
from tests.support.crowd import assert_all_saw_what_was_logged, settled, witnesses
from tests.support.irc import DEADLINE_S, Disconnected, IrcClient, commands, one
from tests.support.trackers import Hosted, TrackerProcess, hosted_tracker, tracker_process

FULL = "ERROR :Closing link: The tracker is full, try again later"
FROM_HERE = "ERROR :Closing link: Too many connections from your address"
MOST_CPU_SHARE = 0.5
"""The share of time used while everybody is refused: a busy loop uses all of it."""


def refusal(port: int) -> str:
    """Connect; return the line with which the connection is ended."""
    with IrcClient(port) as client:
        line = client.receive_line()
        with pytest.raises(Disconnected):
            client.receive_line()
        return line


def come_in(port: int, nick: str) -> IrcClient:
    """Return a registered client; try again while the tracker refuses."""
    while True:
        client = IrcClient(port)
        try:
            client.register(nick)
        except (Disconnected, ConnectionError):
            client.close()
        else:
            return client


def test_clients_beyond_the_limit_are_refused_until_one_leaves(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, max_clients=3) as hosted:
        first, _, _ = [hosted.client(f"client{number}") for number in range(3)]
        assert refusal(hosted.port) == FULL
        assert refusal(hosted.port) == FULL
        assert first.command("VERSION"), "registered clients must not be affected"
        first.send("QUIT")
        first.receive_rest()
        first.close()
        with come_in(hosted.port, "next"):
            assert refusal(hosted.port) == FULL


def test_strangers_count_towards_the_limit(tmp_path: Path) -> None:
    """A silent connection already has a thread and a descriptor."""
    with hosted_tracker(tmp_path, max_clients=2) as hosted:
        strangers = [hosted.connect(), hosted.connect()]
        for stranger in strangers:
            stranger.sync()
        assert refusal(hosted.port) == FULL


@pytest.mark.thorough
def test_one_address_cannot_take_all_places(tmp_path: Path) -> None:
    config = tmp_path / "tracker.toml"
    config.write_text("[limits]\nmax_clients_per_address = 3\n", encoding="utf-8")
    with tracker_process(tmp_path, "--config", str(config)) as tracker, witnesses(tracker.port, 3, "#room") as clients:
        assert refusal(tracker.port) == FROM_HERE
        with from_another_address(tracker.port) as other:
            assert "001" in commands(other.register("other"))
        clients[0].send("QUIT")
        clients[0].receive_rest()
        clients[0].close()
        come_in(tracker.port, "next").close()


@contextmanager
def from_another_address(port: int) -> Iterator[IrcClient]:
    """Yield a connection from 127.0.0.2."""
    with IrcClient(port) as client:
        client.sock.close()
        client.sock = socket.create_connection(("127.0.0.1", port), DEADLINE_S, source_address=("127.0.0.2", 0))
        yield client


def test_a_connection_without_a_thread_is_refused_and_the_next_served(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system refuses a thread for some connections: they are refused and leave no trace."""
    start = Visit.start
    visits = []

    def start_some(visit: Visit) -> None:
        visits.append(visit)
        if len(visits) % 3:
            raise RuntimeError("can't start new thread")
        start(visit)

    monkeypatch.setattr(Visit, "start", start_some)
    for number in range(3):
        assert refusal(hosted.port) == FULL
        assert refusal(hosted.port) == FULL
        hosted.client(f"client{number}", "#room")
    assert len(hosted.tracker.visits()) == 3
    assert len(visits) == 9


def test_a_connection_without_a_thread_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with hosted_tracker(tmp_path, max_clients=1, max_clients_per_address=1) as hosted:
        with monkeypatch.context() as patch:
            patch.setattr(Visit, "start", _no_thread)
            for _ in range(3):
                assert refusal(hosted.port) == FULL
        assert "001" in commands(hosted.connect().register("only"))


def _no_thread(visit: Visit) -> None:
    raise RuntimeError("can't start new thread")


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can limit another process")
def test_a_lack_of_descriptors_causes_refusals_but_no_busy_loop(tmp_path: Path) -> None:
    refusals = 6
    with tracker_process(tmp_path) as tracker, witnesses(tracker.port, 2, "#room") as clients, ExitStack() as stack:
        take_descriptors_away(tracker)
        while True:
            last = stack.enter_context(IrcClient(tracker.port))
            try:
                last.sync()
            except (Disconnected, ConnectionError):
                break
        began, used = monotonic(), cpu_seconds(tracker)
        assert [refusal(tracker.port) for _ in range(refusals)] == [FULL] * refusals
        assert cpu_seconds(tracker) - used < MOST_CPU_SHARE * (monotonic() - began)
        clients[0].command("PRIVMSG #room :those who are in go on")
        settled(clients)
        assert_all_saw_what_was_logged(clients, tracker.log_path)
        stack.close()
        come_in(tracker.port, "next").close()
        assert tracker.stop() == 0


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can limit another process")
def test_connections_waiting_for_descriptors_are_all_answered(tmp_path: Path) -> None:
    """Connections that pile up are refused one after the other, or served when there is room."""
    with tracker_process(tmp_path) as tracker, witnesses(tracker.port, 2, "#room") as clients, ExitStack() as stack:
        limits = take_descriptors_away(tracker)
        waiting = [stack.enter_context(IrcClient(tracker.port)) for _ in range(20)]
        with waiting.pop(DESCRIPTORS_LEFT) as first_refused:
            assert first_refused.receive_line() == FULL
        resource.prlimit(tracker.process.pid, resource.RLIMIT_NOFILE, limits)
        for client in waiting:
            client.send("QUIT")
            assert one(client.receive_rest(), "ERROR")
        assert commands(clients[0].command("PRIVMSG #room :all clear")) == ["PRIVMSG"]


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can limit another process")
def test_connections_wait_if_not_even_a_refusal_is_possible(tmp_path: Path) -> None:
    """No descriptor is left to refuse with; waiting connections are served when there are some again."""
    with tracker_process(tmp_path) as tracker, witnesses(tracker.port, 2, "#room") as clients, ExitStack() as stack:
        pid = tracker.process.pid
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        (spare,) = spare_descriptors(tracker)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (spare, limits[1]))
        waiting = [stack.enter_context(IrcClient(tracker.port)) for _ in range(3)]
        while spare_descriptors(tracker):
            clients[0].command("PRIVMSG #room :those who are in go on")
        resource.prlimit(tracker.process.pid, resource.RLIMIT_NOFILE, limits)
        for number, client in enumerate(waiting):
            assert "001" in commands(client.register(f"waiting{number}"))


DESCRIPTORS_LEFT = 5


def take_descriptors_away(tracker: TrackerProcess) -> tuple[int, int]:
    """Leave the tracker a few descriptors; return the limits that it had."""
    pid = tracker.process.pid
    highest = max(int(link.name) for link in descriptors(tracker))
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (highest + 1 + DESCRIPTORS_LEFT, before[1]))
    return before


def descriptors(tracker: TrackerProcess) -> list[Path]:
    """Return a link for each of the tracker's descriptors."""
    return list(Path(f"/proc/{tracker.process.pid}/fd").iterdir())


def spare_descriptors(tracker: TrackerProcess) -> list[int]:
    """Return the descriptors that the tracker keeps in reserve."""
    found = []
    for link in descriptors(tracker):
        with suppress(FileNotFoundError):  # closed since it was listed
            if link.readlink() == Path(os.devnull):
                found.append(int(link.name))
    return found


def cpu_seconds(tracker: TrackerProcess) -> float:
    """Return the processor time that the tracker has used."""
    fields = Path(f"/proc/{tracker.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
