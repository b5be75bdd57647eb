"""Peers that disappeared without QUIT, and peers that rarely speak."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.crowd import assert_all_saw_what_was_logged, settled, witnesses
from tests.support.irc import IrcClient, commands
from tests.support.trackers import TrackerProcess, tracker_process

HALF_OPEN = "[limits]\nping_interval_s = 0.3\nping_timeout_s = 1.0\n"
GHOSTLY = "[limits]\nghost_timeout_s = 0.4\n"
PROBES = 3


@contextmanager
def configured(folder: Path, config: str) -> Iterator[TrackerProcess]:
    """Run the real program with this configuration and without rates."""
    path = folder / "tracker.toml"
    path.write_text(config, encoding="utf-8")
    with tracker_process(folder, "--config", str(path), "--no-limits") as tracker:
        yield tracker


def test_a_dead_peer_times_out_and_an_idle_one_does_not(tmp_path: Path) -> None:
    """A peer that answers nothing, as after a power cut, times out; one that answers PING may stay silent."""
    with (
        configured(tmp_path, HALF_OPEN) as tracker,
        witnesses(tracker.port, 1, "#room") as (idle,),
        IrcClient(tracker.port) as dead,
    ):
        dead.register("dead")
        dead.join("#room")
        end = idle.receive_until("QUIT")
        assert end.source is not None
        assert (end.source.partition("!")[0], end.params) == ("dead", ("Ping timeout",))
        with IrcClient(tracker.port) as successor:
            assert "001" in commands(successor.register("dead"))
        assert_all_saw_what_was_logged([idle], tracker.log_path)


@pytest.mark.thorough
@pytest.mark.parametrize("is_registered", [True, False], ids=["by a member", "by a stranger"])
def test_a_ghost_loses_its_nick_to_a_claimer(tmp_path: Path, is_registered: bool) -> None:
    with (
        configured(tmp_path, GHOSTLY) as tracker,
        witnesses(tracker.port, 1, "#room") as (watcher,),
        IrcClient(tracker.port) as ghost,
        IrcClient(tracker.port) as claimer,
    ):
        ghost.register("wanted")
        ghost.join("#room")
        if is_registered:
            claimer.register("claimer")
        else:
            claimer.send("USER c 0 * :C")
        told = claimer.command("NICK wanted")  # a stranger's answer waits for the probe, a member's does not
        while is_registered and "433" in commands(told):
            told = claimer.command("NICK wanted")
        assert "433" not in commands(told)
        assert ("NICK" if is_registered else "001") in commands(told)
        end = watcher.receive_until("QUIT")
        assert end.source is not None
        assert end.source.startswith("wanted!")
        assert end.params[0].startswith("Ping timeout")
        settled([watcher])
        assert_all_saw_what_was_logged([watcher], tracker.log_path)


@pytest.mark.thorough
def test_a_live_holder_keeps_a_repeatedly_claimed_nick(tmp_path: Path) -> None:
    with (
        configured(tmp_path, GHOSTLY) as tracker,
        IrcClient(tracker.port) as holder,
        IrcClient(tracker.port) as claimer,
        ThreadPoolExecutor(1) as pool,
    ):
        holder.register("wanted")
        claimer.register("claimer")

        def answer_probes() -> None:
            for _ in range(PROBES):
                holder.answer_ping()

        answering = pool.submit(answer_probes)
        while not answering.done():
            assert commands(claimer.command("NICK wanted")) == ["433"]
        answering.result()
        assert "318" in commands(holder.command("WHOIS wanted"))
        assert commands(claimer.command("NICK wanted")) == ["433"]


@pytest.mark.thorough
def test_an_active_holder_is_not_probed(tmp_path: Path) -> None:
    """A client that has just sent something is alive."""
    with (
        configured(tmp_path, "[limits]\nghost_timeout_s = 30.0\n") as tracker,
        IrcClient(tracker.port) as holder,
        IrcClient(tracker.port) as claimer,
    ):
        holder.register("wanted")
        claimer.register("claimer")
        assert commands(claimer.command(*["NICK wanted"] * 20)) == ["433"] * 20
        holder.send("PING mine")
        assert holder.receive_line().endswith("mine"), "the holder got a PING before its PONG"
