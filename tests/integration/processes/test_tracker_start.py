"""Starting a tracker: its configuration, a failed start, --help and --version."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from chatcore import __version__
from chatcore.server.cli.arguments import build_parser
from chatcore.server.console.table import CONSOLE_COMMANDS
from tests.support.irc import DEADLINE_S, IrcClient, commands
from tests.support.thorough import first_and_thorough
from tests.support.trackers import ROOT, tracker_process


def _run(folder: Path, *flags: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tracker.py"), *flags]
    return subprocess.run(command, cwd=folder, input=typed, capture_output=True, text=True, timeout=DEADLINE_S)


@pytest.mark.parametrize("typed", first_and_thorough("", "bell\x07\n"))
def test_a_failed_start_is_reported_in_one_line_with_status_2(tmp_path: Path, typed: str) -> None:
    """tests/server/cli/test_mistakes.py has all possible mistakes."""
    result = _run(tmp_path, "--host", "127.0.0.1", "-p", "0", typed=typed)
    assert (result.returncode, result.stdout) == (2, "")
    assert re.fullmatch("chat-tracker: .*password.*\n", result.stderr)


@pytest.mark.thorough
def test_flags_override_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "tracker.toml"
    file.write_text('server_name = "tea.example"\nmax_name_length = 4\nmotd = ["Hello."]\n[limits]\nmax_targets = 2\n')
    flags = ("--config", str(file), "--max-name-length", "6")
    with tracker_process(tmp_path, *flags) as tracker, IrcClient(tracker.port) as client:
        assert commands(client.command("NICK seven77")) == ["432"]
        welcome = client.register("sixsix")
        assert welcome[0].source == "tea.example"
        assert "- Hello." in [message.params[-1] for message in welcome if message.command == "372"]
        assert commands(client.command("JOIN #a,#b,#c")) == ["407"]


@pytest.mark.thorough
def test_help_shows_all_flags_and_commands(tmp_path: Path) -> None:
    result = _run(tmp_path, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    for action in build_parser()._actions:
        for flag in action.option_strings:
            assert flag in result.stdout
    for command in CONSOLE_COMMANDS.values():
        assert command.syntax in result.stdout
        assert command.help in result.stdout
    for word in ("password:", "files:", "exit status:", "examples:", "logs/chat.log", "(8000"):
        assert word in result.stdout


@pytest.mark.thorough
def test_version_is_printed(tmp_path: Path) -> None:
    result = _run(tmp_path, "--version")
    assert (result.returncode, result.stdout) == (0, f"chatcore {__version__}\n")
