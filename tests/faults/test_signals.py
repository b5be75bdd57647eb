"""SIGTERM and SIGINT: everybody gets a goodbye, the log is complete, the status is 0, and the end comes soon."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic

import pytest

from chatcore.protocol.goodbye import BACK_SOON
from tests.faults.test_slow_readers import NarrowSocket
from tests.support.crowd import Witness, assert_all_saw_what_was_logged, at_once, witnesses
from tests.support.guest import Guest
from tests.support.irc import DEADLINE_S, IrcClient, commands
from tests.support.thorough import first_and_thorough
from tests.support.trackers import TrackerProcess, tracker_process

SIGNALS = [signal.SIGTERM, signal.SIGINT]
GOODBYE = "the tracker has left"
LONG_S = 4.0
"""A limit for the end even on a machine that is busy with other tests."""


def stop_in_time(tracker: TrackerProcess, number: int = signal.SIGTERM) -> None:
    """Send the signal, and check that the tracker ends well and soon."""
    began = monotonic()
    assert tracker.stop(number) == 0
    assert monotonic() - began < LONG_S
    last = tracker.log_path.read_text(encoding="utf-8").splitlines()[-1]
    assert last.endswith(f" stop :{GOODBYE}")
    assert not any("Traceback" in line for line in tracker.output)


def assert_was_told(client: Witness) -> None:
    """Check that the client's last line is the goodbye."""
    client.receive_rest()
    last = client.received[-1]
    assert last.command == "ERROR"
    assert GOODBYE in last.params[-1]


@pytest.mark.parametrize("number", first_and_thorough(*SIGNALS), ids=lambda number: number.name)
def test_everybody_gets_the_goodbye_and_the_log_is_complete(tmp_path: Path, number: int) -> None:
    with tracker_process(tmp_path) as tracker, witnesses(tracker.port, 5, "#room") as clients:
        clients[0].command("PRIVMSG #room :a last word")
        stop_in_time(tracker, number)
        for client in clients:
            assert_was_told(client)
        assert_all_saw_what_was_logged(clients, tracker.log_path)


@pytest.mark.thorough
def test_a_kept_alive_tracker_says_that_it_will_be_back(tmp_path: Path) -> None:
    with tracker_process(tmp_path, "--keep-alive") as tracker, witnesses(tracker.port, 1, "#room") as clients:
        assert tracker.stop() == 0
        assert clients[0].receive_rest()[-1].params == (f"Closing link: {BACK_SOON}",)
        assert tracker.log_path.read_text(encoding="utf-8").endswith(f" stop :{BACK_SOON}\n")


@pytest.mark.thorough
@pytest.mark.xdist_group("heavy")
def test_a_stop_under_load_loses_nothing_accepted(tmp_path: Path) -> None:
    """Everybody has received exactly what is in the log, up to the goodbye."""
    with tracker_process(tmp_path, "--no-limits") as tracker, witnesses(tracker.port, 10, "#one") as clients:
        done = threading.Semaphore(0)

        def stop_amid() -> None:
            for _ in range(40):
                assert done.acquire(timeout=DEADLINE_S)
            stop_in_time(tracker)

        guests = [Guest(client, f"stop {number}") for number, client in enumerate(clients)]
        lives: list[Callable[[], None]] = [partial(guest.live_until_cut_off, done.release) for guest in guests]
        at_once([stop_amid, *lives])
        assert_all_saw_what_was_logged(clients, tracker.log_path)
        for client in clients:
            assert commands(client.received)[-1] == "ERROR"


@pytest.mark.thorough
def test_strangers_and_stalled_readers_do_not_delay_the_stop(tmp_path: Path) -> None:
    """Clients that do not read the goodbye get half a second."""
    config = tmp_path / "tracker.toml"
    config.write_text("[limits]\nmax_sendq_bytes = 33554432\n", encoding="utf-8")
    with (
        tracker_process(tmp_path, "--config", str(config), "--no-limits") as tracker,
        IrcClient(tracker.port) as stranger,
        NarrowSocket(tracker.port, "stalled", "#room"),
        witnesses(tracker.port, 2, "#room") as clients,
    ):
        stranger.send_bytes(b"NICK half a li")
        for trip in range(200):
            clients[0].command(*[f"PRIVMSG #room :{trip} {'x' * 400}"] * 50)
            clients[1].sync()
        stop_in_time(tracker)
        assert_was_told(clients[0])
        assert_was_told(clients[1])
        assert_all_saw_what_was_logged(clients, tracker.log_path)


@pytest.mark.thorough
def test_an_empty_tracker_stops(tmp_path: Path) -> None:
    with tracker_process(tmp_path) as tracker:
        stop_in_time(tracker, signal.SIGINT)


@pytest.mark.thorough
def test_a_connection_made_during_the_stop_is_ended(tmp_path: Path) -> None:
    """Once the stop has begun, connections are refused or closed."""
    with tracker_process(tmp_path) as tracker, witnesses(tracker.port, 2, "#room") as clients:
        tracker.process.send_signal(signal.SIGTERM)
        assert_was_told(clients[0])
        with pytest.raises(ConnectionError):
            connect_until_refused(tracker.port)
        assert tracker.wait() == 0


def connect_until_refused(port: int) -> None:
    """Connect repeatedly and read each connection to its end. Raises ConnectionError when refused."""
    while True:
        with IrcClient(port) as late:
            late.receive_rest()
