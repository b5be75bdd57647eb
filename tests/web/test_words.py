"""Every text of the page is in one table, words.js: a translation is a file of its shape."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.trackers import ROOT
from tests.web.test_folders import scripts

_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`\w/])//[^\n]*", re.DOTALL)
_LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`')
_FIELD = re.compile(r"\$\{[^}]*\}")
_TEXT = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}|^[A-Z][a-z]+\b|\\u2026")
_THROWN = re.compile(r"new (?:Type|Range)?Error\(.*?\);", re.DOTALL)
"""Texts of internal errors, for developers."""

_KEYS = {"ArrowDown", "ArrowUp", "Delete", "Enter", "Escape", "Tab"}

_NOT_TEXTS = {
    "connection/login.js": {"SASL authentication failed"},
    "notify.js": {"Notification"},
    "protocol/goodbye.js": {"the tracker has left", "the tracker will be back soon"},
    "protocol/irc.js": {"Segmenter"},
    "session/members.js": {"Quit"},
    "view/text.js": {"noopener noreferrer"},
    "view/finder.js": {"about invited"},
    "view/rooms.js": {"#rooms li [aria-current]"},
    "view/theme.js": {"not all"},
    "view/edges.js": {"loading busy", "told beginning", "told error"},
    "view/beside.js": {"quote name-", "state problem", "\\u2026"},
    "view/menu.js": {"picks found", ".picks button", ".deeds button", "quiet menu-words"},
    "view/members.js": {"quiet note"},
    "view/notices.js": {"notices-hint notices-problem"},
}
"""Strings that look like texts, but are compared with a tracker's lines or name things of the browser."""

_TABLES = {"words.js", "command_list.js"}
"""The table, and the list of which it has what each command does."""


def _texts(script: Path) -> set[str]:
    """Return the strings that look like texts for people."""
    code = _THROWN.sub("", _COMMENT.sub("", script.read_text(encoding="utf-8")))
    found = (_FIELD.sub("", match[1] or match[2] or "") for match in _LITERAL.finditer(code))
    return {text for text in found if _TEXT.search(text)}


@pytest.mark.parametrize("script", sorted({*scripts()} - _TABLES))
def test_texts_are_in_the_table(script: str) -> None:
    assert _texts(ROOT / "chatcore" / "web" / script) - _NOT_TEXTS.get(script, set()) - _KEYS == set()
