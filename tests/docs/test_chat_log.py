"""docs/chat-log.md has a row for each kind of line that the log can contain, and none for another."""

from __future__ import annotations

import re

from chatcore.state.notes import NoteKind
from tests.docs.document import ROOT, Document

_DOCUMENT = Document("docs/chat-log.md")


def _kinds() -> set[str]:
    """Return the kinds of lines that the program writes."""
    kinds: set[str] = {*NoteKind, "message", "notice", "private-message", "private-notice", "quit", "lost"}
    grammar = (ROOT / "chatcore/server/audit/grammar.py").read_text(encoding="utf-8")
    return kinds | set(re.findall(r'_line\(\s*"([a-z-]+)"', grammar))


def test_every_kind_of_line_has_its_row() -> None:
    assert {"refused", "join", "nick"} <= _kinds()
    assert set(_DOCUMENT.row_names("Kind")) == _kinds()


def test_a_row_less_is_found() -> None:
    text = re.sub(r"^\| `kill` .*\n", "", _DOCUMENT.text, flags=re.MULTILINE)
    assert _kinds() - set(Document("docs/chat-log.md", text).row_names("Kind")) == {"kill"}
