"""Ignored people and muted rooms are saved for the next visit."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.terminal.local import Local
from chatcore.terminal.session.quiet import QUIET_FILE, Quiet
from tests.support.scripted import ScriptedTracker, scripted_tracker
from tests.support.seen import SeenScreen
from tests.terminal.visiting import Visit


@pytest.fixture
def tracker() -> Iterator[ScriptedTracker]:
    with scripted_tracker() as running:
        yield running


def test_ignored_people_and_muted_rooms_are_saved(tracker: ScriptedTracker, tmp_path: Path) -> None:
    local = Local(tmp_path, tmp_path / "state")
    visit = Visit(tracker, SeenScreen("/ignore bob", "/mute #dev", "exit"), local)
    visit.session.memory.quiet = Quiet("", "there:8000")
    visit.run()
    assert Quiet(local.read_state(QUIET_FILE), "there:8000").people == ["bob"]
    assert Quiet(local.read_state(QUIET_FILE), "there:8000").rooms == ["#dev"]


def test_a_failed_save_is_reported(tracker: ScriptedTracker, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")
    screen = SeenScreen("/ignore bob", "exit")
    Visit(tracker, screen, Local(tmp_path, tmp_path / "state")).run()
    assert [line for line in screen.shown if line.startswith("error: only for this visit: it cannot be saved (")]


def test_a_guest_may_ignore_people(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("/ignore bob", "exit")
    Visit(tracker, screen, None).run()
    assert "* you no longer hear bob; /unignore bob ends this" in screen.shown
