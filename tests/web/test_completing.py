"""Completion in the page, the order of names, and recall by the arrow keys: without a document."""

from __future__ import annotations

from typing import Any

import pytest

from chatcore.terminal.commands import listed
from tests.support.browser import Page
from tests.web.scripted_session import call, session

_LINES = [
    ":t 353 ann = #lobby :@ann bob Cleo dan",
    ":t 366 ann #lobby :End",
    ":ann!a@h JOIN #dev",
    ":bob!b@h PRIVMSG #lobby :one",
    ":eve!e@h PRIVMSG #lobby :two",
    ":cleo!c@h PRIVMSG #lobby :three",
    ":bob!b@h PRIVMSG #lobby :four",
    ":bert!b@h PRIVMSG ann :psst",
]
_OFFERED = """
    const { offer } = await import('/commands/completing.js');
    s.open(s.find('ROOM'));
    const { from, choices, isEager } = offer(s, BEFORE);
    return [from, choices.map(({ text }) => text), isEager];
"""


def _offered(page: Page, before: str, room: str = "#lobby") -> Any:
    return session(page, _LINES, _OFFERED.replace("ROOM", room).replace("BEFORE", repr(before)))


@pytest.mark.parametrize(
    ("before", "texts"),
    [
        ("", []),
        ("hello ", []),
        ("//he", []),
        ("/etc/ho", []),
        ("/jo", ["/join "]),
        ("/KI", ["/kick ", "/kill "]),
        ("/disc", ["/disconnect "]),
        ("c", ["Cleo: "]),
        ("hey c", ["Cleo "]),
        ("one\nc", ["Cleo "]),
        ("e", ["eve: "]),
        ("@", ["@bob ", "@Cleo ", "@dan ", "@ann ", "@eve "]),
        ("so @C", ["@Cleo "]),
        ("#", ["#lobby ", "#dev "]),
        ("in #D", ["#dev "]),
        (":tad", ["\U0001f389 "]),
        (":t", []),
        ("/join d", ["#dev "]),
        ("/leave #l", ["#lobby "]),
        ("/kick b", ["bob "]),
        ("/kick bob c", ["Cleo "]),
        ("/msg ", ["bert ", "bob ", "Cleo ", "dan ", "ann ", "eve "]),
        ("/who d", ["#dev ", "dan "]),
        ("/help ki", ["kick ", "kill "]),
        ("/search fr", ["from:"]),
        ("/search tea from:c", ["from:Cleo "]),
        ("/search in:d", ["in:#dev ", "in:dan "]),
        ("/export st", ["stop"]),
        ("/slow b", []),
        ("/ping b", []),
        ("/nonsense c", ["Cleo "]),
    ],
)
def test_completions_are_offered_for_a_word(page: Page, before: str, texts: list[str]) -> None:
    assert _offered(page, before)[1] == texts


@pytest.mark.parametrize(
    ("before", "is_eager"), [("/jo", True), ("@b", True), ("#d", True), (":ta", True), ("b", False), ("/kick b", False)]
)
def test_some_completions_are_offered_without_tab(page: Page, before: str, *, is_eager: bool) -> None:
    assert _offered(page, before)[2] is is_eager


def test_the_start_of_the_word_is_found(page: Page) -> None:
    assert [_offered(page, before)[0] for before in ("bo", "hi bo", "hi\nbo")] == [0, 3, 3]


def test_the_conversation_partner_comes_first(page: Page) -> None:
    assert _offered(page, "b", room="bert")[1] == ["bert: "]


def test_addressed_people_rank_like_speakers(page: Page) -> None:
    script = """
        const { names } = await import('/session/talkers.js');
        feed(':ann!a@h PRIVMSG #lobby :dan: yes', ':ann!a@h PRIVMSG #lobby :nobody: yes');
        return names(s, s.find('#lobby'));
    """
    assert session(page, _LINES, script) == ["dan", "bob", "Cleo", "ann", "eve"]


def test_the_number_of_names_is_bounded(page: Page) -> None:
    script = """
        const { names } = await import('/session/talkers.js');
        const room = s.find('#lobby');
        for (let i = 0; i < 5000; i++) room.members.set(`p${i}`, { nick: `p${i}`, prefix: '' });
        return names(s, room).length;
    """
    assert session(page, _LINES, script) < 2100


def test_emoji_match_the_terminal_client(page: Page) -> None:
    assert call(page, "commands/completing", "Object.fromEntries(m.EMOJI_NAMES)") == dict(listed.emoji())


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("/kick ", "/kick NAME [REASON] \u2013 remove somebody from this room"),
        ("/nick x", "/name NEWNAME \u2013 change your name"),
        ("/kick", ""),
        ("/nonsense x", ""),
        ("hello", ""),
        ("/kick bob\nx", ""),
    ],
)
def test_hints_for_commands(page: Page, text: str, hint: str) -> None:
    assert call(page, "commands/completing", "m.hint(x)", text) == hint


def test_recalled_lines_are_bounded_and_keep_the_draft(page: Page) -> None:
    script = """(() => {
        const recall = new m.Recall();
        const none = [recall.older('draft'), recall.newer()];
        for (let i = 0; i < 150; i++) recall.note(`line ${Math.floor(i / 2)}`);
        for (let i = 0; i < 60; i++) recall.note(`later ${i}`);
        let oldest = '';
        for (let line = recall.older('draft'); line !== null; line = recall.older('')) oldest = line;
        const isBack = recall.isBack;
        let newest = '';
        for (let line = recall.newer(); line !== null; line = recall.newer()) newest = line;
        return [none, oldest, isBack, newest, recall.isBack];
    })()"""
    assert call(page, "session/recall", script) == [[None, None], "line 35", True, "draft", False]
