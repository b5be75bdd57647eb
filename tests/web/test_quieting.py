"""`/ignore` and `/mute #room` in the page: what they show, and what they change."""

from __future__ import annotations

import pytest

from tests.support.browser import Page
from tests.web.scripted_session import session

_MANY = "Array.from({ length: 200 }, (_, number) => `p${number}`)"


@pytest.mark.parametrize(
    ("lines", "told", "names", "muted"),
    [
        (["/ignore"], ["info: You ignore nobody."], [], []),
        (["/ignore eve"], ["info: You no longer hear eve; /unignore eve ends this."], ["eve"], []),
        (["/ignore eve", "/ignore Bob", "/ignore"], ["info: You ignore eve, Bob."], ["eve", "Bob"], []),
        (["/ignore Ann"], ["error: You cannot ignore yourself"], [], []),
        (["/ignore #dev"], ["error: One NAME at a time"], [], []),
        (["/ignore a b"], ["error: One NAME at a time"], [], []),
        (["/ignore eve", "/unignore EVE"], ["info: You hear EVE again."], [], []),
        (["/unignore eve"], ["error: You do not ignore eve"], [], []),
        (["/unignore a b"], ["error: One NAME at a time"], [], []),
        (
            ["/mute #dev"],
            ["info: #dev is muted: only messages meant for you count as unread; /unmute #dev ends this."],
            [],
            ["#dev"],
        ),
        (["/mute #dev", "/unmute #DEV"], ["info: #DEV is no longer muted."], [], []),
        (["/unmute #dev"], ["error: #dev is not muted"], [], []),
    ],
)
def test_commands_report_and_apply_their_changes(
    page: Page, lines: list[str], told: list[str], names: list[str], muted: list[str]
) -> None:
    script = f"""
        for (const line of {lines!r}) typed(s, line, 0);
        const told = s.current.present.entries.map(({{ kind, text }}) => `${{kind}}: ${{text}}`);
        return [told.slice(-1), s.ignored.names, s.levels.muted];
    """
    assert session(page, [], script) == [told, names, muted]


@pytest.mark.parametrize(
    ("fill", "line"),
    [
        (f"{_MANY}.forEach((name) => s.ignored.add(name))", "/ignore eve"),
        (f"{_MANY}.forEach((name) => s.levels.set(`#${{name}}`, 'all'))", "/mute #dev"),
    ],
)
def test_the_number_is_limited(page: Page, fill: str, line: str) -> None:
    script = f"{fill}; typed(s, {line!r}, 0); return s.current.present.entries.at(-1).text"
    assert session(page, [], script) == "That list is full"
