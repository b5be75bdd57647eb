"""The recipes of docs/chat-log.md find the intended lines, and no text that only looks like one."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.document import Document

_RECIPES = [line for line in Document("docs/chat-log.md").indented() if "logs/chat.log" in line]

_IN_LOBBY = ["message #lobby ann :hello", "message #lobby bob :#lobby ann"]
_IN_TEA = ["message #tea ann :hello", "notice #tea ann :beep"]
_PRIVATE = ["private-message ann bob :psst", "private-message bob ann :what?", "private-message ann bob"]
_CAME_AND_WENT = [
    "connect ann 192.168.1.20:46214 :Ann",
    "connect bob [::1]:46215 bob :Bob",
    "quit ann 192.168.1.20:46214 :bye",
    "lost bob [::1]:46215 :Connection closed",
    "refused * 192.168.1.20:46216 :wrong password",
    "refused bob [::1]:46217 :banned",
]
_OTHERS = [
    "start :127.0.0.1:8000",
    "join #lobby ann 192.168.1.20:46214",
    "message #lobby2 ann2 :hello",
    "message #a-lobby anna :hello",
    "notice #lobby2 an :hello",
    "private-message ann bobby :psst",
    "private-message anna bob :psst",
    "private-message ann carol :bob ann",
    "connect carol 192.168.1.200:46214 :Carol",
    "connect carol 2.192.168.1.20:46214 :Carol",
    "connect carol 192.168.1.2:46214 :Carol",
    "connect carol 192x168y1z20:46214 :Carol",
    "topic #lobby ann :tea",
    "nick ann connect",
]
_LINES = [*_IN_LOBBY, *_IN_TEA, *_PRIVATE, *_CAME_AND_WENT, *_OTHERS]
_FRAMES = ["message #other mallory :fyi {}", "message #other mallory :{}", "topic #other mallory :{}", "away m :x {}"]
"""Texts that quote a line, with and without its time: no recipe may find them."""

_TIME = "2026-11-20T22:50:01.123Z"
_QUOTATIONS = [frame.format(quoted) for frame in _FRAMES for line in _LINES for quoted in (line, f"{_TIME} {line}")]
_BEFORE = [f"2026-11-20T21:50:01.123Z {line}" for line in _QUOTATIONS]
_REAL = [f"{_TIME} {line}" for line in _LINES]
_AFTER = [f"2026-11-20T23:50:01.123Z {line}" for line in _QUOTATIONS]


def _timed(lines: list[str]) -> list[str]:
    return [f"{_TIME} {line}" for line in lines]


_FOUND = {
    "grep -E '^[^ ]+ message #lobby '": _timed(_IN_LOBBY),
    "sed -nE": [f"{_TIME} ann: hello", f"{_TIME} bob: #lobby ann"],
    "private-message ": _timed(_PRIVATE),
    "192": _timed([line for line in _CAME_AND_WENT if "192.168.1.20:" in line]),
    '$1 >= "2026-11-20T22:45"': _REAL,
    '"join"': ["ann 192.168.1.20:46214"],
    '$2 == "refused"': ["1 192.168.1.20", "1 [::1]"],
}
"""The lines that each recipe finds, by a characteristic part of the recipe."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with logs/chat.log: the lines above at ten to eleven, every quotation an hour before and after."""
    folder = tmp_path_factory.mktemp("log")
    (folder / "logs").mkdir()
    (folder / "logs" / "chat.log").write_text("\n".join([*_BEFORE, *_REAL, *_AFTER]) + "\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("recipe", [recipe for recipe in _RECIPES if not recipe.startswith("tail ")])
def test_a_recipe_finds_exactly_the_intended_lines(folder: Path, recipe: str) -> None:
    (wanted,) = (lines for mark, lines in _FOUND.items() if mark in recipe)
    done = subprocess.run(
        ["sh", "-c", recipe], cwd=folder, capture_output=True, text=True, check=True, env={**os.environ, "LC_ALL": "C"}
    )
    assert [line.lstrip() for line in done.stdout.splitlines()] == wanted


def test_every_recipe_is_tested() -> None:
    assert len(_RECIPES) == len(_FOUND) + 1
    assert "tail -F logs/chat.log" in _RECIPES
