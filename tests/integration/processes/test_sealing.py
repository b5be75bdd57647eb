"""A tracker process with --seal: its log is rotated, it is killed and restarted, and the log is still whole."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.talk import talking
from tests.support.together import wait_until
from tests.support.trackers import ROOT, TrackerProcess, tracker_process

_FLAGS = ("--seal", "--no-limits", "--log-rotate", "4k", "--log-keep", "1")


def _key(tracker: TrackerProcess) -> list[str]:
    return [line.removeprefix("verification key: ") for line in tracker.output if line.startswith("verification key: ")]


def _verify(folder: Path, key: str) -> tuple[int, list[str]]:
    where = ("--log", str(folder / "chat.log"), "--state-dir", str(folder / "state"))
    command = [sys.executable, str(ROOT / "tracker.py"), "log", "verify", "--key", "-", *where]
    done = subprocess.run(command, input=key, capture_output=True, text=True, check=False, timeout=60)
    assert not done.stderr
    return done.returncode, done.stdout.splitlines()


def _talk_until_a_file_was_removed(folder: Path, tracker: TrackerProcess) -> None:
    before = (folder / "chat.log.seal").read_text().count("\nremoved ")
    with talking(tracker.port) as talk:
        wait_until(lambda: (folder / "chat.log.seal").read_text().count("\nremoved ") > before)
        talk.end()


@pytest.mark.thorough
def test_a_sealed_log_is_whole_after_rotation_and_a_kill(tmp_path: Path) -> None:
    with tracker_process(tmp_path, *_FLAGS) as tracker:
        (key,) = _key(tracker)
        _talk_until_a_file_was_removed(tmp_path, tracker)
        status, lines = _verify(tmp_path, key)
        assert status == 0, lines
        tracker.stop(signal.SIGKILL)
    status, lines = _verify(tmp_path, key)
    assert (status, lines[0][:6]) == (0, "whole:"), lines
    with tracker_process(tmp_path, *_FLAGS) as tracker:
        assert not _key(tracker), "the key is shown only once"
        tracker.stop()
        assert not any("seal" in line for line in tracker.output)
    status, lines = _verify(tmp_path, key)
    assert status == 0, lines
    assert any(line.startswith("removed: ") for line in lines)
    (tmp_path / "chat.log").write_bytes((tmp_path / "chat.log").read_bytes().replace(b" stop :", b" stop :not "))
    assert _verify(tmp_path, key)[0] == 1
