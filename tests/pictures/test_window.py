"""A program on a terminal appears as a person would see it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pictures import window
from pictures.svg import LIGHT
from pictures.window import Window

_PROGRAM = r"""
import sys, termios, tty
tty.setraw(0)
print("\x1b]11;?\x1b\\\x1b[c\x1b[31;1mred\x1b[0m \x1b[38;5;210mrose\x1b[0m", end="", flush=True)
said = ""
while not said.endswith("!"):
    said += sys.stdin.read(1)
print("\r\n" + ascii(said), end="", flush=True)
"""


def test_a_program_is_answered_and_shown(tmp_path: Path) -> None:
    shown = Window(sys.executable, "-c", _PROGRAM, folder=tmp_path, rows=5, colours=LIGHT)
    try:
        shown.until("rose")
        shown.type("ä!")
        shown.until("ä|xe4")
        assert r"'\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?6c\xe4!'" in shown.text
        svg = shown.picture("a program")
        assert 'fill="#cd3131" xml:space="preserve" font-weight="bold">red<' in svg
        assert 'fill="#ff8787" xml:space="preserve">rose<' in svg
        assert LIGHT.ground in svg
    finally:
        shown.end()


def test_a_missing_text_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "PATIENCE_S", 0)
    shown = Window(sys.executable, "-c", "input()", folder=tmp_path)
    try:
        with pytest.raises(TimeoutError, match="no 'never' in"):
            shown.until("never")
    finally:
        shown.end()
