"""What a person sees, and what a script can rely on."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.terminal.screen.render import (
    Shown,
    as_ansi,
    as_text,
    harmless,
    render_for_terminal,
    render_plain,
)
from chatcore.terminal.session.effects import Answer, Caution, Manner, Problem, Quoted, Said, Told

_NOW = datetime(2026, 3, 4, 15, 6, tzinfo=timezone(timedelta(hours=2)))
_EARLIER = datetime(2026, 3, 4, 7, 8, 9, 10_000, tzinfo=UTC)


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
        (Told("bob joined #dev"), "15:06 * bob joined #dev", "* bob joined #dev"),
        (Answer("there are no rooms"), "  there are no rooms", "* there are no rooms"),
        (Problem("no such room"), "! no such room", "error: no such room"),
        (Caution("nothing is proven"), "! nothing is proven", "warning: nothing is proven"),
    ],
)
def test_forms(item: Shown, on_terminal: str, in_pipe: str) -> None:
    assert as_text(render_for_terminal(item, _NOW)) == on_terminal
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
def test_text_is_made_harmless(received: str, seen: str) -> None:
    assert harmless(received) == seen


_ANY = st.text(st.characters())


@given(nick=_ANY, text=_ANY, room=st.none() | _ANY, to=st.none() | _ANY, history=st.booleans())
def test_nothing_that_is_said_reaches_the_terminal_raw(
    nick: str, text: str, room: str | None, to: str | None, history: bool
) -> None:
    said = Said(nick, text, room, to, is_here=False, is_history=history, time=_EARLIER)
    for item in (said, Told(text), Answer(text), Problem(text), Caution(text)):
        on_terminal, in_pipe = as_text(render_for_terminal(item, _NOW)), render_plain(item)
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
def test_what_was_searched_for_is_set_off(words: tuple[str, ...] | None, bold: list[str]) -> None:
    """Whole words, beginnings, or any part of what is written without spaces; no text is an expression."""
    text = "Tea and cake, no steam; teapot, axb a.b: 紅茶杯 ดื่มน้ำชา x\N{TEACUP WITHOUT HANDLE} TEA"
    fragments = render_for_terminal(Said("bob", text, "#dev", is_history=True, found=words), _NOW)
    assert as_text(fragments).endswith(f"<bob> {text}")
    assert [part.text for part in fragments[3:] if part.sgr == "1"] == bold


def test_ansi() -> None:
    assert as_ansi(render_for_terminal(Said("alice", "hi", "#lobby"), _NOW)) == (
        "\x1b[90m15:06 \x1b[0m\x1b[38;5;172m<alice>\x1b[0m hi"
    )
    assert as_ansi(render_for_terminal(Problem("no"), _NOW)) == "\x1b[31m! no\x1b[0m"
