"""The commands beside a running tracker: accounts, and operators' hashes."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from contextlib import closing
from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.server.access.accounts import ACCOUNTS_FILE, AccountStore
from chatcore.server.access.operator_secret import secret_matches
from chatcore.server.access.passwords import password_troubles
from chatcore.server.cli import account_app, serving
from chatcore.server.cli.account_app import account_main, operator_main
from chatcore.server.cli.app import main
from chatcore.server.console.line_source import LineSource
from tests.server.conftest import Typed
from tests.support.trackers import ROOT


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that the operator types when asked, in order."""
    answers: list[str] = []
    monkeypatch.setattr(os, "isatty", lambda _: True)
    monkeypatch.setattr(LineSource, "ask_secret", lambda *_: answers.pop(0))
    return answers


def _account(folder: Path, *arguments: str) -> int:
    return account_main(["--state-dir", str(folder), *arguments])


def test_an_account_is_added_listed_changed_and_removed(
    tmp_path: Path, answers: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    answers += ["secret", "secret"]
    assert _account(tmp_path, "add", "Ann") == 0
    with closing(AccountStore(tmp_path / ACCOUNTS_FILE)) as store:
        before = store.find("ann")
        answers += ["better", "better"]
        assert _account(tmp_path, "passwd", "ann") == 0
        assert before != store.find("ann")
    assert _account(tmp_path, "list") == 0
    assert capsys.readouterr().out == "Ann\n"
    assert _account(tmp_path, "remove", "ANN") == 0
    assert _account(tmp_path, "list") == 0
    assert capsys.readouterr().out == ""
    assert answers == []


def test_an_unknown_right_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="RIGHT: invalid choice: 'fly'"):
        _account(tmp_path, "allow", "bob", "fly")


def test_a_right_is_granted_listed_and_revoked(
    tmp_path: Path, answers: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    answers += ["secret", "secret", "secret", "secret"]
    for name in ("Ann", "bob"):
        _account(tmp_path, "add", name)
    for _ in range(2):
        assert _account(tmp_path, "allow", "ANN", "invite") == 0
    assert _account(tmp_path, "rights") == 0
    assert capsys.readouterr().out == "Ann invite\n"
    for _ in range(2):
        assert _account(tmp_path, "deny", "ann", "invite") == 0
    assert _account(tmp_path, "rights") == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        (["allow", "eve", "invite"], "there is no account eve"),
        (["deny", "eve", "invite"], "there is no account eve"),
        (["add", "bob"], "the account bob already exists"),
        (["add", "BOB"], "the account BOB already exists"),
        (["add", "1st"], "A username cannot begin with a digit or a dash"),
        (["remove", "eve"], "there is no account eve"),
        (["passwd", "eve"], "there is no account eve"),
    ],
)
def test_impossible_requests_fail_without_a_password_prompt(
    tmp_path: Path, answers: list[str], arguments: list[str], refusal: str
) -> None:
    answers += ["secret", "secret"]
    _account(tmp_path, "add", "bob")
    with pytest.raises(ConfigError) as told:
        _account(tmp_path, *arguments)
    assert str(told.value) == refusal


def test_differing_passwords_are_refused(tmp_path: Path, answers: list[str]) -> None:
    answers += ["secret", "sceret"]
    with pytest.raises(ConfigError, match="the two passwords differ"):
        _account(tmp_path, "add", "ann")
    assert _account(tmp_path, "list") == 0


def test_an_unusable_password_is_asked_for_again(
    tmp_path: Path, answers: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    answers += ["", "bell\x07", ":colon", ":colon"]
    assert _account(tmp_path, "add", "ann") == 0
    empty, bell, note = capsys.readouterr().err.splitlines()
    assert empty == "No: a password cannot be empty."
    assert "U+0007" in bell
    assert note.startswith("Note on the password: It begins with a colon")


def test_a_broken_file_gives_one_line_and_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ACCOUNTS_FILE).write_bytes(b"this is no database" * 100)
    assert main(["account", "--state-dir", str(tmp_path), "list"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("chat-tracker: cannot use the accounts in ")


@pytest.mark.parametrize("name", ["ann", 'a"b\\c', "zoë"])
def test_operator_prints_toml_with_a_matching_hash(
    answers: list[str], capsys: pytest.CaptureFixture[str], name: str
) -> None:
    answers += ["secret", "secret"]
    assert operator_main([name]) == 0
    out = capsys.readouterr().out
    assert "secret" not in out
    hashed = tomllib.loads(out)["operators"][name]
    assert secret_matches(hashed, "secret")


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("secret\nmore\n", None),
        ("", "a password cannot be empty"),
        ("two  words", None),
        ("x" * 1000, None),
        ("x" * 1001, "a password can have at most 1000 bytes, in UTF-8"),
    ],
)
def test_without_a_terminal_the_password_is_the_first_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: Typed,
    text: str,
    refusal: str | None,
) -> None:
    monkeypatch.setattr(os, "isatty", lambda _: False)
    monkeypatch.setattr(account_app, "LineSource", lambda _: typed(text))
    status = main(["account", "--state-dir", str(tmp_path), "add", "ann"])
    note = f"Note on the password: {''.join(password_troubles(text))}\n" if "  " in text else ""
    assert (status, capsys.readouterr().err) == ((2, f"chat-tracker: {refusal}\n") if refusal else (0, note))
    with closing(AccountStore(tmp_path / ACCOUNTS_FILE)) as store:
        assert store.names() == ([] if refusal else ["ann"])


def test_the_password_is_read_from_real_standard_input(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "tracker.py"), "account", "--state-dir", str(tmp_path), "add", "ann"]
    result = subprocess.run(command, input="secret\nmore\n", capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    with closing(AccountStore(tmp_path / ACCOUNTS_FILE)) as store:
        assert store.names() == ["ann"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["account", "add", "ann", "--state-dir", "FOLDER"],
        ["account", "add", "--state-dir=FOLDER", "ann"],
        ["account", "--state-dir", "FOLDER", "add", "ann"],
        ["--state-dir", "FOLDER", "account", "add", "ann"],
        ["--config", "FOLDER/tracker.toml", "account", "add", "ann"],
        ["account", "add", "ann", "--config", "FOLDER/tracker.toml"],
        ["--config", "FOLDER/other.toml", "account", "--state-dir", "elsewhere", "add", "ann", "--state-dir", "FOLDER"],
    ],
    ids=" ".join,
)
def test_options_work_where_people_put_them(
    tmp_path: Path, answers: list[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FOLDER").mkdir()
    (tmp_path / "FOLDER" / "tracker.toml").write_text('state_dir = "FOLDER"\nport = 9000\n')
    (tmp_path / "FOLDER" / "other.toml").write_text('state_dir = "other"\n')
    answers += ["secret", "secret"]
    assert main(arguments) == 0
    assert AccountStore(tmp_path / "FOLDER" / ACCOUNTS_FILE).names() == ["ann"]
    assert {path.name for path in tmp_path.iterdir()} == {"FOLDER"}


@pytest.mark.parametrize("arguments", [["--state-dir", "x", "operator", "ann"], ["operator", "ann", "--config", "x"]])
def test_operator_accepts_the_same_options(
    answers: list[str], capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    answers += ["secret", "secret"]
    assert main(arguments) == 0
    assert capsys.readouterr().out.startswith("[operators]\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--port", "9000", "account", "list"],
            "the only tracker options that account takes are --state-dir and --config",
        ),
        (
            ["--no-log-private", "operator", "ann"],
            "the only tracker options that operator takes are --state-dir and --config",
        ),
        (["account", "list", "--port", "9000"], "unrecognized arguments: --port 9000"),
        (["--state-dir", "x", "acount", "list"], "there is no command acount"),
        (["--state-dir", "account"], ""),
        (["account"], "the following arguments are required: COMMAND"),
        (["account", "list", "--config", "missing.toml"], "cannot read missing.toml"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_command_line_mistakes_give_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(serving, "serve", lambda flags: 7)
    assert main(arguments) == (2 if words else 7)
    told = capsys.readouterr().err
    assert told.count("\n") == bool(words)
    assert told.startswith(f"chat-tracker: {words}" if words else "")


@pytest.mark.parametrize("level", [["account"], ["account", "add"], ["account", "remove"], ["operator"]], ids=" ".join)
def test_help_of_each_level_fits_a_terminal(capsys: pytest.CaptureFixture[str], level: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([*level, "--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: chat-tracker {' '.join(level)} ")
    assert max(map(len, text.splitlines())) < 80
    assert ("--state-dir FOLDER" in text) == (level != ["operator"])


def test_on_a_terminal_results_are_confirmed(
    tmp_path: Path, answers: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    answers += ["secret", "secret", "better", "better"]
    for command in ("add", "passwd", "remove"):
        _account(tmp_path, command, "ann")
    assert [line.partition(". ")[0] for line in capsys.readouterr().out.splitlines()] == [
        "The account ann is made",
        "The account ann has a new password",
        "The account ann is removed",
    ]
