"""AuditFormat: the grammar that its docstring documents, read back, and texts that try to break it."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatcore.protocol.escape import unescape_log
from chatcore.protocol.modes import ModeChange
from chatcore.server.audit.grammar import AuditFormat, FactKind
from chatcore.state import facts, requests
from chatcore.state.client_id import TRACKER
from chatcore.state.events import Event
from chatcore.state.facts import Fact
from chatcore.state.notes import Noted, NoteKind
from chatcore.state.stream import Entry
from tests.protocol.generated import PROPERTY
from tests.server.readers import connected
from tests.state.every_event import left_out

_TIME = 1_795_215_001.123
_SHOWN = "2026-11-20T22:50:01.123Z"
_GRAMMAR = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (?P<kind>[a-z-]+)"
    r"(?P<words>(?: [^ :][^ ]*)*)(?: :(?P<text>.*))?\n"
)


class _Line(NamedTuple):
    """A line of the log, taken apart as the grammar says and unescaped."""

    kind: str
    words: tuple[str, ...] = ()
    text: str | None = None


def _read(lines: str) -> list[_Line]:
    """Take lines apart; fail on what is none."""
    read = []
    for line in lines.splitlines(keepends=True):
        found = _GRAMMAR.fullmatch(line)
        assert found, line
        words = tuple(unescape_log(word) for word in found["words"].split(" ")[1:])
        text = found["text"]
        read.append(_Line(found["kind"], words, None if text is None else unescape_log(text)))
    return read


def _format_lines(*events: Event, log_private: bool = True) -> str:
    """Return the lines of an entry after ann (1) and bob (2) have come in."""
    audit = AuditFormat(log_private=log_private)
    audit.format(Entry(1, _TIME, (connected(1, "ann"), connected(2, "bob"))))
    return audit.format(Entry(2, _TIME, events))


def _logged(*events: Event, log_private: bool = True) -> list[_Line]:
    return _read(_format_lines(*events, log_private=log_private))


_ANN_AT, _BOB_AT = connected(1).address, connected(2).address

_LINES: list[tuple[Event, _Line]] = [
    (connected(3, "eve"), _Line("connect", ("eve", connected(3).address), "Real")),
    (facts.Said(1, "#room", "PRIVMSG", "hi"), _Line("message", ("#room", "ann"), "hi")),
    (facts.Said(1, "#room", "NOTICE", "hi"), _Line("notice", ("#room", "ann"), "hi")),
    (facts.SaidPrivately(1, 2, "PRIVMSG", "hi"), _Line("private-message", ("ann", "bob"), "hi")),
    (facts.SaidPrivately(1, 2, "NOTICE", "hi"), _Line("private-notice", ("ann", "bob"), "hi")),
    (facts.SaidPrivately(1, 99, "PRIVMSG", "hi"), _Line("private-message", ("ann", "*"), "hi")),
    (facts.Joined(1, "#room", "o"), _Line("join", ("#room", "ann", _ANN_AT))),
    (facts.Parted(1, "#room", "bye"), _Line("part", ("#room", "ann"), "bye")),
    (facts.Parted(1, "#room", ""), _Line("part", ("#room", "ann"), "")),
    (facts.Kicked(1, "#room", 2, "rude"), _Line("kick", ("#room", "ann", "bob"), "rude")),
    (facts.Renamed(1, "eve"), _Line("nick", ("ann", "eve"))),
    (facts.Quit(1, "Quit", False), _Line("quit", ("ann", _ANN_AT), "Quit")),
    (facts.Quit(2, "Ping timeout", True), _Line("lost", ("bob", _BOB_AT), "Ping timeout")),
    (facts.TopicChanged(1, "#room", "tea", "ann!user@host", 5), _Line("topic", ("#room", "ann"), "tea")),
    (
        facts.ModesChanged(1, "#room", (ModeChange(True, "o", "bob"), ModeChange(False, "t")), (2,)),
        _Line("mode", ("#room", "ann", "+o-t", "bob")),
    ),
    (facts.Invited(1, 2, "#room"), _Line("invite", ("#room", "ann", "bob"))),
    (facts.AwayChanged(1, "tea"), _Line("away", ("ann",), "tea")),
    (facts.AwayChanged(1, None), _Line("away", ("ann",))),
    (facts.Announced("closing soon"), _Line("announce", (), "closing soon")),
    (Noted(NoteKind.REFUSED, ("*", "192.0.2.1:5"), "banned"), _Line("refused", ("*", "192.0.2.1:5"), "banned")),
    (Noted(NoteKind.LOG_RESUMED), _Line("log-resumed")),
    (facts.Kicked(TRACKER, "#room", 2, "rude"), _Line("kick", ("#room", "*", "bob"), "rude")),
    (facts.Stopped("the tracker has left"), _Line("stop", (), "the tracker has left")),
    (facts.AccountChanged(1, "ann", "id"), _Line("account", ("ann", "ann"))),
    (facts.AccountChanged(1, None), _Line("account", ("ann", "*"))),
    (facts.RealnameChanged(1, "Ann A."), _Line("realname", ("ann",), "Ann A.")),
    (facts.Wallops(1, "listen"), _Line("wallops", ("ann",), "listen")),
    (facts.ClockStepped(_TIME, 0), _Line("clock-step", (_SHOWN, "1970-01-01T00:00:00.000Z"))),
]


@pytest.mark.parametrize(("event", "line"), _LINES)
def test_each_event_has_its_line(event: Event, line: _Line) -> None:
    assert _logged(event) == [line]


def test_each_kind_of_line_and_of_event_is_among_them() -> None:
    assert {line.kind for _, line in _LINES} >= {*FactKind}
    assert left_out((type(event) for event, _ in _LINES), [*get_args(Fact), Noted]) == []


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
def test_what_only_machines_say_is_not_logged(event: Event) -> None:
    assert _format_lines(event) == ""


def test_lines_have_the_time_of_their_entry() -> None:
    assert _format_lines(facts.Announced("x")) == f"{_SHOWN} announce :x\n"


def test_an_entry_of_several_events_is_as_many_lines_in_order() -> None:
    lines = _logged(facts.Joined(1, "#a", "o"), requests.Replied(1, ()), facts.Joined(1, "#b", ""))
    assert [line.words[0] for line in lines] == ["#a", "#b"]


def test_people_are_named_as_they_were_at_each_event() -> None:
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
        ("eve", _ANN_AT),
        ("bob", "*"),
    ]


def test_private_messages_can_be_left_out_but_for_who_wrote_to_whom() -> None:
    lines = _format_lines(
        facts.SaidPrivately(1, 2, "PRIVMSG", "secret"), facts.Said(1, "#a", "PRIVMSG", "public"), log_private=False
    )
    assert _read(lines) == [_Line("private-message", ("ann", "bob")), _Line("message", ("#a", "ann"), "public")]
    assert "secret" not in lines


# What people write: all that Unicode has, lone surrogates too, and more often what is dangerous in a log.
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
_FORGED = f"\n{_SHOWN} message #room ann :forged"
_PIECES = st.sampled_from([*_DANGEROUS, *_SYNTAX, _FORGED]) | st.text(st.characters(), max_size=6)
_TEXT = st.lists(_PIECES, max_size=8).map("".join)


@PROPERTY
@given(_TEXT, st.booleans())
@example(f"x\n{_SHOWN} message #room ann :forged", False)
@example(f"x\u2028{_SHOWN} message #room ann :forged", True)
def test_text_is_read_back_as_it_was_written(text: str, is_private: bool) -> None:
    event = facts.SaidPrivately(1, 2, "PRIVMSG", text) if is_private else facts.Said(1, "#room", "PRIVMSG", text)
    assert [line.text for line in _logged(event)] == [text]


@PROPERTY
@given(st.lists(_TEXT, max_size=4), _TEXT | st.none())
def test_words_are_read_back_as_they_were_written(words: list[str], text: str | None) -> None:
    """An empty word is written as a dash."""
    written = _Line("ban", tuple(word or "-" for word in words), text)
    assert _logged(Noted(NoteKind.BAN, tuple(words), text)) == [written]


@PROPERTY
@given(_TEXT)
def test_no_text_forges_a_line_or_moves_a_cursor(text: str) -> None:
    """Wherever people's text stands, one event is one line, with nothing in it that a terminal obeys."""
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
