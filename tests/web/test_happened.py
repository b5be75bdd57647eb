"""Events in the history: joins, parts, topics, modes. They change no state."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.browser import Page
from tests.web.scripted_session import session

_PAST = """
    s.tracker.capabilities.add('draft/event-playback');
    const idOf = (n) => String(n).padStart(16, 0) + 'aaaaaaaaaa';
    const at = (n, line) => `@batch=h;msgid=${idOf(n)};time=2026-01-01T00:00:00.000Z ${line}`;
    const room = s.find('#lobby');
    const answered = (lines, first = 1) => {
        const asked = sent.findLast(({ command }) => command === 'CHATHISTORY');
        feed(`@label=${asked.tags.label} :t BATCH +h chathistory #lobby`);
        feed(...lines.map((line, index) => at(first + index, line)), ':t BATCH -h');
    };
    const said = (count) => Array(count).fill(':bob!b@h PRIVMSG #lobby :x');
    const came = (count) => Array(count).fill(':eve!e@h JOIN #lobby');
"""


def _run(page: Page, script: str) -> Any:
    return session(page, [], _PAST + script)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (":bob!b@h JOIN #lobby", "bob joined"),
        (":bob!b@h JOIN #lobby Bob :real name", "bob joined"),
        (":bob!b@h PART #lobby", "bob left"),
        (":bob!b@h PART #lobby :bye", "bob left (bye)"),
        (":bob!b@h QUIT :Quit", "bob left the chat"),
        (":bob!b@h QUIT :Quit: bye", "bob left the chat (bye)"),
        (":bob!b@h QUIT :lost", "bob left the chat (lost)"),
        (":bob!b@h NICK eve", "bob is now eve"),
        (":ann!a@h NICK eve", "You are now eve"),
        (":bob!b@h KICK #lobby eve :bob", "eve was removed by bob"),
        (":bob!b@h KICK #lobby ann :enough", "You were removed by bob (enough)"),
        (":bob!b@h TOPIC #lobby :tea", "bob set the topic: tea"),
        (":bob!b@h TOPIC #lobby :", "bob removed the topic"),
        (":bob!b@h MODE #lobby +b eve!*@*", "eve was banned by bob"),
        (":bob!b@h RENAME #old #lobby :better", "bob renamed #old to #lobby (better)"),
    ],
)
def test_an_event_is_shown_and_changes_nothing(page: Page, line: str, told: str) -> None:
    script = f"""
        feed(':t 353 ann = #lobby :@ann bob', ':t 366 ann #lobby :End');
        answered(['{line}']);
        return [room.present.entries.map(({{ kind, text }}) => `${{kind}}: ${{text}}`), [...room.members.keys()],
                room.topic, s.nick, room.unread, room.isJoined];
    """
    assert _run(page, script) == [[f"event: {told}"], ["ann", "bob"], "", "ann", 0, True]


@pytest.mark.parametrize("line", [":ann!a@h JOIN #lobby", ":ann!a@h QUIT :bye", ":bob!b@h TAGMSG #lobby", ":b SPAM x"])
def test_our_own_joins_and_unknown_events_are_hidden(page: Page, line: str) -> None:
    assert _run(page, f"answered(['{line}']); return room.present.entries.length") == 0


def test_older_history_is_requested_from_the_first_event(page: Page) -> None:
    """A page of history may contain no message, and must not block the way to older ones."""
    script = """
        answered([...came(50)], 100);
        const asked = [room.present.hasOlder];
        requestOlder(s, room); asked.push(sent.at(-1).params[2].slice(0, 22));
        answered([...came(50)], 50);
        requestOlder(s, room); asked.push(sent.at(-1).params[2].slice(0, 22));
        answered([...said(7)], 40);
        return [asked, room.present.hasOlder, room.present.entries.length];
    """
    asked = [True, "msgid=0000000000000100", "msgid=0000000000000050"]
    assert _run(page, script) == [asked, False, 8]  # a hundred joins are folded into one line


def test_reactions_do_not_fill_a_page_and_long_texts_do_not_end_history(page: Page) -> None:
    script = """
        const reactions = Array(49).fill(`+reply=${idOf(1)};+draft/react=x :bob!b@h TAGMSG #lobby`);
        feed(`@label=${sent.at(-1).tags.label} :t BATCH +h chathistory #lobby`, at(1, ':bob!b@h PRIVMSG #lobby :x'));
        feed(...reactions.map((line) => `@batch=h;${line}`), ':t BATCH -h');
        const short = room.present.hasOlder;
        feed(':ann!a@h JOIN #long');
        feed(`@label=${sent.at(-1).tags.label} :t BATCH +h chathistory #long`);
        feed(...Array(20).fill('').map((_, n) => at(n, `:bob!b@h PRIVMSG #long :${'x'.repeat(8000)}`)), ':t BATCH -h');
        return [short, s.find('#long').present.hasOlder];
    """
    assert _run(page, script) == [False, True]


def test_only_messages_count_as_missed_and_are_exported(page: Page) -> None:
    script = """
        answered(said(1));
        feed(':ann!a@h JOIN #busy', ':t BATCH +z chathistory #busy', ':t BATCH -z'); s.open(s.find('#busy'));
        lost();
        feed(':t 001 ann :Hi', ':t 003 ann :born', ':t 376 ann :End', ':ann!a@h JOIN #lobby');
        const count = sent.length;
        answered([...came(3), ...said(1)], 2);
        const unread = room.unread;
        startExport(s, [room]);
        answered([...came(3), ...said(2)], 1);
        answered([], 1);
        return [unread, s.export, (await saved[0][1].text()).split('\\n').length - 1];
    """
    assert _run(page, script) == [1, None, 2]
