"""The log for programs: exact JSON, and CSV in which no spreadsheet sees a formula."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.server.audit.reading.lines import COLUMNS, LogLine
from chatcore.server.cli.log_export import as_csv, as_json, csv_header
from tests.support.example_lines import SHOWN


@given(st.text(), st.text(min_size=1))
def test_json_is_exact_harmless_and_one_line(text: str, word: str) -> None:
    line = LogLine(SHOWN, "message", ("#room", word), text)
    written = as_json([line, line])
    first, second, rest = written.split("\n")
    assert (first, rest) == (second, "")
    assert json.loads(first) == {"time": SHOWN, "kind": "message", "room": "#room", "who": word, "text": text}
    assert not any(
        character < " " or "\x7f" <= character <= "\x9f" or character in "\u2028\u202e\u200b" for character in first
    )


def test_json_keeps_letters_readable() -> None:
    assert "日本 é 😀" in as_json([LogLine(SHOWN, "message", ("#a", "ann"), "日本 é 😀")])
    assert r"\u202e" in as_json([LogLine(SHOWN, "message", ("#a", "ann"), "\u202e")])
    assert r"\udb40\udc01" in as_json([LogLine(SHOWN, "message", ("#a", "ann"), "\U000e0001")])


def _rows(*lines: LogLine) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_header() + as_csv(lines))))


def test_csv_has_a_column_for_each_field() -> None:
    line = LogLine(SHOWN, "mode", ("#a", "ann", "+ov", "bob", "eve"))
    (row,) = _rows(line)
    assert tuple(row) == COLUMNS
    assert {name: value for name, value in row.items() if value} == {
        "time": SHOWN,
        "kind": "mode",
        "room": "#a",
        "who": "ann",
        "modes": "'+ov",
        "parameters": "bob eve",
    }


def test_csv_has_one_row_per_line() -> None:
    lines = [LogLine(SHOWN, "message", ("#a", "ann"), 'a "b", c\r\nd\\e'), LogLine("", "", (), "torn")]
    assert [row["text"] for row in _rows(*lines)] == [r'a "b", c\r\nd\\e', "torn"]
    assert as_csv(lines).count("\n") == 2


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20SUM(A1)"])
def test_csv_has_no_formulas(text: str) -> None:
    (row,) = _rows(LogLine(SHOWN, "message", ("#a", "ann"), text))
    assert row["text"] == f"'{text}"
