"""A line of the log for people: a message never looks like an event."""

from __future__ import annotations

import re

import pytest

from chatcore.prompting.theme import Theme
from chatcore.protocol.nick_colour import nick_colour
from chatcore.server.audit.grammar import AuditFormat
from chatcore.server.audit.reading.lines import FIELDS, SAID, LogLine, parse_line
from chatcore.server.cli import log_shown
from chatcore.server.cli.log_shown import _HAPPENED, LocalTimes, Shown
from chatcore.state.events import Event
from chatcore.state.stream import Entry
from tests.support.example_lines import LINES, SHOWN, TIME, Line
from tests.support.readers import connected

_AT = "2026-11-20 23:50:01"
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


pytestmark = pytest.mark.usefixtures("in_vienna")


def _shown(line: str, *, has_colours: bool = False) -> str:
    (shown,) = (
        Shown(LocalTimes(), Theme() if has_colours else None)
        .text([parse_line(f"{SHOWN} {line}".encode())])
        .splitlines()
    )
    return shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("message #lobby ann :hello bob", "#lobby <ann> hello bob"),
        (r"message #lobby ann :\x01ACTION waves\x01", "#lobby * ann waves"),
        (r"message #lobby ann :\x01VERSION\x01", r"#lobby <ann> \x01VERSION\x01"),
        ("message #lobby ann :", "#lobby <ann> "),
        ("start joined :127.0.0.1:1", "-- the tracker has started, and joined the others: 127.0.0.1:1"),
        (r"message #lobby ann :\x1b[2J \u200b a\\b", r"#lobby <ann> \x1b[2J \u200b a\b"),
        (r"message #lobby ann :one\ntwo three", r"#lobby <ann> one\ntwo three"),
        (r"private-notice bob ann :one\ntwo three", r"bob -> ann -bob- one\ntwo three"),
        ("notice #lobby ann :beep", "#lobby -ann- beep"),
        ("private-message bob ann :at six", "bob -> ann <bob> at six"),
        ("private-notice bob ann :at six", "bob -> ann -bob- at six"),
        (r"private-message bob ann :\x01ACTION nods\x01", "bob -> ann * bob nods"),
        ("private-message bob ann", "bob -> ann <bob> (not in the log)"),
        ("message #lobby", "#lobby <*> (not in the log)"),
        ("start :127.0.0.1:8000", "-- the tracker has started: 127.0.0.1:8000"),
        ("connect ann 192.0.2.1:5 :Ann A.", "-- ann came from 192.0.2.1:5: Ann A."),
        ("connect ann 192.0.2.1:5 staff :A", "-- ann came from 192.0.2.1:5, account staff: A"),
        ("join #lobby ann 192.0.2.1:5", "#lobby -- ann joined from 192.0.2.1:5"),
        ("part #lobby ann :", "#lobby -- ann left the room"),
        ("kick #lobby ann bob :rude", "#lobby -- ann kicked bob: rude"),
        ("mode #lobby ann +ov bob eve", "#lobby -- ann set +ov bob eve"),
        ("restore #old +nk tea :hi", "#old -- the room is as before the restart, +nk tea: hi"),
        ("nick ann eve", "-- ann is now eve"),
        ("away ann :tea", "-- ann is away: tea"),
        ("away ann", "-- ann is back"),
        ("account ann staff", "-- ann logged in to staff"),
        ("account ann *", "-- ann logged out"),
        (f"redact #lobby ann bob {SHOWN} :rude", f"#lobby -- ann took back what bob said at {_AT}: rude"),
        ("resume ann 192.0.2.1:5 ann-2", "-- ann came back from 192.0.2.1:5 as ann-2"),
        (f"private-redact ann bob {SHOWN}", f"-- ann took back what was said to bob at {_AT}"),
        ("redact #lobby ann bob soon", "#lobby -- ann took back what bob said at soon"),
        ("erase bob * *", "-- history is erased: of bob"),
        ("erase * #lobby 2026-11-01", "-- history is erased: in #lobby, from before 2026-11-01"),
        ("erase * * *", "-- history is erased"),
        ("metadata #lobby ann url :x", "#lobby -- ann set url: x"),
        ("metadata * ann url", "* -- ann removed url"),
        ("log-resumed", "-- the log can be written again"),
        ("gap 7 12", "-- some of what happened may be missing here, 7 to 12 of the stream"),
        ("repeat", "-- what follows is repeated, as it was not the same before"),
        ("mute-all #lobby ann 10 :why", "-- mute-all #lobby ann 10: why"),
        ("kick #lobby ann", "#lobby -- ann kicked *"),
        ("kick", "-- * kicked *"),
    ],
)
def test_each_line_is_put_into_words(line: str, shown: str) -> None:
    assert _shown(line) == f"{_AT} {shown}"
    assert _ESCAPE.sub("", _shown(line, has_colours=True)) == f"{_AT} {shown}"


def test_every_kind_of_line_has_its_words() -> None:
    assert FIELDS.keys() - SAID == {*map(str, _HAPPENED)}


@pytest.mark.parametrize(("event", "line"), LINES)
def test_every_kind_of_line_is_shown_whole(event: Event, line: Line) -> None:
    audit = AuditFormat(log_private=True)
    audit.format(Entry(1, TIME, (connected(1, "ann"), connected(2, "bob"))))
    (raw,) = audit.format(Entry(2, TIME, (event,))).encode().splitlines()
    shown = Shown(LocalTimes(is_utc=True)).text([parse_line(raw)])
    words = [word for word in line.words if (word != "*" or line.kind not in ("account", "erase")) and word != SHOWN]
    if line.kind != "clock-step" and line.kind != "erase":
        assert shown.startswith("2026-11-20 22:50:01 ")
    assert [word for word in (*words, line.text or "") if word not in shown] == []
    assert shown.count("\n") == 1


def test_malformed_lines_are_marked_and_shortened() -> None:
    shown = Shown(LocalTimes()).text(
        [LogLine("", "", (), f"{_AT} #lobby <ann> \x1b[2J"), LogLine("", "", (), "x" * 9999)]
    )
    first, second = shown.splitlines()
    assert first == rf"?? {_AT} #lobby <ann> \x1b[2J"
    assert len(second) < 600


def test_a_name_has_its_colour_everywhere() -> None:
    colour = f"\x1b[{nick_colour('ann')}m"
    lines = ["message #a ann :hi", "notice #a Ann :hi", "join #a ann [::1]:5", "nick bob ann", "kick #a bob ann :x"]
    assert [colour in _shown(line, has_colours=True) for line in lines] == [True] * len(lines)
    assert "\x1b" not in "".join(map(_shown, lines))


def test_messages_cannot_imitate_events() -> None:
    for form in ("message #a ann :{}", r"message #a ann :\x01ACTION {}\x01", "notice #a ann :{}"):
        shown = _shown(form.format("-- bob left the room"))
        assert not shown.startswith((f"{_AT} #a --", f"{_AT} --"))


def test_times_are_local_and_follow_the_season() -> None:
    times = LocalTimes()
    assert times("2026-07-01T22:50:01.123Z") == "2026-07-02 00:50:01"
    assert times("2026-11-20T22:50:59.999Z") == "2026-11-20 23:50:59"
    assert times("2026-10-24T23:59:00.000Z") == "2026-10-25 01:59:00"
    assert times("2026-10-25T00:00:00.000Z") == "2026-10-25 01:00:00"
    assert LocalTimes(is_utc=True)("2026-07-01T22:50:01.123Z") == "2026-07-01 22:50:01"


def test_the_earliest_and_latest_times_are_shown() -> None:
    assert LocalTimes()("9999-12-31T23:59:59.999Z") == "9999-12-31 23:59:59"
    assert LocalTimes()("0001-01-01T00:00:00.000Z").startswith("0001-01-01 ")


def test_caches_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_shown, "_MAX_CACHED", 3)
    times, shown = LocalTimes(), Shown(LocalTimes())
    for number in range(10):
        assert times(f"2026-11-20T22:0{number}:01.123Z") == f"2026-11-20 23:0{number}:01"
        line = LogLine(SHOWN, "message", (f"#a{number}", "ann"), "hi")
        assert shown.text([line]) == f"{_AT} #a{number} <ann> hi\n"
    assert len(times.minutes) <= 3
    assert len(shown._names) <= 3


def test_control_characters_in_names_are_escaped() -> None:
    assert _shown(r"message #\x1b[2J \x1b[2J :hi") == rf"{_AT} #\x1b[2J <\x1b[2J> hi"
    assert _shown(r"message \x1b[2J \x1b[2J :hi") == rf"{_AT} <\x1b[2J> <\x1b[2J> hi"  # no room has such a name
