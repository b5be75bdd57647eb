"""client.py logs in to an account with --account: the name is its owner's, and nobody else's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.irc import DEADLINE_S
from tests.support.trackers import ROOT, Hosted, hosted_tracker


def _visit(hosted: Hosted, folder: Path, password: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the client in a pipe until the end of its input."""
    file = folder / "password"
    file.write_text(password + "\n")
    command = [sys.executable, str(ROOT / "client.py"), "127.0.0.1", str(hosted.port), "ann", *arguments]
    return subprocess.run(
        [*command, "--password-file", str(file)], input="hello\n", capture_output=True, text=True, timeout=DEADLINE_S
    )


def test_owner_comes_in_with_the_accounts_password(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, "secret") as hosted:
        hosted.tracker.keys.accounts.add("ann", "annspw")
        visit = _visit(hosted, tmp_path, "annspw", "--account", "ann")
        assert visit.returncode == 0, visit.stderr
        assert "[#lobby] <ann> hello" in visit.stdout
        assert any(line.startswith("connect ann ") and line.endswith(" ann :ann") for line in hosted.log_lines())


def test_the_password_of_the_chat_is_not_the_accounts(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, "secret") as hosted:
        hosted.tracker.keys.accounts.add("ann", "annspw")
        wrong = _visit(hosted, tmp_path, "secret", "--account", "ann")
        assert wrong.returncode == 1
        assert "not accepted" in wrong.stderr
        stranger = _visit(hosted, tmp_path, "secret")
        assert stranger.returncode == 1
        assert "registered" in stranger.stderr
