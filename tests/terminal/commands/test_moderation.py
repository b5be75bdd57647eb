"""Moderation: what its commands send, how changes by others are shown, and what is shown if nothing changes."""

from __future__ import annotations

import pytest

from chatcore.terminal.commands import moderation
from chatcore.terminal.commands.typed import is_secret, type_line
from chatcore.terminal.session.effects import AskPassword
from chatcore.terminal.session.session import Session
from tests.terminal.visits import arrive, in_lobby, pings, sent, settle, shown, type_in, welcomed


@pytest.mark.parametrize(
    ("line", "lines_sent"),
    [
        ("/kick dan", ["KICK #lobby dan"]),
        ("/kick dan  too loud", ["KICK #lobby dan :too loud"]),
        ("/ban dan", ["MODE #lobby +b dan"]),
        ("/ban Cleo", ["MODE #lobby +b Cleo", "KICK #lobby Cleo"]),
        ("/ban cleo too loud", ["MODE #lobby +b cleo", "KICK #lobby cleo :too loud"]),
        ("/ban 10.0.0.7", ["MODE #lobby +b 10.0.0.7"]),
        ("/ban *!*@*.example", ["MODE #lobby +b *!*@*.example"]),
        ("/ban", ["MODE #lobby +b"]),
        ("/unban dan", ["MODE #lobby -b dan"]),
        ("/mute ann", ["MODE #lobby +b m:ann"]),
        ("/mute m:ann", ["MODE #lobby +b m:ann"]),
        ("/mute", ["MODE #lobby +b"]),
        ("/unmute Cleo", ["MODE #lobby -b m:Cleo"]),
        ("/slow 10", ["MODE #lobby +W 10"]),
        ("/slow off", ["MODE #lobby -W"]),
        ("/slow 0", ["MODE #lobby -W"]),
        ("/slow", ["MODE #lobby"]),
        ("/oper boss secret word", ["OPER boss :secret word"]),
        ("/kill dan", ["KILL dan :no reason given"]),
        ("/kill dan spam", ["KILL dan spam"]),
        ("/kline", ["KLINE"]),
        ("/kline dan", ["KLINE dan"]),
        ("/kline 10.0.0.7 too many tries", ["KLINE 10.0.0.7 :too many tries"]),
        ("/unkline dan", ["UNKLINE dan"]),
    ],
)
def test_commands_send_their_lines(line: str, lines_sent: list[str]) -> None:
    effects = type_line(in_lobby(), line)
    assert sent(effects) == lines_sent
    assert shown(effects) == []
    assert pings(effects) == 1


@pytest.mark.parametrize(("nick", "rank"), [("BOB", "@"), ("Cleo", "+")])
def test_muting_a_member_with_a_rank_warns(nick: str, rank: str) -> None:
    session = in_lobby()
    assert shown(type_in(session, f"/mute {nick}")) == [f"* {nick} has {rank} in #lobby and can still speak"]
    assert shown(type_in(session, f"/unmute {nick}")) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("/ban #dev", "one NAME at a time (usage: /ban [NAME] [REASON])"),
        ("/kick a,b", "one NAME at a time (usage: /kick NAME [REASON])"),
        ("/unban", "usage: /unban NAME"),
        ("/slow soon", "soon is neither a number of seconds nor off (usage: /slow [SECONDS | off])"),
        ("/slow ²", "² is neither a number of seconds nor off (usage: /slow [SECONDS | off])"),
        ("/oper", "usage: /oper NAME [PASSWORD]"),
        ("/kill", "usage: /kill NAME [REASON]"),
    ],
)
def test_malformed_commands_show_their_usage(line: str, problem: str) -> None:
    effects = type_in(in_lobby(), line)
    assert shown(effects) == [f"error: {problem}"]
    assert sent(effects) == []


@pytest.mark.parametrize("line", ["/ban x", "/unban x", "/mute x", "/unmute x", "/slow", "/slow 5", "/kick x"])
def test_commands_that_need_a_room_say_so(line: str) -> None:
    (problem,) = shown(type_in(welcomed(), line))
    assert problem.startswith("error: you are not in any room; /join ROOM enters one")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("/mute Cleo", "this tracker cannot mute people"),
        ("/unmute Cleo", "this tracker cannot mute people"),
        ("/slow 5", "this tracker has no slow mode"),
    ],
)
@pytest.mark.parametrize("tokens", [{}, {"EXTBAN": "$,m", "CHANMODES": "b,k,l,W"}, {"EXTBAN": ",a", "CHANMODES": "b"}])
def test_commands_that_the_server_lacks_are_refused(line: str, problem: str, tokens: dict[str, str]) -> None:
    session = in_lobby()
    session.supported.tokens = tokens
    effects = type_in(session, line)
    assert (shown(effects), sent(effects)) == ([f"error: {problem}"], [])


# -- the password of an IRC operator --


@pytest.mark.parametrize("line", ["/oper boss", "/oper boss ", " /oper boss"])
def test_a_missing_password_is_asked_for(line: str) -> None:
    session = in_lobby()
    (asked,) = type_line(session, line)
    assert isinstance(asked, AskPassword)
    assert asked.question == "Password of the IRC operator boss: "
    assert session.is_settled
    assert sent(moderation.become_operator(session, "boss", "secret")) == ["OPER boss secret"]
    assert not session.is_settled


def test_nothing_is_sent_without_a_password() -> None:
    effects = moderation.become_operator(in_lobby(), "boss", "")
    assert (shown(effects), sent(effects)) == (["* no password given; nothing was sent"], [])


@pytest.mark.parametrize("line", ["/oper boss secret", " /oper boss secret", "\t/OPER boss secret"])
def test_a_line_with_a_password_is_never_sent_as_text(line: str) -> None:
    assert is_secret(line)
    assert sent(type_in(in_lobby(), line)) == ["OPER boss secret"]


@pytest.mark.parametrize("line", ["/operate", "oper boss secret", "", "//oper boss", "say /oper boss"])
def test_other_lines_are_not_secret(line: str) -> None:
    assert not is_secret(line)


def test_a_new_irc_operator_sees_the_commands() -> None:
    (line,) = shown(arrive(in_lobby(), ":t 381 ann :You are now an IRC operator"))
    assert line.startswith("* you are an IRC operator now: /kick, /ban, /mute")


# -- changes by others --


@pytest.mark.parametrize(
    ("modes", "lines"),
    [
        ("+b m:Cleo!*@*", ["Cleo was muted by bob in #lobby"]),
        ("-b m:Cleo!*@*", ["Cleo was unmuted by bob in #lobby"]),
        ("+b m:ANN!*@*", ["you were muted by bob in #lobby"]),
        ("+b Cleo!*@*", ["Cleo was banned from #lobby by bob"]),
        ("-b *!*@10.0.0.7", ["*!*@10.0.0.7 was unbanned from #lobby by bob"]),
        ("+b-t+o m:*!*@h Cleo", ["*!*@h was muted by bob in #lobby", "bob set the mode -t+o Cleo on #lobby"]),
        ("+bz Cleo!*@* 1", ["bob set the mode +bz Cleo!*@* 1 on #lobby"]),
        ("+W 10", ["bob made #lobby slow: one message every 10 s"]),
        ("-W", ["bob ended slow mode in #lobby"]),
        ("+mW 10", ["bob made #lobby slow: one message every 10 s", "bob set the mode +m on #lobby"]),
    ],
)
def test_mode_changes_are_shown_in_words(modes: str, lines: list[str]) -> None:
    assert shown(arrive(in_lobby(), f":bob!b@h MODE #lobby {modes}")) == [f"* {line}" for line in lines]


# -- the outcome of a command --


def _answered(session: Session, line: str, *answers: str) -> list[str]:
    """Type a line; return what is shown for the answers and the PONG that follows them."""
    effects = type_line(session, line)
    return shown([*arrive(session, *answers), *settle(session, effects)])


@pytest.mark.parametrize(
    ("line", "remark"),
    [
        ("/ban dan", "dan is already banned from #lobby"),
        ("/unban dan", "dan is not banned from #lobby; /ban shows who is"),
        ("/mute dan", "dan is already muted in #lobby"),
        ("/unmute dan", "dan is not muted in #lobby"),
        ("/slow off", "#lobby is not slow"),
    ],
)
def test_a_change_without_effect_is_reported(line: str, remark: str) -> None:
    session = in_lobby()
    assert _answered(session, line) == [f"* {remark}"]
    assert _answered(session, "/topic") == []


def test_a_change_made_or_refused_is_shown() -> None:
    session = in_lobby()
    done = ":ann!a@h MODE #lobby +b dan!*@*"
    assert _answered(session, "/ban dan", done) == ["* dan was banned from #lobby by ann"]
    others = ":bob!b@h MODE #lobby +v Cleo"
    assert _answered(session, "/ban dan", others) == [
        "* bob set the mode +v Cleo on #lobby",
        "* dan is already banned from #lobby",
    ]
    refusal = ":t 482 ann #lobby :Only operators"
    assert _answered(session, "/mute dan", refusal) == ["error: #lobby: Only operators"]


def test_two_refusals_of_one_command_are_shown_once() -> None:
    session = in_lobby()
    refusal = ":t 482 ann #lobby :Only operators"
    assert _answered(session, "/ban Cleo", refusal, refusal) == ["error: #lobby: Only operators"]
    assert _answered(session, "/ban Cleo", refusal, refusal) == ["error: #lobby: Only operators"]


def test_kicking_an_absent_person_is_an_error() -> None:
    assert _answered(in_lobby(), "/kick dan", ":t 441 ann dan #lobby :No") == ["error: dan is not in #lobby"]


def test_a_rename_refused_during_a_mute_is_reported() -> None:
    refusal = ":t 435 ann anna #lobby :You cannot change your username while you are muted"
    shown_of_it = ["error: #lobby: You cannot change your username while you are muted"]
    assert _answered(in_lobby(), "/name anna", refusal) == shown_of_it


def test_an_invalid_slow_time_is_reported() -> None:
    refusal = ":t 696 ann #lobby W 99999 :The time is from 1 to 3600 seconds"
    assert _answered(in_lobby(), "/slow 99999", refusal) == ["error: #lobby: The time is from 1 to 3600 seconds"]


_LIST = (
    ":t 367 ann #lobby dan!*@* bob!b@h 1700000000",
    ":t 367 ann #lobby m:eve!*@* bob!b@h never",
    ":t 367 ann #lobby *!*@h",
    ":t 368 ann #lobby :End",
)
_DAN, _EVE, _HOST = (
    "* dan is banned from #lobby, by bob on 2023-11-1",
    "* eve is muted in #lobby, by bob",
    "* *!*@h is banned from #lobby",
)


@pytest.mark.parametrize(
    ("line", "lines"),
    [("/ban", [_DAN, _HOST]), ("/mute", [_EVE]), ("/mode +b", [_DAN, _EVE, _HOST])],
)
def test_ban_and_mute_lists_are_shown(line: str, lines: list[str]) -> None:
    session = in_lobby()
    found = _answered(session, line, *_LIST)
    assert len(found) == len(lines)
    assert all(line.startswith(start) for line, start in zip(found, lines, strict=True))
    assert len(_answered(session, "/mode +b", *_LIST)) == 3


@pytest.mark.parametrize(
    ("line", "remark"),
    [("/ban", "nobody is banned from #lobby"), ("/mute", "nobody is muted in #lobby")],
)
def test_an_empty_list_is_reported(line: str, remark: str) -> None:
    assert _answered(in_lobby(), line, _LIST[-1]) == [f"* {remark}"]


def test_the_list_of_klines_is_shown() -> None:
    session = in_lobby()
    entries = [":t 216 ann K dan :is banned", ":t 216 ann K 10.0.0.0/8 :is banned"]
    kept_out = ["* dan is kept out", "* 10.0.0.0/8 is kept out"]
    assert _answered(session, "/kline", *entries, ":t 219 ann k :End of report") == kept_out
    assert _answered(session, "/kline", *entries, ":t 219 ann k :End: the first 2 of 3") == [
        *kept_out,
        "* End: the first 2 of 3",
    ]
    assert _answered(session, "/kline", ":t 219 ann k :End of report") == ["* nobody is kept out"]


def test_the_ban_exception_list_is_shown() -> None:
    session = in_lobby()
    entry = ":t 348 ann #lobby dan!*@* bob!b@h 99999999999999999999"
    assert _answered(session, "/mode +e", entry, ":t 349 ann #lobby :End") == [
        "* dan!*@* is on the ban exception list of #lobby, by bob"
    ]
    assert _answered(session, "/mode +e", ":t 349 ann #lobby :End") == ["* the ban exception list of #lobby is empty"]


def test_the_absence_of_slow_mode_is_shown() -> None:
    assert _answered(in_lobby(), "/slow", ":t 324 ann #lobby +nt") == ["* #lobby is not slow"]


def test_the_slow_time_of_a_room_is_shown() -> None:
    session = in_lobby()
    assert _answered(session, "/slow", ":t 324 ann #lobby +nlW 5 10") == ["* #lobby is slow: one message every 10 s"]
    assert _answered(session, "/mode", ":t 324 ann #lobby +nW 10") == ["* the modes of #lobby: +nW 10"]


# -- refused text --


def test_refused_text_is_shown() -> None:
    session = in_lobby()
    effects = [effect for line in ("one", "two", "three") for effect in type_line(session, line)]
    assert sent(effects) == ["PRIVMSG #lobby one", "PRIVMSG #lobby two", "PRIVMSG #lobby three"]
    assert shown(
        arrive(
            session,
            ":ann!a@h PRIVMSG #lobby one",
            ":bob!b@h PRIVMSG #lobby two",
            ":t 404 ann #LOBBY :This room is slow",
            ":t 404 ann #lobby :You are muted",
            ":t 404 ann #lobby :You are muted",
        )
    ) == [
        "[#lobby] <ann> one",
        "[#lobby] <bob> two",
        "error: #LOBBY: This room is slow; not sent: two",
        "error: #lobby: You are muted; not sent: three",
        "error: #lobby: You are muted",
    ]


def test_a_refusal_of_something_else_claims_no_text() -> None:
    session = in_lobby()
    type_line(session, "hello")
    assert shown(arrive(session, ":t 401 ann dan :Nobody")) == ["error: dan: Nobody"]
    assert shown(arrive(session, ":t 404 ann #lobby :No")) == ["error: #lobby: No; not sent: hello"]


def test_an_answer_skips_earlier_unanswered_texts() -> None:
    session = in_lobby()
    for line in ("one", "two", "/msg dan three", "four"):
        type_line(session, line)
    arrive(session, ":t 400 ann PRIVMSG :Nothing is accepted", ":ann!a@h PRIVMSG #lobby two")
    assert shown(arrive(session, ":t 404 ann #lobby :No")) == ["error: #lobby: No; not sent: four"]
    assert shown(arrive(session, ":t 401 ann dan :No")) == ["error: dan: No"]


def test_settled_text_is_not_refused_later() -> None:
    session = in_lobby()
    type_line(session, "hello")
    type_in(session, "/topic")
    assert shown(arrive(session, ":t 404 ann #lobby :No")) == ["error: #lobby: No"]
