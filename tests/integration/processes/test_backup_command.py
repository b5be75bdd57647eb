"""`backup` beside the real tracker, and restoring, exactly as docs/backup.md says."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.document import Document
from tests.support.irc import DEADLINE_S, IrcClient
from tests.support.restored import log_text
from tests.support.together import wait_until
from tests.support.trackers import ROOT, TrackerProcess, tracker_process

_PROGRAM = (sys.executable, str(ROOT / "tracker.py"))


def _command(folder: Path, path: str) -> list[str]:
    return [*_PROGRAM, "backup", path, "--state-dir", str(folder / "state"), "--log", str(folder / "chat.log")]


def _say(tracker: TrackerProcess, text: str) -> None:
    with IrcClient(tracker.port) as ann:
        ann.register("ann")
        ann.join("#lobby")
        ann.command(f"PRIVMSG #lobby :{text}")


def _restore(path: Path, folder: Path) -> str:
    """Run the documented commands in a folder; end the tracker at once, and return its output."""
    lines = Document("docs/backup.md").section("Restoring").indented()
    script = "\n".join(("set -e", *lines)).replace("/backup/chat.tar.gz", shlex.quote(str(path)))
    assert script.count("python tracker.py") == 1
    script = script.replace("python tracker.py", f"{shlex.join(_PROGRAM)} --no-password --host 127.0.0.1 --port 0")
    done = subprocess.run(
        ["sh", "-c", f"umask 022\n{script}"],
        input="exit\n",
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=DEADLINE_S,
    )
    return done.stdout


def _state(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in (folder / "state").iterdir()}


@pytest.mark.thorough
def test_a_piped_backup_is_restored_as_documented(tmp_path: Path) -> None:
    with tracker_process(tmp_path) as tracker:
        _say(tracker, "before")
        with (tmp_path / "chat.tar.gz").open("wb") as file:
            done = subprocess.run(
                _command(tmp_path, "-"), stdout=file, stderr=subprocess.PIPE, text=True, check=True, timeout=DEADLINE_S
            )
        assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["state", "logs"]
        fingerprint = tracker.read_until("([0-9A-F]{2}:){7}[0-9A-F]{2}")[0]
        _say(tracker, "after")
        tracker.stop()
    printed = _restore(tmp_path / "chat.tar.gz", tmp_path)
    assert fingerprint in printed
    assert "chmod" not in printed
    folder = tmp_path / "restored"
    assert set(_state(folder).values()) == {0o600}
    assert ((folder / "state").stat().st_mode & 0o777, (folder / "logs").stat().st_mode & 0o777) == (0o700, 0o700)
    assert any(name.startswith("history-") for name in _state(folder)), "the backup includes the journal"
    assert " :before" in log_text(folder)
    assert " :after" not in log_text(folder)


@pytest.mark.thorough
def test_a_killed_backup_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    with tracker_process(tmp_path) as tracker:
        _say(tracker, "before")
        (tmp_path / "state" / "tls-next.pem").write_bytes(b"x" * 100_000_000)
        path = tmp_path / "chat.tar.gz"
        with subprocess.Popen(_command(tmp_path, str(path)), stderr=subprocess.DEVNULL) as killed:
            wait_until(lambda: path.with_name("chat.tar.gz.part").exists())
            killed.send_signal(signal.SIGKILL)
        assert not path.exists()
        (tmp_path / "state" / "tls-next.pem").unlink()
        done = subprocess.run(_command(tmp_path, str(path)), stderr=subprocess.PIPE, check=False, timeout=DEADLINE_S)
        assert (done.returncode, path.exists()) == (0, True)
        assert not path.with_name("chat.tar.gz.part").exists()
        tracker.stop()
