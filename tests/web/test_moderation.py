"""Moderation in the page: what its commands send, what the answers show, and the password that stays hidden."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.protocol.extbans import MUTE
from chatcore.protocol.modes import SLOW
from tests.support.browser import PASSWORD, Company, Page, expect
from tests.support.operators import hashed
from tests.support.trackers import Hosted, hosted_tracker
from tests.web.scripted_session import call, session

_LOBBY = [
    ":t 005 ann PREFIX=(ov)@+ CHANMODES=beI,k,lW,imnst EXTBAN=,m :are supported",
    ":t 353 ann = #lobby :@ann bob",
    ":t 366 ann #lobby :End",
]
_SENT = "sent.map(({ command, params }) => [command, ...(params ?? [])].join(' '))"
_TOLD = "s.find('#lobby').present.entries.map(({ kind, text }) => `${kind}: ${text}`)"


@pytest.mark.parametrize(
    ("line", "lines_sent"),
    [
        ("/kick bob", ["KICK #lobby bob"]),
        ("/kick bob  too loud", ["KICK #lobby bob too loud"]),
        ("/ban bob", ["MODE #lobby +b bob"]),
        ("/ban", ["MODE #lobby +b"]),
        ("/unban 10.0.0.7", ["MODE #lobby -b 10.0.0.7"]),
        ("/mute bob", ["MODE #lobby +b m:bob"]),
        ("/mute m:bob", ["MODE #lobby +b m:bob"]),
        ("/mute", ["MODE #lobby +b"]),
        ("/unmute bob", ["MODE #lobby -b m:bob"]),
        ("/slow 10", ["MODE #lobby +W 10"]),
        ("/slow OFF", ["MODE #lobby -W"]),
        ("/slow 0", ["MODE #lobby -W"]),
        ("/slow", ["MODE #lobby"]),
        ("/oper boss secret word", ["OPER boss secret word"]),
        (" /OPER boss secret", ["OPER boss secret"]),
        ("/kill bob", ["KILL bob no reason given"]),
        ("/kill bob spam", ["KILL bob spam"]),
        ("/kline", ["KLINE"]),
        ("/kline 10.0.0.7 too often", ["KLINE 10.0.0.7 too often"]),
        ("/unkline bob", ["UNKLINE bob"]),
    ],
)
def test_command_sends(page: Page, line: str, lines_sent: list[str]) -> None:
    script = f"s.isOnline = true; sent.length = 0; typed(s, {line!r}); return [{_SENT}, {_TOLD}]"
    assert session(page, _LOBBY, script) == [lines_sent, []]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("/kick", "Usage: /kick NAME [REASON]"),
        ("/kick #dev", "One NAME at a time"),
        ("/ban a,b", "One NAME at a time"),
        ("/unban", "Usage: /unban NAME"),
        ("/unmute", "Usage: /unmute NAME | #ROOM"),
        ("/mute a,b", "One NAME at a time"),
        ("/slow soon", "How slow? /slow SECONDS, or /slow off"),
        ("/oper", "Usage: /oper NAME [PASSWORD]"),
        ("/kill", "Usage: /kill NAME [REASON]"),
        ("/unkline", "Usage: /unkline WHO"),
        ("/kick :bob you", ":bob is not a name"),
        ("/oper :boss secret", ":boss is not a name"),
    ],
)
def test_command_that_cannot_be_understood(page: Page, line: str, problem: str) -> None:
    script = f"s.isOnline = true; sent.length = 0; typed(s, {line!r}); return [{_SENT}, {_TOLD}]"
    assert session(page, _LOBBY, script) == [[], [f"error: {problem}"]]


@pytest.mark.parametrize("line", ["/ban x", "/unban x", "/mute x", "/unmute x", "/slow", "/kick x"])
def test_command_that_needs_a_room(page: Page, line: str) -> None:
    script = f"const bob = s.talkTo('bob'); typed(s, {line!r}); return bob.present.entries.map(({{ text }}) => text)"
    assert session(page, _LOBBY, script) == ["Go to a room first"]


@pytest.mark.parametrize("line", ["/kick bob", "/ban bob", "/ban", "/slow 5", "/oper boss secret", "/kline"])
def test_command_without_a_connection(page: Page, line: str) -> None:
    script = f"lost(); typed(s, {line!r}); return {_TOLD}"
    assert session(page, _LOBBY, script) == ["error: You are not connected"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("/mute bob", "This tracker cannot mute people"),
        ("/unmute bob", "This tracker cannot mute people"),
        ("/slow 5", "This tracker has no slow mode"),
    ],
)
def test_commands_the_tracker_does_not_support_say_so(page: Page, line: str, problem: str) -> None:
    assert session(page, [], f"typed(s, {line!r}); return {_TOLD}") == [f"error: {problem}"]


@pytest.mark.parametrize(
    ("line", "answer", "told"),
    [
        ("/mute ANN", "MODE #lobby +b m:ann", ["info: ANN has @ in this room and can still speak."]),
        ("/mute ANN", "482 ann #lobby :Only operators", ["error: Only operators"]),
        ("/unmute ann", "MODE #lobby -b m:ann", []),
        ("/mute bob", "MODE #lobby +b m:bob", []),
    ],
)
def test_an_ineffective_mute_is_explained(page: Page, line: str, answer: str, told: list[str]) -> None:
    script = f"""
        s.isOnline = true;
        sent.length = 0;
        typed(s, {line!r});
        feed(`@label=${{sent[0].tags.label}} :t {answer}`);
        return {_TOLD}.filter((text) => !text.startsWith('event'));
    """
    assert session(page, _LOBBY, script) == told


# -- the outcome of a command --

_LABEL = "@label=${sent.findLast(({ tags }) => tags).tags.label}"


@pytest.mark.parametrize(
    ("line", "remark"),
    [
        ("/ban eve", "eve is already banned."),
        ("/unban eve", "eve is not banned. /ban shows who is."),
        ("/mute eve", "eve is already muted."),
        ("/unmute eve", "eve is not muted. /mute shows who is."),
        ("/slow off", "The room is not slow."),
    ],
)
def test_a_change_without_effect_is_explained(page: Page, line: str, remark: str) -> None:
    script = f"s.isOnline = true; typed(s, {line!r}); feed(`{_LABEL} :t ACK`, ':t ACK'); return {_TOLD}"
    assert session(page, _LOBBY, script) == [f"info: {remark}"]


_BANNED = f"`{_LABEL} :ann!a@h MODE #lobby +b bob!*@*`"


@pytest.mark.parametrize(
    ("answer", "lines_sent"),
    [
        (_BANNED, ["KICK #lobby bob rude"]),
        (f"`{_LABEL} :t ACK`", ["KICK #lobby bob rude"]),
        (f"`{_LABEL} :t 482 ann #lobby :Only operators`", []),
        ("':eve!e@h MODE #lobby +b bob!*@*'", []),
        (f"':bob!b@h PART #lobby', {_BANNED}", []),
    ],
)
def test_a_banned_user_is_kicked_after_the_ban(page: Page, answer: str, lines_sent: list[str]) -> None:
    script = f"s.isOnline = true; typed(s, '/ban bob rude'); feed({answer}); return {_SENT}"
    assert [line for line in session(page, _LOBBY, script) if line.startswith("KICK")] == lines_sent


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (":t 482 ann #lobby :Only operators", "error: Only operators"),
        (":t 441 ann bob #lobby :They are not in that room", "error: bob: They are not in that room"),
        (":t 401 ann bob :Nobody here has that name", "error: bob: Nobody here has that name"),
        (":t 435 ann anna #lobby :You are banned", "error: anna: You are banned"),
        (":t 464 ann :Wrong name or password", "error: Wrong name or password"),
        (":t 481 ann :Only IRC operators may do that", "error: Only IRC operators may do that"),
        (":t 473 ann #dev :By invitation only", "error: #dev: By invitation only"),
        (":t 696 ann #lobby W 99999 :The time is from 1 to 3600 seconds", "error: The time is from 1 to 3600 seconds"),
        (":t FAIL KLINE BANNED_ALREADY eve :That is already banned", "error: eve: That is already banned"),
        (":t WARN * X :No", "error: No"),
    ],
)
def test_a_refusal_names_its_subject(page: Page, line: str, told: str) -> None:
    assert session(page, [*_LOBBY, line], f"return {_TOLD}") == [told]


def test_a_refused_typing_notification_is_not_shown(page: Page) -> None:
    """Nobody sees that a muted member is typing; a message of theirs is refused in its place."""
    assert session(page, [*_LOBBY, ":t 404 ann #lobby :You are muted in this room (+b)"], f"return {_TOLD}") == []


_LIST = [
    "367 ann #lobby eve!*@* bob!b@h 1700000000",
    "367 ann #lobby m:dan!*@* bob!b@h 1700000000",
    "367 ann #lobby *!*@h",
    "368 ann #lobby :End",
]


def _answer(line: str, lines: list[str]) -> str:
    """Return a script that types a line, answers it with these lines, and returns what is shown."""
    batch = [f"@batch=a :t {each}" for each in lines]
    return f"""
        s.isOnline = true;
        sent.length = 0;
        typed(s, {line!r});
        feed(`{_LABEL} :t BATCH +a labeled-response`, ...{batch}, ':t BATCH -a');
        return {_TOLD};
    """


@pytest.mark.parametrize(
    ("line", "told"),
    [("/ban", "Banned in this room: eve, by bob; *!*@h"), ("/mute", "Muted in this room: dan, by bob")],
)
def test_lists_are_shown(page: Page, line: str, told: str) -> None:
    assert session(page, _LOBBY, _answer(line, _LIST)) == [f"info: {told}"]


@pytest.mark.parametrize("line", ["/ban", "/mute"])
def test_empty_lists_say_so(page: Page, line: str) -> None:
    did = "muted" if line == "/mute" else "banned"
    assert session(page, _LOBBY, _answer(line, _LIST[-1:])) == [f"info: Nobody is {did} in this room."]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["219 ann k :End"], "Nobody is kept out of the chat."),
        (
            ["216 ann K eve :is banned", "216 ann K 10.0.0.7 :is", "219 ann k :End"],
            "Kept out of the chat: eve; 10.0.0.7",
        ),
        (
            ["216 ann K eve :is banned", "219 ann k :End: the first 1 of 2"],
            "Kept out of the chat: the first 1 of 2: eve",
        ),
    ],
)
def test_bans_from_the_chat(page: Page, lines: list[str], told: str) -> None:
    assert session(page, _LOBBY, _answer("/kline", lines)) == [f"info: {told}"]


def test_an_endless_list_is_cut_to_a_readable_length(page: Page) -> None:
    script = """
        s.isOnline = true;
        typed(s, '/ban');
        feed(`@label=${sent.at(-1).tags.label} :t BATCH +a labeled-response`);
        for (let i = 0; i < 7000; i++) feed('@batch=a :t 367 ann #lobby x!*@* bob!b@h 1');
        const kept = s.questions.batches.get('a').messages.length;
        feed(':t BATCH -a');
        return [kept <= 5000, s.find('#lobby').present.entries.at(-1).text.split(';').length];
    """
    assert session(page, _LOBBY, script) == [True, 500]


@pytest.mark.parametrize(
    ("modes", "told"), [("+nlW 5 10", "The room is slow: one message every 10 s."), ("+nt", "The room is not slow.")]
)
def test_slow_shows_the_interval(page: Page, modes: str, told: str) -> None:
    line = f"{_LABEL} :t 324 ann #lobby {modes}"
    script = f"s.isOnline = true; typed(s, '/slow'); feed(`{line}`, ':t 324 ann #lobby +W 9'); return {_TOLD}"
    assert session(page, _LOBBY, script) == [f"info: {told}"]


# -- changes by others --


def test_mode_letters_match_the_tracker(page: Page) -> None:
    assert call(page, "session/modes", "[m.MUTE, m.SLOW]") == [f"{MUTE.letter}:", SLOW.letter]


@pytest.mark.parametrize(
    ("modes", "lines"),
    [
        ("+b m:eve!*@*", ["eve was muted by bob"]),
        ("-b m:eve!*@*", ["eve was unmuted by bob"]),
        ("+b m:ANN!*@*", ["You were muted by bob"]),
        ("+b eve!*@*", ["eve was banned by bob"]),
        ("-b *!*@10.0.0.7", ["*!*@10.0.0.7 was unbanned by bob"]),
        ("+W 10", ["bob made the room slow: one message every 10 s"]),
        ("-W", ["bob ended slow mode"]),
        ("+mb-t+ov m:*!*@h ann bob", ["*!*@h was muted by bob\nbob set +m-t+ov ann bob"]),
        ("+klW key 5 10", ["bob made the room slow: one message every 10 s\nbob set +kl key 5"]),
        ("-kl key", ["bob set -kl key"]),
    ],
)
def test_a_mode_change_is_described_in_words(page: Page, modes: str, lines: list[str]) -> None:
    assert session(page, [*_LOBBY, f":bob!b@h MODE #lobby {modes}"], f"return {_TOLD}") == [
        f"event: {line}" for line in lines
    ]


@pytest.mark.parametrize(
    ("modes", "count"), [("+b eve!*@*", 0), ("+W 10", 0), ("+m", 0), ("+m-v bob", 1), ("+o bob", 1)]
)
def test_members_are_asked_for_when_ranks_change(page: Page, modes: str, count: int) -> None:
    script = f"sent.length = 0; feed(':bob!b@h MODE #lobby {modes}'); return {_SENT}"
    assert session(page, _LOBBY, script) == ["NAMES #lobby"] * count


def test_modes_before_the_tracker_lists_them(page: Page) -> None:
    script = f"feed(':bob!b@h MODE #lobby +olb bob 5 eve!*@*'); return {_TOLD}"
    assert session(page, [], script) == ["event: eve was banned by bob\nbob set +ol bob 5"]


# -- with a real tracker --

_SECRET = "boss's secret"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Hosted]:
    with hosted_tracker(tmp_path, PASSWORD, operators={"boss": hashed(_SECRET)}) as tracker:
        yield tracker


def test_an_irc_operators_password_is_neither_shown_nor_stored(company: Company, guarded: Hosted) -> None:
    ann = company.person(f"http://127.0.0.1:{guarded.port}")
    ann.enter("ann")
    ann.say("/oper boss")
    password = ann.page.get_by_label("Password of the IRC operator boss")
    expect(password).to_be_focused()
    ann.page.keyboard.press("Escape")
    expect(password).to_be_hidden()
    expect(ann.page.locator("#text")).to_be_focused()
    ann.say("/oper boss")
    password.fill("wrong")
    ann.page.get_by_role("button", name="Cancel").click()
    expect(password).to_be_hidden()
    ann.say("/oper boss")
    expect(password).to_have_value("")
    password.fill(_SECRET)
    password.press("Enter")
    expect(ann.log).to_contain_text("You are an IRC operator now")
    expect(password).to_be_hidden()
    assert _SECRET not in ann.page.content()
    assert sum(line.startswith("oper ") for line in guarded.log_lines()) == 1


@pytest.mark.thorough
def test_a_muted_members_message_is_not_lost(company: Company, guarded: Hosted) -> None:
    ann, bob = (company.person(f"http://127.0.0.1:{guarded.port}") for _ in range(2))
    ann.enter("ann")
    bob.enter("bob")
    ann.say("/mute bob")
    expect(bob.log).to_contain_text("You were muted by ann")
    bob.say("hear me")
    expect(bob.log.locator(".failed .state")).to_contain_text("You are muted in this room")
    ann.say("/unmute bob")
    expect(bob.log).to_contain_text("You were unmuted by ann")
    bob.page.get_by_role("button", name="Send again").click()
    ann.expect_said("hear me")
    ann.say("/slow 3600")
    expect(bob.log).to_contain_text("ann made the room slow: one message every 3600 s")
    bob.say("one")
    bob.say("two")
    expect(bob.log.locator(".failed .state")).to_contain_text("This room is slow")
    ann.expect_said("one")
    ann.say("/ban bob too much")
    expect(bob.log).to_contain_text("You were removed by ann (too much)")
    expect(bob.log.locator(".failed .text")).to_have_text("two")
    ann.say("/ban")
    expect(ann.log).to_contain_text("Banned in this room: bob, by ann")
    bob.open()
    bob.page.get_by_label("Join or create a room").fill("lobby")
    bob.page.get_by_role("button", name="Join the room").click()
    expect(bob.page.get_by_role("dialog")).to_contain_text("You are banned from #lobby.")
    bob.page.keyboard.press("Escape")
    bob.join("dev")
    expect(bob.page.locator("#topic")).to_have_text("")
