"""Parsing of lines, by their documentation."""

from __future__ import annotations

import pytest

from tests.faults.cluster.lines import LogLine, parse_irc_line, parse_log_line

TIME = "2026-11-20T22:50:01.123Z"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"{TIME} log-resumed", LogLine(TIME, "log-resumed", (), None)),
        (f"{TIME} away ann", LogLine(TIME, "away", ("ann",), None)),
        (f"{TIME} away ann :", LogLine(TIME, "away", ("ann",), "")),
        (f"{TIME} message #one ann : a :b", LogLine(TIME, "message", ("#one", "ann"), " a :b")),
        (rf"{TIME} topic \x3aone a\x20b :\x01\u202e\n\\n", LogLine(TIME, "topic", (":one", "a b"), "\x01\u202e\n\\n")),
        (rf"{TIME} message #one ann :\U000e0001", LogLine(TIME, "message", ("#one", "ann"), "\U000e0001")),
        ("message #one ann :no time", None),
        (f"{TIME} message  #one", None),
        ("", None),
    ],
)
def test_lines_of_the_log_are_parsed(line: str, expected: LogLine | None) -> None:
    assert parse_log_line(line) == expected


def test_lines_of_irc_are_parsed() -> None:
    line = parse_irc_line(r"@time=1;msgid=a\:b\s\\c;draft/x :ann!a@host PRIVMSG #one :hello :you")
    assert line.tags == {"time": "1", "msgid": "a;b \\c", "draft/x": ""}
    assert (line.nick, line.command, line.params) == ("ann", "PRIVMSG", ("#one", "hello :you"))


def test_a_line_from_a_tracker_has_no_nick() -> None:
    line = parse_irc_line(":tracker.chat 001 ann :Welcome")
    assert (line.source, line.nick, line.command, line.params) == ("tracker.chat", "", "001", ("ann", "Welcome"))
