"""client.py --account logs in to an account: its name is for its owner alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from chatcore.commands.refusals import ACCOUNTS_REFUSAL
from chatcore.terminal.connecting.turned_away import ACCOUNT_WITHOUT_PASSWORD, NO_SUCH_ACCOUNT, NOT_CHECKED
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


def test_owner_logs_in_with_the_accounts_password(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, "secret") as hosted:
        hosted.tracker.keys.accounts.add("ann", "annspw")
        visit = _visit(hosted, tmp_path, "annspw", "--account", "ann")
        assert visit.returncode == 0, visit.stderr
        assert "[#lobby] <ann> hello" in visit.stdout
        assert any(line.startswith("connect ann ") and line.endswith(" ann :ann") for line in hosted.log_lines())


@pytest.mark.thorough
def test_the_chats_password_does_not_open_the_account(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, "secret") as hosted:
        hosted.tracker.keys.accounts.add("ann", "annspw")
        wrong = _visit(hosted, tmp_path, "secret", "--account", "ann")
        assert wrong.returncode == 1
        assert "not accepted" in wrong.stderr
        stranger = _visit(hosted, tmp_path, "secret")
        assert stranger.returncode == 1
        assert "registered" in stranger.stderr


@pytest.mark.thorough
def test_unknown_account_is_reported_and_not_replaced_by_a_guest(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, "secret") as hosted:
        visit = _visit(hosted, tmp_path, "secret", "--account", "ghost")
        assert visit.returncode == 1
        assert visit.stderr == f"error: {NO_SUCH_ACCOUNT.format(name='ghost')}\n"
        assert not any(line.startswith("connect ") for line in hosted.log_lines())


@pytest.mark.thorough
def test_an_account_needs_a_password(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        command = [sys.executable, str(ROOT / "client.py"), "127.0.0.1", str(hosted.port), "ann", "--account", "ann"]
        visit = subprocess.run(command, input="\nhello\n", capture_output=True, text=True, timeout=DEADLINE_S)
        assert (visit.returncode, visit.stderr) == (1, f"error: {ACCOUNT_WITHOUT_PASSWORD}\n")


@pytest.mark.thorough
def test_unreadable_accounts_are_not_reported_as_a_wrong_password(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, "secret") as hosted:
        (tmp_path / "state" / "accounts.sqlite").write_bytes(b"no database" * 1000)
        owner = _visit(hosted, tmp_path, "annspw", "--account", "ann")
        assert (owner.returncode, owner.stderr) == (1, f"error: {NOT_CHECKED.format(words=ACCOUNTS_REFUSAL)}\n")
        newcomer = _visit(hosted, tmp_path, "secret")
        assert newcomer.returncode == 1
        assert ACCOUNTS_REFUSAL in newcomer.stderr
