"""Messages counted by person, room and time."""

from __future__ import annotations

from datetime import date

from chatcore.server.audit.reading.lines import LogLine
from chatcore.server.audit.reading.tally import IN_PRIVATE, Tally


def test_messages_are_counted() -> None:
    tally = Tally(lambda time: f"{time[:10]} {time[11:19]}")
    evening, night = "2026-11-20T22:50:01.123Z", "2026-11-21T03:00:00.000Z"
    tally.count(
        [
            LogLine(evening, "message", ("#lobby", "ann"), "hi"),
            LogLine(evening, "notice", ("#Lobby", "Ann"), "hi"),
            LogLine(night, "private-message", ("ann", "bob")),
            LogLine(night, "private-notice", ("bob", "ann"), "hi"),
            LogLine(night, "join", ("#lobby", "ann", "[::1]:5")),
            LogLine(night, "message", ("#lobby",), "a line that is too short"),
            LogLine("", "", (), "no line"),
        ]
    )
    assert tally.total == 4
    assert {tally.spelling(name): count for name, count in tally.people.items()} == {"ann": 3, "bob": 1}
    assert {tally.spelling(name): count for name, count in tally.rooms.items()} == {"#Lobby": 2, IN_PRIVATE: 2}
    assert tally.hours == {22: 2, 3: 2}
    assert tally.days == {date(2026, 11, 20): 2, date(2026, 11, 21): 2}
