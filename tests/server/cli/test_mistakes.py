"""A tracker that cannot start says why in one line, exits with status 2, and leaves nothing behind."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from chatcore.server.cli import serving
from chatcore.server.cli.app import main
from tests.server.conftest import Typed

pytestmark = pytest.mark.usefixtures("process_state")

Refusal = Callable[..., str]
_FLAGS = ("-p", "0", "--host", "127.0.0.1", "--no-password")


@pytest.fixture
def refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: Typed
) -> Refusal:
    """Run a tracker with flags and lines of input in the test's folder; return the one line that it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "isatty", lambda _: False)

    def refuse(*flags: str, lines: str = "") -> str:
        monkeypatch.setattr(serving, "LineSource", lambda _: typed(lines))
        assert main(flags) == 2
        out, err = capsys.readouterr()
        assert out == ""
        (line,) = err.splitlines()
        assert line.startswith("chat-tracker: ")
        assert "Errno" not in line
        assert "Traceback" not in line
        return line.removeprefix("chat-tracker: ")

    return refuse


def test_port_in_use(refusal: Refusal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        taken = f"cannot listen on 127.0.0.1:{port}: another program uses this port (choose one with --port)"
        assert refusal("--host", "127.0.0.1", "-p", str(port), "--no-password") == taken
        assert str(port) in refusal(*_FLAGS, "--listen", f"127.0.0.1:{port}")


def test_log_folder_that_cannot_be_created(tmp_path: Path, refusal: Refusal) -> None:
    (tmp_path / "logs").write_text("a file in the way")
    assert "logs/chat.log" in refusal(*_FLAGS)


def test_log_that_is_a_folder(tmp_path: Path, refusal: Refusal) -> None:
    (tmp_path / "logs" / "chat.log").mkdir(parents=True)
    assert "logs/chat.log" in refusal(*_FLAGS)


def test_state_folder_that_cannot_be_created(tmp_path: Path, refusal: Refusal) -> None:
    (tmp_path / "state").write_text("a file in the way")
    assert "state" in refusal(*_FLAGS)


@pytest.mark.parametrize("content", ["{", '{"a": 1}', "[1, 2", "\x00"])
def test_unreadable_bans(tmp_path: Path, refusal: Refusal, content: str) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "bans.json").write_text(content)
    assert "bans.json" in refusal(*_FLAGS)


@pytest.mark.parametrize("content", ["{", '{"version": 99}', "[]"])
def test_unreadable_earlier_passwords(tmp_path: Path, refusal: Refusal, content: str) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "passwords.json").write_text(content)
    assert "passwords.json" in refusal(*_FLAGS)
    assert (tmp_path / "state" / "passwords.json").read_text() == content


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
        (("--keep-password", "--password-file", "x"), "--password-file"),
        (("--no-password", "--keep-password"), "--keep-password"),
        (("--keep-password",), "no password is kept"),
        (("--history-days", "36501"), "history_days"),
        (("--password-file", "missing"), "missing"),
        (("--password-file", "/dev/null/x"), "/dev/null/x"),
        (("--password-file", "/dev/null"), "password"),
        (("--keep",), "--keep"),  # no abbreviations: a future option may have this name
        (("--listen", "nowhere"), "nowhere"),
        (("--config", "/dev/null/x.toml"), "/dev/null/x.toml"),
        ((*_FLAGS, "--log", "/dev/null/chat.log"), "/dev/null/chat.log"),
        (("account",), "COMMAND"),
        (("account", "frob"), "frob"),
        (("account", "add"), "NAME"),
        (("operator",), "NAME"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_bad_option(tmp_path: Path, refusal: Refusal, flags: tuple[str, ...], word: str) -> None:
    assert word in refusal(*flags, lines="password\n")
    assert not (tmp_path / "logs").exists()


def test_unusable_address(tmp_path: Path, refusal: Refusal) -> None:
    assert "no.such.host.invalid" in refusal("--host", "no.such.host.invalid", "--no-password")
    assert "a..b" in refusal("--host", "a..b", "--no-password")
    assert "192.0.2.1" in refusal("--host", "192.0.2.1", "--no-password")


@pytest.mark.parametrize("lines", ["", "\n", "\nexit\n", "bell\x07\n", "x" * 301 + "\n"])
def test_unusable_password(tmp_path: Path, refusal: Refusal, lines: str) -> None:
    assert "password" in refusal("--host", "127.0.0.1", "-p", "0", lines=lines)
    (tmp_path / "file").write_text(lines)
    assert "password" in refusal("--host", "127.0.0.1", "-p", "0", "--password-file", "file")


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
def test_invalid_configuration(tmp_path: Path, refusal: Refusal, content: bytes, word: str) -> None:
    (tmp_path / "tracker.toml").write_bytes(content)
    assert word in refusal("--config", "tracker.toml", "--no-password")


def test_unreadable_configuration(tmp_path: Path, refusal: Refusal) -> None:
    assert "missing.toml" in refusal("--config", "missing.toml", "--no-password")
    (tmp_path / "folder").mkdir()
    assert "folder" in refusal("--config", "folder", "--no-password")
