"""The units in contrib/: how confined they are, and that a tracker works under them.

There is no systemd here to start it; `sandbox` applies what is possible without it, which excludes hiding files.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chatcore.server.audit.rotated import own_rotated
from chatcore.server.cli.serving import RESTART_STATUS
from tests.programs.sandbox import Unit, allowed_calls
from tests.support.irc import DEADLINE_S, IrcClient
from tests.support.talk import talking
from tests.support.together import wait_until
from tests.support.trackers import ROOT, TrackerProcess

Program = Callable[[str], Path]

_UNIT = ROOT / "contrib" / "chatcore.service"
_BACKUP = _UNIT.with_name("chatcore-backup.service")
_PROGRAM = (sys.executable, str(Path(__file__).with_name("sandbox.py")))
_SANDBOX = (*_PROGRAM, str(_UNIT))
_PROBE = """
import ctypes, mmap, os, socket
def attempt(what, *arguments, **named):
    try:
        what(*arguments, **named)
    except OSError as error:
        return error.strerror
    return "done"
print(attempt(os.chroot, "/"))
print(attempt(socket.socket, socket.AF_PACKET, socket.SOCK_RAW))
print(attempt(mmap.mmap, -1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC))
print(attempt(os.sched_setscheduler, 0, os.SCHED_BATCH, os.sched_param(0)))
"""


def _analyze(program: Program, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(program("systemd-analyze")), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=DEADLINE_S)


def _exposure(program: Program, unit: Path) -> str:
    done = _analyze(program, "security", "--no-pager", "--offline=true", "--threshold=25", str(unit))
    assert done.returncode == 0, done.stdout
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found
    return found[1]


def test_their_exposure_is_as_documented(program: Program) -> None:
    assert float(_exposure(program, _BACKUP)) < 1.0
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    assert re.findall(r"rates the unit\s+([\d.]+)", text) == [_exposure(program, _UNIT)]


def test_systemd_accepts_every_setting(program: Program, tmp_path: Path) -> None:
    unit = tmp_path / "chatcore.service"
    unit.write_text(_UNIT.read_text().replace("/opt/chatcore/bin/chat-tracker", sys.executable))
    done = _analyze(program, "verify", str(unit))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    unit.write_text(unit.read_text().replace("ProtectHome=yes", "ProtectHouse=yes"))
    assert "ProtectHouse" in _analyze(program, "verify", str(unit)).stderr
    for path in (_BACKUP, _BACKUP.with_suffix(".timer")):
        (tmp_path / path.name).write_text(path.read_text())
    done = _analyze(program, "verify", *(str(path) for path in sorted(tmp_path.glob("chatcore-backup.*"))))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_forbidden_calls_are_refused_and_others_allowed(program: Program) -> None:
    program("systemd-analyze")
    assert {"setns", "unshare", "mount", "ptrace", "reboot", "bpf"} & allowed_calls(Unit(_UNIT)) == set()
    done = subprocess.run([*_SANDBOX, sys.executable, "-c", _PROBE], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "Operation not permitted",
        "Address family not supported by protocol",
        "Permission denied",
        "done",
    ]


@pytest.fixture
def told(tmp_path: Path) -> socket.socket:
    """The notification socket of systemd."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.settimeout(DEADLINE_S)
    sock.bind(str(tmp_path / "notify"))
    return sock


def test_a_confined_tracker_does_all_its_work(program: Program, tmp_path: Path, told: socket.socket) -> None:
    """People talk, also over TLS; it rotates, seals and compresses logs, obeys commands, is backed up and restarts."""
    program("systemd-analyze")
    flags = ("--no-limits", "--keep-alive", "--seal", "--log-rotate", "4k")
    env = {"NOTIFY_SOCKET": str(tmp_path / "notify")}
    beside = [sys.executable, str(ROOT / "tracker.py"), "--state-dir", str(tmp_path / "state")]
    tracker = TrackerProcess(tmp_path, *flags, env=env, started_by=_SANDBOX)
    try:
        assert told.recv(4096).startswith(b"READY=1")
        with talking(tracker.port) as talk, IrcClient(tracker.port, wire="tls") as ann:
            ann.register("ann")
            wait_until(lambda: any(path.suffix == ".gz" for path in own_rotated(tracker.log_path)))
            backup = ["backup", str(tmp_path / "chat.tar.gz"), "--log", str(tracker.log_path)]
            for unit, command in ((_UNIT, ["ctl", "active"]), (_UNIT, ["account", "list"]), (_BACKUP, backup)):
                words = [*_PROGRAM, str(unit), *beside, *command]
                done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=DEADLINE_S)
                assert done.returncode == 0, done.stderr
            talk.end()
        tracker.type("exit --restart")
        assert tracker.wait() == RESTART_STATUS
        assert b"STOPPING=1" in told.recv(4096)
        assert [path.stat().st_mode & 0o077 for path in tmp_path.rglob("history-*")] == [0]
    finally:
        told.close()
        tracker.stop()
