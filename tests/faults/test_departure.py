"""When the tracker ends because everybody has left, and when it must not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from tests.support.crowd import Witness, reset
from tests.support.irc import IrcClient, commands, one
from tests.support.trackers import TrackerProcess, tracker_process

PASSWORD = "open-sesame"
LONG = ("--linger", "60")  # longer than a test waits, so that lingering does not end the tracker
SHORT_S = 0.8


def status_of(tracker: TrackerProcess) -> int:
    """Wait until the tracker ends by itself; return its exit status."""
    status = tracker.wait()
    tracker.stop()
    return status


def leave(client: IrcClient) -> None:
    """Leave on purpose."""
    client.send("QUIT")
    client.receive_rest()
    client.close()


def turn_away_strangers(tracker: TrackerProcess) -> None:
    """Have people try to come in without the password, in several ways."""
    for lines in (["PASS wrong"], ["NICK stranger", "USER s 0 * :S"], [], ["PASS wrong", "QUIT"]):
        with IrcClient(tracker.port) as stranger:
            stranger.send(*lines, "QUIT")
            assert one(stranger.receive_rest(), "ERROR")


def test_the_last_deliberate_leave_ends_the_tracker_at_once(tmp_path: Path) -> None:
    with tracker_process(tmp_path, *LONG) as tracker:
        first, second = Witness(tracker.port, "first", "#room"), Witness(tracker.port, "second", "#room")
        leave(first)
        assert commands(second.command("PRIVMSG #room :still here"))[-1] == "PRIVMSG"
        leave(second)
        assert status_of(tracker) == 0
        assert "Everybody has left." in tracker.output
        assert tracker.log_path.read_text(encoding="utf-8").splitlines()[-1].split(" ")[1] == "stop"


@pytest.mark.thorough
def test_a_kick_of_the_last_member_ends_the_tracker_at_once(tmp_path: Path) -> None:
    with tracker_process(tmp_path, *LONG) as tracker, Witness(tracker.port, "last") as last:
        tracker.type("kick last")
        assert one(last.receive_rest(), "ERROR")
        assert status_of(tracker) == 0


@pytest.mark.thorough
@pytest.mark.parametrize("end", [IrcClient.close, reset], ids=["closed", "reset"])
def test_a_reload_within_the_linger_time_does_not_end_it(tmp_path: Path, end: Callable[[IrcClient], None]) -> None:
    """A lost connection lingers; a client that returns under the same nick takes its place."""
    with tracker_process(tmp_path, *LONG) as tracker:
        for _ in range(5):
            end(come_in(tracker, "reloading"))
        client = come_in(tracker, "reloading")
        assert commands(client.command("PRIVMSG #room :back again"))[-1] == "PRIVMSG"
        leave(client)
        assert status_of(tracker) == 0


@pytest.mark.thorough
def test_a_lost_connection_ends_it_after_the_linger_time(tmp_path: Path) -> None:
    with tracker_process(tmp_path, "--linger", str(SHORT_S)) as tracker:
        client = come_in(tracker, "lost")
        began = monotonic()
        client.close()
        assert status_of(tracker) == 0
        assert monotonic() - began >= SHORT_S


@pytest.mark.thorough
def test_the_longest_lingering_counts(tmp_path: Path) -> None:
    """A deliberate leave does not shorten the time of a lost connection."""
    with tracker_process(tmp_path, "--linger", str(SHORT_S)) as tracker:
        lost, leaver = come_in(tracker, "lost"), come_in(tracker, "leaver")
        began = monotonic()
        lost.close()
        leaver.receive_until("QUIT")
        leave(leaver)
        assert status_of(tracker) == 0
        assert monotonic() - began >= SHORT_S


@pytest.mark.thorough
def test_strangers_never_end_it(tmp_path: Path) -> None:
    """Neither before anybody has come, nor while a member is here or a connection lingers."""
    config = tmp_path / "tracker.toml"
    config.write_text("[limits]\nfailures_before_ban = 0\n", encoding="utf-8")
    with tracker_process(tmp_path, *LONG, "--config", str(config), password=PASSWORD) as tracker:
        turn_away_strangers(tracker)
        client = Witness(tracker.port, "insider", "#room", password=PASSWORD)
        turn_away_strangers(tracker)
        assert commands(client.command("PRIVMSG #room :undisturbed"))[-1] == "PRIVMSG"
        client.close()
        turn_away_strangers(tracker)
        back = Witness(tracker.port, password=PASSWORD)
        while "001" not in commands(back.register("insider", password=PASSWORD)):
            pass
        leave(back)
        assert status_of(tracker) == 0


@pytest.mark.thorough
def test_a_client_choosing_a_nick_keeps_the_tracker_open(tmp_path: Path) -> None:
    """A client that has proven the password can come in after the last member has left."""
    with tracker_process(tmp_path, *LONG, password=PASSWORD) as tracker, IrcClient(tracker.port) as choosing:
        member = Witness(tracker.port, "member", password=PASSWORD)
        assert commands(choosing.command(f"PASS :{PASSWORD}")) == []
        leave(member)
        assert "001" in commands(choosing.command("NICK chosen", "USER c 0 * :C"))
        leave(choosing)
        assert status_of(tracker) == 0


@pytest.mark.thorough
def test_keep_alive_outlives_everybody(tmp_path: Path) -> None:
    with tracker_process(tmp_path, "--keep-alive", "--linger", "0") as tracker:
        for _ in range(3):
            leave(come_in(tracker, "visitor"))
        tracker.type("exit")
        assert status_of(tracker) == 0
        assert "Everybody has left." not in tracker.output


def come_in(tracker: TrackerProcess, nick: str) -> Witness:
    """Return a client in #room, once the nick is free."""
    client = Witness(tracker.port)
    client.send("CAP REQ :echo-message", "CAP END", f"USER {nick} 0 * :{nick}")
    while "001" not in commands(client.command(f"NICK {nick}")):
        pass
    client.join("#room")
    return client
