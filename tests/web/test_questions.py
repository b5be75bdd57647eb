"""Questions to the tracker: each answer, and each error, belongs to the question with the same label."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.browser import Page
from tests.web.scripted_session import session

_ASK = """
    const told = (name) => s.find(name).present.entries.map(({ kind, text }) => `${kind}: ${text}`);
    const label = () => `@label=${sent.findLast(({ tags }) => tags?.label).tags.label}`;
    const got = [], take = (messages) => got.push(messages.map(({ command }) => command));
    const fail = (text, message) => got.push(`${message.command} ${text}`);
    feed(':ann!a@h JOIN #dev');
    s.open(s.find('#dev'));
    const order = (answer, command = 'WHOIS') => s.order({ command, params: ['bob'] }, answer);
    const elsewhere = () => s.open(s.find('#lobby'));
"""


def ask(page: Page, script: str) -> Any:
    """Return the result of a script with the session of somebody who is in #dev and in the lobby."""
    return session(page, [], _ASK + script)


_BATCH = "`${label()} :t BATCH +a labeled-response`"


@pytest.mark.parametrize(
    ("lines", "got"),
    [
        (["`${label()} :t 318 ann bob :End`"], [["318"]]),
        (["`${label()} :t ACK`"], [["ACK"]]),
        (["`${label()} :t 318 ann bob :End`", "`${label()} :t 318 ann bob :End`"], [["318"]]),
        (["`${label()} :t 401 ann bob :Nobody`"], ["401 Nobody"]),
        (["`${label()} :t FAIL WHOIS X bob :No`"], ["FAIL No"]),
        (["'@label=other :t ACK'", "':t 318 ann bob :End'", "':t 401 ann bob :Nobody'"], []),
        (
            [_BATCH, "'@batch=a :t 311 ann bob b h * :B'", "'@batch=a :t 318 ann bob :End'", "':t BATCH -a'"],
            [["311", "318"]],
        ),
        (
            [_BATCH, "'@batch=a :t 401 ann bob :Nobody'", "'@batch=a :t 318 ann bob :End'", "':t BATCH -a'"],
            ["401 Nobody"],
        ),
        (
            [
                *(_BATCH, "'@batch=a :t BATCH +b chathistory #dev'", "'@batch=b :eve!e@h PRIVMSG #dev :hi'"),
                *("':t BATCH -b'", "'@batch=a :t 318 ann bob :End'", "':t BATCH -a'"),
            ],
            [["318"]],
        ),
    ],
)
def test_an_answer_is_taken_whole_and_once(page: Page, lines: list[str], got: list[Any]) -> None:
    assert ask(page, f"order({{ take, fail }}); feed({', '.join(lines)}); return got") == got


def test_events_in_an_answer_are_applied_as_usual(page: Page) -> None:
    script = "order({ take }); feed(`${label()} :ann!a@h TOPIC #dev :tea`); return [got, s.current.topic]"
    assert ask(page, script) == [[["TOPIC"]], "tea"]


def test_a_requested_absence_is_shown_once(page: Page) -> None:
    script = "order({ take }); feed(`${label()} :t 301 ann bob :lunch`); return [got, told('#dev')]"
    assert ask(page, script) == [[["301"]], []]


def test_nested_history_is_an_answer(page: Page) -> None:
    script = """
        order({ take }, 'CHATHISTORY');
        feed(`${label()} :t BATCH +a labeled-response`, '@batch=a :t BATCH +b chathistory #dev');
        feed('@batch=b :eve!e@h PRIVMSG #dev :hi', ':t BATCH -b', ':t BATCH -a');
        return [got, told('#dev')];
    """
    assert ask(page, script) == [[["PRIVMSG"]], []]


def test_errors_are_shown_where_the_question_was_asked(page: Page) -> None:
    script = """
        for (const command of ['TOPIC', 'NICK', 'KICK']) {
            s.open(s.find('#dev'));
            order({}, command);
            elsewhere();
            feed(`${label()} :t 433 ann bob :No ${command}`);
        }
        order({ room: s.find('#dev') });
        feed(`${label()} :t 482 ann #lobby :Not you`);
        return [told('#dev'), told('#lobby')];
    """
    assert ask(page, script) == [
        ["error: bob: No TOPIC", "error: bob: No NICK", "error: bob: No KICK", "error: Not you"],
        [],
    ]


def test_results_are_shown_there_too(page: Page) -> None:
    script = """
        order({}); elsewhere();
        feed(`${label()} :t 301 ann eve :asleep`, ':t 301 ann dan :at tea');
        return [told('#dev'), told('#lobby')];
    """
    assert ask(page, script) == [["info: eve is away: asleep"], ["info: dan is away: at tea"]]


def test_for_a_room_that_was_left_results_go_to_the_current_one(page: Page) -> None:
    script = "order({}); s.leave(s.find('#dev')); feed(`${label()} :t 401 ann bob :Nobody`); return told('#lobby')"
    # The label of the PART is the last one.
    script = script.replace("s.leave", "const asked = label(); s.leave").replace("${label()} :t 401", "${asked} :t 401")
    assert ask(page, script) == ["error: bob: Nobody"]


def test_a_warning_is_shown_and_is_no_failure(page: Page) -> None:
    script = """
        order({ take, fail });
        feed(`${label()} :t BATCH +a labeled-response`, '@batch=a :t WARN WHOIS SLOW bob :That takes long');
        feed('@batch=a :t 318 ann bob :End', ':t BATCH -a');
        return [got, told('#dev')];
    """
    assert ask(page, script) == [[["WARN", "318"]], ["error: bob: That takes long"]]


def test_without_a_connection_nothing_is_sent(page: Page) -> None:
    script = """
        lost(); sent.length = 0;
        order({}); order({ fail: (text) => got.push(text) });
        return [sent, got, told('#dev')];
    """
    assert ask(page, script) == [[], ["You are not connected."], ["error: You are not connected."]]


def test_a_refused_join_is_reported_to_its_caller(page: Page) -> None:
    script = """
        s.join('#vip', 'wrong'); elsewhere();
        const before = s.wanted.keyOf('#vip');
        feed(`${label()} :t 475 ann #vip :The key is another`);
        s.join('#vip', '', { fail });
        feed(`${label()} :t 473 ann #vip :Invited people only`);
        return [s.refusal.text, told('#lobby'), got, before, s.wanted.keyOf('#vip'), s.wanted.size];
    """
    assert ask(page, script) == [
        "The key is another",
        [],
        ["473 Invited people only"],
        "wrong",
        "",
        0,
    ]


def test_a_refused_typing_notification_is_silent(page: Page) -> None:
    script = """
        const { tellTyping } = await import('/session/typing.js');
        const bob = s.talkTo('bob');
        for (const room of [bob, s.find('#dev')]) {
            tellTyping(s, room, 'x', 0);
            feed(`${label()} :t 401 ann ${room.name} :Nobody`);
            tellTyping(s, room, '', 0);
            feed(`${label()} :t 442 ann ${room.name} :Not in it`);
        }
        return [told('#dev'), told('bob')];
    """
    assert ask(page, script) == [[], []]
