"""Lines of the log for programs: exact as JSON Lines, or a table in CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable

from chatcore.protocol.escape import escape_for_log, escape_for_screen
from chatcore.server.audit.reading.lines import COLUMNS, REST, LogLine

_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # some programs accept the fullwidth ones too
_NOT_ASCII = re.compile(r"[^ -~]")


def as_json(lines: Iterable[LogLine]) -> str:
    r"""Return each line as a JSON object. Characters that could control a terminal are written as \uNNNN."""
    return "".join([f"{_harmless(json.dumps(line.named(), ensure_ascii=False))}\n" for line in lines])


def as_csv(lines: Iterable[LogLine]) -> str:
    """Return each line as a row, with texts escaped as in the log.

    A cell that a spreadsheet would take for a formula is prefixed with an apostrophe.
    """
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    for line in lines:
        named = line.named()
        named[REST] = " ".join(named.get(REST, ()))
        writer.writerow([_cell(named.get(column) or "") for column in COLUMNS])
    return rows.getvalue()


def csv_header() -> str:
    """Return the row with the names of the columns."""
    return ",".join(COLUMNS) + "\n"


def _cell(value: str) -> str:
    text = escape_for_log(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _harmless(text: str) -> str:
    return text if text.isascii() and text.isprintable() else _NOT_ASCII.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    return character if escape_for_screen(character) == character else json.dumps(character)[1:-1]
