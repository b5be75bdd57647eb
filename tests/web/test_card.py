"""A person's card: what it shows, the actions it offers, their results, and its accessibility."""

from __future__ import annotations

import pytest

from tests.support.accessible import assert_accessible
from tests.support.browser import Company, Page, expect
from tests.support.irc import IrcClient
from tests.support.trackers import Hosted
from tests.web.scripted_session import session

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
_ISUPPORT = ":t 005 ann PREFIX=(ov)@+ CHANMODES=beI,k,lW,imnst EXTBAN=,m :are supported"


def _members(*words: str) -> list[str]:
    return [_ISUPPORT, f":t 353 ann = #lobby :{' '.join(words)}", ":t 366 ann #lobby :End"]


_CARD = """
    const { openCard, closeCard } = await import('/session/card.js');
    const { act, offered } = await import('/session/deeds.js');
    const written = () => sent.map(({ command, params = [] }) => [command, ...params].join(' '));
    const label = (start) => sent.findLast(({ command, params = [] }) =>
        [command, ...params].join(' ').startsWith(start)).tags.label;
    const answer = (start, ...replies) => feed(
        `@label=${label(start)} :t BATCH +r labeled-response`,
        ...replies.map((reply) => `@batch=r ${reply}`), ':t BATCH -r');
    sent.length = 0;
"""
_KEEPING_ORDER = ["giveOperator", "giveVoice", "mute", "kick", "ban"]


@pytest.mark.parametrize(
    ("members", "nick", "deeds"),
    [
        (["ann", "bob"], "bob", ["write", "mention", "ignore"]),
        (["+ann", "bob"], "bob", ["write", "mention", "ignore"]),
        (["@ann", "bob"], "bob", ["write", "mention", "ignore", *_KEEPING_ORDER]),
        (["@ann", "@bob"], "bob", ["write", "mention", "ignore", "takeOperator", "mute", "kick", "ban"]),
        (["@ann", "+bob"], "bob", ["write", "mention", "ignore", "giveOperator", "takeVoice", "mute", "kick", "ban"]),
        (["@ann"], "bob", ["write", "ignore", "ban"]),
        (["@ann"], "ANN", ["away", "rename", "quit"]),
    ],
)
def test_only_permitted_actions_are_offered(page: Page, members: list[str], nick: str, deeds: list[str]) -> None:
    script = f"{_CARD} openCard(s, {nick!r}); return offered(s, s.card)"
    assert session(page, _members(*members), script) == deeds


def test_irc_operators_may_do_more(page: Page) -> None:
    script = f"{_CARD} openCard(s, 'bob'); return offered(s, s.card)"
    lines = [*_members("ann", "bob"), ":t 381 ann :You are an operator"]
    assert session(page, lines, script) == ["write", "mention", "ignore", *_KEEPING_ORDER, "kill"]


def test_actions_without_a_connection(page: Page) -> None:
    script = f"{_CARD} s.isOnline = false; openCard(s, 'bob'); return [s.card.state, offered(s, s.card), written()]"
    assert session(page, _members("@ann", "bob"), script) == ["known", ["write", "mention", "ignore"], []]


def test_the_card_shows_what_the_tracker_says(page: Page) -> None:
    script = f"""{_CARD}
        feed('@time=2026-01-01T12:00:00.000Z :bob!b@h PRIVMSG #lobby :hi');
        s.ensure('#dev').isJoined = true;
        openCard(s, 'BOB');
        const before = s.card.state;
        answer('WHOIS', ':t 311 ann Bob b host.example * :Bob\\x02 B.', ':t 319 ann Bob :@#lobby #dev #hidden',
            ':t 312 ann Bob t :a tracker', ':t 313 ann Bob :is an IRC operator', ':t 335 ann Bob :is a bot',
            ':t 330 ann Bob Bobby :is logged in as', ':t 301 ann Bob :tea',
            ':t 317 ann Bob 60 1767200000 :seconds idle, signon time', ':t 318 ann BOB :End');
        const told = s.current.present.entries.filter(({{ text }}) => text.includes('away')).length;
        return [before, s.card.state, s.card.nick, s.card.facts, s.people.get('bob').why, told];
    """
    facts = {
        "address": "b@host.example",
        "realname": "Bob B.",
        "account": "Bobby",
        "isOperator": True,
        "isBot": True,
        "rooms": ["#lobby", "#dev"],
        "activeAt": 1767268800000 - 60_000,
        "cameAt": 1767200000_000,
    }
    assert session(page, _members("ann", "Bob"), script) == ["asking", "known", "Bob", facts, "tea", 0]


def test_the_card_of_an_unknown_nick(page: Page) -> None:
    script = f"""{_CARD}
        openCard(s, 'eve');
        answer('WHOIS', ':t 401 ann eve :No such nick', ':t 318 ann eve :End');
        return [s.card.state, s.current.present.entries.length, offered(s, s.card)];
    """
    assert session(page, _members("ann"), script) == ["gone", 0, ["write", "ignore"]]


def test_bans_and_mutes_can_be_lifted(page: Page) -> None:
    script = f"""{_CARD}
        openCard(s, 'bob');
        const bans = ['bob!*@*', 'm:BOB!*@*'].map((mask) => `:t 367 ann #lobby ${{mask}} ann 1`);
        answer('MODE', ...bans, ':t 368 ann #lobby :End');
        const offers = offered(s, s.card);
        act(s, s.card, 'unban');
        answer('MODE #lobby -b', ':ann!a@h MODE #lobby -b bob!*@*');
        const after = [s.card.told, offered(s, s.card).at(-1)];
        act(s, s.card, 'unmute');
        return [offers, after, written().slice(-2), s.current.present.entries.at(-1).text];
    """
    offers = ["write", "mention", "ignore", "giveOperator", "giveVoice", "unmute", "kick", "unban"]
    said = ["MODE #lobby -b bob", "MODE #lobby -b m:bob"]
    after = ["bob may join #lobby again.", "ban"]
    assert session(page, _members("@ann", "bob"), script) == [offers, after, said, "bob was unbanned by ann"]


def test_banning_takes_two_steps(page: Page) -> None:
    script = f"""{_CARD}
        openCard(s, 'bob');
        answer('MODE', ':t 368 ann #lobby :End');
        const isDone = act(s, s.card, 'ban');
        const asking = s.card.asking;
        act(s, s.card, 'ban', ' too loud ');
        answer('MODE #lobby +b', ':ann!a@h MODE #lobby +b bob!*@*');
        const busy = s.card.busy;
        answer('KICK', ':ann!a@h KICK #lobby bob :too loud');
        return [isDone, asking, busy, s.card.told, s.card.isBanned, written().slice(-2), offered(s, s.card)];
    """
    told = "bob is banned from #lobby."
    lines = ["MODE #lobby +b bob", "KICK #lobby bob too loud"]
    result = [False, "ban", "ban", told, True, lines, ["write", "ignore", "unban"]]
    assert session(page, _members("@ann", "bob"), script) == result


@pytest.mark.parametrize(
    ("deed", "text", "line"),
    [
        ("giveOperator", None, "MODE #lobby +o bob"),
        ("giveVoice", None, "MODE #lobby +v bob"),
        ("mute", None, "MODE #lobby +b m:bob"),
        ("kick", "", "KICK #lobby bob"),
        ("kick", "too loud", "KICK #lobby bob too loud"),
        ("kill", "", "KILL bob no reason given"),
        ("kill", "spam", "KILL bob spam"),
    ],
)
def test_actions_send_their_commands(page: Page, deed: str, text: str | None, line: str) -> None:
    script = f"""{_CARD}
        s.orders.isOperator = true;
        openCard(s, 'bob');
        act(s, s.card, {deed!r}, x ?? null);
        return [written().at(-1), s.card.busy];
    """.replace("x ??", "undefined ??" if text is None else f"{text!r} ??")
    assert session(page, _members("@ann", "bob"), script) == [line, deed]


def test_a_refusal_is_shown_on_the_card_only(page: Page) -> None:
    script = f"""{_CARD}
        openCard(s, 'bob');
        act(s, s.card, 'kick', '');
        const twice = act(s, s.card, 'kick', '');
        feed(`@label=${{label('KICK')}} :t 482 ann #lobby :You are no operator here`);
        return [twice, s.card.problem, s.card.busy, s.current.present.entries.length];
    """
    assert session(page, _members("@ann", "bob"), script) == [False, "You are no operator here", "", 0]


def test_a_lost_connection_ends_a_running_action(page: Page) -> None:
    script = f"""{_CARD}
        const {{ cardLost }} = await import('/session/card.js');
        openCard(s, 'bob');
        act(s, s.card, 'kick', '');
        lost();
        cardLost(s);
        return [s.card.state, s.card.busy, offered(s, s.card)];
    """
    assert session(page, _members("@ann", "bob"), script) == ["known", "", ["write", "ignore"]]


def test_the_users_own_card(page: Page) -> None:
    script = f"""{_CARD}
        s.tracker.capabilities.add('draft/account-registration');
        openCard(s, 'ann');
        const offers = offered(s, s.card);
        act(s, s.card, 'away', '');
        feed(':t 306 ann :You are away');
        act(s, s.card, 'rename', 'a b');
        const problem = s.card.problem;
        act(s, s.card, 'rename', 'anna');
        feed(`@label=${{label('NICK')}} :ann!a@h NICK anna`);
        const {{ told }} = s.card;
        const isDone = act(s, s.card, 'register');
        return [offers, problem, s.card.nick, told, offered(s, s.card)[0], written().slice(-2),
            isDone, s.orders.isRegistering];
    """
    offers = ["away", "rename", "register", "quit"]
    said = ["AWAY away", "NICK anna"]
    rest = ["Which name? Without spaces.", "anna", "Your name has changed.", "back", said, True, True]
    assert session(page, _members("@ann"), script) == [offers, *rest]


_DOUBLE_CLICK = """async (member) => {
    member.click();
    while (!document.getElementById("card")) await new Promise(requestAnimationFrame); // as a person is slower
    document.getElementById("card").click();
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_card_in_a_browser(company: Company, tracker: Hosted, scheme: str) -> None:
    ann = company.person(f"http://127.0.0.1:{tracker.port}", color_scheme=scheme)
    ann.enter("ann")
    keyboard = ann.page.keyboard
    with IrcClient(tracker.port) as irma:
        irma.register("irma", password="sesame")
        irma.join("#lobby")
        irma.command("AWAY :at lunch", "PRIVMSG #lobby :hello")
        member = ann.page.get_by_role("button", name="irma, away")
        member.click()
        card = ann.page.get_by_role("dialog", name="irma")
        expect(card).to_contain_text("irma has been away since")
        expect(card).to_contain_text("Last active")
        assert_accessible(ann.page)
        keyboard.press("Escape")
        expect(card).to_have_count(0)
        expect(member).to_be_focused()
        ann.page.locator("#log .nick").get_by_text("irma").first.click()
        card.get_by_role("button", name="Mention").click()
        expect(ann.page.locator("#text")).to_have_value("irma: ")
        expect(ann.page.locator("#text")).to_be_focused()
        member.evaluate(_DOUBLE_CLICK)
        expect(ann.page.locator("#room-name")).to_have_text("irma")
        expect(ann.page.locator("#presence")).to_contain_text("irma has been away since")
        expect(ann.page.locator("#private-list")).to_contain_text("away")
        assert_accessible(ann.page)
        irma.command("AWAY")
        expect(ann.page.locator("#presence")).not_to_be_visible()
        irma.send("QUIT")
        expect(ann.page.locator("#presence")).to_have_text("irma is not here.")
    ann.page.get_by_role("button", name="About this person").click()
    expect(card).to_contain_text("Nobody of that name is here.")
    ann.check()


@pytest.mark.thorough
def test_an_operator_kicks_somebody_on_a_phone(company: Company, tracker: Hosted) -> None:
    url = f"http://127.0.0.1:{tracker.port}"
    ann = company.person(url, **PHONE)
    ann.enter("ann")
    eve = company.person(url)
    eve.enter("eve")
    ann.page.get_by_role("button", name="Members").tap()
    ann.page.get_by_role("button", name="eve", exact=True).tap()
    card = ann.page.get_by_role("dialog", name="eve")
    assert_accessible(ann.page)
    small = "all => all.filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"
    assert card.locator("button").evaluate_all(small) == []
    box = card.bounding_box()
    assert box is not None
    assert (box["x"], box["width"], box["y"] + box["height"]) == (0, 360, 740)
    card.get_by_role("button", name="Ban").tap()
    card.get_by_label("Reason").fill("too loud")
    card.get_by_role("button", name="Ban").last.tap()
    expect(card.locator("#card-told")).to_have_text("eve is banned from #lobby.")
    expect(card.get_by_role("button", name="Unban")).to_be_visible()
    expect(eve.log).to_contain_text("You were removed by ann (too loud)")
    assert ann.page.evaluate("document.documentElement.scrollWidth") == 360
    ann.check()


@pytest.mark.thorough
def test_a_long_list_can_be_narrowed_down(company: Company, tracker: Hosted) -> None:
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.enter("ann")
    script = """async () => {
        const { MembersView } = await import('/view/members.js');
        const { Session } = await import('/session/session.js');
        const session = new Session(() => {});
        session.nick = 'ann';
        const room = session.ensure('#big');
        const add = (nick, prefix = '') => room.members.set(nick, { nick, prefix });
        for (let number = 0; number < 5000; number++) add(`p${number}`);
        add('ann', '@');
        const filter = document.getElementById('member-filter'), list = document.getElementById('member-list');
        list.replaceChildren();
        const chosen = [], show = () => view.show(room, session);
        const view = new MembersView((nick) => chosen.push(nick), () => {}, show);
        const counts = [];
        const last = () => list.lastElementChild.textContent.trim();
        const note = () => counts.push([list.querySelectorAll('button').length, last()]);
        const type = (text) => { filter.value = text; filter.dispatchEvent(new Event('input')); note(); };
        view.show(room, session); note();
        type('p499'); type('nobody');
        type('P4999');
        filter.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }));
        filter.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' })); note();
        return [counts, chosen, filter.hidden];
    }"""
    counts, chosen, is_hidden = ann.page.evaluate(script)
    assert counts == [
        [300, "and 4701 more: type part of the name"],
        [11, "p4999"],
        [0, "Nobody here has that name"],
        [1, "p4999"],
        [300, "and 4701 more: type part of the name"],
    ]
    assert (chosen, is_hidden) == (["p4999"], False)
