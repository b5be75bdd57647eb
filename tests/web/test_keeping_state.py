"""What is stored for the next page load, without a tracker: rooms, drafts, unsent messages, and no secrets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.browser import Page
from tests.web.scripted_session import call, session

_PARTS = """
    const { hasUnsent, restore, toKeep } = await import('/session/keeping.js');
    const { retry } = await import('/session/sending.js');
    const label = () => `@label=${sent.findLast(({ tags }) => tags?.label).tags.label}`;
    const pending = (room) => room.pending.map(({ text, state, reason = '' }) => [text, state, reason]);
    const lobby = s.find('#lobby');
    const next = () => {
        const kept = JSON.parse(JSON.stringify(toKeep(s)));
        const fresh = new Session((message) => sent.push(message));
        restore(fresh, 'ann', kept);
        return fresh;
    };
    feed('@time=2026-01-01T00:00:01.000Z;msgid=1 :bob!b@h PRIVMSG #lobby :one', ':ann!a@h JOIN #dev');
"""


def keeping(page: Page, script: str) -> Any:
    """Return the result of a script with the session of somebody who is in the lobby and in #dev."""
    return session(page, [], _PARTS + script)


def test_a_reload_restores_the_rooms_and_drafts(page: Page) -> None:
    script = """
        const bob = s.talkTo('bob');
        Object.assign(s, { account: 'Ann' });
        bob.draft = 'psst'; lobby.draft = '  two\\nlines';
        const { rooms, current, nick, account, tracker, awaySince } = next();
        const all = [...rooms.values()];
        const seen = all.map(({ name, draft, isPrivate, isJoined }) => [name, draft, isPrivate, isJoined]);
        return [seen, current.name, nick, account, tracker.born, awaySince];
    """
    rooms = [["#lobby", "  two\nlines", False, False], ["#dev", "", False, False], ["bob", "psst", True, False]]
    assert keeping(page, script) == [rooms, "bob", "ann", "Ann", "born", 1767225601000]


@pytest.mark.parametrize("draft", ["/oper boss secret", " /register secret", "/join #tea key"])
def test_a_draft_that_is_a_command_is_not_stored(page: Page, draft: str) -> None:
    """It may have a password in it, or the key of a room."""
    script = f"lobby.draft = {draft!r}; lobby.key = 'secret'; return JSON.stringify(toKeep(s))"
    kept = keeping(page, script)
    assert "secret" not in kept
    assert "key" not in kept


def test_a_draft_with_an_escaped_slash_is_stored(page: Page) -> None:
    assert keeping(page, "lobby.draft = '//shrug'; return next().find('#lobby').draft") == "//shrug"


def test_unsent_messages_keep_waiting(page: Page) -> None:
    script = """
        say(s, lobby, 'on its way');
        say(s, lobby, 'refused'); feed(`${label()} :t 404 ann #lobby :You are muted`);
        lost();
        say(s, lobby, 'waits');
        lobby.pending[1].state === 'refused';
        return [hasUnsent(s), pending(lobby), pending(next().find('#lobby'))];
    """
    kept = [["on its way", "lost", ""], ["refused", "refused", "You are muted"], ["waits", "queued", ""]]
    assert keeping(page, script) == [True, kept, kept]


@pytest.mark.parametrize(
    ("script", "asks"),
    [
        ("", False),
        ("say(s, lobby, 'x');", True),
        ("say(s, lobby, 'x'); feed(`${label()};msgid=9 :ann!a@h PRIVMSG #lobby :x`);", False),
        ("say(s, lobby, 'x'); feed(`${label()} :t 404 ann #lobby :No`);", False),
        ("lost(); say(s, lobby, 'x');", True),
        ("lobby.draft = 'x';", False),
    ],
)
def test_leaving_asks_only_while_something_is_unsent(page: Page, script: str, *, asks: bool) -> None:
    assert keeping(page, f"{script} return hasUnsent(s)") is asks


_RETURN = """
    say(s, lobby, 'mine');
    const after = next();
    const hear = (...lines) => lines.forEach((line) => receive(after, parse(line), 0));
    after.isResumed = IS_RESUMED;
    sent.length = 0;
    hear(':t 001 ann :Hi', ':t 003 ann :BORN', ':t 376 ann :End', ':ann!a@h JOIN #lobby');
    const joins = sent.filter(({ command }) => command === 'JOIN').map(({ params }) => params[0]);
    const asked = sent.findLast(({ params }) => params[1] === '#lobby');
    const batch = (...lines) => hear(`@label=${asked.tags.label} :t BATCH +h chathistory #lobby`,
        ...lines.map((line) => `@batch=h;msgid=${line} :${line > 1 ? 'ann' : 'bob'}!x@h PRIVMSG #lobby :TEXT`),
        ':t BATCH -h');
"""


@pytest.mark.parametrize(
    ("come", "says", "found", "state"),
    [
        ("born", "other", "1", [["mine", "sent", ""]]),
        ("another", "other", "1", [["mine", "sent", ""]]),
        ("born", "mine", "1, 2", []),
        ("another", "other", "", [["mine", "uncertain", "The connection was lost: this may not have arrived."]]),
        ("another", "other", "7", [["mine", "uncertain", "The connection was lost: this may not have arrived."]]),
    ],
)
def test_messages_in_flight_are_searched_for_in_history(
    page: Page, come: str, says: str, found: str, state: list[Any]
) -> None:
    """A message is resent if it certainly never arrived: history has the last known message, but not this one."""
    script = _RETURN.replace("BORN", come).replace("TEXT", says).replace("IS_RESUMED", "true")
    script += f"batch({found}); return [asked.params[0], pending(after.find('#lobby'))]"
    assert keeping(page, script) == ["LATEST", state]


@pytest.mark.parametrize(("is_resumed", "joins"), [(True, []), (False, ["#lobby", "#dev"])])
def test_rooms_are_entered_unless_the_visit_is_resumed(page: Page, joins: list[str], *, is_resumed: bool) -> None:
    script = _RETURN.replace("IS_RESUMED", str(is_resumed).lower()) + "return joins"
    assert keeping(page, script) == joins


def test_a_user_who_left_the_lobby_stays_out(page: Page) -> None:
    script = "s.leave(lobby);" + _RETURN.replace("IS_RESUMED", "false").replace("say(s, lobby, 'mine');", "")
    script = script.replace("const asked", "return joins; const asked")
    assert keeping(page, script) == ["#dev"]


def test_messages_sent_during_a_reload_are_unread(page: Page) -> None:
    script = """
        const after = next();
        const hear = (...lines) => lines.forEach((line) => receive(after, parse(line), 0));
        after.isResumed = true;
        after.current = after.find('#dev');
        hear(':t 001 ann :Hi', ':t 376 ann :End', ':ann!a@h JOIN #lobby');
        const asked = sent.findLast(({ params }) => params[1] === '#lobby');
        hear(`@label=${asked.tags.label} :t BATCH +h chathistory #lobby`,
            '@batch=h;msgid=1;time=2026-01-01T00:00:01.000Z :bob!b@h PRIVMSG #lobby :one',
            '@batch=h;msgid=2;time=2026-01-01T00:00:02.000Z :bob!b@h PRIVMSG #lobby :two', ':t BATCH -h');
        return after.find('#lobby').unread;
    """
    assert keeping(page, script) == 1


def test_stored_data_is_bounded(page: Page) -> None:
    script = """
        lost();
        for (let index = 0; index < 300; index++) say(s, lobby, `${index} ${'x'.repeat(100)}`);
        for (let index = 0; index < 100; index++) s.ensure(`#r${index}`).draft = 'x'.repeat(100000);
        const { rooms } = toKeep(s);
        const drafts = rooms.filter(({ draft }) => draft);
        return [rooms[0].pending.length, drafts.length, JSON.stringify(rooms).length < 600000];
    """
    assert keeping(page, script) == [100, 4, True]


def test_data_of_another_version_is_ignored(page: Page) -> None:
    script = """(() => {
        const rooms = new Map([['#a', {}]]), session = { rooms, tracker: {}, current: {} };
        m.goBack(session, { nick: 'ann', chat: {} });
        return [rooms.size, session.current];
    })()"""
    assert call(page, "entrance", script) == [0, None]
