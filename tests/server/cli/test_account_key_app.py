"""The commands for the keys of accounts, as an operator types them."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.protocol.public_keys import PublicKey
from chatcore.server.access.accounts import ACCOUNTS_FILE, AccountStore
from chatcore.server.cli.account_app import account_main
from chatcore.server.cli.app import main
from tests.support.ssh_keys import key

_LAPTOP, _PHONE = key(1, "ann@laptop"), key(2)
Run = Callable[..., list[str]]


@pytest.fixture
def store(tmp_path: Path) -> AccountStore:
    store = AccountStore(tmp_path / ACCOUNTS_FILE)
    for name in ("Ann", "Bob"):
        store.add(name, "secret")
    return store


@pytest.fixture
def run(tmp_path: Path, store: AccountStore, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `account key`, and return the lines that it prints."""

    def run(*arguments: str) -> list[str]:
        assert account_main(["--state-dir", str(tmp_path), "key", *arguments]) == 0
        return capsys.readouterr().out.splitlines()

    return run


def _file(folder: Path, *keys: PublicKey) -> str:
    path = folder / "keys.pub"
    path.write_text("# some keys\n" + "".join(f"{each.line}\n" for each in keys))
    return str(path)


def _keys(store: AccountStore, name: str) -> list[PublicKey]:
    return list(store.keys(store.all()[name].account_id))


def test_keys_are_added_listed_and_removed(tmp_path: Path, run: Run, store: AccountStore) -> None:
    assert run("add", "ANN", _file(tmp_path, _LAPTOP, _PHONE)) == []
    assert run("list", "ann") == [
        f"{_LAPTOP.fingerprint} ssh-ed25519 ann@laptop",
        f"{_PHONE.fingerprint} ssh-ed25519",
    ]
    assert run("list", "bob") == []
    assert run("remove", "ann", "ann@laptop") == []
    assert _keys(store, "ann") == [_PHONE]
    assert run("add", "bob", _file(tmp_path, _LAPTOP)) == []
    assert run("remove", "ann", _PHONE.fingerprint) == []
    assert run("list", "ann") == []
    assert _keys(store, "bob") == [_LAPTOP]


def test_all_removes_every_key(tmp_path: Path, run: Run, store: AccountStore) -> None:
    run("add", "ann", _file(tmp_path, _LAPTOP, _PHONE, key(3, "all")))
    run("remove", "ann", "all")
    assert _keys(store, "ann") == []


def test_a_fingerprint_takes_precedence_over_a_comment(tmp_path: Path, run: Run, store: AccountStore) -> None:
    named = key(3, _LAPTOP.fingerprint)
    run("add", "ann", _file(tmp_path, named, _LAPTOP))
    run("remove", "ann", _LAPTOP.fingerprint)
    assert _keys(store, "ann") == [named]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_keys_may_come_from_standard_input_and_from_windows(
    monkeypatch: pytest.MonkeyPatch, run: Run, store: AccountStore, encoding: str
) -> None:
    text = f"{_LAPTOP.line}\r\n{_PHONE.line}\r\n".encode(encoding)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    run("add", "ann", "-")
    assert _keys(store, "ann") == [_LAPTOP, _PHONE]


_PRIVATE = (
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAE\n-----END OPENSSH PRIVATE KEY-----\n"
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (_PRIVATE, "that is a private key, which nobody else may have: give its public half, which ends in .pub"),
        ("", "there is no key in it"),
        (f"{_LAPTOP.line}\nssh-dss AAAA\n", "line 2: DSA keys are too weak: make another with ssh-keygen -t ed25519"),
        (
            f'from="10.0.0.1" {_LAPTOP.line}\n',
            "something stands in front of the key, as command= and from= do: that would not be heeded, leave it out",
        ),
        (
            f"{_PHONE.line}\n{key(9).line}\n",
            f"{key(9).fingerprint} is a key of Bob, and two accounts cannot share a key",
        ),
        (
            "".join(f"{key(number).line}\n" for number in range(100, 121)),
            "an account can have at most 20 keys, and this would make 21: remove some first",
        ),
        ("x" * 100_001, "PATH is too large to be a file of public keys"),
        ("\xff\xfe\x00", "that is no public key of a type that can be used: ssh-ed25519, "),
    ],
    ids=["private", "empty", "dsa", "options", "another's", "too many", "too large", "garbage"],
)
def test_unusable_keys_are_explained_and_nothing_is_added(
    tmp_path: Path, store: AccountStore, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    store.add_keys("bob", [key(9)])
    path = tmp_path / "file"
    path.write_bytes(text.encode("latin-1"))
    assert main(["account", "key", "add", "ann", str(path), "--state-dir", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"chat-tracker: {words.replace('PATH', str(path))}")
    assert "b3BlbnNz" not in line
    assert _keys(store, "ann") == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "eve", "missing.pub"], "there is no account eve"),
        (["add", "ann", "missing.pub"], "cannot read missing.pub: No such file or directory"),
        (["add", "ann", "."], "cannot read .: Is a directory"),
        (["list", "eve"], "there is no account eve"),
        (["remove", "eve", "all"], "there is no account eve"),
        (["remove", "bob", "all"], "bob has no such key (`account key list bob` shows all)"),
        (["remove", "ann", "phone"], "ann has no such key (`account key list ann` shows all)"),
        (["remove", "ann", key(9).fingerprint], "ann has no such key (`account key list ann` shows all)"),
        (["remove", "ann", ""], "ann has no such key (`account key list ann` shows all)"),
        (["remove", "ann", "work"], "2 keys of ann have that comment: give the fingerprint"),
        (["remove", "ann"], "the following arguments are required: KEY (--help shows the usage)"),
        ([], "the following arguments are required: COMMAND (--help shows the usage)"),
    ],
)
def test_impossible_requests_are_explained(
    tmp_path: Path, store: AccountStore, arguments: list[str], words: str
) -> None:
    store.add_keys("ann", [key(1, "work"), key(2, "work"), key(3)])
    with pytest.raises(ConfigError) as told:
        account_main(["--state-dir", str(tmp_path), "key", *arguments])
    assert str(told.value) == words
    assert len(_keys(store, "ann")) == 3


@pytest.mark.thorough
def test_on_a_terminal_results_are_confirmed(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert run("add", "ann", _file(tmp_path, _LAPTOP)) == ["1 key added to the account ann."]
    assert run("add", "ann", _file(tmp_path, _LAPTOP, _PHONE, key(3))) == [
        "2 keys added to the account ann, which had 1 key already."
    ]
    assert run("remove", "ann", "all") == [
        "3 keys removed. Within a second, a running tracker disconnects everybody logged in with them."
    ]


@pytest.mark.parametrize("command", [[], ["add"], ["list"], ["remove"]])
def test_help_of_each_level_fits_a_terminal(capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["account", "key", *command, "--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: chat-tracker account key {' '.join(command)}".rstrip())
    assert max(map(len, text.splitlines())) <= 80
    assert "--state-dir FOLDER" in text
