"""The status line below the input, and the user's lines on their way."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from chatcore.prompting.theme import Theme
from chatcore.terminal.screen.bar import MOST_UNSAID, bar, passing
from chatcore.terminal.screen.layout import as_text, cut
from chatcore.terminal.session.effects import Said
from chatcore.terminal.session.status import Status, Tab

_TABS = (
    Tab(1, "#lobby", is_current=True),
    Tab(2, "#gardeners-of-the-world", 3),
    Tab(3, "#quiet"),
    Tab(4, "bob", 2, 2),
)


def _text(status: Status, columns: int, news: str = "") -> str:
    return "".join(text for _, text in bar(status, columns, news))


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (80, " ann [1:#lobby 12] 2:#gardeners-of-the-world 3 3:#quiet 4:bob 2! "),
        (60, " ann [1:#lobby 12] 2:#gardeners-of-the-world 3 4:bob 2! "),
        (48, " ann [1:#lobby 12] 2:#garden… 3 4:bob 2! "),
        (36, " ann [1:#lobby 12] +5! in 2"),
        (26, " ann [1:#lob… 12] +5! in 2"),
        (20, " ann [1:#lobby] +5!"),
        (12, " ann +5!"),
    ],
)
def test_as_many_views_are_shown_as_fit(columns: int, line: str) -> None:
    assert _text(Status("ann", _TABS, 12), columns) == line


def test_news_replace_the_views() -> None:
    assert _text(Status("ann", _TABS, 12), 30, "2 lines: Enter sends all") == " ann 2 lines: Enter sends all"
    assert _text(Status("ann", _TABS, 12, "connection lost; connecting..."), 20) == " ann connection los…"
    assert _text(Status("ann"), 80) == " ann not in a room"


def test_a_remark_follows_the_views_if_there_is_space() -> None:
    status = Status("ann", _TABS[:1], 2, remark="bob is typing")
    assert _text(status, 80) == " ann [1:#lobby 2]   bob is typing"
    assert _text(status, 28) == " ann [1:#lobby 2]   bob is …"
    assert "\x1b" not in _text(status._replace(remark="\x1b[2J is typing"), 80)


@given(st.lists(st.tuples(st.text(max_size=20), st.integers(0, 999)), min_size=1, max_size=12), st.integers(30, 120))
def test_the_bar_fits_one_row(views: list[tuple[str, int]], columns: int) -> None:
    tabs = tuple(Tab(n, name, unread, n % 2, n == 1) for n, (name, unread) in enumerate(views, 1))
    line = _text(Status("ann", tabs, 3), columns)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", line)
    assert 0 <= wcswidth(line) <= columns


@pytest.mark.parametrize(("text", "columns", "cut_off"), [("漢字漢字", 5, "漢字…"), ("abc", 3, "abc"), ("abc", 0, "")])
def test_text_is_cut_by_columns(text: str, columns: int, cut_off: str) -> None:
    assert cut(text, columns) == cut_off


def test_own_lines_on_their_way_are_shown() -> None:
    said = tuple(Said("ann", text) for text in ("one", "two\nthree", "\x1b[2J", "漢" * 30))
    assert as_text(passing(Status("ann", unsaid=said), 20, Theme())).split("\n") == [
        "  one",
        "  two",
        "  three",
        r"  \x1b[2J",
        "  " + "漢" * 8 + "…",
        "",
    ]


def test_only_the_last_of_many_own_lines_are_shown() -> None:
    said = tuple(Said("ann", str(number)) for number in range(20))
    lines = as_text(passing(Status("ann", unsaid=said), 80, Theme())).split("\n")
    assert lines[0] == f"  … {20 - MOST_UNSAID} more lines"
    assert lines[-2] == "  19"


def test_waiting_lines_come_below_those_on_their_way() -> None:
    waiting = (Said("ann", "one"), Said("ann", "two\nlines"))
    status = Status("ann", unsaid=(Said("ann", "on its way"),), waiting=waiting)
    assert as_text(passing(status, 40, Theme())).splitlines() == [
        "  on its way",
        "  (waiting) one",
        "  (waiting) two",
        "  (waiting) lines",
    ]


_HOSTILE = "\x01\x1b[2J\x02\u202eeve"


@pytest.mark.parametrize(
    "status",
    [
        Status(_HOSTILE, _TABS),
        Status("ann", _TABS, absence=_HOSTILE),
        Status("ann", _TABS, remark=_HOSTILE),
        Status("ann", _TABS, crowd=_HOSTILE),
        Status("ann", (Tab(1, _HOSTILE, is_current=True),)),
    ],
)
def test_names_are_escaped_for_the_terminal(status: Status) -> None:
    shown = _text(status, 200) + as_text(passing(status, 200, Theme()))
    assert r"\x01\x1b[2J\u202eeve" in shown, "control characters are shown escaped"
    assert "\x1b" not in shown
