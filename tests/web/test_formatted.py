"""How the page reads what people write: formatting codes, code, bold and italic words, links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.browser import Page
from tests.support.contrast import contrast, from_hex
from tests.web.scripted_session import call, session

_STYLE = (Path(__file__).parents[2] / "chatcore/web/style.css").read_text(encoding="utf-8")

# Blocks are written as [[code]], other pieces as <styles|text>; a link with what it leads to behind an arrow.
_SHOWN = """m.parseFormatted(x).map((block) => 'code' in block ? `[[${block.code}]]` : block.pieces.map(
    ({ text, styles, isCode, link }) => {
        const about = [...styles, ...(isCode ? ['code'] : [])].join(' ');
        const target = link ? `->${link.href ?? link.room ?? link.nick}` : '';
        return about || target ? `<${about}${target}|${text}>` : text;
    }).join('')).join('/')"""


def _shown(page: Page, raw: str) -> str:
    return str(call(page, "protocol/formatted", _SHOWN, raw))


def _plain(page: Page, raw: str) -> bool:
    return _shown(page, raw) == raw


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x02bold\x02 \x1dit\x1d \x1fun\x1f \x1estr\x1e \x11mo\x11 \x16rev\x16.",
         "<bold|bold> <italic|it> <underline|un> <strike|str> <mono|mo> <reverse|rev>."),
        ("\x02both \x1dof\x0f none", "<bold|both ><bold italic|of> none"),
        ("\x034red\x03 \x0304red\x03 \x03044", "<ink-4|red> <ink-4|red> <ink-4|4>"),
        ("\x0304,12on blue\x03 \x038,x", "<ground-12|on blue> <ink-8|,x>"),
        ("\x0301,01who did it\x03?", "<spoiler|who did it>?"),
        ("\x0399none \x0352green \x0388dark \x0398light", "none <ink-4|green ><ink-1|dark ><ink-0|light>"),
        ("\x04ff8800orange\x04 \x04808080grey", "<ink-7|orange> <ink-15|grey>"),
        ("\x0304red\nplain", "<ink-4|red\n>plain"),
        ("\x0304a *b* c", "<ink-4|a ><ink-4 bold|b><ink-4| c>"),
        ("https://a.example/\x02x\x02y", "<->https://a.example/xy|https://a.example/xy>"),
        ("bell\x07 and\x1b[31m tab\there", "bell and[31m tab\there"),
    ],
)  # fmt: skip
def test_formatting_codes(page: Page, raw: str, shown: str) -> None:
    assert _shown(page, raw) == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a *bold* **word**, ***both*** _it_ ~~no~~!",
         "a <bold|bold> <bold|word>, <bold italic|both> <italic|it> <strike|no>!"),
        ("*of _two_ kinds*", "<bold|of ><bold italic|two><bold| kinds>"),
        ("*crossed _over* again_", "<bold|crossed _over> again_"),
        ("**outer *inner* outer**", "<bold|outer ><bold|inner><bold| outer>"),
        ("(*x*) *\u201cx\u201d* *\U0001f44d*", "(<bold|x>) <bold|\u201cx\u201d> <bold|\U0001f44d>"),
        ("`a*b*c` and ``x ` y``", "<code|a*b*c> and <code|x ` y>"),
        ("`` `x` ``", "<code|`x`>"),
    ],
)  # fmt: skip
def test_words_between_marks(page: Page, raw: str, shown: str) -> None:
    assert _shown(page, raw) == shown


@pytest.mark.parametrize(
    "text",
    [
        "snake_case_name 2*3*4 /usr/_x_/y *.py and *.js src/**/*.py __init__",
        "*.* */* *_* -_- (*^_^*) 5 * 6 * 7 * item",
        "*not\nover lines* `nor\ncode`",
        "don`t and can`t",
        "f(*args, **kwargs) char *a, *b;",
        "``` ```",
        "javascript:alert(1) data:text/html,x file:///etc ftp://a",
        "https:// http:// www. www.x x.www.example.org",
        "C#x x#y #1 #22 #!/bin/sh # no",
        "ann@example.org @1 a@b",
    ],
)
def test_literal_marks_stay(page: Page, text: str) -> None:
    assert _plain(page, text)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("```js\nlet x;\n\n  y\n```\nso *there*", "[[let x;\n\n  y]]/so <bold|there>"),
        ("look:\n```\na\n```\n```\nb\n```", "look:/[[a]]/[[b]]"),
        ("```one line```", "[[one line]]"),
        ("```first\nlast```", "[[last]]"),
        ("```first line\nlast```", "[[first line\nlast]]"),
        ("```\nnot closed\n[...]", "[[not closed\n[...]]]"),
        ("```\n`a` *b* https://a.example\n```", "[[`a` *b* https://a.example]]"),
    ],
)
def test_blocks_of_code(page: Page, raw: str, shown: str) -> None:
    assert _shown(page, raw) == shown


@pytest.mark.parametrize(
    ("text", "links"),
    [
        (
            "see https://a.example/b?c=d#e, or (http://b.example/(x)).",
            ["https://a.example/b?c=d#e", "http://b.example/(x)"],
        ),
        ('https://a.example/"onclick="x', ["https://a.example/"]),
        ("*https://a.example/x_y_z* _https://b.example/_", ["https://a.example/x_y_z", "https://b.example/"]),
        ("https://a.example/[x]] {http://b.example/{}}}", ["https://a.example/[x]", "http://b.example/{}"]),
        ("https://a.example/\u202egpj.exe", ["https://a.example/"]),
        ("www.example.org, (www.example.com/a).", ["www.example.org", "www.example.com/a"]),
        ("#dev, (#c++) ##foo's #\u00fcber https://a.example/#frag", ["#dev", "#c++", "##foo", "#\u00fcber",
                                                                   "https://a.example/#frag"]),
        ("@bob: hi, [@ann] (@x_y).", ["@bob", "@ann", "@x_y"]),
    ],
)  # fmt: skip
def test_links_end_before_the_sentence(page: Page, text: str, links: list[str]) -> None:
    blocks = call(page, "protocol/formatted", "m.parseFormatted(x)", text)
    assert [piece["text"] for block in blocks for piece in block["pieces"] if "link" in piece] == links


def test_links_without_a_scheme_are_https(page: Page) -> None:
    assert _shown(page, "www.example.org") == "<->https://www.example.org/|www.example.org>"


def test_the_shown_text_contains_all_searchable_text(page: Page) -> None:
    """The pieces of a text without marks are that text without its formatting codes."""
    raws = ["\x02a\x0304,1b\x0fc\x04ff0000d", "\x03", "\x031234", "\x0312,", "\x16\x1d\x1f\x1e\x11", "a\x00b\x7f\x9fc"]
    joined = "x.map((raw) => m.parseFormatted(raw)[0].pieces.map(({text}) => text).join(''))"
    assert call(page, "protocol/formatted", joined, raws) == call(
        page, "protocol/irc", "x.map(m.withoutFormatting)", raws
    )


@pytest.mark.parametrize(
    "part",
    ["*a* ", "*a ", "`a` ", "`a ``b ", "``` a ", "\x0304a\x03", "#a ", "@a ", "https://a ", "_*~~**a ", "||\x0304,04a"],
)
def test_a_message_has_a_bounded_number_of_pieces(page: Page, part: str) -> None:
    count = "m.parseFormatted(x).reduce((sum, {pieces = ['']}) => sum + pieces.length, 0)"
    assert call(page, "protocol/formatted", count, part * (65536 // len(part))) <= 1003


def test_an_entry_keeps_text_and_formatting(page: Page) -> None:
    lines = [":bob!b@h PRIVMSG #lobby :\x02hi\x02 ann", ":bob!b@h PRIVMSG #lobby :plain"]
    entries = "s.find('#lobby').present.entries.map(({text, formatted, isMention}) => [text, formatted, isMention])"
    assert session(page, lines, f"return {entries}") == [
        ["hi ann", "\x02hi\x02 ann", True],
        ["plain", None, False],
    ]


def test_all_colours_are_legible(page: Page) -> None:
    """At least 4.5, as https://www.w3.org/TR/WCAG22/#contrast-minimum has it for text."""
    for number in range(16):
        ground = re.search(rf"\.ground-{number} {{ background: (#\w+); color: (#\w+); }}", _STYLE)
        assert ground
        assert contrast(from_hex(ground[1]), from_hex(ground[2])) >= 4.5
