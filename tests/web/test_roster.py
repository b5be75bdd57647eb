"""The sorted members of a room, while they come and go."""

from __future__ import annotations

import itertools
from typing import Any

from tests.support.browser import Page

_ROSTER = """async () => {
    const { Members } = await import('/session/roster.js');
    const members = new Members();
    const add = (nick, prefix = '') => members.set(nick.toLowerCase(), { nick, prefix });
    const named = () => Object.values(members.groups).map((group) => group.map(({ prefix, nick }) => prefix + nick));
    BODY
}"""


def _run(page: Page, body: str) -> Any:
    return page.evaluate(_ROSTER.replace("BODY", body))


def test_groups_and_their_order(page: Page) -> None:
    body = """
        for (const word of ['eve', 'Bob', 'p10', 'p9', 'ann']) add(word);
        add('zoe', '@'); add('carl', '+'); add('yan', '~'); add('adam', '@');
        return named();
    """
    assert _run(page, body) == [["~yan", "@adam", "@zoe"], ["+carl"], ["ann", "Bob", "eve", "p9", "p10"]]


def test_the_order_is_kept_while_members_come_and_go(page: Page) -> None:
    """After any changes, the order equals that of a freshly sorted list."""
    body = """
        let seed = 7;
        const random = (below) => (seed = (seed * 16807) % 2147483647) % below;
        for (let step = 0; step < 2000; step++) {
            const nick = `${'aAbBz'[random(5)]}${random(40)}`;
            if (random(3)) add(nick, ['', '', '+', '@'][random(4)]);
            else members.delete(nick.toLowerCase());
            if (step === 100) named();
        }
        const fresh = new Members();
        for (const [key, member] of members) fresh.set(key, member);
        const kept = JSON.stringify(members.groups);
        return [kept === JSON.stringify(fresh.groups), members.size > 20];
    """
    assert _run(page, body) == [True, True]


def test_the_version_changes_only_with_the_members(page: Page) -> None:
    body = """
        const versions = [];
        const note = () => versions.push(members.version);
        add('ann'); note(); add('ann'); note(); add('ann', '@'); note();
        members.delete('nobody'); note(); members.delete('ann'); note(); members.clear(); note();
        return [versions, members.size];
    """
    versions, size = _run(page, body)
    changes = [one != other for one, other in itertools.pairwise(versions)]
    assert (changes, size) == ([False, True, False, True, True], 0)
