"""QR codes on a terminal."""

from __future__ import annotations

import io
import os
import shutil
import sys

import pytest
import segno

from chatcore.server.cli.qr_code import can_show_code, code_lines, code_width

_LINK = "https://192.168.1.5:8000/#invite=inv-7k2m9q-0123456789abcdefghjkmnpqrs"
_COLOURS, _PLAIN = "\x1b[30;107m", "\x1b[0m"


def test_the_code_is_drawn_with_its_quiet_zone() -> None:
    lines = code_lines(_LINK)
    assert all(line.startswith(_COLOURS) and line.endswith(_PLAIN) for line in lines)
    rows = [line.removeprefix(_COLOURS).removesuffix(_PLAIN) for line in lines]
    drawn = [[cell in halves for cell in row] for row in rows for halves in ("▀█", "▄█")]
    code = segno.make(_LINK, error="l", micro=False)
    expected = [[bool(module) for module in row] for row in code.matrix_iter(border=2)]
    assert drawn == [*expected, [False] * len(expected)]
    assert code_width(_LINK) == len(rows[0]) == len(expected) == 37


def test_the_longest_ipv4_address_needs_no_larger_code() -> None:
    longest = _LINK.replace("192.168.1.5:8000", "192.168.100.100:8000")
    assert code_width(longest) == 37


class _Output(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("encoding", "environment", "size", "can"),
    [
        ("utf-8", {}, (80, 24), True),
        ("utf-8", {}, (37, 24), True),
        ("utf-8", {}, (36, 24), False),
        ("utf-8", {}, (80, 22), False),
        ("utf-8", {"TERM": "dumb"}, (80, 24), False),
        ("utf-8", {"TERM": "linux"}, (80, 24), False),
        ("utf-8", {"TERM": ""}, (80, 24), False),
        ("utf-8", {"NO_COLOR": "1"}, (80, 24), False),
        ("utf-8", {"NO_COLOR": ""}, (80, 24), True),
        ("ascii", {}, (80, 24), False),
    ],
)
def test_only_a_capable_terminal_can_show_a_code(
    monkeypatch: pytest.MonkeyPatch, encoding: str, environment: dict[str, str], size: tuple[int, int], can: bool
) -> None:
    monkeypatch.setattr(sys, "stdout", _Output(io.BytesIO(), encoding=encoding))
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in {"TERM": "xterm", **environment}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size(size))
    assert can_show_code(_LINK) == can


def test_without_a_terminal_no_code_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for stdout in (io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), None):
        monkeypatch.setattr(sys, "stdout", stdout)
        assert not can_show_code(_LINK)
