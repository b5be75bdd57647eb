"""Debian's logrotate rotates the log while people talk: every message is in one file, once, in order."""

from __future__ import annotations

import gzip
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.irc import DEADLINE_S
from tests.support.talk import numbers_in, talking
from tests.support.trackers import ROOT, TrackerProcess, tracker_process

ROUNDS = 4
_FOLLOWED = "^The log was renamed or removed"


def _recipe() -> str:
    """Return the directives of contrib/logrotate, without those that no test can wait for."""
    text = (ROOT / "contrib" / "logrotate").read_text(encoding="utf-8")
    directives = text[text.index("{") + 1 : text.index("}")]
    return "\n".join(
        line for line in directives.splitlines() if line.split() not in (["weekly"], ["su", "chat", "chat"])
    )


_WAYS = {
    "rename and create": "rotate 9\ncreate 0600",
    "rename": "rotate 9\nnocreate",
    "rename, a reload after it": "rotate 9\nnocreate\npostrotate\nkill -HUP {pid}\nendscript",
    "compressed": "rotate 9\ncompress\ndelaycompress\nnocreate",
    "as in contrib": _recipe(),
}


class Logrotate:
    """logrotate with its own configuration and state file."""

    def __init__(self, executable: Path, tracker: TrackerProcess, folder: Path, directives: str) -> None:
        self._log_path = tracker.log_path
        self._rotated = folder / "rotated"
        self._rotated.mkdir()
        config = folder / "logrotate.conf"
        body = directives.format(pid=tracker.process.pid) if "{pid}" in directives else directives
        config.write_text(f"{self._log_path} {{\nolddir {self._rotated}\n{body}\n}}\n", encoding="utf-8")
        config.chmod(0o600)
        self._command = [str(executable), "--force", "--state", str(folder / "logrotate.state"), str(config)]

    def run(self) -> None:
        """Rotate once."""
        done = subprocess.run(self._command, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
        assert (done.returncode, done.stderr) == (0, "")

    def logs(self) -> list[str]:
        """Return the texts of all files, oldest first."""
        rotated = sorted(self._rotated.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return [*map(_read, rotated), self._log_path.read_text()]


def _read(path: Path) -> str:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


@pytest.mark.parametrize("directives", _WAYS.values(), ids=_WAYS.keys())
def test_every_message_is_in_one_file_once_and_in_order(
    program: Callable[[str], Path], tmp_path: Path, directives: str
) -> None:
    with (
        tracker_process(tmp_path, "--no-limits", new_session=True) as tracker,
        talking(tracker.port) as talk,
    ):
        logrotate = Logrotate(program("logrotate"), tracker, tmp_path, directives)
        for _ in range(ROUNDS):
            talk.go_on()
            logrotate.run()
            tracker.read_until(_FOLLOWED)
        talk.go_on()
        talk.end()
        logs = logrotate.logs()
        assert len(logs) == ROUNDS + 1
        assert all(" message #room " in log for log in logs)
        assert numbers_in(logs) == {nick: list(range(count)) for nick, count in talk.said.items()}
        assert tracker.stop() == 0


def test_copytruncate_leaves_no_hole_and_no_partial_line(program: Callable[[str], Path], tmp_path: Path) -> None:
    """Lines written between the copy and the truncation are lost, which is why it is not recommended.

    The last line of a copy may be torn if it ended during a write.
    """
    with tracker_process(tmp_path, "--no-limits") as tracker, talking(tracker.port) as talk:
        logrotate = Logrotate(program("logrotate"), tracker, tmp_path, "rotate 9\ncopytruncate")
        for _ in range(ROUNDS):
            talk.go_on()
            logrotate.run()
        talk.go_on()
        talk.end()
        logs = logrotate.logs()
        assert len(logs) == ROUNDS + 1
        assert not any("\0" in log for log in logs)
        found = numbers_in(log[: log.rindex("\n") + 1] for log in logs)
        assert found.keys() == talk.said.keys()
        for numbers in found.values():
            assert numbers == sorted(set(numbers))
