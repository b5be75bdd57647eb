"""AuditFormat: lines follow the documented grammar, and no text breaks it."""

from __future__ import annotations

import re
import unicodedata
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatcore.protocol.escape import unescape_log
from chatcore.protocol.modes import ModeChange
from chatcore.protocol.multiline import as_read
from chatcore.server.audit.grammar import AuditFormat, FactKind
from chatcore.state import facts, requests
from chatcore.state.events import Event
from chatcore.state.facts import Fact
from chatcore.state.notes import Noted, NoteKind
from chatcore.state.stream import Entry
from tests.support.every_event import left_out
from tests.support.example_lines import ANN_AT, LINES, SHOWN, TIME, Line
from tests.support.generated import PROPERTY
from tests.support.readers import connected
from tests.support.replay import NOT_COMPARED, Replay

_GRAMMAR = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (?P<kind>[a-z-]+)"
    r"(?P<words>(?: [^ :][^ ]*)*)(?: :(?P<text>.*))?\n"
)


def _read(lines: str) -> list[Line]:
    """Parse lines; fail on anything that is not a line."""
    read = []
    for line in lines.splitlines(keepends=True):
        found = _GRAMMAR.fullmatch(line)
        assert found, line
        words = tuple(unescape_log(word) for word in found["words"].split(" ")[1:])
        text = found["text"]
        read.append(Line(found["kind"], words, None if text is None else unescape_log(text)))
    return read


def _format_lines(*events: Event, log_private: bool = True) -> str:
    """Return the lines of an entry after ann (1) and bob (2) have connected."""
    audit = AuditFormat(log_private=log_private)
    audit.format(Entry(1, TIME, (connected(1, "ann"), connected(2, "bob"))))
    return audit.format(Entry(2, TIME, events))


def _logged(*events: Event, log_private: bool = True) -> list[Line]:
    return _read(_format_lines(*events, log_private=log_private))


@pytest.mark.parametrize(("event", "line"), LINES)
def test_each_event_has_its_line(event: Event, line: Line) -> None:
    assert _logged(event) == [line]


def test_the_examples_cover_every_kind_of_line_and_event() -> None:
    assert {line.kind for _, line in LINES} >= {*FactKind}
    assert left_out((type(event) for event, _ in LINES), [*get_args(Fact), Noted]) == []


def test_replay_knows_every_kind_of_line() -> None:
    known = Replay([]).readers.keys()
    assert known | NOT_COMPARED == {*FactKind, *NoteKind}
    assert known & NOT_COMPARED == set()
    with pytest.raises(KeyError, match="pushed"):
        Replay([f"{SHOWN} pushed ann"])


@pytest.mark.parametrize(
    "event",
    [
        facts.Said(1, "#room", "TAGMSG", ""),
        facts.SaidPrivately(1, 2, "TAGMSG", ""),
        requests.Replied(1, (("PONG", "x"),)),
        requests.CapabilitiesChanged(1, 3),
        requests.UserModesChanged(1, (ModeChange(True, "i"),)),
        requests.Closed(1),
    ],
)
def test_protocol_chatter_is_not_logged(event: Event) -> None:
    assert _format_lines(event) == ""


def test_lines_carry_the_time_of_their_entry() -> None:
    assert _format_lines(facts.Announced("x")) == f"{SHOWN} announce :x\n"


def test_each_event_of_an_entry_is_one_line_in_order() -> None:
    lines = _logged(facts.Joined(1, "#a", "o"), requests.Replied(1, ()), facts.Joined(1, "#b", ""))
    assert [line.words[0] for line in lines] == ["#a", "#b"]


def test_people_are_logged_under_their_name_at_the_time() -> None:
    lines = _logged(
        facts.Said(1, "#a", "PRIVMSG", "one"),
        facts.Renamed(1, "eve"),
        facts.Said(1, "#a", "PRIVMSG", "two"),
        facts.Quit(1, "bye", False),
        facts.SaidPrivately(2, 1, "PRIVMSG", "gone?"),
    )
    assert [line.words for line in lines] == [
        ("#a", "ann"),
        ("ann", "eve"),
        ("#a", "eve"),
        ("eve", ANN_AT),
        ("bob", "*"),
    ]


def test_private_texts_can_be_omitted_but_not_sender_and_recipient() -> None:
    lines = _format_lines(
        facts.SaidPrivately(1, 2, "PRIVMSG", "secret"), facts.Said(1, "#a", "PRIVMSG", "public"), log_private=False
    )
    assert _read(lines) == [Line("private-message", ("ann", "bob")), Line("message", ("#a", "ann"), "public")]
    assert "secret" not in lines


# What people write: all of Unicode, lone surrogates too, with extra weight on what is dangerous in a log.
_DANGEROUS = [
    "\n",
    "\r",
    "\r\n",
    "\0",
    "\x1b[2J",
    "\x7f",
    "\x85",
    "\x9b",
    "\u2028",
    "\u2029",
    "\u202e",
    "\u2066",
    "\ufeff",
]
_SYNTAX = [" ", ":", "\\", "\\n", "\\x0a", "\\u2028", "-", "\u00a0", "\u3000", "\x0b", "\x1c", "\ud800", "\U000e0001"]
_FORGED = f"\n{SHOWN} message #room ann :forged"
_PIECES = st.sampled_from([*_DANGEROUS, *_SYNTAX, _FORGED]) | st.text(st.characters(), max_size=6)
_TEXT = st.lists(_PIECES, max_size=8).map("".join)


@PROPERTY
@given(_TEXT, st.booleans())
@example(f"x\n{SHOWN} message #room ann :forged", False)
@example("one\n\nt\n\rwo", False)
@example(f"x\u2028{SHOWN} message #room ann :forged", True)
def test_text_is_read_back_as_it_was_written(text: str, is_private: bool) -> None:
    event = facts.SaidPrivately(1, 2, "PRIVMSG", text) if is_private else facts.Said(1, "#room", "PRIVMSG", text)
    assert [line.text for line in _logged(event)] == [as_read(text)]


@PROPERTY
@given(st.lists(_TEXT, max_size=4), _TEXT | st.none())
def test_words_are_read_back_as_they_were_written(words: list[str], text: str | None) -> None:
    """An empty word is written as a dash."""
    written = Line("ban", tuple(word or "-" for word in words), None if text is None else as_read(text))
    assert _logged(Noted(NoteKind.BAN, tuple(words), text)) == [written]


@pytest.mark.thorough
@PROPERTY
@given(_TEXT)
def test_no_text_forges_a_line_or_moves_a_cursor(text: str) -> None:
    """Wherever a client's text appears, one event is one line, without any terminal control."""
    lines = _format_lines(
        facts.Said(1, "#room", "PRIVMSG", text),
        facts.SaidPrivately(1, 2, "NOTICE", text),
        facts.Parted(1, "#room", text),
        facts.Kicked(1, "#room", 2, text),
        facts.TopicChanged(1, "#room", text, "ann", 0),
        facts.ModesChanged(1, "#room", (ModeChange(True, "b", text or "x"), ModeChange(True, "k", text or "x"))),
        facts.AwayChanged(1, text),
        connected(3, "eve")._replace(realname=text),
        facts.Announced(text),
        Noted(NoteKind.BAN, (text,)),
        facts.Quit(1, text, True),
        facts.Stopped(text),
    )
    assert len(_read(lines)) == 12
    assert lines.count("\n") == len(lines.splitlines()) == 12
    assert lines.encode()
    for character in lines.replace("\n", ""):
        assert unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
        assert unicodedata.bidirectional(character) not in (
            "LRE",
            "RLE",
            "LRO",
            "RLO",
            "PDF",
            "LRI",
            "RLI",
            "FSI",
            "PDI",
        )
        assert character not in "\u200e\u200f\u061c"
