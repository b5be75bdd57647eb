"""The tracker without a terminal: in a pipe, or without input; and when it ends by itself."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.support.irc import IrcClient, commands, one
from tests.support.trackers import TrackerProcess, tracker_process

PASSWORD = "open sesame"


def _client(tracker: TrackerProcess, nick: str, password: str = "") -> IrcClient:
    client = IrcClient(tracker.port)
    client.register(nick, password=f":{password}" if password else "")
    return client


def _close_input(tracker: TrackerProcess) -> None:
    assert tracker.process.stdin is not None
    tracker.process.stdin.close()
    tracker.process.stdin = None


def test_first_line_is_the_password_and_the_rest_are_commands(tmp_path: Path) -> None:
    with tracker_process(tmp_path, password=f"{PASSWORD}\nrooms\nbans") as tracker:
        tracker.read_until("^There are no rooms")
        tracker.read_until("^Nobody is banned")
        with _client(tracker, "alice", PASSWORD) as alice:
            tracker.type("say hello")
            assert alice.receive_until("NOTICE").params == ("alice", "hello")
            tracker.type("exit")
            assert tracker.wait() == 0
            assert alice.receive_rest()[-1].params == ("the tracker has left",)
        assert PASSWORD not in "".join(tracker.output)


@pytest.mark.thorough
def test_end_of_input_does_not_stop_the_tracker(tmp_path: Path) -> None:
    with tracker_process(tmp_path, password=PASSWORD) as tracker:
        with _client(tracker, "alice", PASSWORD) as alice:
            _close_input(tracker)
            for _ in range(3):
                assert commands(alice.command("TIME")) == ["391"]
        assert tracker.stop(signal.SIGINT) == 0
        assert "Traceback" not in "".join(tracker.output)


@pytest.mark.thorough
def test_last_line_may_lack_its_end(tmp_path: Path) -> None:
    with tracker_process(tmp_path, "--keep-alive") as tracker:
        assert tracker.process.stdin is not None
        tracker.process.stdin.write("rooms")
        _close_input(tracker)
        tracker.read_until("^There are no rooms")


@pytest.mark.thorough
@pytest.mark.parametrize("content", ["open sesame", "open sesame\n", "open sesame\r\nmore\n"])
def test_password_from_a_file(tmp_path: Path, content: str) -> None:
    file = tmp_path / "password"
    file.write_bytes(content.encode())
    # Then all input is commands.
    with tracker_process(tmp_path, "--password-file", str(file), password="bans") as tracker:
        tracker.read_until("^Nobody is banned")
        with IrcClient(tracker.port) as stranger:
            stranger.send("PASS bans")
            assert commands(stranger.receive_rest()) == ["464", "ERROR"]
        with _client(tracker, "alice", PASSWORD) as alice:
            assert commands(alice.command("TIME")) == ["391"]


@pytest.mark.thorough
def test_tracker_ends_when_the_last_client_leaves(tmp_path: Path) -> None:
    with tracker_process(tmp_path) as tracker, _client(tracker, "alice") as alice, _client(tracker, "bob") as bob:
        alice.send("QUIT")
        alice.receive_rest()
        assert commands(bob.command("TIME")) == ["391"]
        bob.send("QUIT")
        bob.receive_rest()
        assert tracker.wait() == 0
        tracker.read_until("^Everybody has left")
        lines = tracker.log_path.read_text(encoding="utf-8").splitlines()
        assert lines[-1].endswith(" stop :the tracker has left")


@pytest.mark.thorough
def test_kicking_the_last_client_ends_the_tracker(tmp_path: Path) -> None:
    with tracker_process(tmp_path) as tracker, _client(tracker, "alice") as alice:
        tracker.type("kick alice")
        alice.receive_rest()
        assert tracker.wait() == 0


@pytest.mark.thorough
def test_keep_alive_keeps_the_tracker_running(tmp_path: Path) -> None:
    with tracker_process(tmp_path, "--keep-alive") as tracker:
        with _client(tracker, "alice") as alice:
            alice.send("QUIT")
            alice.receive_rest()
        tracker.type("active")
        tracker.read_until("^Nobody is here")
        with _client(tracker, "alice") as alice:
            assert commands(alice.command("TIME")) == ["391"]
        assert tracker.stop() == 0


@pytest.mark.thorough
def test_strangers_who_fail_to_get_in_do_not_end_the_tracker(tmp_path: Path) -> None:
    with tracker_process(tmp_path, password=PASSWORD) as tracker:
        with IrcClient(tracker.port) as stranger:
            stranger.send("PASS wrong")
            assert commands(stranger.receive_rest()) == ["464", "ERROR"]
        with IrcClient(tracker.port) as silent:
            silent.sync()
        with _client(tracker, "alice", PASSWORD) as alice:
            with IrcClient(tracker.port) as stranger:
                stranger.send("PASS wrong")
                stranger.receive_rest()
            assert commands(alice.command("TIME")) == ["391"]


@pytest.mark.thorough
def test_a_client_choosing_a_nick_keeps_the_tracker_running(tmp_path: Path) -> None:
    with tracker_process(tmp_path, password=PASSWORD) as tracker, IrcClient(tracker.port) as undecided:
        undecided.command(f"PASS :{PASSWORD}")
        with _client(tracker, "alice", PASSWORD) as alice:
            alice.send("QUIT")
            alice.receive_rest()
        assert "001" in commands(undecided.register("bob"))
        undecided.send("QUIT")
        undecided.receive_rest()
        assert tracker.wait() == 0


@pytest.mark.thorough
def test_a_reconnection_within_the_linger_time_keeps_the_tracker_running(tmp_path: Path) -> None:
    with tracker_process(tmp_path, "--linger", "600") as tracker:
        with _client(tracker, "alice") as alice:
            alice.sync()
        # The connection is lost, not left; the tracker waits for it to come back.
        with _client(tracker, "watcher") as watcher:
            watcher.send("QUIT")
            watcher.receive_rest()
        tracker.type("active")
        while (
            tracker.read_until("^(Nobody is here|NAME)")[1] == "NAME"
        ):  # her thread has yet to notice that she is gone
            tracker.type("active")
        with _client(tracker, "alice") as alice:
            assert one(alice.command("WHOIS alice"), "311")
            alice.send("QUIT")
            alice.receive_rest()
        assert tracker.wait() == 0, "alice came back and quit, so nobody is waited for"


@pytest.mark.thorough
def test_a_lost_connection_ends_the_tracker_after_the_linger_time(tmp_path: Path) -> None:
    with tracker_process(tmp_path, "--linger", "0.3") as tracker:
        _client(tracker, "alice").close()
        assert tracker.wait() == 0


@pytest.mark.thorough
def test_an_unwritable_log_is_reported_and_sets_the_status(tmp_path: Path) -> None:
    with tracker_process(tmp_path, "--log", "/dev/full") as tracker:
        tracker.read_until(r"^The log cannot be written \(No space left on device\): nothing is accepted until it can")
        with IrcClient(tracker.port) as client:
            assert commands(client.command("NICK alice")) == ["400"]
        assert tracker.stop() == 1
