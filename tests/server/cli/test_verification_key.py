"""How a verification key is shown."""

from __future__ import annotations

import io
import os
import shutil
import sys

import pytest

from chatcore.errors import ConfigError
from chatcore.server.audit.sealing.keys import begin_keys, from_word, to_word
from chatcore.server.cli import verification_key
from chatcore.server.cli.verification_key import can_show_code, key_lines, qr_lines, show_new_key

_WORD = to_word(bytes(32))


def test_the_key_is_in_one_line_alone() -> None:
    lines = key_lines(_WORD, with_code=False)
    assert [line for line in lines if _WORD in line] == [f"verification key: {_WORD}"]
    assert len(key_lines(_WORD, with_code=True)) == len(lines) + len(qr_lines(_WORD))


def test_a_code_is_as_its_modules_say() -> None:
    modules = verification_key._modules(_WORD)
    assert (len(modules), len(modules[0])) == (33, 33)
    rows = [line.removeprefix("\x1b[30;107m").removesuffix("\x1b[0m") for line in qr_lines(_WORD)]
    drawn = [[cell in halves for cell in row] for row in rows for halves in ("▀█", "▄█")]
    assert drawn == [*modules, [False] * 33]
    assert not any(map(any, modules[:2])), "the quiet zone"
    assert modules[2][2:9] == [True] * 7, "a corner"


class _Output(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("encoding", "term", "columns", "can"),
    [
        ("utf-8", "xterm", 80, True),
        ("utf-8", "xterm", 33, True),
        ("utf-8", "xterm", 32, False),
        ("utf-8", "dumb", 80, False),
        ("ascii", "xterm", 80, False),
    ],
)
def test_a_terminal_that_can_show_it(
    monkeypatch: pytest.MonkeyPatch, encoding: str, term: str, columns: int, can: bool
) -> None:
    monkeypatch.setattr(sys, "stdout", _Output(io.BytesIO(), encoding=encoding))
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((columns, 24)))
    assert can_show_code() == can


def test_a_pipe_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    monkeypatch.setenv("TERM", "xterm")
    assert not can_show_code()


def test_the_key_is_shown_and_never_is_in_this_process(capfd: pytest.CaptureFixture[str]) -> None:
    chain, key = show_new_key()
    (shown,) = [line for line in capfd.readouterr().out.splitlines() if line.startswith("verification key: ")]
    assert begin_keys(from_word(shown.removeprefix("verification key: "))) == (chain, key)


def test_a_key_that_cannot_be_made_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification_key, "new_key", lambda: None)
    with pytest.raises(ConfigError, match="no key can be made"):
        show_new_key()


def test_without_standard_output_a_key_is_made_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert not can_show_code()
    chain, key = show_new_key()
    assert (len(chain), len(key)) == (16, 32)
