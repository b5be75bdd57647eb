"""A struck tracker has ended when `spare` returns, so that it can be started again."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from tests.faults.cluster.machine import Machine

_PROGRAM = "import signal; signal.pause()"
_DYING_S = 0.2
_STRUCK_S = 20.0


def test_spare_waits_for_a_tracker_that_is_slow_to_die(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kill, is_struck = subprocess.Popen.kill, threading.Event()

    def kill_slowly(process: subprocess.Popen[str]) -> None:
        is_struck.set()
        time.sleep(_DYING_S)
        kill(process)

    monkeypatch.setattr(subprocess.Popen, "kill", kill_slowly)
    machine = Machine("A", tmp_path, None, [], ["-c", _PROGRAM])
    unfinished = tmp_path / "state" / "cluster" / "segment.tmp"
    unfinished.parent.mkdir(parents=True)
    unfinished.touch()
    machine.start()
    try:
        machine.doom("disk")
        assert is_struck.wait(_STRUCK_S)
        machine.spare()
        assert machine.poll() == -signal.SIGKILL
    finally:
        machine.close()
