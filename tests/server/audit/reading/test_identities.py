"""A person is a visit: under all its names, and no longer than it lasted."""

from __future__ import annotations

import pytest

from chatcore.server.audit.reading.identities import Visits
from chatcore.server.audit.reading.lines import parse_line
from tests.server.audit.reading.log_text import block


def _lines_about(name: str, *lines: str) -> list[int]:
    """Return the numbers of the lines about somebody, read as the command reads them."""
    data = block(*lines)
    before = Visits(frozenset({name}))
    before.foresee(data)
    visits = Visits(frozenset({name}), before.meant)
    return [n for n, raw in enumerate(data.splitlines()) if visits.note(parse_line(raw))]


_DAY = [
    "start :127.0.0.1:8000",  # 0
    "connect bob 192.0.2.2:5 :B",
    "connect ann 192.0.2.1:5 staff :A",
    "message #a ann :hi",
    "message #a bob :hi ann",
    "nick ann eve",  # 5
    "message #a eve :hi",
    "private-message bob eve :psst",
    "connect ann 192.0.2.3:7 :another",
    "kick #a bob eve :rude",
    "quit eve 192.0.2.1:5 :bye",  # 10
    "connect eve 192.0.2.9:5 :a third one",
    "message #a eve :hello",
    "refused * 192.0.2.1:6 :wrong password",
    "shut-out 192.0.2.1 :guesses",
    "private-message bob staff :for later",  # 15
    "lost ann 192.0.2.3:7 :gone",
    "account eve staff",
    "realname eve :E",
    "account eve *",
    "away eve",  # 20
    "away bob",
]


_SEVERAL_TRACKERS = [
    "connect ann 192.0.2.1:5 :A",  # 0
    "connect bob 192.0.2.2:5 :B",
    "nick ann eve",
    "start joined :127.0.0.1:8000",
    "message #a eve :still here",
    "lost eve 192.0.2.1:5 :lost with the tracker",  # 5
    "nick bob eve",
    "gap 5 9",
    "message #a eve :somebody else, perhaps",
    "start :127.0.0.1:8000",
    "message #a eve :certainly",  # 10
]


@pytest.mark.parametrize(("name", "numbers"), [("ann", [0, 2, 4, 5]), ("bob", [1, 6])])
def test_a_joining_tracker_ends_no_visit_but_a_gap_ends_all(name: str, numbers: list[int]) -> None:
    assert _lines_about(name, *_SEVERAL_TRACKERS) == numbers


def test_a_visit_begun_in_a_gap_is_found_under_later_names() -> None:
    lines = ["start :127.0.0.1:8000", "gap 5 9", "message #a ann :hi", "nick ann eve", "message #a eve :hi"]
    assert _lines_about("eve", *lines) == [2, 3, 4]


_RESUMED = [
    "connect ann 192.0.2.1:5 :A",  # 0
    "connect bob 192.0.2.2:5 :B",
    "nick ann anna",
    "lost anna 192.0.2.1:5 :gone",
    "connect anna 192.0.2.3:7 :another",
    "resume anna 192.0.2.1:6 anne",  # 5
    "connect anne 192.0.2.1:6 :A",
    "message #a anne :hi",
    "message #a anna :hi",
    "start :127.0.0.1:8000",
    "resume anne 192.0.2.1:7 anne",  # 10
    "connect anne 192.0.2.1:7 :A",
    "message #a anne :hi again",
    "resume zoe 192.0.2.4:7 zoe",
    "connect zoe 192.0.2.4:7 :Z",
    "resume zoe 192.0.2.4:8",  # 15
]


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("ann", [0, 2, 3, 5, 6, 7, 10, 11, 12]),
        ("anne", [0, 2, 3, 5, 6, 7, 10, 11, 12]),
        ("192.0.2.3", [4, 8]),
        ("zoe", [13, 14, 15]),
    ],
)
def test_a_resumed_visit_is_the_same_person_even_after_a_restart(name: str, numbers: list[int]) -> None:
    assert _lines_about(name, *_RESUMED) == numbers


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("ann", [2, 3, 5, 6, 7, 8, 9, 10, 16]),
        ("eve", [2, 3, 5, 6, 7, 9, 10, 11, 12, 17, 18, 19, 20]),
        ("bob", [1, 4, 7, 9, 15, 21]),
        ("staff", [2, 3, 5, 6, 7, 9, 10, 11, 12, 15, 17, 18, 19, 20]),
        ("192.0.2.1:5", [2, 3, 5, 6, 7, 9, 10]),
        ("192.0.2.1", [2, 3, 5, 6, 7, 9, 10, 13, 14]),
        ("nobody", []),
    ],
)
def test_a_name_or_address_finds_the_whole_visit(name: str, numbers: list[int]) -> None:
    assert _lines_about(name, *_DAY) == numbers


def test_a_start_ends_all_visits() -> None:
    lines = ["connect ann [::1]:5 :A", "nick ann eve", "start", "away eve", "connect eve [::1]:6 :E", "away eve"]
    assert _lines_about("ann", *lines) == [0, 1]
    assert _lines_about("::1", *lines) == [0, 1, 4, 5]


def test_a_visit_older_than_the_log_is_known_by_its_first_name() -> None:
    lines = ["message #a bob :hi", "nick bob ann", "away ann", "connect bob [::1]:6 :B", "away bob", "nick ann zoe"]
    assert _lines_about("ann", *lines) == [0, 1, 2, 5]
    assert _lines_about("zoe", *lines) == [0, 1, 2, 5]
    assert _lines_about("bob", *lines) == [0, 1, 2, 3, 4, 5]


def test_a_change_of_case_is_the_same_person() -> None:
    assert _lines_about(
        "ann", "connect Ann [::1]:5 :A", "nick Ann ANN", "quit ANN [::1]:5 :x", "connect b [::1]:6 :B"
    ) == [
        0,
        1,
        2,
    ]


@pytest.mark.parametrize("line", ["connect", "nick ann", "quit", "account", "message", "kick #a", "refused"])
def test_a_truncated_line_is_about_nobody(line: str) -> None:
    assert _lines_about("bob", line, "connect bob [::1]:6 :B") == [1]


def test_a_malformed_line_is_about_nobody() -> None:
    assert not Visits(frozenset({"ann"})).note(parse_line(b"ann"))
