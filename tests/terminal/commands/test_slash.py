"""The slash commands: what each sends, and how a wrong one is reported."""

import pytest

from chatcore.protocol.message import Message
from chatcore.terminal.commands import slash
from chatcore.terminal.commands.typed import type_line
from chatcore.terminal.session.effects import ClearScreen, Request, Suggest, TripBegun, TripEnded
from tests.terminal.visits import arrive, in_lobby, in_two_rooms, pings, sent, settle, shown, type_in, welcomed


@pytest.mark.parametrize(
    ("line", "line_sent"),
    [
        ("/join dev", "JOIN #dev"),
        ("/join #dev", "JOIN #dev"),
        ("/j dev", "JOIN #dev"),
        ("/JOIN #dev secret", "JOIN #dev secret"),
        ("/leave", "PART #lobby"),
        ("/leave dev", "PART #dev"),
        ("/leave #dev so long", "PART #dev :so long"),
        ("/leave_chatroom dev", "PART #dev"),
        ("/part", "PART #lobby"),
        ("/send dev hello there", "PRIVMSG #dev :hello there"),
        ("/send #dev  hello", "PRIVMSG #dev hello"),
        ("/msg bob hello there", "PRIVMSG bob :hello there"),
        ("/to 10.0.0.1:4000 hello there", "PRIVMSG 10.0.0.1:4000 :hello there"),
        ("/to [::1]:4000 hi", "PRIVMSG [::1]:4000 hi"),
        ("/w bob hello there", "PRIVMSG bob :hello there"),
        ("/notice bob hello there", "NOTICE bob :hello there"),
        ("/notice #lobby  hello", "NOTICE #lobby hello"),
        ("/notice @#lobby hello", "NOTICE @#lobby hello"),
        ("/me waves", "PRIVMSG #lobby :\x01ACTION waves\x01"),
        ("/who", "WHO #lobby"),
        ("/who #dev", "WHO #dev"),
        ("/who dev", "WHO #dev"),
        ("/who CLEO", "WHOIS CLEO"),
        ("/rooms", "LIST"),
        ("/rooms tea", "LIST *tea*"),
        ("/history", "CHATHISTORY LATEST #lobby * 100"),
        ("/history 5", "CHATHISTORY LATEST #lobby * 5"),
        ("/topic", "TOPIC #lobby"),
        ("/topic the news", "TOPIC #lobby :the news"),
        ("/name anna", "NICK anna"),
        ("/nick anna", "NICK anna"),
        ("/name two words", "NICK :two words"),
        ("/away", "AWAY"),
        ("/away at lunch", "AWAY :at lunch"),
        ("/invite dan", "INVITE dan #lobby"),
        ("/invite dan dev", "INVITE dan #dev"),
        ("/mode", "MODE #lobby"),
        ("/mode +ov bob Cleo", "MODE #lobby +ov bob Cleo"),
    ],
)
def test_commands_send_their_line(line: str, line_sent: str) -> None:
    effects = type_in(in_lobby(), line)
    assert sent(effects) == [line_sent]
    assert shown(effects) == []


@pytest.mark.parametrize("line", ["/join dev", "/leave", "/who", "/rooms", "/topic x", "/name anna"])
def test_a_command_with_an_answer_has_to_settle(line: str) -> None:
    session = in_lobby()
    effects = type_line(session, line)
    assert pings(effects) == 1
    assert not session.is_settled


@pytest.mark.parametrize("line", ["hello", "/msg bob hi", "/me waves", "/help", "/join lobby", "/nonsense"])
def test_a_line_without_an_answer_does_not(line: str) -> None:
    session = in_lobby()
    type_line(session, line)
    assert session.is_settled


@pytest.mark.parametrize("line", ["/quit", "/disconnect", "/exit", "/quit bye"])
def test_quit_leaves(line: str) -> None:
    assert type_in(in_lobby(), line) == [Request.LEAVE]


def test_logout_logs_out() -> None:
    assert type_in(in_lobby(), "/logout") == [Request.LOGOUT]


def test_joining_a_room_again_switches_to_it() -> None:
    session = in_two_rooms()
    effects = type_in(session, "/join LOBBY")
    assert sent(effects) == []
    assert shown(effects) == ["* you are now writing to #lobby"]
    assert sent(type_in(session, "hi")) == ["PRIVMSG #lobby hi"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("/join", "usage: /join ROOM [KEY]"),
        ("/send dev", "usage: /send ROOM TEXT"),
        ("/msg", "usage: /msg NAME [TEXT]"),
        ("/msg a,b hi", "one NAME at a time (usage: /msg NAME [TEXT])"),
        ("/msg #dev hi", "one NAME at a time (usage: /msg NAME [TEXT])"),
        ("/notice bob", "usage: /notice NAME | ROOM TEXT"),
        ("/notice a,b hi", "one NAME or ROOM at a time (usage: /notice NAME | ROOM TEXT)"),
        ("/names dev", "you are not in #dev; /who #dev shows who is there (usage: /names [ROOM])"),
        ("/ping bob", "only the round trip to the tracker can be timed (usage: /ping)"),
        ("/to bob hi", "bob is not an IP:PORT (usage: /to IP:PORT TEXT)"),
        ("/me", "usage: /me TEXT"),
        ("/name", "usage: /name NEWNAME"),
        ("/kick", "usage: /kick NAME [REASON]"),
        ("/search", "usage: /search WORDS [FILTERS]"),
        ("/search in:", "in: what? (usage: /search WORDS [FILTERS])"),
        ("/search tea from:", "from: what? (usage: /search WORDS [FILTERS])"),
        (
            "/search before:yesterday",
            "yesterday is not a date; one is written 2026-11-01 (usage: /search WORDS [FILTERS])",
        ),
        (
            "/search before:0001-01-01",
            "0001-01-01 is not a date; one is written 2026-11-01 (usage: /search WORDS [FILTERS])",
        ),
        ("/export in:", "in: what? (usage: /export [WHAT] [FILE])"),
        ("/history many", "many is not a number of messages (usage: /history [N])"),
        ("/history 0", "0 is not a number of messages (usage: /history [N])"),
        ("/history ²", "² is not a number of messages (usage: /history [N])"),
    ],
)
def test_malformed_commands_show_their_usage(line: str, problem: str) -> None:
    effects = type_in(in_lobby(), line)
    assert shown(effects) == [f"error: {problem}"]
    assert sent(effects) == []


@pytest.mark.parametrize("name", ["a,b", "#a:b", "x" * 200, "#"])
def test_an_invalid_room_name_is_an_error(name: str) -> None:
    effects = type_in(in_lobby(), f"/join {name}")
    (problem,) = shown(effects)
    assert problem.startswith("error: Room names")
    assert sent(effects) == []


@pytest.mark.parametrize("line", ["/leave", "/who", "/topic", "/me waves", "/kick bob", "/history", "/export", "/mode"])
def test_commands_that_need_a_room_say_so(line: str) -> None:
    effects = type_in(welcomed(), line)
    (problem,) = shown(effects)
    assert problem.startswith("error: you are not in any room; /join ROOM enters one")
    assert sent(effects) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("/history", "this tracker has no history"),
        ("/search tea", "this tracker cannot search"),
        ("/export", "this tracker has no history that can be exported"),
    ],
)
def test_commands_for_the_past_need_a_capable_tracker(line: str, problem: str) -> None:
    session = in_lobby(capabilities=("server-time",))
    assert shown(type_in(session, line)) == [f"error: {problem}"]


@pytest.mark.parametrize(
    ("line", "guess"),
    [
        ("/jion x", "there is no /jion; did you mean /join?"),
        ("/whoo", "there is no /whoo; did you mean /who?"),
        ("/KCIK bob", "there is no /KCIK; did you mean /kick?"),
        ("/ki bob", "there is no /ki; did you mean /kick or /kill?"),
        ("/hist", "there is no /hist; did you mean /history or /list?"),
        ("/foo", "there is no /foo; /help lists what there is"),
        ("/xyzzy", "there is no /xyzzy; /help lists what there is"),
        ("/ hello", "there is no /; /help lists what there is"),
        ("/", "there is no /; /help lists what there is"),
    ],
)
def test_an_unknown_command_suggests_known_ones(line: str, guess: str) -> None:
    effects = type_in(in_lobby(), line)
    assert shown(effects) == [f"error: {guess} (to say it, begin with //)"]
    assert sent(effects) == []


def test_a_notice_without_an_echo_is_reported_as_lost() -> None:
    """Nobody answers a NOTICE, not even the tracker to refuse it."""
    session = in_lobby()
    effects = type_line(session, "/notice dan hello")
    assert shown(settle(session, effects)) == ["* dan got no notice"]
    effects = type_line(session, "/notice bob hello")
    assert shown(arrive(session, ":ann!ann@127.0.0.1 NOTICE bob hello")) == ["[private to bob] -ann- hello"]
    assert shown(settle(session, effects)) == []


def test_a_notice_is_shown_at_once_without_echo_support() -> None:
    session = in_lobby(capabilities=())
    effects = type_line(session, "/notice #lobby hello")
    assert shown(effects) == ["[#lobby] -ann- hello"]
    assert shown(settle(session, effects)) == []


def test_names_are_shown_by_rank() -> None:
    session = in_lobby()
    assert shown(type_in(session, "/names")) == ["* in #lobby: 3", "* @bob +Cleo ann"]
    assert shown(type_in(session, "/names LOBBY")) == ["* in #lobby: 3", "* @bob +Cleo ann"]


def test_many_names_take_several_lines() -> None:
    session = in_lobby()
    arrive(session, f":t 353 ann = #lobby :{' '.join(f'p{number:02}' for number in range(60))} {'x' * 65}")
    first, *lines, last = shown(type_in(session, "/names"))
    assert first == "* in #lobby: 64"
    assert [len(line.split()) - 1 for line in lines] == [50, 13]
    assert last == "* and 1 more"


def test_ping_is_timed_until_its_answer_comes() -> None:
    session = in_lobby()
    begun, ping = type_line(session, "/ping")
    assert (begun, session.is_settled) == (TripBegun(), True)
    assert isinstance(ping, Message)
    pong = f":tracker.chat PONG tracker.chat {ping.params[0]}"
    assert arrive(session, ":tracker.chat PONG tracker.chat other") == []
    assert arrive(session, pong) == [TripEnded()]
    assert arrive(session, pong) == [], "a second PONG is ignored"


def test_clear_empties_the_window() -> None:
    assert type_in(in_lobby(), "/clear") == [ClearScreen()]


def test_the_intended_command_is_suggested() -> None:
    session = in_lobby()
    session.shows_all = False
    *told, suggested = type_in(session, "/jion  dev key")
    assert suggested == Suggest("/join dev key")
    assert shown(told) == [
        "error: there is no /jion; did you mean /join? (\N{UPWARDS ARROW} corrects it; to say it, begin with //)"
    ]


@pytest.mark.parametrize("line", ["/xyzzy", "/opre boss secret", "/ki bob"])
def test_secret_or_ambiguous_commands_are_not_suggested(line: str) -> None:
    session = in_lobby()
    session.shows_all = False
    (told,) = shown(type_in(session, line))
    assert told.endswith("(to say it, begin with //)")
    assert "secret" not in told


def test_help_shows_every_command() -> None:
    lines = shown(type_in(in_lobby(), "/help"))
    for command in slash.COMMANDS:
        assert any(line.startswith(f"* /{command.name} ") and command.help in line for line in lines)
    assert max(map(len, slash.help_lines())) <= 80 - len("  ")


@pytest.mark.parametrize("line", ["/help leave", "/help /leave", "/help part"])
def test_help_of_one_command(line: str) -> None:
    assert shown(type_in(in_lobby(), line)) == [
        "* /leave [ROOM]  leave a room, or close a conversation (also: /leave_chatroom, /part)"
    ]


def test_help_of_an_unknown_command() -> None:
    (problem,) = shown(type_in(in_lobby(), "/help jion"))
    assert problem.startswith("error: there is no /jion; did you mean /join?")
