"""docs/chat-log.md has a row for each kind of line that the log can contain, and none for another."""

from __future__ import annotations

import re

import pytest

from chatcore.server.audit.grammar import FactKind
from chatcore.state.notes import NoteKind
from tests.docs.document import Document

_DOCUMENT = Document("docs/chat-log.md")
_KINDS: tuple[str, ...] = (*FactKind, *NoteKind)


def _has_row(document: Document, kind: str) -> bool:
    return document.row_names("Kind").count(kind) == 1


@pytest.mark.parametrize("kind", _KINDS)
def test_kind_of_line_has_its_row(kind: str) -> None:
    assert _has_row(_DOCUMENT, kind)


def test_no_row_is_for_another() -> None:
    assert set(_DOCUMENT.row_names("Kind")) <= set(_KINDS)


def test_a_row_less_is_found() -> None:
    text = re.sub(r"^\| `kill` .*\n", "", _DOCUMENT.text, flags=re.MULTILINE)
    assert [kind for kind in _KINDS if not _has_row(Document("docs/chat-log.md", text), kind)] == ["kill"]
