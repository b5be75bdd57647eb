"""Bars that fit, in block characters or without."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from wcwidth import wcswidth

from chatcore.prompting.theme import Theme
from chatcore.server.audit.reading.lines import LogLine
from chatcore.server.audit.reading.tally import Tally
from chatcore.server.cli.log_stats import Look, bar, drawn
from tests.support.thorough import first_and_thorough


def _tally(*said: tuple[str, str, str]) -> Tally:
    """Count messages, each given by its day, room and author."""
    tally = Tally(lambda time: time.replace("T", " "))
    tally.count(LogLine(f"{day}T22:50:01", "message", (room, who), "hi") for day, room, who in said)
    return tally


def _section(text: str, heading: str) -> list[str]:
    return text.partition(f"\n{heading}\n")[2].partition("\n\n")[0].splitlines()


def test_messages_are_counted_by_person_room_hour_and_day() -> None:
    said = [("2026-11-20", "#lobby", "ann")] * 8 + [("2026-11-22", "#tea", "bob")] * 4
    text = drawn(_tally(*said), Look(40, "utf-8"))
    assert text.startswith("12 messages by 2 people from 2026-11-20 to 2026-11-22\n")
    assert _section(text, "by person") == [f"  ann  {'█' * 31} 8", f"  bob  {'█' * 15}▌ 4"]
    assert [row.split()[0] for row in _section(text, "by room")] == ["#lobby", "#tea"]
    hours = _section(text, "by hour of the day")
    assert (len(hours), hours[0], hours[22].split()[0]) == (24, "  00  0", "22")
    assert [row.split()[:2] + row.split()[-1:] for row in _section(text, "by day")] == [
        ["Fri", "11-20", "8"],
        ["Sat", "11-21", "0"],
        ["Sun", "11-22", "4"],
    ]


@pytest.mark.parametrize("width", first_and_thorough(20, 40, 80, 300))
def test_every_line_fits_the_width(width: int) -> None:
    names = ["ann", "日本語日本語日本語", "x" * 32, "e\u0301" * 20]
    said = [("2026-11-20", f"#{'r' * n}", names[n % 4]) for n in range(1, 60) for _ in range(n * 50)]
    lines = drawn(_tally(*said), Look(width, "utf-8")).splitlines()[1:]
    assert max(map(wcswidth, lines)) <= min(width, 100)
    if width >= 40:
        assert max(map(wcswidth, lines)) > min(width, 100) - 4


def test_without_block_characters() -> None:
    text = drawn(_tally(("2026-11-20", "#a", "ann"), ("2026-11-20", "#a", "bob")), Look(40, "ascii"))
    text.encode("ascii")
    assert _section(text, "by person")[0] == f"  ann  {'#' * 31} 1"


def test_less_active_people_are_counted_together() -> None:
    said = [("2026-11-20", "#a", f"u{n}") for n in range(30) for _ in range(40 - n)]
    rows = _section(drawn(_tally(*said), Look(80, "utf-8")), "by person")
    assert len(rows) == 15
    assert rows[-1].split()[:2] == ["16", "others"]
    assert sum(int(row.split()[-1]) for row in rows) == len(said)


@pytest.mark.parametrize(
    ("days", "heading", "count"),
    [(31, "by day", 31), (32, "by month", 2), (1090, "by month", 36), (1200, "by year", 4)],
)
def test_long_periods_are_grouped(days: int, heading: str, count: int) -> None:
    first = date(2026, 11, 1)
    said = [(str(first + timedelta(days=n)), "#a", "ann") for n in (0, days - 1)]
    if heading == "by year":
        said.append(("2028-01-01", "#a", "ann"))
        said.append(("2027-01-01", "#a", "ann"))
    assert len(_section(drawn(_tally(*said), Look(80, "utf-8")), heading)) == count


def test_a_single_message() -> None:
    text = drawn(_tally(("2026-11-20", "#a", "\x1bann")), Look(80, "utf-8", Theme()))
    assert text.startswith("1 message by 1 person on 2026-11-20\n")
    assert r"\x1bann" in text
    assert "\x1b[38;5;" in text


def test_no_messages() -> None:
    assert drawn(_tally(), Look(80, "utf-8")) == "nothing was said\n"


def test_a_tiny_bar_is_visible() -> None:
    assert (bar(0.001, 10, "utf-8"), bar(0.0, 10, "utf-8"), bar(1.0, 3, "utf-8")) == ("▏", "", "███")
    assert (bar(0.001, 10, "latin-1"), bar(0.5, 10, "ascii")) == ("#", "#####")
