"""The password at the start: where it comes from, whether it is kept, and which questions the host is asked."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest

from chatcore.config import Config
from chatcore.errors import ConfigError
from chatcore.server.access.eras import PASSWORDS_FILE, Eras
from chatcore.server.access.kept_password import KeptPassword
from chatcore.server.cli.chosen_password import (
    ChosenPassword,
    PasswordFlags,
    choose_password,
    generate_password,
    keep_or_forget,
    read_password,
    settle_the_past,
)
from chatcore.server.console.line_source import LineSource
from tests.server.conftest import Typed


@pytest.fixture
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "isatty", lambda _: False)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The answers that the host types at a terminal, in order."""
    answers: list[str] = []
    monkeypatch.setattr(os, "isatty", lambda _: True)
    monkeypatch.setattr(LineSource, "ask_secret", lambda *_: answers.pop(0))
    return answers


@pytest.fixture
def kept(tmp_path: Path) -> KeptPassword:
    return KeptPassword(tmp_path / "state")


# Where it comes from


def test_a_generated_password_is_readable_and_hard_to_guess() -> None:
    passwords = {generate_password() for _ in range(50)}
    assert len(passwords) == 50
    for password in passwords:
        groups = password.split("-")
        assert [len(group) for group in groups] == [4, 4, 4, 4]
        assert set("".join(groups)) <= set("abcdefghjkmnpqrstuvwxyz23456789")
    assert len(set("".join(passwords))) > 25


@pytest.mark.parametrize(
    "content", ["\ufeffsecret\r\n", "secret\n", "secret", "secret\r\n", "secret\nmore\n", "secret\r\nmore"]
)
def test_the_password_is_the_first_line_of_the_file(tmp_path: Path, content: str, typed: Typed) -> None:
    file = tmp_path / "password"
    file.write_bytes(content.encode())
    assert read_password(file, typed("not this\n")) == "secret"


def test_a_password_may_have_spaces_and_any_letters(tmp_path: Path, typed: Typed) -> None:
    file = tmp_path / "password"
    file.write_text("  zwölf Bären  \n", encoding="utf-8")
    assert read_password(file, typed("")) == "  zwölf Bären  "


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\nsecond\n", b"a\tb\n", b"a\x1bb", b"\xff", b"x" * 301, "ä".encode() * 151]
)
def test_a_file_without_a_usable_password_is_refused(tmp_path: Path, content: bytes, typed: Typed) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match="password"):
        read_password(file, typed(""))


@pytest.mark.usefixtures("no_terminal")
def test_without_a_terminal_only_the_first_line_is_the_password(kept: KeptPassword, typed: Typed) -> None:
    lines = typed("secret\nhelp\n")
    assert choose_password(PasswordFlags(), kept, lines) == ChosenPassword("secret")
    assert lines.ready() == ["help"]


@pytest.mark.usefixtures("no_terminal")
@pytest.mark.parametrize("text", ["", "\n", "\nexit\n"])
def test_without_a_terminal_no_password_is_generated(text: str, kept: KeptPassword, typed: Typed) -> None:
    with pytest.raises(ConfigError, match="no password: give one, or start with --no-password"):
        choose_password(PasswordFlags(), kept, typed(text))


def test_a_typed_password_is_not_shown(
    answers: list[str], kept: KeptPassword, capsys: pytest.CaptureFixture[str], typed: Typed
) -> None:
    answers += ["secret"]
    assert choose_password(PasswordFlags(), kept, typed("")) == ChosenPassword("secret")
    assert "secret" not in capsys.readouterr().out


def test_an_unusable_password_is_asked_for_again(
    answers: list[str], kept: KeptPassword, capsys: pytest.CaptureFixture[str], typed: Typed
) -> None:
    answers += ["tea 🍵", "secret"]
    assert choose_password(PasswordFlags(), kept, typed("")).text == "secret"
    assert capsys.readouterr().err.startswith("No: a password cannot have U+1F375: ")


def test_enter_generates_a_password_for_the_banner(
    answers: list[str], kept: KeptPassword, capsys: pytest.CaptureFixture[str], typed: Typed
) -> None:
    answers += [""]
    chosen = choose_password(PasswordFlags(), kept, typed(""))
    assert (len(chosen.text), chosen.is_made) == (19, True)
    assert chosen.text not in capsys.readouterr().out


# Whether it is kept


def _start(flags: PasswordFlags, kept: KeptPassword, lines: LineSource) -> tuple[ChosenPassword, list[str]]:
    """Choose a password, and keep or forget it; return the choice and the messages to the host."""
    told: list[str] = []
    chosen = choose_password(flags, kept, lines)
    keep_or_forget(flags, chosen, kept, told.append)
    return chosen, told


@pytest.mark.parametrize("typed_in", ["secret", ""])
def test_a_kept_password_is_used_without_a_prompt(
    answers: list[str], kept: KeptPassword, typed: Typed, typed_in: str
) -> None:
    answers += [typed_in]
    first, told = _start(PasswordFlags(keep=True), kept, typed(""))
    assert told == [f"The password is kept in {kept.path} for the next start; --forget-password removes it."]
    for flags in (PasswordFlags(), PasswordFlags(keep=True)):
        again, told = _start(flags, kept, typed(""))
        assert (again.text, again.is_kept, told) == (first.text, True, [])
        assert again.remarks == (f"The password is the one kept in {kept.path} (--forget-password asks for another).",)


def test_a_kept_password_readable_by_others_gets_a_warning(
    answers: list[str], kept: KeptPassword, typed: Typed
) -> None:
    kept.keep("secret")
    kept.path.chmod(0o644)
    assert "Others on this machine could read it" in choose_password(PasswordFlags(), kept, typed("")).remarks[1]


def test_a_forgotten_password_is_asked_for(answers: list[str], kept: KeptPassword, typed: Typed) -> None:
    kept.keep("secret")
    answers += ["better"]
    chosen, told = _start(PasswordFlags(forget=True), kept, typed(""))
    assert (chosen.text, told) == ("better", [f"No password is kept in {kept.path.parent} now."])
    assert not kept.path.exists()


def test_forget_and_keep_replace_the_kept_password(answers: list[str], kept: KeptPassword, typed: Typed) -> None:
    kept.keep("secret")
    answers += ["better"]
    chosen, told = _start(PasswordFlags(keep=True, forget=True), kept, typed(""))
    assert (chosen.text, kept.read(), len(told)) == ("better", "better", 1)


def test_an_unusable_kept_password_can_be_forgotten(answers: list[str], kept: KeptPassword, typed: Typed) -> None:
    kept.path.parent.mkdir()
    kept.path.write_text("")
    with pytest.raises(ConfigError, match="--forget-password removes it"):
        choose_password(PasswordFlags(), kept, typed(""))
    answers += ["secret"]
    _start(PasswordFlags(forget=True), kept, typed(""))
    assert not kept.path.exists()


@pytest.mark.parametrize("has_terminal", [True, False])
def test_file_and_none_override_the_kept_password(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kept: KeptPassword, typed: Typed, has_terminal: bool
) -> None:
    monkeypatch.setattr(os, "isatty", lambda _: has_terminal)
    kept.keep("secret")
    (tmp_path / "file").write_text("from a file\n")
    assert _start(PasswordFlags(file=tmp_path / "file"), kept, typed("")) == (ChosenPassword("from a file"), [])
    assert _start(PasswordFlags(none=True), kept, typed("")) == (ChosenPassword(""), [])
    assert kept.read() == "secret"


@pytest.mark.usefixtures("no_terminal")
def test_in_a_pipe_the_kept_password_needs_an_explicit_option(kept: KeptPassword, typed: Typed) -> None:
    """Otherwise the password in the pipe would be read as a command, and shown."""
    kept.keep("secret")
    assert choose_password(PasswordFlags(), kept, typed("piped\n")).text == "piped"
    lines = typed("help\n")
    assert choose_password(PasswordFlags(keep=True), kept, lines).text == "secret"
    assert lines.read_line() == "help"


@pytest.mark.usefixtures("no_terminal")
@pytest.mark.parametrize("forget", [True, False])
def test_in_a_pipe_no_first_password_is_kept(kept: KeptPassword, typed: Typed, forget: bool) -> None:
    with pytest.raises(ConfigError, match=r"^no password is kept in .*state/password yet: start once on a terminal"):
        choose_password(PasswordFlags(keep=True, forget=forget), kept, typed("piped\n"))


@pytest.mark.parametrize("flags", [PasswordFlags(keep=True), PasswordFlags(forget=True)])
def test_a_failure_to_keep_or_remove_is_reported(
    answers: list[str], kept: KeptPassword, typed: Typed, flags: PasswordFlags
) -> None:
    kept.path.parent.mkdir()
    kept.path.mkdir()
    told: list[str] = []
    keep_or_forget(flags, ChosenPassword("secret"), kept, told.append)
    (line,) = told
    assert line.startswith(f"Cannot change the kept password in {kept.path}: ")


# Questions to the host


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A tracker that was started with the password `one`."""
    config = Config(state_dir=tmp_path)
    _start_with(config, "one")
    return config


def _start_with(config: Config, password: str) -> None:
    eras = Eras(config.state_dir / PASSWORDS_FILE, password)
    eras.begin(0, reads_before=False)
    eras.save()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions to a host who always says yes."""
    asked: list[str] = []
    monkeypatch.setattr(LineSource, "has_person", True)
    monkeypatch.setattr(LineSource, "ask_yes", lambda _, question: not asked.append(question))  # type: ignore[func-returns-value]
    return asked


@pytest.mark.parametrize(
    ("password", "question"),
    [
        ("two", "Another password than last time. May those who know it read what was said before? [y/N] "),
        ("", "There is no password this time. May everybody read what was said before? [y/N] "),
    ],
)
def test_a_changed_password_prompts_a_question(
    config: Config, asked: list[str], typed: Typed, password: str, question: str
) -> None:
    assert settle_the_past(config, password, typed("")).history_across_passwords is True
    assert asked == [question]


def test_no_closes_the_earlier_history(
    config: Config, asked: list[str], typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LineSource, "ask_yes", lambda *_: False)
    assert settle_the_past(config, "two", typed("")).history_across_passwords is False


@pytest.mark.parametrize(
    ("password", "settings"),
    [
        ("one", {}),
        ("two", {"history_across_passwords": True}),
        ("two", {"history_across_passwords": False}),
        ("two", {"history_days": 0}),
    ],
)
def test_no_question_if_there_is_nothing_to_decide(
    config: Config, asked: list[str], typed: Typed, password: str, settings: dict[str, int]
) -> None:
    config = dataclasses.replace(config, **settings)  # type: ignore[arg-type]
    assert settle_the_past(config, password, typed("")) == config
    assert asked == []


def test_no_question_on_the_first_start(tmp_path: Path, asked: list[str], typed: Typed) -> None:
    assert settle_the_past(Config(state_dir=tmp_path), "one", typed("")) == Config(state_dir=tmp_path)
    assert asked == []


def test_no_question_in_a_pipe(config: Config, typed: Typed) -> None:
    lines = typed("y\n")
    assert settle_the_past(config, "two", lines) == config
    assert lines.read_line() == "y"
