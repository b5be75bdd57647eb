"""Two trackers do not share a log or a state folder; other commands beside a tracker work."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.irc import DEADLINE_S
from tests.support.thorough import first_and_thorough
from tests.support.together import wait_until
from tests.support.trackers import ROOT, hosted_tracker, tracker_process


def _tracker_py(folder: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tracker.py"), *arguments]
    return subprocess.run(
        command, cwd=folder, input=typed, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )


def _refusal(folder: Path, log: str, state: str) -> str:
    """Return the line with which a second tracker with these files is refused."""
    files = ("--log", log, "--state-dir", state)
    done = _tracker_py(folder, "--host", "127.0.0.1", "-p", "0", "--no-password", *files)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert "--log" in line
    assert "--state-dir" in line
    return line


@pytest.mark.parametrize(
    ("log", "state"), first_and_thorough(("chat.log", "state"), ("other.log", "state"), ("other.log", "link"))
)
def test_a_state_folder_belongs_to_one_tracker(tmp_path: Path, log: str, state: str) -> None:
    with hosted_tracker(tmp_path):
        (tmp_path / "link").symlink_to("state")
        line = _refusal(tmp_path, log, state)
        assert line.startswith(f"chat-tracker: another tracker (process {os.getpid()}) is using the state folder")
        assert not (tmp_path / "other.log").exists()


@pytest.mark.parametrize("log", first_and_thorough("chat.log", "link.log", "other/../chat.log"))
def test_a_log_belongs_to_one_tracker(tmp_path: Path, log: str) -> None:
    with hosted_tracker(tmp_path) as tracker:
        (tmp_path / "other").mkdir()
        (tmp_path / "link.log").symlink_to("chat.log")
        before = tracker.log_text()
        assert "another tracker is using it" in _refusal(tmp_path, log, "state2")
        assert tracker.log_text() == before
        assert tracker.connect().register("ann")[0].command == "001"


@pytest.mark.thorough
def test_only_a_rotated_log_may_be_used_by_another_tracker(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as tracker:
        tracker.log_path.rename(tmp_path / "chat.log.1")
        wait_until(tracker.log_path.exists)
        _refusal(tmp_path, "chat.log", "state2")
        with tracker_process(tmp_path / "second", "--log", str(tmp_path / "chat.log.1")) as second:
            assert second.stop() == 0


@pytest.mark.thorough
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_next_tracker_starts_after_any_end(tmp_path: Path, number: int) -> None:
    for _ in range(2):
        with tracker_process(tmp_path) as tracker:
            tracker.stop(number)


@pytest.mark.thorough
def test_accounts_are_managed_beside_it_and_files_are_private(tmp_path: Path) -> None:
    with tracker_process(tmp_path) as tracker:
        beside = ("account", "--state-dir", str(tmp_path / "state"))
        assert _tracker_py(tmp_path, *beside, "add", "ann", typed="secret\n").returncode == 0
        assert _tracker_py(tmp_path, *beside, "list").stdout == "ann\n"
        tracker.type("ban mallory")
        tracker.read_until("^mallory is banned")
        assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir()}
        assert {"accounts.sqlite", "bans.json", "lock", "tls.pem"} <= modes.keys()
        assert set(modes.values()) == {0o600}


@pytest.mark.thorough
def test_files_that_others_may_write_are_reported_on_start(tmp_path: Path) -> None:
    for name in ("state", "logs"):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(0o777)
    log = tmp_path / "logs" / "chat.log"
    log.touch()
    log.chmod(0o666)
    with tracker_process(tmp_path, "--log", str(log)) as tracker:
        for what in ("the state folder", "the log", "the folder of the log"):
            tracker.read_until(f"^Everyone on this machine can write to {what} and change what is in it: chmod go-w /")
