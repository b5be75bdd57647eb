"""What the user sees, and what a script can rely on."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.prompting.theme import Background, Theme
from chatcore.terminal.screen.layout import Fragment, Look, as_ansi, as_text
from chatcore.terminal.screen.render import (
    Shown,
    day_of,
    harmless,
    render_day,
    render_for_terminal,
    render_plain,
)
from chatcore.terminal.session.effects import Answer, Caution, Manner, Problem, Quoted, Rule, Said, Told

_NOW = datetime(2026, 3, 4, 15, 6, tzinfo=timezone(timedelta(hours=2)))
_EARLIER = datetime(2026, 3, 4, 7, 8, 9, 10_000, tzinfo=UTC)


def _look(width: int = 200) -> Look:
    return Look(_NOW, _NOW.date(), Theme(Background.DARK), width)


@pytest.mark.parametrize(
    ("item", "on_terminal", "in_pipe"),
    [
        (Said("bob", "hi", "#lobby"), "15:06 <bob> hi", "[#lobby] <bob> hi"),
        (Said("bob", "hi", "#lobby", time=_EARLIER), "09:08 <bob> hi", "[#lobby] <bob> hi"),
        (Said("bob", "hi", "#dev", is_here=False), "15:06 [#dev] <bob> hi", "[#dev] <bob> hi"),
        (Said("bob", "hi", "#dev", manner=Manner.ACTION), "15:06 * bob hi", "[#dev] * bob hi"),
        (Said("bob", "hi", "#dev", manner=Manner.NOTICE), "15:06 -bob- hi", "[#dev] -bob- hi"),
        (Said("bob", "hi", "#dev", rank="@"), "15:06 [@#dev] <bob> hi", "[@#dev] <bob> hi"),
        (
            Said("ann", "yes", "#dev", answers=Quoted("1", "bob", "lunch\x07?")),
            "      ↪ bob: lunch\\x07?\n15:06 <ann> yes",
            "* ann replies in #dev to bob: lunch\\x07?\n[#dev] <ann> yes",
        ),
        (
            Said("ann", "yes", answers=Quoted("1")),
            "      ↪ an earlier message\n15:06 <ann> yes",
            "* ann replies in private to an earlier message\n[private] <ann> yes",
        ),
        (Told("ann reacted x", where="in #dev"), "15:06 * ann reacted x", "* ann reacted x in #dev"),
        (Said("bob", "hi"), "15:06 <bob> hi", "[private] <bob> hi"),
        (Said("bob", "hi", is_here=False), "15:06 [private] <bob> hi", "[private] <bob> hi"),
        (Said("ann", "hi", to="bob", is_here=False), "15:06 [private to bob] <ann> hi", "[private to bob] <ann> hi"),
        (
            Said("bob", "hi", "#dev", time=_EARLIER, is_history=True),
            "09:08 <bob> hi",
            "[history #dev 2026-03-04T07:08:09.010Z] <bob> hi",
        ),
        (
            Said("bob", "hi", "#dev", time=_EARLIER - timedelta(days=400), is_history=True),
            "2025-01-28 09:08 <bob> hi",
            "[history #dev 2025-01-28T07:08:09.010Z] <bob> hi",
        ),
        (Said("bob", "hi", "#dev", is_history=True), "15:06 <bob> hi", "[history #dev -] <bob> hi"),
        (
            Said("bob", "hi", "#dev", time=_EARLIER, is_here=False, is_history=True, found=("hi",)),
            "09:08 [#dev] <bob> hi",
            "[found #dev 2026-03-04T07:08:09.010Z] <bob> hi",
        ),
        (
            Said("ann", "hi", to="bob", time=_EARLIER, is_here=False, is_history=True, found=()),
            "09:08 [private to bob] <ann> hi",
            "[found private to bob 2026-03-04T07:08:09.010Z] <ann> hi",
        ),
        (
            Said("bób", "one\n\n  \x1b[2J\x1b[H", "#dev"),
            "15:06 <bób> one\n            \n              \\x1b[2J\\x1b[H",
            "[#dev] <bób> one\n[#dev] <bób> \n[#dev] <bób>   \\x1b[2J\\x1b[H",
        ),
        (
            Said("愛", "one\n\ttwo", "#dev", is_here=False),
            "15:06 [#dev] <愛> one\n                      two",
            "[#dev] <愛> one\n[#dev] <愛> \\ttwo",
        ),
        (Rule("new"), "── new ──", ""),
        (Told("bob joined #dev"), "15:06 * bob joined #dev", "* bob joined #dev"),
        (Answer("there are no rooms"), "  there are no rooms", "* there are no rooms"),
        (Problem("no such room"), "! no such room", "error: no such room"),
        (Caution("nothing is proven"), "! nothing is proven", "warning: nothing is proven"),
    ],
)
def test_items_have_a_terminal_and_a_plain_form(item: Shown, on_terminal: str, in_pipe: str) -> None:
    assert as_text(render_for_terminal(item, _look())) == on_terminal
    assert render_plain(item) == in_pipe


@pytest.mark.parametrize(
    ("received", "seen"),
    [
        ("plain", "plain"),
        (
            "\x02bold\x02 \x1ditalic\x1d \x1funder\x1f \x16rev\x16 \x11mono\x11 \x1estrike\x0f",
            "bold italic under rev mono strike",
        ),
        ("\x034red\x03 \x0304,12both\x03 \x03", "red both "),
        ("\x031234", "34"),
        ("\x04ff0000red\x04", "red"),
        ("\x1b[2J", r"\x1b[2J"),
        ("a\rb\nc", r"a\rb\nc"),
        ("\u202egnp", r"\u202egnp"),
        ("\x9b1m", r"\x9b1m"),
        ("caf\u00e9 \N{GRINNING FACE}", "caf\u00e9 \N{GRINNING FACE}"),
    ],
)
def test_received_text_is_made_harmless(received: str, seen: str) -> None:
    assert harmless(received) == seen


_ANY = st.text(st.characters())


@given(nick=_ANY, text=_ANY, room=st.none() | _ANY, to=st.none() | _ANY, history=st.booleans())
def test_no_text_reaches_the_terminal_raw(
    nick: str, text: str, room: str | None, to: str | None, history: bool
) -> None:
    said = Said(nick, text, room, to, is_here=False, is_history=history, time=_EARLIER)
    for item in (said, Told(text), Answer(text), Problem(text), Caution(text)):
        on_terminal, in_pipe = as_text(render_for_terminal(item, _look(1000))), render_plain(item)
        breaks = text.count("\n") if isinstance(item, Said) else 0
        assert all(line.startswith(" ") for line in on_terminal.split("\n")[1:])
        assert [whole.count("\n") for whole in (on_terminal, in_pipe)] == [breaks, breaks]
        for line in f"{on_terminal}\n{in_pipe}".split("\n"):
            assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in line)
            line.encode()


@pytest.mark.parametrize(
    ("words", "bold"),
    [
        (("tea",), ["Tea", "TEA"]),
        (("tea*",), ["Tea", "teapot"[:3], "TEA"]),
        (("cake", "a.b"), ["cake", "a.b"]),
        (('"and', 'cake"', '"'), ["and", "cake"]),
        (("茶",), ["茶"]),
        (("น้ำ",), ["น้ำ"]),
        (("\N{TEACUP WITHOUT HANDLE}",), ["\N{TEACUP WITHOUT HANDLE}"]),
        (("*",), []),
        ((), []),
        (None, []),
    ],
)
def test_search_words_are_highlighted(words: tuple[str, ...] | None, bold: list[str]) -> None:
    """Whole words, beginnings, or any part in scripts without spaces; a search word is never a regular expression."""
    text = "Tea and cake, no steam; teapot, axb a.b: 紅茶杯 ดื่มน้ำชา x\N{TEACUP WITHOUT HANDLE} TEA"
    fragments = render_for_terminal(Said("bob", text, "#dev", is_history=True, found=words), _look())
    assert as_text(fragments).endswith(f"<bob> {text}")
    assert [part.text for part in fragments[3:] if part.sgr == "1"] == bold


def test_fragments_become_ansi_sequences() -> None:
    assert as_ansi(render_for_terminal(Said("alice", "hi", "#lobby", twin=1), _look())) == (
        "\x1b[38;5;247m15:06 \x1b[0m\x1b[1;38;5;218m<alice>\x1b[0m hi"
    )
    assert as_ansi(render_for_terminal(Problem("no"), _look())) == "\x1b[38;5;210m! no\x1b[0m"


@pytest.mark.parametrize(
    ("item", "seen"),
    [
        (
            Said("bob", "a line that goes on below its beginning", "#dev"),
            "15:06 <bob> a line that goes\n            on below its\n            beginning",
        ),
        (
            Said("alexander-the-great", "what he says", "#dev"),
            "15:06 <alexander-the-great>\n  what he says",
        ),
        (
            Said("ann", "yes", "#dev", answers=Quoted("1", "bob", "shall we have lunch now?")),
            "      ↪ bob: shall we have l…\n15:06 <ann> yes",
        ),
        (Told("bob joined #dev from far away"), "15:06 * bob joined #dev from\n        far away"),
        (Answer("there are no rooms of this name"), "  there are no rooms of this\n  name"),
        (Problem("there are no rooms of this name"), "! there are no rooms of this\n  name"),
        (Rule("new, and 100 more before that"), "── new, and 100 more before t"),
    ],
)
def test_wrapped_text_is_indented(item: Shown, seen: str) -> None:
    lines = as_text(render_for_terminal(item, _look(29))).split("\n")
    assert "\n".join(line.rstrip() for line in lines) == seen


def test_search_words_are_highlighted_in_wrapped_lines() -> None:
    said = Said("bob", "no tea, more tea and tea", "#dev", is_history=True, found=("tea",))
    assert render_for_terminal(said, _look(26))[4:] == [
        Fragment("38;5;247", "no "),
        Fragment("1", "tea"),
        Fragment("38;5;247", ", more\n            "),
        Fragment("1", "tea"),
        Fragment("38;5;247", " and "),
        Fragment("1", "tea"),
    ]


@pytest.mark.parametrize(
    ("width", "seen"),
    [
        (31, "── Friday, 27 November 2026 ──"),
        (30, "── Friday, 27 November 2026 ──"),
        (29, "── Fri, 27 Nov 2026 ──"),
        (20, "── 2026-11-27 ──"),
        (8, "── 2026-"),
    ],
)
def test_the_line_for_a_new_day_fits_the_width(width: int, seen: str) -> None:
    assert render_day(date(2026, 11, 27), _look(width)) == [Fragment("38;5;247", seen)]


def test_the_line_before_new_messages_stands_out() -> None:
    plain, new = (render_for_terminal(Rule("new", is_new=is_new), _look()) for is_new in (False, True))
    assert as_text(plain) == as_text(new)
    assert [plain[0].sgr, new[0].sgr] == ["38;5;247", "1;38;5;220"]


def test_each_item_has_its_day() -> None:
    yesterday = _EARLIER - timedelta(days=1)
    assert day_of(Said("bob", "hi", "#dev", time=yesterday), _NOW) == date(2026, 3, 3)
    assert day_of(Said("bob", "hi", "#dev", time=datetime(2026, 3, 3, 23, tzinfo=UTC)), _NOW) == date(2026, 3, 4)
    assert day_of(Told("bob left"), _NOW) == date(2026, 3, 4)
    found = Said("bob", "hi", "#dev", time=yesterday, is_history=True, found=("hi",))
    for item in (Answer("a"), Problem("b"), Rule("new"), found):
        assert day_of(item, _NOW) is None


def test_lines_of_the_shown_day_have_no_date() -> None:
    look = _look()._replace(day=date(2025, 1, 28))
    assert as_text(render_for_terminal(Told("x", _EARLIER - timedelta(days=400)), look)) == "09:08 * x"
    found = Said("bob", "x", "#dev", time=_EARLIER - timedelta(days=400), is_history=True, found=())
    assert as_text(render_for_terminal(found, look)) == "2025-01-28 09:08 <bob> x"
