"""Items shown one after another on a terminal."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta, timezone

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from chatcore.prompting.background import QUESTION
from chatcore.prompting.own_terminal import OwnTerminal
from chatcore.prompting.theme import Background, Depth
from chatcore.terminal.screen.appearance import Appearance
from chatcore.terminal.session.effects import Answer, Said, Told, Turned

_ZONE = timezone(timedelta(hours=1))
_EVENING = datetime(2026, 11, 26, 23, 58, tzinfo=_ZONE)
_DAY = timedelta(days=1)


def _appearance(theme: str = "dark", **environment: str) -> Appearance:
    return Appearance(theme, {"TERM": "xterm-256color", **environment})


def test_a_new_day_is_shown_once_before_its_first_line() -> None:
    seen = _appearance(NO_COLOR="1")
    assert seen.render(Told("a"), 80, _EVENING) == "23:58 * a\n"
    midnight = _EVENING + timedelta(minutes=2)
    assert seen.render(Answer("b"), 80, midnight) == "  b\n"
    assert seen.render(Told("c"), 80, midnight) == "── Friday, 27 November 2026 ──\n00:00 * c\n"
    assert seen.render(Told("d"), 80, midnight) == "00:00 * d\n"
    assert seen.render(Told("e", _EVENING), 80, midnight) == "── Thursday, 26 November 2026 ──\n23:58 * e\n"
    found = Said("bob", "f", "#dev", time=_EVENING, is_history=True, found=())
    assert seen.render(found, 80, midnight) == "2026-11-26 23:58 <bob> f\n"
    assert seen.render(Told("g"), 80, midnight) == "── Friday, 27 November 2026 ──\n00:00 * g\n"


def test_a_view_begins_with_a_ruled_line() -> None:
    lines = (Told("a", _EVENING - _DAY), Told("when?"), Said("bob", "b", "#dev", time=_EVENING, is_here=False))
    assert _appearance(NO_COLOR="1").render(Turned("#dev", lines, new=1), 40, _EVENING).split("\n") == [
        "── #dev ──",
        "── Wednesday, 25 November 2026 ──",
        "23:58 * a",
        "      * when?",
        "\x1b[1m── new ──\x1b[0m",
        "── Thursday, 26 November 2026 ──",
        "23:58 <bob> b",
        "",
    ]


def test_the_day_of_the_first_line_is_shown_unless_it_is_today() -> None:
    assert _appearance().render(Told("a", _EVENING - _DAY), 80, _EVENING).startswith("\x1b[38;5;247m── Wednesday")


def test_the_time_defaults_to_now() -> None:
    assert _appearance().render(Told("a"), 80)


@pytest.mark.parametrize(("theme", "background"), [("dark", Background.DARK), ("light", Background.LIGHT)])
def test_a_chosen_theme_beats_the_hint(theme: str, background: Background) -> None:
    assert _appearance(theme, COLORFGBG="1;1").theme.background is background


def test_a_hint_in_the_environment_sets_the_theme() -> None:
    assert _appearance("auto", COLORFGBG="0;15").theme.background is Background.LIGHT
    assert _appearance("auto").theme.background is Background.UNKNOWN


def test_no_color_turns_colours_off() -> None:
    seen = _appearance("auto", NO_COLOR="1", COLORFGBG="0;15")
    assert seen.theme.depth is Depth.NONE
    assert not re.search(r"\x1b\[[0-9;]*[349]", seen.render(Said("bob", "hi", "#dev"), 80))


@pytest.mark.parametrize(("theme", "asked"), [("dark", ""), ("auto", QUESTION)])
def test_the_terminal_is_asked_unless_a_theme_is_chosen(theme: str, asked: str) -> None:
    text, seen = io.StringIO(), _appearance(theme)
    output = Vt100_Output(text, lambda: Size(24, 80), enable_cpr=False)
    with create_pipe_input() as keys, create_app_session(input=keys, output=output):
        keys.send_text("\x1b]11;rgb:ffff/ffff/ffff\x07\x1b[?62c")
        seen.begin(OwnTerminal())
        seen.end()
    assert text.getvalue() == asked
    assert seen.theme.background is (Background.LIGHT if asked else Background.DARK)
