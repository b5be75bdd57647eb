"""SIGHUP: a reload without a terminal, the end with one, and ignored under nohup."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.irc import IrcClient, commands
from tests.support.terminal import terminal
from tests.support.trackers import ROOT, TrackerProcess, tracker_process

_ANSWERS = "^New connections get the certificate with SHA-256 ([0-9A-F]{64})"


def _fingerprint(port: int) -> str:
    pem = ssl.get_server_certificate(("127.0.0.1", port))
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest().upper()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[TrackerProcess]:
    """A tracker without a terminal."""
    with tracker_process(tmp_path, new_session=True) as tracker:
        yield tracker


def _hang_up(tracker: TrackerProcess) -> None:
    tracker.process.send_signal(signal.SIGHUP)


def test_without_a_terminal_it_reloads_the_certificate(service: TrackerProcess, tmp_path: Path) -> None:
    with IrcClient(service.port) as ann:
        ann.register("ann")
        before = _fingerprint(service.port)
        with tracker_process(tmp_path / "other") as other:
            (tmp_path / "other" / "state" / "tls.pem").replace(tmp_path / "state" / "tls.pem")
            wanted = _fingerprint(other.port)
        _hang_up(service)
        assert service.read_until(_ANSWERS)[1] == wanted != before
        assert _fingerprint(service.port) == wanted
        assert commands(ann.command("TIME")) == ["391"]


@pytest.mark.thorough
def test_an_invalid_certificate_is_reported_and_the_old_one_stays(service: TrackerProcess, tmp_path: Path) -> None:
    before = _fingerprint(service.port)
    (tmp_path / "state" / "tls.pem").write_text("none")
    _hang_up(service)
    service.read_until("^cannot use the TLS certificate .*tls.pem: ")
    assert _fingerprint(service.port) == before


@pytest.mark.thorough
def test_sigterm_still_ends_it_after_a_reload(service: TrackerProcess) -> None:
    _hang_up(service)
    service.read_until(_ANSWERS)
    assert service.stop(signal.SIGTERM) == 0


@pytest.mark.thorough
def test_with_a_terminal_it_ends_the_tracker(tmp_path: Path) -> None:
    """Whoever sends it, such as the shell of a closed window."""
    files = ("--log", "chat.log", "--state-dir", "state")
    command = (sys.executable, str(ROOT / "tracker.py"), "--host", "127.0.0.1", "-p", "0", "--no-password", *files)
    with terminal(*command, cwd=tmp_path) as tracker:
        tracker.expect("Type help for the commands")
        os.kill(tracker.process.pid, signal.SIGHUP)
        tracker.expect("The tracker is closed")
        assert tracker.wait() == 0


@pytest.mark.thorough
@pytest.mark.parametrize("new_session", [False, True])
def test_it_stays_ignored_if_ignored_on_start(tmp_path: Path, new_session: bool) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # inherited, as from nohup
    try:
        tracker = TrackerProcess(tmp_path, new_session=new_session)
    finally:
        signal.signal(signal.SIGHUP, before)
    try:
        _hang_up(tracker)
        tracker.type("bans")
        tracker.read_until("^Nobody is banned")
        assert tracker.stop() == 0
        assert not any("New connections get" in line for line in tracker.output)
    finally:
        if tracker.process.poll() is None:
            tracker.process.kill()
            tracker.process.communicate()


@pytest.mark.thorough
def test_a_tracker_under_nohup_ignores_it_and_closes_on_sigterm(tmp_path: Path) -> None:
    files = f"--log {tmp_path}/chat.log --state-dir {tmp_path}/state"
    script = f"nohup {sys.executable} {ROOT}/tracker.py --host 127.0.0.1 -p 0 --no-password {files} & echo $!; wait"
    shell = subprocess.Popen(
        ["sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert shell.stdout is not None
    pid = int(shell.stdout.readline())
    port = next(int(found[1]) for line in shell.stdout if (found := re.search(r"listening on port (\d+)", line)))
    os.kill(pid, signal.SIGHUP)
    with IrcClient(port) as ann:
        ann.register("ann")
        assert commands(ann.command("TIME")) == ["391"]
    os.kill(pid, signal.SIGTERM)
    rest, _ = shell.communicate(timeout=20)
    assert "New connections get" not in rest
    assert "The tracker is closed" in rest
