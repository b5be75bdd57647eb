"""Every command line in a document is valid: the programs accept it, and commands beside a tracker work."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.config import load_config
from chatcore.errors import ConfigError
from chatcore.server.access.accounts import ACCOUNTS_FILE, AccountStore
from chatcore.server.cli.app import main
from chatcore.server.cli.arguments import split_arguments
from chatcore.server.cli.log_app import build_parser as build_log_parser
from chatcore.server.console.line_source import LineSource
from chatcore.server.console.table import CONSOLE_COMMANDS
from chatcore.terminal.arguments import parse_arguments
from tests.support.document import ROOT, Document, documents
from tests.support.ssh_keys import key

_PROGRAMS = re.compile(r"(?:python (?:\S*/)?(?:tracker|client)\.py|chat-(?:tracker|client))(?= |$)")
_MAKE = re.compile(r"^(make (?:tracker|client)(?= |$).*?)(?:  +#.*)?$")
_BESIDE = {
    *("account add", "account list", "account passwd", "account remove", "operator ann", "operator NAME"),
    *(
        "account allow",
        "account deny",
        "account rights",
        "account key",
        "history erase",
        "history search",
        "log verify",
    ),
}
_PLACEHOLDERS = {"HOST": "192.168.1.5", "[PORT]": "8000", "[NAME]": "ann"}


def _command_lines(document: Document) -> Iterator[str]:
    """Yield the lines in blocks of code, and the words between backticks, that begin with one of our programs."""
    for text in [*document.indented(), *re.findall(r"(?<!`)`([^`\n]+)`(?!`)", document.text)]:
        command = text.rpartition(" | ")[2] if " | " in text else text
        if _PROGRAMS.match(command) and "..." not in command:
            yield command.partition("  #")[0].strip()


def _parse(command: str) -> None:
    """Parse a command line as the program does. Raises ConfigError for a mistake in it."""
    found = _PROGRAMS.match(command)
    assert found
    words = [_PLACEHOLDERS.get(word, word) for word in shlex.split(command[found.end() :])]
    if "--help" in words:
        return
    if "client" in found[0]:
        parse_arguments(words or ["192.168.1.5"])
        return
    options, beside = split_arguments(words)
    if not beside:
        only_on_the_command_line = ("config", "password_file", "no_password", "keep_password", "forget_password")
        load_config(None, {name: value for name, value in options.items() if name not in only_on_the_command_line})
    elif beside[0] == "ctl":
        assert not beside[1:] or beside[1] in {"COMMAND", "--json", *CONSOLE_COMMANDS}
    elif beside[0] == "backup":
        assert beside[1].endswith((".tar", ".tar.gz")) or beside[1] in ("FILE", "-")
    elif beside[0] == "log" and beside[1:2] != ["verify"]:
        build_log_parser().parse_intermixed_args(beside[1:])
    elif " ".join(beside[:2]) not in _BESIDE and beside != ["account"]:
        raise ConfigError(f"there is no command {' '.join(beside)}")


_COMMAND_LINES = [(str(document), line) for document in documents() for line in dict.fromkeys(_command_lines(document))]


@pytest.mark.parametrize(("document", "line"), _COMMAND_LINES)
def test_documented_command_lines_are_valid(document: str, line: str) -> None:
    _parse(line)


_MAKE_LINES = [
    (str(document), found[1])
    for document in documents()
    for line in dict.fromkeys([*document.indented(), *re.findall(r"`(make [^`\n]+)`", document.text)])
    if (found := _MAKE.match(line.strip())) and "..." not in line
]


@pytest.mark.parametrize(("document", "line"), _MAKE_LINES)
def test_documented_make_targets_run_valid_command_lines(document: str, line: str) -> None:
    command = [*shlex.split(line), "--dry-run", "--no-print-directory"]
    apart = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # from `make test`
    shown = subprocess.run(command, cwd=ROOT, env=apart, capture_output=True, text=True, check=True, timeout=60)
    _parse(re.sub(r"^exec \S*python ", "python ", shown.stdout.strip().splitlines()[-1]))


def test_command_lines_are_found_in_documents() -> None:
    assert {"make tracker", "make client HOST=192.168.1.5"} <= {
        line for document, line in _MAKE_LINES if "README" in document
    }
    assert {document for document, _ in _COMMAND_LINES} >= {
        "README.md",
        *(f"docs/{n}.md" for n in ("operating", "scripting")),
    }
    assert len(_COMMAND_LINES) > 20


@pytest.mark.parametrize(
    "line",
    [
        "python tracker.py --stay",
        "python tracker.py --port http",
        "chat-tracker --trusted-proxy localhost",
        "chat-tracker --web-host https://chat.example.org",
        "chat-tracker accounts list",
        "chat-tracker log --rooms lobby",
        "python client.py 192.168.1.5 8000 ann bob",
    ],
)
def test_invalid_command_lines_are_found(line: str) -> None:
    assert list(_command_lines(Document("README.md", f"Say `{line}`,\n\n    {line}\n"))) == [line, line]
    with pytest.raises(ConfigError):
        _parse(line)


def _commands_in(heading: str) -> list[list[str]]:
    """Return the commands beside a tracker in a section of docs/operating.md."""
    section = Document("docs/operating.md").section(heading)
    return [shlex.split(line)[2:] for line in section.indented() if "tracker.py" in line]


def test_documented_account_commands_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "isatty", lambda _: False)
    monkeypatch.setattr(LineSource, "read_line", lambda _: "correct-horse")
    add, listed, passwd, remove = _commands_in("Accounts")
    for words in (add, passwd, listed):
        assert main(words) == 0
    assert capsys.readouterr().out == "ann\n"
    assert main(remove) == 0
    store = AccountStore(tmp_path / "state" / ACCOUNTS_FILE)
    assert list(store.names()) == []
    store.close()


def test_documented_key_commands_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    store = AccountStore(tmp_path / "state" / ACCOUNTS_FILE)
    store.add("ann", "correct-horse")
    Path("ann.pub").write_text(key(1, "ann@laptop").line)
    add, listed, remove = _commands_in("Keys of accounts")
    for words in (add, listed):
        assert main(words) == 0
    assert capsys.readouterr().out == f"{key(1).fingerprint} ssh-ed25519 ann@laptop\n"
    assert main(remove) == 0
    assert store.keys(store.all()["ann"].account_id) == ()


def test_the_operator_command_prints_valid_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "isatty", lambda _: False)
    monkeypatch.setattr(LineSource, "read_line", lambda _: "correct-horse")
    (operator,) = _commands_in("IRC operators")
    assert main(operator) == 0
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == 2
    (tmp_path / "tracker.toml").write_text(printed, encoding="utf-8")
    assert set(load_config(tmp_path / "tracker.toml", {}).operators) == {"ann"}


def test_the_documented_pipe_starts_and_ends_a_tracker(tmp_path: Path) -> None:
    (line,) = [line for line in Document("docs/operating.md").indented() if line.startswith("printf ")]
    program = shlex.join([sys.executable, str(ROOT / "tracker.py")])
    command = line.replace("python tracker.py", f"{program} --port 0 --host 127.0.0.1")
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    assert "listening on port" in done.stdout
    assert done.stdout.endswith("The tracker is closed.\n")
