"""What README.md says to grep for finds the lines that are meant, and no text that only looks like one."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]
_RECIPES = re.findall(
    r"^    (grep .*? logs/chat\.log)", (_ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE
)

_IN_LOBBY = ["message #lobby ann :hello", "message #lobby bob :#lobby ann"]
_IN_TEA = ["message #tea ann :hello", "notice #tea ann :beep"]
_PRIVATE = ["private-message ann bob :psst", "private-message bob ann :what?", "private-message ann bob"]
_CAME_AND_WENT = [
    "connect ann 192.168.1.20:46214 :Ann",
    "connect bob [::1]:46215 bob :Bob",
    "quit ann 192.168.1.20:46214 :bye",
    "lost bob [::1]:46215 :Connection closed",
    "refused * 192.168.1.20:46216 :wrong password",
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
_FOUND = {
    "message #lobby ": _IN_LOBBY,
    "(message|notice) ": [_IN_LOBBY[0], *_IN_TEA],
    "private-message ": _PRIVATE,
    "(connect|quit|lost|refused) ": [
        line for line in _LINES if line.startswith(("connect", "quit", "lost", "refused"))
    ],
    "192": [line for line in _CAME_AND_WENT if "192.168.1.20:" in line],
    "2026-11-20T22:": _LINES,
}
_FRAMES = ["message #other mallory :fyi {}", "message #other mallory :{}", "topic #other mallory :{}", "away m :x {}"]
"""Texts that quote a line, with and without its time: whatever is looked for, none of these is it."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with logs/chat.log: the lines above at ten o'clock in the evening, and every quotation an hour later."""
    folder = tmp_path_factory.mktemp("log")
    (folder / "logs").mkdir()
    real = [f"2026-11-20T22:50:01.123Z {line}" for line in _LINES]
    quoted = [f"2026-11-20T23:50:01.123Z {frame.format(q)}" for frame in _FRAMES for q in (*_LINES, *real)]
    (folder / "logs" / "chat.log").write_text("\n".join([*quoted, *real, *quoted]) + "\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("recipe", _RECIPES)
def test_exactly_the_lines_that_are_meant(folder: Path, recipe: str) -> None:
    (wanted,) = (lines for mark, lines in _FOUND.items() if mark in recipe)
    done = subprocess.run(["sh", "-c", recipe], cwd=folder, capture_output=True, text=True, check=True)
    assert [line.partition(" ")[2] for line in done.stdout.splitlines()] == wanted


def test_every_recipe_is_tested() -> None:
    assert len(_RECIPES) == len(_FOUND)
