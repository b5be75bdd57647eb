"""`history erase` beside the real tracker, even if that is killed in the middle of it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chatcore.server.archive.erasing.erase_mail import EraseMail, EraseRequest
from chatcore.state.erasure import Erasure
from tests.support.irc import DEADLINE_S, IrcClient
from tests.support.together import wait_until
from tests.support.trackers import ROOT, tracker_process

_MESSAGES = 300


def _erase(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    where = ("--state-dir", str(folder / "state"), "--log", str(folder / "chat.log"))
    command = [sys.executable, str(ROOT / "tracker.py"), *where, "history", "erase", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=DEADLINE_S)


def _has(folder: Path, text: str) -> list[str]:
    files = (path for path in (folder / "state").iterdir() if not path.is_socket())
    return [path.name for path in files if text.encode() in path.read_bytes()]


@pytest.mark.thorough
def test_erasing_is_completed_after_a_kill(tmp_path: Path) -> None:
    state = tmp_path / "state"
    mail = EraseMail(state)
    with (
        tracker_process(tmp_path, "--no-limits") as tracker,
        IrcClient(tracker.port) as eve,
        IrcClient(tracker.port) as bob,
    ):
        for client, nick, text in ((eve, "eve", "秘密"), (bob, "bob", "harmless")):
            client.register(nick)
            client.join("#lobby")
            client.command(*(f"PRIVMSG #lobby :{text} {number}." for number in range(_MESSAGES)))
        mail.ask(EraseRequest("id1", Erasure("eve")))
        wait_until(lambda: not mail.is_waiting)
        tracker.stop(signal.SIGKILL)
    done = _erase(tmp_path, "--from", "nobody")
    assert (done.returncode, done.stderr) == (0, "")
    assert _has(tmp_path, "秘密") == []
    assert not mail.has_request
    assert [name for name in _has(tmp_path, "harmless 7.") if name.startswith("history-")] != []
    with tracker_process(tmp_path, "--no-limits") as tracker, IrcClient(tracker.port) as bob:
        bob.register("bob", caps="draft/chathistory batch")
        bob.join("#lobby")
        lines = bob.command("CHATHISTORY LATEST #lobby * 1000")
        said = [line.params[-1] for line in lines if line.command == "PRIVMSG"]
        assert said == [f"harmless {number}." for number in range(_MESSAGES)][-len(said) :]
        assert len(said) > 100
        bob.command("PRIVMSG #lobby :秘密 later", "PRIVMSG #lobby :more")
        done = _erase(tmp_path, "--room", "lobby")
        assert (done.returncode, done.stderr) == (0, "")
        assert "Erased 302 messages. " in done.stdout
        assert _has(tmp_path, "harmless") == _has(tmp_path, "秘密") == []
        tracker.stop()
    assert "History was erased, as asked: 302 messages" in tracker.output
