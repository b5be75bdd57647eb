"""docs/chat-log.md has a row for each kind of line that the log can contain, and no others."""

from __future__ import annotations

import re

import pytest

from chatcore.server.audit.grammar import FactKind
from chatcore.server.audit.reading.lines import COLUMNS, parse_line
from chatcore.server.cli.log_export import as_json
from chatcore.state.notes import NoteKind
from tests.support.document import Document
from tests.support.example_lines import LINES, Line

_DOCUMENT = Document("docs/chat-log.md")
_KINDS: tuple[str, ...] = (*FactKind, *NoteKind)


def _has_row(document: Document, kind: str) -> bool:
    return document.row_names("Kind").count(kind) == 1


@pytest.mark.parametrize("kind", _KINDS)
def test_each_kind_of_line_has_its_row(kind: str) -> None:
    assert _has_row(_DOCUMENT, kind)


def test_there_are_no_other_rows() -> None:
    assert set(_DOCUMENT.row_names("Kind")) <= set(_KINDS)


def _is_documented(document: Document, line: Line) -> bool:
    """Return whether the row of a line's kind has as many words as the line, and a text if the line has one."""
    ((_, words, text),) = (row for row in document.table("Kind") if row[0] == f"`{line.kind}`")
    told = words.split(", ") if words else []
    least = sum(not word.startswith("perhaps ") for word in told)
    most = len(line.words) if words.endswith("…") else len(told)
    return least <= len(line.words) <= most and bool(text) >= bool(line.text)


@pytest.mark.parametrize("line", dict.fromkeys(line for _, line in LINES), ids=str)
def test_words_and_text_are_documented(line: Line) -> None:
    assert _is_documented(_DOCUMENT, line)


def test_every_field_for_programs_has_its_row() -> None:
    assert _DOCUMENT.row_names("Field") == list(COLUMNS)


def test_the_json_example_is_correct() -> None:
    lines = [line for line in _DOCUMENT.indented() if "message #lobby ann :" in line or line.startswith("{")]
    example, written = sorted(line for line in lines if line.startswith(("2026", "{")))
    assert as_json([parse_line(example.encode())]) == f"{written}\n"


def test_a_missing_word_is_found() -> None:
    text = _DOCUMENT.text.replace("| room, who did it, whom | why |", "| room, whom | why |")
    untold = {line.kind for _, line in LINES if not _is_documented(Document("docs/chat-log.md", text), line)}
    assert untold == {"kick"}


def test_a_missing_row_is_found() -> None:
    text = re.sub(r"^\| `kill` .*\n", "", _DOCUMENT.text, flags=re.MULTILINE)
    assert [kind for kind in _KINDS if not _has_row(Document("docs/chat-log.md", text), kind)] == ["kill"]
