"""Ignored people: nothing that they say is shown, counted or notified."""

from __future__ import annotations

import pytest

from tests.support.browser import Company, Page, expect
from tests.support.irc import IrcClient
from tests.support.trackers import Hosted
from tests.web.scripted_session import session

_LOBBY = [":t 353 ann = #lobby :@ann eve bob", ":t 366 ann #lobby :End"]
_SHOWN = "s.find('#lobby').present.entries.map(({ text }) => text)"


@pytest.mark.parametrize(
    "line",
    [
        ":EVE!e@h PRIVMSG #lobby :hello ann",
        ":eve!e@h NOTICE #lobby :hello",
        ":eve!e@h PRIVMSG ann :psst",
        ":eve!e@h INVITE ann #dev",
        "@+typing=active :eve!e@h TAGMSG #lobby",
        ":eve!e@h PART #lobby",
        ":eve!e@h JOIN #lobby",
        ":eve!e@h QUIT",
        ":eve!e@h NICK evil",
    ],
)
def test_their_messages_are_hidden(page: Page, line: str) -> None:
    script = f"""
        s.isVisible = false;
        s.ignored.add('Eve');
        feed({line!r});
        const room = s.find('#lobby');
        return [room.present.entries.length, room.typing.size, room.unread, s.rooms.size];
    """
    assert session(page, _LOBBY, script) == [0, 0, 0, 1]


def test_their_earlier_messages_are_hidden(page: Page) -> None:
    """What others said stays, and so does what we said to them."""
    script = f"""
        const {{ ignore }} = await import('/session/ignored.js');
        feed('@msgid=1 :eve!e@h PRIVMSG #lobby :one', '@msgid=2 :bob!b@h PRIVMSG #lobby :two');
        feed('@+typing=active :eve!e@h TAGMSG #lobby');
        const isDone = ignore(s, 'EVE');
        return [isDone, {_SHOWN}, s.find('#lobby').typing.size];
    """
    assert session(page, _LOBBY, script) == [True, ["two"], 0]


def test_their_fetched_history_is_hidden(page: Page) -> None:
    script = f"""
        s.ignored.add('eve');
        const asked = sent.find(({{ command, params }}) => command === 'CHATHISTORY' && params[1] === '#lobby');
        const said = ['@batch=b;msgid=1 :eve!e@h PRIVMSG #lobby :one', '@batch=b;msgid=2 :bob!b@h PRIVMSG #lobby :two'];
        feed(`@label=${{asked.tags.label}} :t BATCH +b chathistory #lobby`, ...said, ':t BATCH -b');
        return {_SHOWN};
    """
    assert session(page, _LOBBY, script) == ["two"]


def test_their_messages_during_our_absence_open_no_conversation(page: Page) -> None:
    script = """
        s.ignored.add('Eve');
        const asked = sent.find(({ params }) => params?.[0] === 'TARGETS');
        const targets = ['eve', 'bob'].map((nick) => `@batch=b :t CHATHISTORY TARGETS ${nick} 2026-01-01T00:00:09Z`);
        feed(`@label=${asked.tags.label} :t BATCH +b draft/chathistory-targets`, ...targets, ':t BATCH -b');
        return [...s.rooms.values()].map(({ name }) => name);
    """
    assert session(page, _LOBBY, script) == ["#lobby", "bob"]


def test_they_stay_ignored_under_another_name(page: Page) -> None:
    script = f"""
        s.ignored.add('eve');
        feed(':eve!e@h NICK evil', ':evil!e@h PRIVMSG #lobby :hello');
        const silent = {_SHOWN};
        const was = s.ignored.remove('evil');
        feed(':evil!e@h PRIVMSG #lobby :again');
        return [silent, s.ignored.names, was, {_SHOWN}];
    """
    assert session(page, _LOBBY, script) == [[], ["eve"], True, ["again"]]


def test_only_valid_nicks_of_others_can_be_ignored(page: Page) -> None:
    script = """
        const { ignore } = await import('/session/ignored.js');
        const words = ['', 'a b', '#dev', 'ANN', 'eve', 'Eve'].map((word) => ignore(s, word));
        for (let number = 0; number < 300; number++) s.ignored.add(`p${number}`);
        return [words, s.ignored.names.length, s.ignored.remove('nobody')];
    """
    assert session(page, [], script) == [[False, False, False, False, True, True], 200, False]


def test_an_invalid_stored_list(page: Page) -> None:
    script = """
        const taken = [null, 'eve', { eve: 1 }, [1, 'eve', '', null]].map((kept) => {
            s.ignored.take(kept);
            return s.ignored.names;
        });
        return taken;
    """
    assert session(page, [], script) == [[], [], [], ["eve"]]


def test_the_list_survives_a_reload_and_applies_in_other_tabs(company: Company, tracker: Hosted) -> None:
    url = f"http://127.0.0.1:{tracker.port}"
    ann = company.person(url)
    ann.enter("ann")
    other = ann.context.new_page()
    other.goto(url)
    other.get_by_label("Username").fill("anna")
    other.get_by_label("Password").fill("sesame")
    other.get_by_role("button", name="Join", exact=True).click()
    with IrcClient(tracker.port) as eve:
        eve.register("eve", password="sesame")
        eve.join("#lobby")
        eve.command("PRIVMSG #lobby :before")
        expect(other.locator("#log")).to_contain_text("before")
        ann.page.locator("#member-list button").filter(has_text="eve").click()
        ann.page.get_by_role("button", name="Ignore").click()
        expect(ann.page.locator("#card-told")).to_have_text("You no longer hear eve.")
        expect(ann.texts).to_have_count(0)
        eve.command("PRIVMSG ann :psst")
        ann.page.reload()
        ann.expect_member("eve")
        eve.command("PRIVMSG #lobby :unheard", "PRIVMSG ann :psst")
        ann.say("and now I say something")
        ann.expect_said("and now I say something")
        expect(ann.texts).to_have_count(1)
        expect(other.locator("#log")).to_contain_text("and now I say something")
        expect(other.locator("#log")).not_to_contain_text("unheard")
        expect(ann.page.locator("#private-list li")).to_have_count(0)
        ann.page.get_by_role("button", name="eve, ignored").click()
        ann.page.get_by_role("button", name="Stop ignoring").click()
        eve.command("PRIVMSG #lobby :thank you")
        ann.page.keyboard.press("Escape")
        ann.expect_said("thank you")
    ann.check()
