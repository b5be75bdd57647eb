"""bench.ways_in: the time that a person takes, and the table of all times."""

from __future__ import annotations

import pytest

from bench.person import COMPARE_S, KEY_S, PASTE_S, READ_S, TAP_S, Person
from bench.ways_in import Arrival, report


def test_a_person_takes_time_before_each_action() -> None:
    happened: list[object] = []
    person = Person(happened.append)
    person.read()
    person.type("a\r", happened.append)
    person.paste("invitation", "inv-1", happened.append)
    person.tap("Join", lambda: happened.append("joined"))
    assert happened == [READ_S, KEY_S, "a", KEY_S, "\r", PASTE_S, "inv-1", TAP_S, "joined"]
    assert person.taken_s == pytest.approx(READ_S + 2 * KEY_S + PASTE_S + TAP_S)
    assert person.steps == ["type a", "paste the invitation", "tap Join"]


def test_time_for_comparing_is_counted_separately() -> None:
    paused: list[float] = []
    person = Person(paused.append)
    person.compare()
    assert (person.taken_s, person.compared_s, paused) == (0, COMPARE_S, [COMPARE_S])


def test_the_table_has_medians_and_the_longest_time() -> None:
    runs = [Arrival(["paste the command", "Enter"], 6, 0, all_s) for all_s in (9, 7, 8)]
    lines = list(report({"curl": runs, "ssh": [Arrival(["type yes"], 7, 5, 8)]}))
    rows = {line.split()[0]: line.split()[1:] for line in lines if " s " in line and line.startswith(("curl ", "ssh "))}
    assert rows["curl"] == ["2", "6.0", "s", "2.0", "s", "8.0", "s", "9.0", "s", "-"]
    assert rows["ssh"] == ["1", "7.0", "s", "1.0", "s", "8.0", "s", "8.0", "s", "5", "more"]
    assert lines[-2:] == ["curl: paste the command, Enter", "ssh: type yes"]
