"""A tracker that cannot begin says why in one line, with status 2; and what --help and --version tell."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from chatcore import __version__
from chatcore.server.cli.arguments import build_parser
from chatcore.server.cli.console import CONSOLE_COMMANDS
from tests.support.irc import DEADLINE_S, IrcClient, commands
from tests.support.trackers import ROOT, tracker_process


def _run(folder: Path, *flags: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tracker.py"), *flags]
    return subprocess.run(command, cwd=folder, input=typed, capture_output=True, text=True, timeout=DEADLINE_S)


def _refusal(folder: Path, *flags: str, typed: str = "") -> str:
    """Return the one line that a tracker with these flags ends with, having begun nothing."""
    result = _run(folder, *flags, typed=typed)
    assert result.returncode == 2, result
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("chat-tracker: ")
    assert "Errno" not in line
    return line.removeprefix("chat-tracker: ")


def test_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        line = _refusal(tmp_path, "--host", "127.0.0.1", "-p", port, "--no-password")
        assert port in line
        assert "another program" in line
        assert port in _refusal(
            tmp_path, "--host", "127.0.0.1", "-p", "0", "--no-password", "--listen", f"127.0.0.1:{port}"
        )


def test_log_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file in the way")
    assert "logs/chat.log" in _refusal(tmp_path, "-p", "0", "--host", "127.0.0.1", "--no-password")


def test_log_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "logs" / "chat.log").mkdir(parents=True)
    assert "logs/chat.log" in _refusal(tmp_path, "-p", "0", "--host", "127.0.0.1", "--no-password")


def test_state_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file in the way")
    assert "state" in _refusal(tmp_path, "-p", "0", "--host", "127.0.0.1", "--no-password")


@pytest.mark.parametrize("content", ["{", '{"a": 1}', "[1, 2", "\x00"])
def test_bans_that_cannot_be_read(tmp_path: Path, content: str) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "bans.json").write_text(content)
    assert "bans.json" in _refusal(tmp_path, "-p", "0", "--host", "127.0.0.1", "--no-password")


@pytest.mark.parametrize(
    ("flags", "word"),
    [
        (("--frobnicate",), "--frobnicate"),
        (("-p", "http"), "http"),
        (("-p", "65536"), "65536"),
        (("-p", "-1"), "-1"),
        (("-p",), "--port"),
        (("extra",), "extra"),
        (("--max-name-length", "33"), "33"),
        (("--max-name-length", "0"), "max_name_length"),
        (("--history", "-1"), "history"),
        (("--replay", "5", "--history", "4"), "replay"),
        (("--linger", "-1"), "linger"),
        (("--linger", "nan"), "linger"),
        (("--listen", "8000"), "8000"),
        (("--listen", "127.0.0.1:99999"), "99999"),
        (("--server-name", "two words"), "two words"),
        (("--server-name", "nodots"), "nodots"),
        (("--no-password", "--password-file", "x"), "--password-file"),
        (("--password-file", "missing"), "missing"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_bad_option(tmp_path: Path, flags: tuple[str, ...], word: str) -> None:
    assert word in _refusal(tmp_path, *flags, typed="password\n")
    assert not (tmp_path / "logs").exists()


def test_address_that_is_not_there(tmp_path: Path) -> None:
    assert "no.such.host.invalid" in _refusal(tmp_path, "--host", "no.such.host.invalid", "--no-password")
    assert "192.0.2.1" in _refusal(tmp_path, "--host", "192.0.2.1", "--no-password")


@pytest.mark.parametrize("typed", ["", "\n", "\nexit\n", "bell\x07\n", "x" * 301 + "\n"])
def test_password_that_is_none(tmp_path: Path, typed: str) -> None:
    assert "password" in _refusal(tmp_path, "--host", "127.0.0.1", "-p", "0", typed=typed)
    (tmp_path / "file").write_text(typed)
    assert "password" in _refusal(tmp_path, "--host", "127.0.0.1", "-p", "0", "--password-file", "file")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"port = ", "tracker.toml"),
        (b"\xff\xfe", "tracker.toml"),
        (b"prot = 8000", "prot"),
        (b"port = '8000'", "port"),
        (b"port = true", "port"),
        (b"fsync = 1", "fsync"),
        (b"motd = 'one'", "motd"),
        (b"limits = 5", "limits"),
        (b"[limits]\nmax_cleints = 5", "max_cleints"),
        (b"[limits]\nlines_per_s = -1", "lines_per_s"),
    ],
)
def test_configuration_that_is_wrong(tmp_path: Path, content: bytes, word: str) -> None:
    (tmp_path / "tracker.toml").write_bytes(content)
    assert word in _refusal(tmp_path, "--config", "tracker.toml", "--no-password")


def test_configuration_that_cannot_be_read(tmp_path: Path) -> None:
    assert "missing.toml" in _refusal(tmp_path, "--config", "missing.toml", "--no-password")
    (tmp_path / "folder").mkdir()
    assert "folder" in _refusal(tmp_path, "--config", "folder", "--no-password")


def test_configuration_holds_and_flags_win_over_it(tmp_path: Path) -> None:
    file = tmp_path / "tracker.toml"
    file.write_text('server_name = "tea.example"\nmax_name_length = 4\nmotd = ["Hello."]\n[limits]\nmax_targets = 2\n')
    flags = ("--config", str(file), "--max-name-length", "6")
    with tracker_process(tmp_path, *flags) as tracker, IrcClient(tracker.port) as client:
        assert commands(client.command("NICK seven77")) == ["432"]
        welcome = client.register("sixsix")
        assert welcome[0].source == "tea.example"
        assert "- Hello." in [message.params[-1] for message in welcome if message.command == "372"]
        assert commands(client.command("JOIN #a,#b,#c")) == ["407"]


def test_help_shows_everything(tmp_path: Path) -> None:
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


def test_version(tmp_path: Path) -> None:
    result = _run(tmp_path, "--version")
    assert (result.returncode, result.stdout) == (0, f"chatcore {__version__}\n")
