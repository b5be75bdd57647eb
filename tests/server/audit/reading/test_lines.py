"""Lines of the log are read back as they were written; anything else is shown as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.server.audit.grammar import AuditFormat, FactKind
from chatcore.server.audit.reading.lines import COLUMNS, FIELDS, REST, LogLine, parse_line
from chatcore.state import facts
from chatcore.state.events import Event
from chatcore.state.notes import Noted, NoteKind
from chatcore.state.stream import Entry
from tests.support.example_lines import LINES, SHOWN, TIME, Line
from tests.support.readers import connected


def _written(event: Event) -> bytes:
    """Return the line of an event after ann (1) and bob (2) have connected, without its end."""
    audit = AuditFormat(log_private=True)
    audit.format(Entry(1, TIME, (connected(1, "ann"), connected(2, "bob"))))
    return audit.format(Entry(2, TIME, (event,))).removesuffix("\n").encode()


@pytest.mark.parametrize(("event", "line"), LINES)
def test_each_line_is_read_as_written(event: Event, line: Line) -> None:
    assert parse_line(_written(event)) == (SHOWN, *line)


@given(st.text(min_size=1), st.text())
def test_any_words_and_text_survive(word: str, text: str) -> None:
    line = parse_line(_written(Noted(NoteKind.REFUSED, (word, "192.0.2.1:5"), text)))
    assert line == (SHOWN, "refused", (word, "192.0.2.1:5"), text)


def test_every_kind_has_its_fields() -> None:
    assert FIELDS.keys() == {*FactKind, *NoteKind}


@pytest.mark.parametrize(("event", "line"), LINES)
def test_every_word_of_a_line_has_a_name(event: Event, line: Line) -> None:
    fields = parse_line(_written(event)).named()
    rest = fields.pop(REST, [])
    assert (REST in FIELDS[line.kind]) or not rest
    assert fields.keys() <= {*COLUMNS}
    assert sorted([*(fields[name] for name in FIELDS[line.kind] if name in fields), *rest]) == sorted(line.words)
    assert (fields["kind"], fields.get("text")) == (line.kind, line.text)


def test_the_fields_of_a_message() -> None:
    line = parse_line(_written(facts.Said(1, "#room", "PRIVMSG", "a\\b\x01")))
    assert line.named() == {"time": SHOWN, "kind": "message", "room": "#room", "who": "ann", "text": "a\\b\x01"}


def test_a_kind_from_a_newer_version_is_read() -> None:
    line = parse_line(f"{SHOWN} mute-all #room ann :why".encode())
    assert line == LogLine(SHOWN, "mute-all", ("#room", "ann"), "why")
    assert line.named() == {"time": SHOWN, "kind": "mute-all", REST: ["#room", "ann"], "text": "why"}


def test_words_from_a_newer_version_are_kept() -> None:
    assert parse_line(f"{SHOWN} part #room ann why".encode()).named()[REST] == ["why"]


@pytest.mark.parametrize(
    "foreign",
    [
        "",
        "message #room ann :hi",
        SHOWN,
        f"{SHOWN} ",
        f"{SHOWN}  message #room ann :hi",
        f"{SHOWN} message  #room ann :hi",
        f"{SHOWN} message #room ann  :hi",
        f"{SHOWN} Message #room ann :hi",
        f"{SHOWN} -message #room ann :hi",
        f"{SHOWN} :message #room ann",
        f" {SHOWN} message #room ann :hi",
        f"{SHOWN[:-1]} message #room ann :hi",
        f"{SHOWN[:-1]}z message #room ann :hi",
        f"{SHOWN[:-5]},123Z message #room ann :hi",
        SHOWN.replace("-11-", "-13-") + " message #room ann :hi",
        SHOWN.replace("2", "\N{ARABIC-INDIC DIGIT TWO}") + " message #room ann :hi",
        SHOWN.replace("T", " ", 1) + " message #room ann :hi",
        "\0" * 40,
    ],
)
def test_a_malformed_line_is_all_text(foreign: str) -> None:
    line = parse_line(foreign.encode())
    assert line == LogLine("", "", (), foreign)
    assert line.named() == {"time": None, "kind": None, "text": foreign}


def test_a_line_that_is_not_utf8_is_malformed() -> None:
    line = parse_line(f"{SHOWN} message #room ann :".encode() + b"\xff")
    assert line == LogLine("", "", (), rf"{SHOWN} message #room ann :\xff")


@given(st.binary())
def test_any_bytes_can_be_read(data: bytes) -> None:
    line = parse_line(data)
    assert line.kind or line.text is not None
