"""Commands about one message: which message they target, and what they send."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.browser import Page
from tests.web.scripted_session import call, session

_COMMANDS = """
    for (const name of ['message-tags', 'draft/message-redaction']) s.tracker.capabilities.add(name);
    const idOf = (n) => String(n).padStart(16, 0) + 'aaaaaaaaaa';
    const said = (n, who) => `@msgid=${idOf(n)} :${who}!b@h PRIVMSG #lobby :text ${n}`;
    const room = s.find('#lobby');
    feed(said(1, 'ann'), said(2, 'bob'), said(3, 'eve'), said(4, 'ann'), ':carol!c@h JOIN #lobby');
    const does = (text) => {
        const count = sent.length, entries = room.present.entries.length;
        typed(s, text);
        const told = room.present.entries.slice(entries).map(({ text: words }) => words);
        return [...sent.slice(count).map(({ command, tags, params }) => [
            command, Number((tags['+reply'] ?? '').slice(0, 16)), tags['+draft/react'] ?? tags['+draft/unreact'] ?? '',
            ...params.map((param) => param === idOf(4) ? 'fourth' : param === idOf(2) ? 'second' : param)]), ...told];
    };
"""


def _run(page: Page, script: str) -> Any:
    return session(page, [], _COMMANDS + script)


@pytest.mark.parametrize(
    ("typed", "done"),
    [
        ("/reply yes", ["PRIVMSG", 3, "", "#lobby", "yes"]),
        ("/reply bob yes", ["PRIVMSG", 2, "", "#lobby", "yes"]),
        ("/reply BOB", ["PRIVMSG", 3, "", "#lobby", "BOB"]),
        ("/reply nobody is there", ["PRIVMSG", 3, "", "#lobby", "nobody is there"]),
        ("/reply carol hi", "carol has said nothing here lately"),
        ("/react +1", ["TAGMSG", 3, "👍", "#lobby"]),
        ("/react bob :heart:", ["TAGMSG", 2, "❤️", "#lobby"]),
        ("/react 🦆", ["TAGMSG", 3, "🦆", "#lobby"]),
        ("/unreact ann ok", ["TAGMSG", 4, "✅", "#lobby"]),
        ("/react a b c", "One name, and one emoji"),
        ("/react " + "x" * 300, "That is too long for a reaction, or cannot be seen"),
        ("/react carol ok", "carol has said nothing here lately"),
        ("/unsay", ["REDACT", 0, "", "#lobby", "fourth"]),
        ("/redact", ["REDACT", 0, "", "#lobby", "fourth"]),
        ("/unsay bob", ["REDACT", 0, "", "#lobby", "second"]),
        ("/unsay carol", "carol has said nothing here lately"),
        ("/unsay bob eve", "One name at a time"),
    ],
)
def test_the_target_is_the_last_message_or_the_last_by_a_name(page: Page, typed: str, done: Any) -> None:
    assert _run(page, f"return does({typed!r})") == [done]


def test_a_redacted_message_is_never_the_target(page: Page) -> None:
    script = """
        feed(...[3, 4].map((n) => `:t REDACT #lobby ${idOf(n)}`));
        return [does('/react ok')[0][1], does('/unsay')[0][0]];
    """
    assert _run(page, script) == [2, "REDACT"]


@pytest.mark.parametrize("typed", ["/reply yes", "/react ok", "/unsay"])
def test_an_empty_room_has_no_target(page: Page, typed: str) -> None:
    told = "You have said nothing here lately" if typed == "/unsay" else "Nobody else has said anything here lately"
    script = f"""
        feed(':ann!a@h JOIN #quiet'); s.open(s.find('#quiet'));
        typed(s, '{typed}');
        return s.current.present.entries.at(-1).text;
    """
    assert _run(page, script) == told


@pytest.mark.parametrize("typed", ["/reply yes", "/react ok", "/unreact ok", "/unsay"])
def test_a_command_needs_a_room_and_a_tracker_that_supports_it(page: Page, typed: str) -> None:
    script = f"""
        s.tracker.capabilities.clear();
        const [told] = does('{typed}');
        s.current = null; typed(s, '{typed}');
        return [told, s.toldNowhere];
    """
    nothing = (
        "Messages cannot be taken back on this tracker"
        if typed == "/unsay"
        else "This tracker passes on neither replies"
    )
    told, nowhere = _run(page, script)
    assert told.startswith(nothing)
    assert nowhere == "You are not in any room; /join ROOM enters one"


def test_a_command_keeps_the_pending_answer(page: Page) -> None:
    script = """
        const { answer } = await import('/session/quotes.js');
        answer(room, room.withId(idOf(2))[0]);
        does('/reply eve no');
        return room.answering.nick;
    """
    assert _run(page, script) == "bob"


def test_emoji_names_match_the_terminal_client(page: Page) -> None:
    from chatcore.terminal.commands.answering import EMOJI

    names = call(page, "commands/emoji", "m.NAMED.map(({ name, emoji }) => [name, emoji])")
    assert dict(names) == dict(EMOJI)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("heart", "❤️"),
        (":Tada:", "🎉"),
        ("tada:", "🎉"),
        ("lol", "lol"),
        (" +1 ", "👍"),
        ("🦆", "🦆"),
        ("constructor",) * 2,
    ],
)
def test_a_name_means_its_emoji(page: Page, typed: str, sent: str) -> None:
    assert call(page, "commands/emoji", "m.asReaction(x)", typed) == sent


def test_emoji_are_found_by_letters_each_once(page: Page) -> None:
    found = call(page, "commands/emoji", "['hear', ':he', 'zzzz', ''].map((typed) => m.emojiLike(typed, 40))", None)
    heart, he, nothing, common = found
    assert [each["emoji"] for each in heart][:2] == ["❤️", "😍"]
    assert len({each["emoji"] for each in he}) == len(he)
    assert nothing == []
    assert len(common) == 40
    assert common[0] == {"name": "+1", "emoji": "👍"}
