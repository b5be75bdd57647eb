"""Where people cannot write, the page says why and what helps, and disables the message box."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.accessible import assert_accessible
from tests.support.browser import PASSWORD, Company, Page, expect
from tests.support.irc import IrcClient
from tests.support.trackers import Hosted
from tests.web.scripted_session import session

_PARTS = """
    const { obstacleText, OBSTACLES } = await import('/session/obstacle.js');
    const lobby = s.find('#lobby');
    const label = () => `@label=${sent.findLast(({ tags }) => tags?.label).tags.label}`;
    const text = (room = lobby) => obstacleText(s, room);
    const muted = () => { say(s, lobby, 'x'); feed(`${label()} :t 404 ann #lobby :You are muted (+b)`); };
"""


def obstacle(page: Page, script: str) -> Any:
    """Return the result of a script with the session of somebody who is in the lobby."""
    return session(page, [], _PARTS + script)


def test_the_table_is_frozen(page: Page) -> None:
    script = "return [OBSTACLES, ...Object.values(OBSTACLES)].every(Object.isFrozen)"
    assert obstacle(page, script) is True


@pytest.mark.parametrize(
    ("kick", "text"),
    [
        ("KICK #lobby ann :too loud", "You were removed from this room by bob: too loud"),
        ("KICK #lobby ann :bob", "You were removed from this room by bob."),
        ("KICK #lobby ann", "You were removed from this room by bob."),
        ("KICK #lobby eve :too loud", ""),
    ],
)
def test_a_kicked_user_sees_by_whom(page: Page, kick: str, text: str) -> None:
    assert obstacle(page, f"feed(':bob!b@h {kick}'); return text()") == text


def test_the_obstacle_ends_on_rejoining(page: Page) -> None:
    script = """
        feed(':bob!b@h KICK #lobby ann');
        s.join('#lobby');
        feed(`${label()} :t 474 ann #lobby :You are banned (+b)`);
        const banned = text();
        feed(':ann!a@h JOIN #lobby');
        return [banned, text()];
    """
    assert obstacle(page, script) == ["You are not in this room: You are banned (+b)", ""]


@pytest.mark.parametrize(
    ("happens", "joins"),
    [
        ("", ["#lobby"]),
        ("feed(':bob!b@h KICK #lobby ann');", []),
        ("feed(':bob!b@h KICK #lobby eve');", ["#lobby"]),
    ],
)
def test_a_kicked_user_does_not_rejoin_with_the_connection(page: Page, happens: str, joins: list[str]) -> None:
    script = f"""
        {happens} lost(); sent.length = 0;
        feed(':t 001 ann :Hi', ':t 376 ann :End');
        return sent.filter(({{ command }}) => command === 'JOIN').map(({{ params }}) => params[0]);
    """
    assert obstacle(page, script) == joins


def test_a_room_that_refuses_a_returning_user_shows_why(page: Page) -> None:
    script = """
        lost(); sent.length = 0;
        feed(':t 001 ann :Hi', ':t 376 ann :End');
        const join = sent.find(({ command }) => command === 'JOIN');
        feed(`@label=${join.tags.label} :t 475 ann #lobby :The key is another (+k)`);
        return [text(), s.refusal, lobby.present.entries.length];
    """
    assert obstacle(page, script) == ["You are not in this room: The key is another (+k)", None, 0]


@pytest.mark.parametrize(
    ("then", "text"),
    [
        ("", "You are muted (+b)"),
        ("feed(':bob!b@h MODE #lobby -b m:ann!*@*');", ""),
        ("feed(':bob!b@h MODE #dev -b m:ann!*@*');", "You are muted (+b)"),
        ("say(s, lobby, 'y'); feed(`${label()} :ann!a@h PRIVMSG #lobby :y`);", ""),
        ("feed(':eve!e@h PRIVMSG #lobby :hi');", "You are muted (+b)"),
    ],
)
def test_a_mute_is_shown_until_it_may_have_ended(page: Page, then: str, text: str) -> None:
    assert obstacle(page, f"feed(':ann!a@h JOIN #dev'); muted(); {then} return text()") == text


_MODERATED = "Only operators and people with a voice may speak here."


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ([], ""),
        ([":irma!i@h MODE #lobby +m"], _MODERATED),
        ([":irma!i@h MODE #lobby +m", ":irma!i@h MODE #lobby +s"], _MODERATED),
        ([":irma!i@h MODE #lobby +m", ":irma!i@h MODE #lobby -m"], ""),
        ([":irma!i@h MODE #lobby +m", ":t 353 ann = #lobby :+ann", ":t 366 ann #lobby :End"], ""),
        ([":irma!i@h MODE #lobby +m", ":ann!a@h JOIN #lobby"], ""),
        ([":irma!i@h MODE #lobby +m", ":irma!i@h KICK #lobby ann"], "You were removed from this room by irma."),
    ],
)
def test_a_moderated_room_says_so_at_once(page: Page, lines: list[str], text: str) -> None:
    names = [":t 353 ann = #lobby :ann @irma", ":t 366 ann #lobby :End"]
    assert obstacle(page, f"feed(...{names + lines}); return text()") == text


def test_entering_a_moderated_room_says_so(page: Page) -> None:
    script = """
        const { askForLock } = await import('/session/topic.js');
        feed(':t 353 ann = #lobby :ann @irma', ':t 366 ann #lobby :End');
        askForLock(s, lobby);
        feed(`${label()} :t 324 ann #lobby +mnt`);
        return text();
    """
    assert obstacle(page, script) == _MODERATED


def test_a_slow_room_allows_writing(page: Page) -> None:
    script = """
        const { retry } = await import('/session/sending.js');
        const refuse = (why) => receive(s, parse(`${label()} :t 404 ann #lobby :${why}`), 500);
        const until = () => lobby.pending[0].until;
        say(s, lobby, 'x');
        refuse('Speak again in 9 s (+W)');
        const told = [text(), until()];
        retry(s, lobby, lobby.pending[0]);
        const again = until();
        refuse('You are muted (+b)');
        return [...told, again, until()];
    """
    assert obstacle(page, script) == ["", 9500, 0, 0]


def test_a_slow_room_shows_the_remaining_time(company: Company, irc: IrcClient, tracker: Hosted) -> None:
    irc.command("MODE #lobby +W 3600")
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.enter("ann")
    ann.page.clock.install()
    ann.say("one")
    ann.expect_said("one")
    ann.say("two")
    state = ann.log.locator(".failed .state")
    again = state.get_by_role("button", name="Send again")
    expect(state).to_contain_text("This room is slow: you can send it in 3600 s.")
    expect(again).to_be_disabled()
    ann.page.clock.run_for(2_000)
    expect(state).to_contain_text("you can send it in 3598 s.")
    ann.page.clock.fast_forward("01:00:00")
    expect(state).to_contain_text("you can send it now.")
    irc.command("MODE #lobby -W")
    again.click()
    expect(ann.page.locator(".failed, .waiting")).to_have_count(0)
    ann.expect_said("two")


@pytest.mark.parametrize(("then", "text"), [("", "Nobody has that name"), ("feed(':bob!b@h PRIVMSG ann :hi');", "")])
def test_an_absent_person_cannot_be_written_to(page: Page, then: str, text: str) -> None:
    script = """
        const bob = s.talkTo('bob');
        say(s, bob, 'x'); feed(`${label()} :t 401 ann bob :Nobody has that name`);
        THEN
        return text(bob);
    """
    assert obstacle(page, script.replace("THEN", then)) == text


def test_the_obstacle_survives_a_reload(page: Page) -> None:
    script = """
        const { restore, toKeep } = await import('/session/keeping.js');
        feed(':ann!a@h JOIN #dev', ':bob!b@h KICK #lobby ann :enough');
        s.find('#dev').obstacle = { kind: 'gone', text: '', by: '' };
        const fresh = new Session(() => {});
        restore(fresh, 'ann', JSON.parse(JSON.stringify(toKeep(s))));
        return [text(fresh.find('#lobby')), text(fresh.find('#dev'))];
    """
    assert obstacle(page, script) == ["You were removed from this room by bob: enough", ""]


@pytest.mark.thorough
@pytest.mark.parametrize("options", [{"color_scheme": "light"}, {"color_scheme": "dark"}])
def test_the_bar_and_its_buttons_help(company: Company, tracker: Hosted, options: dict[str, Any]) -> None:
    with IrcClient(tracker.port) as irc:
        irc.register("irma", password=PASSWORD)
        irc.join("#dev")
        ann = company.person(f"http://127.0.0.1:{tracker.port}", **options)
        ann.enter("ann")
        ann.join("dev")
        irc.command("KICK #dev ann :too loud")
        bar, box = ann.page.locator("#obstacle"), ann.page.locator("#text")
        expect(bar).to_contain_text("You were removed from this room by irma: too loud")
        expect(box).to_be_disabled()
        expect(ann.page.get_by_role("button", name="Send")).to_be_disabled()
        assert_accessible(ann.page)
        bar.get_by_role("button", name="Join again").click()
        expect(bar).to_be_hidden()
        expect(box).to_be_focused()
        irc.command("MODE #dev +m")
        expect(bar).to_have_text("Only operators and people with a voice may speak here.")
        expect(box).to_be_disabled()
        assert_accessible(ann.page)
        irc.command("MODE #dev +v ann")
        expect(bar).to_be_hidden()
        expect(box).to_be_focused()
        irc.command("KICK #dev ann")
        bar.get_by_role("button", name="Close").click()
        expect(ann.page.locator("#room-name")).to_have_text("#lobby")
        expect(box).to_be_enabled()


def test_a_notice_before_any_room_is_shown_in_the_first(page: Page) -> None:
    script = """
        feed(':ann!a@h PART #lobby');
        s.tell('You are now ann-2');
        feed(':ann!a@h JOIN #dev', ':ann!a@h JOIN #tea');
        return ['#dev', '#tea'].map((name) => s.find(name).present.entries.map(({ text }) => text));
    """
    assert obstacle(page, script) == [["You are now ann-2"], []]


@pytest.mark.thorough
def test_an_away_user_sees_it_and_can_return(company: Company, tracker: Hosted) -> None:
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.enter("ann")
    ann.say("/away lunch")
    bar = ann.page.locator("#away")
    expect(bar).to_contain_text("You have been away since")
    expect(bar).to_contain_text("lunch")
    assert_accessible(ann.page)
    bar.get_by_role("button", name="I am back").click()
    expect(bar).to_be_hidden()
    expect(ann.page.locator("#text")).to_be_focused()
