"""Announcing the chat: turned on and off, remembered, and kept up to date as addresses change."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from unittest.mock import Mock

import pytest

from chatcore.server.nearby import announcer as module
from chatcore.server.nearby.announcement import Announcement
from chatcore.server.nearby.announcer import LAN_FILE, MISSING, Announcer, Told
from tests.support.nearby import DEADLINE_S, LOOPBACK, Ear


class Tracker:
    """An announcer with a stopped clock, its announcement, and the messages to the operator."""

    def __init__(self, state_dir: Path) -> None:
        self.what: Announcement | None = Announcement(token_hex(32).upper(), 8000, (LOOPBACK,), (LOOPBACK,))
        self.lines: list[str] = []
        self.now = 1000.0
        self._state_dir = state_dir
        self.announcer = self.made(None)

    def made(self, wish: bool | None) -> Announcer:
        self.announcer = Announcer(wish, self._state_dir, lambda: self.what, self.lines.append, lambda: self.now)
        return self.announcer

    @property
    def pid(self) -> int:
        running = self.announcer._running
        assert running is not None
        return running._process.pid

    def tick_until(self, condition: Callable[[], bool]) -> None:
        """Tick as heartbeat does, with a stopped clock, until a condition is met."""
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, (self.lines, self.announcer.told())
            time.sleep(0.01)
            self.announcer.tick()


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    tracker = Tracker(tmp_path)
    yield tracker
    tracker.announcer.leave()
    tracker.announcer.close()


@pytest.fixture
def ear() -> Iterator[Ear]:
    with Ear() as ear:
        yield ear


def _is_empty(heard: Sequence[object]) -> bool:
    return not heard


def test_announcing_is_off_until_turned_on(tracker: Tracker, ear: Ear, tmp_path: Path) -> None:
    tracker.announcer.start()
    assert tracker.announcer.told() == Told(is_on=False)
    tracker.announcer.turn(on=True)
    assert tracker.what is not None
    assert tracker.announcer.told() == Told(is_on=True, announcement=tracker.what)
    (heard,) = ear.wait_for(tracker.what.pin, bool)
    assert (heard.parsed_addresses(), heard.port) == ([LOOPBACK], 8000)
    assert heard.properties == {b"txtvers": b"1", b"pin": tracker.what.pin.encode()}
    assert heard.server is not None
    assert heard.server.startswith(f"chat-{tracker.what.pin[:16].lower()}-")
    assert stat.S_IMODE((tmp_path / LAN_FILE).stat().st_mode) == 0o600
    tracker.announcer.turn(on=False)
    ear.wait_for(tracker.what.pin, _is_empty)
    assert tracker.announcer.told() == Told(is_on=False)
    assert not (tmp_path / LAN_FILE).exists()
    assert tracker.lines == []


@pytest.mark.parametrize(("wish", "then"), [(None, True), (True, True), (False, False)])
def test_the_choice_is_remembered_unless_the_start_overrides_it(
    tracker: Tracker, wish: bool | None, then: bool
) -> None:
    tracker.announcer.turn(on=True)  # before the start: nothing is announced yet
    assert tracker.announcer.told() == Told(is_on=True)
    again = tracker.made(wish)
    again.start()
    assert again.told().is_on is then
    assert (again.told().announcement is not None) is then


def test_a_choice_for_this_run_is_not_remembered(tracker: Tracker, tmp_path: Path) -> None:
    tracker.made(True).start()
    assert tracker.announcer.told().announcement is not None
    assert not (tmp_path / LAN_FILE).exists()


def test_an_ending_tracker_says_goodbye(tracker: Tracker, ear: Ear) -> None:
    tracker.made(True).start()
    assert tracker.what is not None
    ear.wait_for(tracker.what.pin, bool)
    tracker.announcer.leave()
    ear.wait_for(tracker.what.pin, _is_empty)
    tracker.announcer.turn(on=True)
    assert tracker.announcer.told().announcement is None


@pytest.mark.thorough
def test_two_trackers_with_one_key_are_both_announced(tracker: Tracker, ear: Ear, tmp_path: Path) -> None:
    tracker.made(True).start()
    other = Tracker(tmp_path)
    assert tracker.what is not None
    other.what = replace(tracker.what, port=9000)
    other.made(True).start()
    heard = ear.wait_for(tracker.what.pin, lambda heard: len(heard) == 2)
    assert {each.port for each in heard} == {8000, 9000}
    other.announcer.leave()
    other.announcer.close()


@pytest.mark.thorough
def test_new_addresses_are_announced_once_noticed(tracker: Tracker, ear: Ear) -> None:
    tracker.made(True).start()
    before = tracker.what
    assert before is not None
    ear.wait_for(before.pin, bool)
    tracker.what = replace(before, addresses=(LOOPBACK, "127.0.0.2"))
    tracker.announcer.tick()
    assert tracker.announcer.told().announcement == before  # addresses are checked only now and then
    tracker.now += module._LOOK_S
    tracker.announcer.tick()
    ear.wait_for(before.pin, lambda heard: [len(each.parsed_addresses()) for each in heard] == [2])
    tracker.tick_until(lambda: not tracker.announcer._leaving)
    tracker.what = None  # the machine sleeps, or was carried away
    tracker.now += module._LOOK_S
    tracker.announcer.tick()
    assert tracker.announcer.told() == Told(is_on=True)
    ear.wait_for(before.pin, _is_empty)
    assert tracker.lines == []


def test_an_ended_program_is_reported_once_and_restarted(tracker: Tracker) -> None:
    tracker.made(True).start()
    for _ in range(2):
        os.kill(tracker.pid, signal.SIGKILL)
        tracker.tick_until(lambda: tracker.announcer.told().announcement is None)
        assert tracker.announcer.told() == Told(is_on=True, problem=module._UNKNOWN)
        tracker.announcer.tick()
        assert tracker.announcer.told().announcement is None  # not restarted at once
        tracker.now += module._RETRY_S
        tracker.announcer.tick()
        assert tracker.announcer.told() == Told(is_on=True, announcement=tracker.what)
    assert tracker.lines == [f"The chat is not announced on this network: {module._UNKNOWN}"]


def test_a_program_that_does_not_end_is_killed(tracker: Tracker) -> None:
    tracker.made(True).start()
    pid = tracker.pid
    os.kill(pid, signal.SIGSTOP)
    tracker.announcer.turn(on=False)
    tracker.announcer.tick()
    assert [each._process.pid for each in tracker.announcer._leaving] == [pid]
    tracker.now += module._GOODBYE_S
    tracker.tick_until(lambda: not tracker.announcer._leaving)


def test_the_reason_the_program_gives_is_reported(tracker: Tracker) -> None:
    assert tracker.what is not None
    tracker.what = replace(tracker.what, interfaces=("192.0.2.77",))
    tracker.made(True).start()
    tracker.tick_until(lambda: bool(tracker.lines))
    assert tracker.lines == [
        "The chat is not announced on this network: multicast DNS (port 5353) cannot be used: No such device"
    ]


def test_a_missing_library_is_reported(tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    tracker.made(True).start()
    assert tracker.announcer.told() == Told(is_on=True, problem=MISSING)
    assert tracker.lines == [f"The chat is not announced on this network: {MISSING}"]


def test_a_failure_to_start_the_program_is_reported(tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", Mock(side_effect=BlockingIOError(11, "no more processes")))
    tracker.made(True).start()
    (line,) = tracker.lines
    assert line.endswith("cannot start the program that announces it: no more processes")


def test_a_choice_that_cannot_be_saved_takes_effect_anyway(tracker: Tracker, tmp_path: Path) -> None:
    tracker.announcer.start()
    (tmp_path / LAN_FILE).mkdir()
    for on in (True, False):
        with pytest.raises(OSError, match="lan"):
            tracker.announcer.turn(on=on)
        assert (tracker.announcer.told().announcement is not None) is on
