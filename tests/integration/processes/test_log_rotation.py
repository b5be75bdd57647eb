"""The log is renamed, removed or emptied while people talk: the tracker notices, and continues under its name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chatcore.server.audit.rotated import log_files, open_log_file, own_rotated
from tests.support.irc import IrcClient, commands
from tests.support.talk import numbers_in, talking
from tests.support.together import wait_until
from tests.support.trackers import Hosted, tracker_process

ROUNDS = 4


def test_repeated_renaming_keeps_every_line_once_and_in_order(tmp_path: Path) -> None:
    with tracker_process(tmp_path, "--no-limits") as tracker, talking(tracker.port) as talk:
        for number in range(ROUNDS):
            talk.go_on()
            tracker.log_path.rename(tmp_path / f"chat.log.{number}")
            if number % 2:
                tracker.log_path.touch()
            tracker.read_until("^The log was renamed or removed; it continues in a new file: .*/chat.log$")
        talk.go_on()
        talk.end()
        logs = [path.read_text() for path in (*(tmp_path / f"chat.log.{n}" for n in range(ROUNDS)), tracker.log_path)]
        assert all(" message #room " in log for log in logs)
        assert all(log.split()[1] == "log-opened" for log in logs[1:])
        assert numbers_in(logs) == {nick: list(range(count)) for nick, count in talk.said.items()}


@pytest.mark.thorough
def test_rotation_by_the_tracker_keeps_every_line_once_and_in_order(tmp_path: Path) -> None:
    flags = ("--no-limits", "--log-rotate", "4k")
    with tracker_process(tmp_path, *flags) as tracker, talking(tracker.port) as talk:
        for number in range(1, ROUNDS):
            talk.go_on()
            wait_until(lambda: len(_packed(tracker.log_path)) >= number)  # noqa: B023  # called at once
        talk.end()
        logs = [_read(path) for path in log_files(tracker.log_path)]
        assert all(log.split()[1] == "log-opened" for log in logs[1:])
        assert numbers_in(logs) == {nick: list(range(count)) for nick, count in talk.said.items()}


def _packed(path: Path) -> list[Path]:
    return [found for found in own_rotated(path) if found.suffix == ".gz"]


def _read(path: Path) -> str:
    with open_log_file(path) as file:
        return file.read().decode()


@pytest.mark.thorough
def test_an_emptied_log_has_neither_holes_nor_partial_lines(tmp_path: Path) -> None:
    with tracker_process(tmp_path, "--no-limits") as tracker, talking(tracker.port) as talk:
        for _ in range(ROUNDS):
            talk.go_on()
            os.truncate(tracker.log_path, 0)
        talk.go_on()
        talk.end()
        log = tracker.log_path.read_text()
        assert "\0" not in log
        for nick, numbers in numbers_in([log]).items():
            assert numbers == list(range(numbers[0], talk.said[nick]))


def test_a_removed_log_is_created_again(hosted: Hosted) -> None:
    ann = hosted.client("ann", "#room")
    hosted.log_path.unlink()
    wait_until(hosted.log_path.exists)
    ann.command("PRIVMSG #room :still logged")
    assert hosted.log_lines() == ["log-opened", "message #room ann :still logged"]


@pytest.mark.thorough
def test_messages_are_refused_while_the_log_cannot_be_opened(tmp_path: Path) -> None:
    with tracker_process(tmp_path) as tracker, IrcClient(tracker.port) as ann:
        ann.register("ann")
        ann.join("#room")
        old = tracker.log_path.rename(tmp_path / "chat.log.1")
        tracker.log_path.mkdir()
        tracker.read_until(r"^The log cannot be written \(Is a directory\)")
        assert commands(ann.command("PRIVMSG #room :refused")) == ["400"]
        tracker.log_path.rmdir()
        tracker.read_until("^The log can be written again")
        assert commands(ann.command("PRIVMSG #room :said")) == []
        kinds = [line.split()[1] for line in tracker.log_path.read_text().splitlines()]
        assert kinds == ["log-opened", "log-resumed", "message"]
        assert "refused" not in old.read_text()


@pytest.mark.thorough
def test_the_last_lines_go_to_the_configured_path(tmp_path: Path) -> None:
    with tracker_process(tmp_path) as tracker, IrcClient(tracker.port) as ann:
        ann.register("ann")
        tracker.log_path.rename(tmp_path / "chat.log.1")
        assert tracker.stop() == 0
        assert tracker.log_path.read_text().endswith(" stop :the tracker has left\n")
        assert any(line.startswith("The log was renamed") for line in tracker.output)
