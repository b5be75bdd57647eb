"""The disk is full, and then it is not: nothing is delivered unlogged, and nothing that happened is lost.

The real program's own limit on the size of files (RLIMIT_FSIZE) stands for the disk; the test sets it from outside.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest

from chatcore.protocol.message import Message
from tests.support.crowd import Witness, assert_all_saw_what_was_logged, settled, witnesses
from tests.support.irc import DEADLINE_S, IrcClient, commands, one, only
from tests.support.replay import replay
from tests.support.trackers import TrackerProcess, tracker_process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can limit another process")

ROOM_LEFT_BYTES = 10  # so that the first line is written in part, and has to be cut off again


class Disk:
    """The disk of the tracker's log."""

    def __init__(self, tracker: TrackerProcess) -> None:
        self._pid = tracker.process.pid
        self._log_path = tracker.log_path
        _, self._hard = resource.prlimit(self._pid, resource.RLIMIT_FSIZE)

    def fill(self, left_bytes: int = ROOM_LEFT_BYTES) -> None:
        """Leave room for a few bytes only."""
        size = self._log_path.stat().st_size + left_bytes
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (size, self._hard))

    def free(self) -> None:
        """Make room again."""
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (self._hard, self._hard))


@contextmanager
def full_disk(folder: Path, *, config: str = "") -> Iterator[tuple[TrackerProcess, Disk, list[Witness]]]:
    """Yield a tracker whose disk is full, which it has noticed, the disk, and three clients."""
    (folder / "tracker.toml").write_text(config, encoding="utf-8")
    with (
        tracker_process(folder, "--config", str(folder / "tracker.toml")) as tracker,
        witnesses(tracker.port, 3, "#room") as clients,
    ):
        disk = Disk(tracker)
        disk.fill()
        clients[0].command("PRIVMSG #room :noticed by this")
        yield tracker, disk, clients


def whole_log(tracker: TrackerProcess) -> bytes:
    """Return the log once it has no partial line: the tracker retries now and then."""
    deadline = monotonic() + DEADLINE_S
    while not (data := tracker.log_path.read_bytes()).endswith(b"\n"):
        assert monotonic() < deadline, "a partial line was not cut off"
    return data


def refused(messages: list[Message]) -> list[str]:
    """Return the commands that were refused because of the log."""
    return [message.params[1] for message in only(messages, "400")]


def test_messages_are_refused_and_not_delivered(tmp_path: Path) -> None:
    with full_disk(tmp_path) as (tracker, _, clients):
        before = whole_log(tracker)
        assert refused(clients[0].received) == ["PRIVMSG"], "the message in progress must be refused too"
        told = clients[0].command("PRIVMSG #room :refused", "PRIVMSG member1 :refused", "NOTICE #room :refused")
        assert refused(told) == ["PRIVMSG", "PRIVMSG"], "NOTICE must not get an error reply"
        assert settled(clients) == [[], [], []]
        assert whole_log(tracker) == before


@pytest.mark.thorough
def test_the_rest_of_a_full_disk_is_not_spent_on_log_resumed(tmp_path: Path) -> None:
    with tracker_process(tmp_path) as tracker, witnesses(tracker.port, 2, "#room") as (talker, _):
        disk = Disk(tracker)
        disk.fill(400)
        for _ in range(5):
            assert refused(talker.command("PRIVMSG #room :" + "x" * 450)) == ["PRIVMSG"]
        assert b"log-resumed" not in whole_log(tracker)
        disk.free()
        say_when_possible(talker, "PRIVMSG #room :free again")
        assert whole_log(tracker).count(b" log-resumed\n") == 1


@pytest.mark.thorough
def test_changes_are_refused_before_they_take_effect(tmp_path: Path) -> None:
    with full_disk(tmp_path) as (tracker, disk, clients), IrcClient(tracker.port) as newcomer:
        tries = ["JOIN #new", "NICK other", "TOPIC #room :new", "MODE #room +m", "PART #room", "KICK #room member1"]
        assert refused(clients[0].command(*tries)) == [line.split()[0] for line in tries]
        newcomer.send("USER n 0 * :N")
        assert refused(newcomer.command("NICK newcomer")) == ["NICK"]
        disk.free()
        say_when_possible(clients[0], "PRIVMSG #room :free again")
        assert "001" in commands(newcomer.command("NICK newcomer"))
        assert one(clients[0].command("MODE #room"), "324").params[-1] == "+nt"
        assert clients[0].command("TOPIC #room")[0].command == "331"
        assert "403" in commands(clients[0].command("NAMES #new", "MODE #new"))
        settled(clients)
        assert_all_saw_what_was_logged(clients, tracker.log_path)


@pytest.mark.thorough
def test_questions_are_still_answered(tmp_path: Path) -> None:
    with full_disk(tmp_path) as (_, _, clients):
        questions = ["PING here", "WHO #room", "LIST", "NAMES #room", "WHOIS member0", "TOPIC #room"]
        questions += ["MODE #room", "MODE #room b", "INVITE"]
        ends = ["PONG", "315", "323", "366", "318", "331", "324", "368", "337"]
        told = clients[1].command(*questions)
        assert [name for name in commands(told) if name in (*ends, "400")] == ends


@pytest.mark.thorough
def test_a_quit_is_shown_when_it_can_be_logged(tmp_path: Path) -> None:
    """The nick is free at once; the QUIT waits for its line in the log."""
    with full_disk(tmp_path) as (tracker, disk, (asker, leaver, lost)):
        leaver.send("QUIT :my disk is fine")
        lost.close()
        for nick in ("member1", "member2"):
            while "401" not in commands(asker.command(f"WHOIS {nick}")):
                pass
        assert "QUIT" not in commands(asker.received)
        disk.free()
        ends = [asker.receive_until("QUIT"), asker.receive_until("QUIT")]
        assert {end.params[-1] for end in ends} == {"Quit: my disk is fine", "Connection closed"}
        say_when_possible(asker, "PRIVMSG #room :I am alone")
        told = assert_all_saw_what_was_logged([asker], tracker.log_path)
        assert set(told.present) == {"member0"}


@pytest.mark.thorough
def test_a_change_in_progress_takes_effect_afterwards(tmp_path: Path) -> None:
    """The command that finds the disk full may be a JOIN: its sender is answered in order when it is logged."""
    with tracker_process(tmp_path) as tracker, witnesses(tracker.port, 2, "#room") as (mover, other):
        disk = Disk(tracker)
        disk.fill()
        mover.send("JOIN #new", "NICK moved", "PING after")
        tracker.read_until("The log cannot be written")  # the JOIN has found out
        assert refused(other.command("PRIVMSG #room :is it full?"))
        assert commands(other.sync()) == []
        disk.free()
        mover.receive_until("JOIN", "#new")
        mover.receive_until("PONG", "after")
        say_when_possible(other, "PRIVMSG #room :it was")
        settled([mover, other])
        told = assert_all_saw_what_was_logged([mover, other], tracker.log_path)
        assert told.members("#new") <= {"member0", "moved"}
        assert len(told.members("#new")) == 1


@pytest.mark.thorough
def test_waiting_for_the_disk_is_not_taken_for_silence(tmp_path: Path) -> None:
    """A client that waits for its JOIN still gets the tracker's PING, and so is not timed out."""
    config = "[limits]\nping_interval_s = 0.2\nping_timeout_s = 1.0\n"
    (tmp_path / "tracker.toml").write_text(config, encoding="utf-8")
    with (
        tracker_process(tmp_path, "--config", str(tmp_path / "tracker.toml")) as tracker,
        witnesses(tracker.port, 2, "#room") as (mover, other),
    ):
        disk = Disk(tracker)
        disk.fill()
        mover.send("JOIN #new")
        for _ in range(4):
            mover.answer_ping()
            other.sync()
        disk.free()
        mover.receive_until("JOIN", "#new")
        assert "QUIT" not in commands(other.sync())


@pytest.mark.thorough
def test_sigterm_still_ends_with_a_goodbye_and_status_1(tmp_path: Path) -> None:
    """SIGTERM ends the tracker although its last line cannot be logged; status 1 says that the log is not complete."""
    with full_disk(tmp_path) as (tracker, _, clients):
        clients[2].send("QUIT :waits for the disk")
        while "401" not in commands(clients[0].command("WHOIS member2")):
            pass
        assert tracker.stop() == 1
        assert one(clients[1].receive_rest(), "ERROR").params[-1].endswith("the tracker has left")
        assert_all_saw_what_was_logged(clients[:2], tracker.log_path)


@pytest.mark.thorough
def test_the_log_notes_that_it_resumes(tmp_path: Path) -> None:
    with full_disk(tmp_path) as (tracker, disk, clients):
        tracker.read_until("The log cannot be written")
        disk.free()
        tracker.read_until("The log can be written again")
        clients[0].command("PRIVMSG #room :again")
        kinds = [line.split(" ")[1] for line in tracker.log_path.read_text(encoding="utf-8").splitlines()]
        assert kinds[-2:] == ["log-resumed", "message"]
        assert set(replay(tracker.log_path).present) == {client.nick for client in clients}


def say_when_possible(client: IrcClient, line: str) -> None:
    """Give a command until it is no longer refused."""
    while refused(client.command(line)):
        pass
