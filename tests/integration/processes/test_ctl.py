"""`tracker.py ctl` beside a tracker that runs as a service: no terminal, perhaps killed, anywhere on the disk."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.irc import DEADLINE_S, IrcClient
from tests.support.thorough import first_and_thorough
from tests.support.trackers import ROOT, TrackerProcess, tracker_process

_FLAGS = ("--keep-alive",)


def _ctl(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command: Sequence[str] = (sys.executable, str(ROOT / "tracker.py"), "--state-dir", str(folder), "ctl", *words)
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=DEADLINE_S)


@pytest.mark.parametrize("name", first_and_thorough("state", "s" * 200))
def test_ctl_operates_a_service(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    with (
        tracker_process(tmp_path, *_FLAGS, "--state-dir", str(folder), new_session=True) as tracker,
        IrcClient(tracker.port) as ann,
    ):
        ann.register("ann")
        assert _ctl(folder, "say", "tea", "is  ready").returncode == 0
        assert ann.receive_until("NOTICE").params[1] == "tea is  ready"
        assert [person["nick"] for person in json.loads(_ctl(folder, "--json", "active").stdout)["data"]["people"]] == [
            "ann"
        ]
        refused = _ctl(folder, "kick", "bob")
        assert (refused.returncode, refused.stderr) == (1, "Nobody here is called bob.\n")
        ended = json.loads(_ctl(folder, "--json", "exit", "--restart").stdout)
        assert ended == {"done": True, "data": {"farewell": "the tracker will be back soon", "status": 75}}
        assert tracker.process.wait(DEADLINE_S) == 75
        assert not (folder / "ctl").exists()
        assert _ctl(folder, "active").returncode == 2


@pytest.mark.thorough
def test_the_socket_of_a_killed_tracker_is_no_obstacle(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with tracker_process(tmp_path, *_FLAGS) as tracker:
        tracker.stop(signal.SIGKILL)
        assert (folder / "ctl").is_socket()
        assert "no tracker is running in" in _ctl(folder, "active").stderr
    with tracker_process(tmp_path, *_FLAGS) as tracker:
        with pytest.raises(AssertionError):
            TrackerProcess(tmp_path, *_FLAGS)
        assert _ctl(folder, "active").returncode == 0, "the second tracker left the socket alone"
