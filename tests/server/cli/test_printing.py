"""Printing to a reader that may stop early."""

from __future__ import annotations

import io
import os
import pty
import sys
from contextlib import suppress
from typing import TextIO

import pytest

from chatcore.server.cli.printing import is_terminal, print_lines, takes_output


def test_every_line_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    print_lines(str(number) for number in range(3))
    assert capsys.readouterr().out == "0\n1\n2\n"


def test_a_departed_reader_is_not_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "w", encoding="utf-8") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        print_lines(["enough"] * 3)
        stdout.write("what Python has left to write at its end")


def _takes_output(monkeypatch: pytest.MonkeyPatch, stdout: TextIO | None) -> bool:
    monkeypatch.setattr(sys, "stdout", stdout)
    return takes_output()


def test_a_full_pipe_takes_no_output(monkeypatch: pytest.MonkeyPatch) -> None:
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    with os.fdopen(read_end, "rb") as reader, os.fdopen(write_end, "w", encoding="utf-8") as stdout:
        assert _takes_output(monkeypatch, stdout)
        with suppress(BlockingIOError):
            while True:
                os.write(write_end, b"x" * 4096)
        assert not _takes_output(monkeypatch, stdout)
        reader.read(8192)
        assert _takes_output(monkeypatch, stdout)


@pytest.mark.parametrize("stdout", [None, io.StringIO()])
def test_output_without_a_descriptor_takes_everything(monkeypatch: pytest.MonkeyPatch, stdout: TextIO | None) -> None:
    assert _takes_output(monkeypatch, stdout)


def test_a_terminal_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    screen, terminal = pty.openpty()
    with os.fdopen(screen, "rb", buffering=0), os.fdopen(terminal, "w", encoding="utf-8") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert is_terminal()
    for other in (None, io.StringIO()):
        monkeypatch.setattr(sys, "stdout", other)
        assert not is_terminal()
