"""Printing for somebody who may have seen enough."""

from __future__ import annotations

import os
import sys

import pytest

from chatcore.server.cli.printing import print_lines


def test_all_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    print_lines(str(number) for number in range(3))
    assert capsys.readouterr().out == "0\n1\n2\n"


def test_who_has_gone_is_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "w", encoding="utf-8") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        print_lines(["enough"] * 3)
        stdout.write("what Python has left to write at its end")
