"""How a verification key is shown."""

from __future__ import annotations

import sys

import pytest

from chatcore.errors import ConfigError
from chatcore.server.audit.sealing.keys import begin_keys, from_word, to_word
from chatcore.server.cli import verification_key
from chatcore.server.cli.qr_code import code_lines
from chatcore.server.cli.verification_key import key_lines, show_new_key

_WORD = to_word(bytes(32))


def test_the_key_is_on_exactly_one_line() -> None:
    lines = key_lines(_WORD, with_code=False)
    assert [line for line in lines if _WORD in line] == [f"verification key: {_WORD}"]
    assert len(key_lines(_WORD, with_code=True)) == len(lines) + len(code_lines(_WORD))


def test_the_shown_key_belongs_to_the_new_chain(capfd: pytest.CaptureFixture[str]) -> None:
    chain, key = show_new_key()
    (shown,) = [line for line in capfd.readouterr().out.splitlines() if line.startswith("verification key: ")]
    assert begin_keys(from_word(shown.removeprefix("verification key: "))) == (chain, key)


def test_a_failure_to_make_a_key_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification_key, "new_key", lambda: None)
    with pytest.raises(ConfigError, match="cannot make a key"):
        show_new_key()


def test_without_standard_output_a_key_is_still_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    chain, key = show_new_key()
    assert (len(chain), len(key)) == (16, 32)
