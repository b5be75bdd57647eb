"""kill -9 at any moment leaves every delivered line in chat.log (ordering contract, 2)."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.support.crowd import at_once, settled, witnesses
from tests.support.guest import Guest
from tests.support.irc import DEADLINE_S
from tests.support.replay import replay, seen_in
from tests.support.thorough import first_and_thorough
from tests.support.trackers import tracker_process

GUESTS = 10
TENS_BEFORE_THE_END = 50
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [a-z-]+( .*)?")


@pytest.mark.xdist_group("heavy")
@pytest.mark.parametrize("flags", [(), ("--no-limits",)], ids=["default limits", "no limits"])
@pytest.mark.parametrize("seed", range(3))
def test_every_received_line_is_in_the_log(tmp_path: Path, flags: tuple[str, ...], seed: int) -> None:
    """Each client received the beginning of what it should receive by the log."""
    with tracker_process(tmp_path, *flags) as tracker, witnesses(tracker.port, GUESTS, "#one") as clients:
        done = threading.Semaphore(0)

        def kill_amid() -> None:
            for _ in range(TENS_BEFORE_THE_END):
                assert done.acquire(timeout=DEADLINE_S)
            tracker.process.kill()

        guests = [Guest(client, f"kill {seed}.{number}") for number, client in enumerate(clients)]
        lives: list[Callable[[], None]] = [partial(guest.live_until_cut_off, done.release) for guest in guests]
        at_once([kill_amid, *lives])
        assert tracker.stop() == -signal.SIGKILL
        told = replay(tracker.log_path)
        for client in clients:
            seen = seen_in(client.received)
            assert len(seen) > TENS_BEFORE_THE_END
            assert seen == told.seen_by(client.nick, client.address)[: len(seen)], (
                f"{client.nick} saw lines that are not in the log"
            )


@pytest.mark.parametrize("torn_bytes", first_and_thorough(7, 0))
def test_a_restart_ends_a_torn_line_and_goes_on(tmp_path: Path, torn_bytes: int) -> None:
    with tracker_process(tmp_path) as tracker, witnesses(tracker.port, 2, "#room") as clients:
        clients[0].command("PRIVMSG #room :before the end")
        tracker.process.kill()
        tracker.stop()
    log_path = tracker.log_path
    os.truncate(log_path, log_path.stat().st_size - torn_bytes)
    before = log_path.read_text(encoding="utf-8")
    with tracker_process(tmp_path) as tracker, witnesses(tracker.port, 2, "#room") as clients:
        clients[0].command("PRIVMSG #room :after the end")
        settled(clients)
        assert clients[1].said == ["after the end"]
        log = log_path.read_text(encoding="utf-8")
    assert log.startswith(before if before.endswith("\n") else before + "\n")
    lines = log.splitlines()
    assert all(LINE.fullmatch(line) for line in lines)
    assert lines[-1].endswith("message #room member0 :after the end")
