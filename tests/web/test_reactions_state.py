"""Reactions to messages in a session."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.browser import Page
from tests.web.scripted_session import session

_REACTIONS = """
    const { reacted, toggle, renameReactions, isMine } = await import('/session/reactions.js');
    for (const name of ['message-tags', 'draft/event-playback']) s.tracker.capabilities.add(name);
    const idOf = (n) => String(n).padStart(16, 0) + 'aaaaaaaaaa';
    const say_ = (n, who = 'bob', to = '#lobby') => feed(`@msgid=${idOf(n)} :${who}!b@h PRIVMSG ${to} :text ${n}`);
    const reaction = (n, value, who = 'bob', verb = 'react', more = '', to = '#lobby') =>
        `@${more}+reply=${idOf(n)};+draft/${verb}=${value} :${who}!b@h TAGMSG ${to}`;
    const react_ = (...all) => feed(reaction(...all));
    const all = (n, room = s.find('#lobby')) => room.withId(idOf(n)).flatMap(({ reactions = [] }) =>
        reactions.map((each) => [each.value, [...each.by.values()].map(({ nick }) => nick).join(' '), isMine(each)]));
"""


def _run(page: Page, script: str) -> Any:
    return session(page, [], _REACTIONS + script)


def test_each_person_counts_once_and_can_withdraw(page: Page) -> None:
    script = """
        say_(1);
        react_(1, '👍'); react_(1, '👍'); react_(1, '👍', 'Eve'); react_(1, 'lol', 'ann');
        const before = all(1);
        react_(1, '👍', 'eve', 'unreact'); react_(1, 'lol', 'bob', 'unreact'); react_(1, 'lol', 'ann', 'unreact');
        return [before, all(1)];
    """
    assert _run(page, script) == [
        [["👍", "bob Eve", False], ["lol", "ann", True]],
        [["👍", "bob", False]],
    ]


def test_the_same_account_is_the_same_person_and_may_be_ours(page: Page) -> None:
    script = """
        say_(1); s.account = 'Ann';
        react_(1, 'x', 'phone', 'react', 'account=Ann;'); react_(1, 'x', 'bob', 'react', 'account=Bob;');
        react_(1, 'x', 'bob2', 'react', 'account=Bob;');
        const before = all(1);
        react_(1, 'x', 'bob3', 'unreact', 'account=Bob;');
        return [before, all(1)];
    """
    assert _run(page, script) == [[["x", "phone bob", True]], [["x", "phone", True]]]


def test_a_renamed_person_can_withdraw(page: Page) -> None:
    script = """
        say_(1); feed(':bob!b@h JOIN #lobby'); react_(1, 'x');
        feed(':bob!b@h NICK Robert');
        const before = all(1);
        react_(1, 'x', 'robert', 'unreact');
        return [before, all(1)];
    """
    assert _run(page, script) == [[["x", "Robert", False]], []]


@pytest.mark.parametrize(
    "line",
    [
        "reaction(2, 'x')",  # to an unknown message
        "reaction(1, 'x', 'bob', 'react', '', '#other')",  # to a message of another room
        "reaction(1, 'x', 'bob', 'react', '', 'ann')",
        "reaction(1, '')",
        "reaction(1, '\\u202e\\u200d')",  # only invisible characters
        "reaction(1, 'e' + '\\u0301'.repeat(1000))",
        "reaction(1, 'x').replace(';', ';+draft/unreact=x;')",  # both tags at once are invalid
        "reaction(1, 'x').replace('+reply=', '+reply=' + '0'.repeat(500))",
        "reaction(1, 'x').replace('+reply', '+nothing')",
        "reaction(1, 'x').replace('TAGMSG #lobby', 'TAGMSG')",
    ],
)
def test_an_invalid_reaction_changes_nothing(page: Page, line: str) -> None:
    script = f"say_(1); feed(':ann!a@h JOIN #other', {line}); return [all(1), [...s.rooms.keys()]]"
    assert _run(page, script) == [[], ["#lobby", "#other"]]


def test_reactions_of_the_ignored_are_hidden(page: Page) -> None:
    script = """
        s.ignored.add('eve');
        const { tags: { label } } = sent.at(-1);
        feed(`@label=${label} :t BATCH +h chathistory #lobby`, `@batch=h;msgid=${idOf(1)} :bob!b@h PRIVMSG #lobby :x`);
        feed('@batch=h' + reaction(1, 'x', 'eve').replace('@', ';'), '@batch=h' + reaction(1, 'y').replace('@', ';'));
        feed(':t BATCH -h');
        react_(1, 'z', 'eve');
        return all(1);
    """
    assert _run(page, script) == [["y", "bob", False]]


def test_the_number_of_reactions_is_bounded(page: Page) -> None:
    script = """
        say_(1);
        for (let i = 0; i < 5000; i++) react_(1, `r${i}`, 'bob');
        const ofOne = all(1).length;
        for (let i = 0; i < 5000; i++) react_(1, 'x', `n${i}`);
        const total = s.find('#lobby').withId(idOf(1))[0].reactions.reduce((sum, { by }) => sum + by.size, 0);
        return [ofOne, total];
    """
    assert _run(page, script) == [20, 100]


def test_our_own_is_shown_at_once_and_removed_if_refused(page: Page) -> None:
    script = """
        say_(1);
        const room = s.find('#lobby'), [entry] = room.withId(idOf(1));
        const told = [toggle(s, room, entry, '👍')];
        const { tags: { label, ...tags }, command, params } = sent.at(-1);
        const shown = all(1), version = entry.version;
        react_(1, '👍', 'ann', 'react', `label=${label};msgid=${idOf(2)};`);
        const echoed = all(1);
        toggle(s, room, entry, '👍');
        const without = all(1);
        feed(`@label=${sent.at(-1).tags.label} :t 404 ann #lobby :You may not speak here`);
        return [told, tags, command, params, shown, echoed, without, all(1), entry.problem, entry.version > version];
    """
    mine = [["👍", "ann", True]]
    id_ = "0000000000000001aaaaaaaaaa"
    tags = {"+draft/react": "👍", "+reply": id_, "+draft/reply": id_}
    told = "You may not speak here"
    assert _run(page, script) == [[""], tags, "TAGMSG", ["#lobby"], mine, mine, [], mine, told, True]


def test_reactions_to_a_restricted_message_are_restricted_too(page: Page) -> None:
    script = """
        say_(1, 'bob', '@#lobby');
        const room = s.find('#lobby');
        toggle(s, room, room.withId(idOf(1))[0], 'x');
        react_(1, 'y', 'bob', 'react', '', '@#lobby');
        return [sent.at(-1).params, all(1).length];
    """
    assert _run(page, script) == [["@#lobby"], 2]


@pytest.mark.parametrize(
    ("before", "value", "told"),
    [
        ("s.isOnline = false", "x", "You are not connected"),
        ("s.tracker.capabilities.clear()", "x", "This tracker passes on neither replies nor reactions"),
        ("", " ", "That is too long for a reaction, or cannot be seen"),
        (
            "for (let i = 0; i < 20; i++) toggle(s, room, entry, `r${i}`)",
            "x",
            "You cannot add more reactions to this message",
        ),
    ],
)
def test_an_impossible_reaction_is_reported_and_not_sent(page: Page, before: str, value: str, told: str) -> None:
    script = f"""
        say_(1);
        const room = s.find('#lobby'), [entry] = room.withId(idOf(1));
        {before};
        const count = sent.length;
        return [toggle(s, room, entry, '{value}').startsWith('{told}'), sent.length - count];
    """
    assert _run(page, script) == [True, 0]


def test_reactions_missed_during_a_lost_connection_appear(page: Page) -> None:
    script = """
        const room = s.find('#lobby');
        const line = `msgid=${idOf(1)};time=2026-01-01T00:00:00.000Z :bob!b@h PRIVMSG #lobby :x`;
        const answered = (...lines) => {
            feed(`@label=${sent.at(-1).tags.label} :t BATCH +h chathistory #lobby`);
            feed(...lines.map((each) => `@batch=h;${each}`), ':t BATCH -h');
        };
        answered(line, reaction(1, 'x').slice(1));
        const before = all(1);
        lost();
        feed(':t 001 ann :Hi', ':t 003 ann :born', ':t 376 ann :End', ':ann!a@h JOIN #lobby');
        answered();
        answered(line, reaction(1, 'y').slice(1));
        return [before, all(1), room.present.entries.length, sent.at(-1).params.join(' ')];
    """
    asked = "LATEST #lobby * 50"
    assert _run(page, script) == [[["x", "bob", False]], [["y", "bob", False]], 1, asked]


def test_reactions_in_history_belong_to_their_message_and_do_not_count(page: Page) -> None:
    script = """
        const { tags: { label } } = sent.at(-1), room = s.find('#lobby');
        const line = (n) => `msgid=${idOf(n)};time=2026-01-01T00:00:00.000Z :bob!b@h PRIVMSG #lobby :text ${n}`;
        say_(3); react_(3, 'gone since', 'eve');
        feed(`@label=${label} :t BATCH +h chathistory #lobby`);
        for (let n = 1; n < 4; n++) feed(`@batch=h;${line(n)}`);
        feed('@batch=h' + reaction(3, 'x').replace('@', ';'), '@batch=h' + reaction(2, 'y').replace('@', ';'));
        feed('@batch=h' + reaction(7, 'z').replace('@', ';'), ':t BATCH -h');
        return [[1, 2, 3].map((n) => all(n)), room.present.entries.map(({ text }) => text), room.unread];
    """
    assert _run(page, script) == [
        [[], [["y", "bob", False]], [["x", "bob", False]]],
        ["text 1", "text 2", "text 3"],
        0,
    ]
