"""Received lines: what the user sees of them, and what the session remembers."""

import pytest

from chatcore.protocol.message import Message, parse
from chatcore.terminal.commands.typed import type_line
from chatcore.terminal.session.effects import Said
from chatcore.terminal.session.received import receive
from chatcore.terminal.session.said import sent_at
from chatcore.terminal.session.session import Session
from chatcore.terminal.session.status import Status, Tab, status_of
from tests.terminal.visits import (
    arrive,
    in_lobby,
    in_two_rooms,
    looked_at,
    sent,
    settle,
    shown,
    type_in,
    unread,
    welcomed,
)


def test_the_welcome_is_shown_and_the_lobby_joined() -> None:
    session = Session("ann")
    effects = arrive(
        session,
        ":tracker.chat 001 ann :Welcome to the chat, ann!",
        ":tracker.chat 002 ann :Your host is tracker.chat",
        ":tracker.chat 251 ann :There are 3 users",
        ":tracker.chat 375 ann :- tracker.chat Message of the day -",
        ":tracker.chat 372 ann :- All that is said here is logged.",
        ":tracker.chat 376 ann :End of MOTD",
    )
    assert shown(effects) == ["* Welcome to the chat, ann!", "* All that is said here is logged."]
    assert sent(effects) == []
    effects = settle(session, effects)
    assert sent(effects) == ["JOIN #lobby"]
    assert not session.is_settled
    assert settle(session, effects) == []
    assert session.is_settled


def test_the_lobby_is_joined_without_a_motd() -> None:
    session = Session("ann")
    assert sent(settle(session, arrive(session, ":tracker.chat 422 ann :MOTD File is missing"))) == ["JOIN #lobby"]


@pytest.mark.parametrize("is_late", [False, True])
def test_the_lobby_is_not_joined_if_the_tracker_chose_a_room(is_late: bool) -> None:
    """A port that belongs to a room puts the client there; the tracker sends the JOIN after its welcome."""
    session = Session("ann")
    lines = [":ann!ann@::1 JOIN #dev", ":tracker.chat 376 ann :End of MOTD"]
    effects = arrive(session, *(reversed(lines) if is_late else lines))
    assert sent(effects) == []
    assert settle(session, effects) == []
    assert session.is_settled


def test_the_own_name_is_the_one_that_the_tracker_welcomes() -> None:
    session = Session("someone")
    arrive(session, ":tracker.chat 001 ann :Welcome")
    assert session.nick == "ann"


def test_only_the_awaited_pong_settles() -> None:
    session = Session("ann")
    (ping,) = arrive(session, ":ann!ann@::1 JOIN #dev", ":tracker.chat 376 ann :End of MOTD")[2:]
    assert isinstance(ping, Message)
    arrive(session, ":tracker.chat PONG tracker.chat :another")
    assert not session.is_settled
    arrive(session, f":tracker.chat PONG tracker.chat :{ping.params[0]}")
    assert session.is_settled


def test_an_own_join_shows_the_topic_and_the_members() -> None:
    session = welcomed()
    effects = arrive(
        session,
        ":ann!ann@127.0.0.1 JOIN #lobby",
        ":tracker.chat 332 ann #lobby :All and everything",
        ":tracker.chat 333 ann #lobby bob 1700000000",
        ":tracker.chat 353 ann = #lobby :@bob ann",
        ":tracker.chat 353 ann = #lobby :+Cleo",
        ":tracker.chat 366 ann #lobby :End of names",
    )
    assert shown(effects) == [
        "* ann joined #lobby",
        "* the topic of #lobby: All and everything",
        "* in #lobby: ann, @bob, +Cleo",
    ]
    assert status_of(session) == Status("ann", (Tab(1, "#lobby", is_current=True),), 3)
    assert session.user_and_host == "ann@127.0.0.1"


def test_members_are_shown_only_after_an_own_join() -> None:
    session = in_lobby()
    assert shown(arrive(session, ":t 353 ann = #lobby :ann", ":t 366 ann #lobby :End of names")) == []


def test_many_members_are_not_all_named() -> None:
    session = welcomed()
    names = " ".join(f"p{number:04}" for number in range(250))
    effects = arrive(session, ":ann!a@h JOIN #lobby", f":t 353 ann = #lobby :{names}", ":t 366 ann #lobby :End")
    assert shown(effects)[-1].endswith(", p0098 and 151 more")


@pytest.mark.parametrize(
    ("line", "line_shown"),
    [
        (":dan!d@h JOIN #lobby", "* dan joined #lobby"),
        (":bob!b@h PART #lobby", "* bob left #lobby"),
        (":bob!b@h PART #lobby :bye", "* bob left #lobby (bye)"),
        (":bob!b@h QUIT :Connection lost", "* bob left the chat (Connection lost)"),
        (":bob!b@h KICK #lobby Cleo :too loud", "* bob kicked Cleo from #lobby (too loud)"),
        (":bob!b@h KICK #lobby Cleo :bob", "* bob kicked Cleo from #lobby"),
        (":bob!b@h RENAME #lobby #hall :bigger", "* bob renamed #lobby to #hall (bigger)"),
        (":bob!b@h RENAME #lobby #Lobby :", "* bob renamed #lobby to #Lobby"),
        (":bob!b@h RENAME #nowhere #hall :", "* bob renamed #nowhere to #hall"),
        (":bob!b@h NICK rob", "* bob is now known as rob"),
        (":bob!b@h TOPIC #lobby :News", "* bob set the topic of #lobby: News"),
        (":bob!b@h TOPIC #lobby :", "* bob removed the topic of #lobby"),
        (":bob!b@h MODE #lobby +o-v Cleo Cleo", "* bob set the mode +o-v Cleo Cleo on #lobby"),
        (":bob!b@h INVITE ann #dev", "* bob invites you to #dev; /join #dev goes there"),
        (":bob!b@h INVITE dan #lobby", "* bob invites dan to #lobby"),
        (":bob!b@h PRIVMSG #lobby :hello", "[#lobby] <bob> hello"),
        (":bob!b@h PRIVMSG @#lobby :ops only", "[@#lobby] <bob> ops only"),
        (":bob!b@h PRIVMSG #lobby :\x01ACTION waves\x01", "[#lobby] * bob waves"),
        (":bob!b@h NOTICE #lobby :hear", "[#lobby] -bob- hear"),
        (":bob!b@h PRIVMSG ann :psst", "[private] <bob> psst"),
        (":bob!b@h PRIVMSG ANN :\x01ACTION winks\x01", "[private] * bob winks"),
        (":bob!b@h NOTICE ann :psst", "[private] -bob- psst"),
        (":tracker.chat NOTICE ann :dinner is ready", "* dinner is ready"),
        ("NOTICE * :looking up your name", "* looking up your name"),
        (":t 401 ann dan :No such nick", "error: dan: No such nick"),
        (":t 404 ann #dev :Cannot send to channel", "error: #dev: Cannot send to channel"),
        (":t 462 ann :You may not reregister", "error: You may not reregister"),
        (":t 301 ann bob :at lunch", "* bob is away: at lunch"),
        (":t 331 ann #lobby :No topic is set", "* #lobby has no topic"),
        (":t 305 ann :You are no longer marked as away", "* You are no longer marked as away"),
        (":t 324 ann #lobby +nt", "* the modes of #lobby: +nt"),
        (":t 341 ann dan #lobby", "* dan is invited to #lobby"),
        (":t FAIL CHATHISTORY INVALID_TARGET LATEST #x :Not there", "error: LATEST #x: Not there"),
        (":t FAIL INVITELINK NO_PRIVILEGES * :Only IRC operators", "error: Only IRC operators"),
        (":t FAIL SEARCH INVALID_PARAMS text :No word in that", "error: No word in that"),
        (":t WARN * SLOW_DOWN :Slow down", "error: Slow down"),
        (":t NOTE * HINT :Have a nice day", "* Have a nice day"),
        ("ERROR :the tracker has left", "* the tracker has left"),
        ("ERROR :Closing link: the tracker will be back soon", "* the tracker will be back soon"),
    ],
)
def test_a_line_is_shown(line: str, line_shown: str) -> None:
    assert shown(arrive(in_lobby(), line)) == [line_shown]


@pytest.mark.parametrize(
    "line",
    [
        ":stranger!s@h QUIT :bye",
        ":ann!a@h MODE ann +i",
        ":bob!b@h PRIVMSG ann :\x01VERSION\x01",
        ":bob!b@h AWAY :lunch",
        ":t CAP * NEW :sasl",
        ":t 004 ann t chatcore i o",
        ":t 329 ann #lobby 1700000000",
        ":t 999 ann :?",
        ":bob!b@h TAGMSG #lobby",
    ],
)
def test_a_line_is_not_shown(line: str) -> None:
    assert arrive(in_lobby(), line) == []


@pytest.mark.parametrize("command", ["JOIN", "KICK", "NICK", "MODE", "TOPIC", "PRIVMSG", "BATCH", "INVITE", "001"])
@pytest.mark.parametrize("params", [(), ("+x",), ("#lobby",)])
def test_a_message_with_too_few_parameters_does_no_harm(command: str, params: tuple[str, ...]) -> None:
    session = in_lobby()
    receive(session, Message(command, params, "bob!b@h"))
    assert shown(arrive(session, ":bob!b@h PRIVMSG #lobby :still there?")) == ["[#lobby] <bob> still there?"]


def test_the_members_of_a_room_are_tracked() -> None:
    session = in_lobby()
    room = session.room
    assert room is not None
    arrive(session, ":dan!d@h JOIN #lobby", ":BOB!b@h PART #lobby", ":Cleo!c@h NICK cleopatra")
    arrive(session, ":dan!d@h MODE #lobby +o-v cleopatra cleopatra")
    assert [room.members.shown(nick) for nick in room.members] == ["ann", "@cleopatra", "dan"]
    arrive(session, ":x!x@h KICK #lobby dan :x", ":cleopatra!c@h QUIT :x")
    assert list(room.members) == ["ann"]


def test_a_quit_from_several_rooms_is_shown_once() -> None:
    session = in_two_rooms()
    arrive(session, ":bob!b@h JOIN #dev")
    assert shown(arrive(session, ":bob!b@h QUIT :bye")) == ["* bob left the chat (bye)"]
    assert [len(room.members) for room in session.rooms] == [2, 1]


def test_an_own_rename_is_followed() -> None:
    session = in_lobby()
    assert shown(arrive(session, ":ann!ann@127.0.0.1 NICK anna")) == ["* ann is now known as anna"]
    assert status_of(session).nick == "anna"
    assert shown(arrive(session, ":bob!b@h PRIVMSG anna :hi")) == ["[private] <bob> hi"]


def test_a_renamed_room_stays_the_same_room() -> None:
    session = in_two_rooms()
    type_in(session, "/join #key tea")
    arrive(session, ":ann!ann@127.0.0.1 JOIN #key", ":ann!ann@127.0.0.1 RENAME #key #Kettle :")
    arrive(session, ":bob!b@h RENAME #lobby #hall :bigger")
    assert [room.name for room in session.rooms] == ["#hall", "#dev", "#Kettle"]
    assert looked_at(session) == "#Kettle"
    assert session.memory.keys.get("#kettle") == "tea"
    assert len(next(iter(session.rooms)).members) == 3
    arrive(session, ":bob!b@h PRIVMSG #hall :hello")
    assert unread(session) == {"#hall": 1}
    assert sent(type_in(session, "/join #hall")) == [], "a joined room is not joined again"
    assert sent(type_in(session, "hi")) == ["PRIVMSG #hall hi"]


def test_leaving_the_current_room_turns_to_the_other() -> None:
    session = in_two_rooms()
    assert looked_at(session) == "#dev"
    effects = arrive(session, ":ann!ann@127.0.0.1 PART #dev")
    assert shown(effects) == ["* ann left #dev", "* you are now writing to #lobby"]
    effects = arrive(session, ":bob!b@h KICK #lobby ann :out")
    assert shown(effects) == [
        "* bob kicked ann from #lobby (out)",
        "* you are no longer in any room; /join ROOM enters one",
    ]
    assert status_of(session) == Status("ann")


def test_leaving_another_room_keeps_the_current() -> None:
    session = in_two_rooms()
    assert shown(arrive(session, ":ann!ann@127.0.0.1 PART #lobby")) == ["* ann left #lobby"]
    assert looked_at(session) == "#dev"


def test_messages_elsewhere_are_unread_until_the_user_goes_there() -> None:
    session = in_two_rooms()
    (said,) = arrive(session, ":bob!b@h PRIVMSG #lobby :one")
    assert isinstance(said, Said)
    assert not said.is_here
    arrive(session, ":bob!b@h PRIVMSG #Lobby :two", ":ann!ann@h PRIVMSG #lobby :mine", ":bob!b@h PRIVMSG #dev :x")
    before = unread(session)
    assert before == {"#lobby": 2}
    type_in(session, "/join lobby")
    assert unread(session) == {}
    (said,) = arrive(session, ":bob!b@h PRIVMSG #lobby :three")
    assert isinstance(said, Said)
    assert said.is_here


def test_an_own_private_message_is_shown_as_private() -> None:
    echo = ":ann!ann@127.0.0.1 PRIVMSG bob :psst"
    assert shown(arrive(in_lobby(), echo)) == ["[private to bob] <ann> psst"]


def test_messages_to_oneself_are_shown() -> None:
    line = ":ann!ann@127.0.0.1 PRIVMSG ann :note"
    assert shown(arrive(in_lobby(), line)) == ["[private to ann] <ann> note"]
    session = in_lobby(capabilities=())
    assert shown(type_in(session, "/msg ann note")) == ["[private to ann] <ann> note"]
    assert shown(arrive(session, line)) == ["[private] <ann> note"]


def test_history_is_shown_once_it_is_complete() -> None:
    session = in_lobby()
    effects = arrive(
        session,
        ":t BATCH +7 chathistory #lobby",
        "@batch=7;time=2026-01-02T03:04:05.678Z :bob!b@h PRIVMSG #lobby :hello",
        "@batch=7;time=2026-01-02T03:04:06.000Z :ann!a@h PRIVMSG #lobby :\x01ACTION nods\x01",
        "@batch=7 :dan!d@h JOIN #lobby",
    )
    assert effects == []
    assert shown(arrive(session, ":bob!b@h PRIVMSG #lobby :now", ":t BATCH -7")) == [
        "[#lobby] <bob> now",
        "* the last 2 messages in #lobby:",
        "[history #lobby 2026-01-02T03:04:05.678Z] <bob> hello",
        "[history #lobby 2026-01-02T03:04:06.000Z] * ann nods",
    ]


def test_history_adds_neither_members_nor_unread_messages() -> None:
    session = in_two_rooms()
    arrive(
        session,
        ":t BATCH +7 chathistory #lobby",
        "@batch=7 :dan!d@h PRIVMSG #lobby :long ago",
        ":t BATCH -7",
    )
    assert unread(session) == {}
    lobby = session.rooms.get("#lobby")
    assert lobby is not None
    assert "dan" not in lobby.members


def test_an_empty_history_is_reported() -> None:
    effects = arrive(in_lobby(), ":t BATCH +7 draft/chathistory #lobby", ":t BATCH -7")
    assert shown(effects) == ["* nothing yet in #lobby"]


def test_other_batches_are_shown_as_they_come() -> None:
    session = in_lobby()
    effects = arrive(session, ":t BATCH +9 netsplit a b", "@batch=9 :bob!b@h QUIT :a b", ":t BATCH -9")
    assert shown(effects) == ["* bob left the chat (a b)"]


def test_a_goodbye_is_remembered() -> None:
    session = in_lobby()
    arrive(session, "ERROR :the tracker has left")
    assert session.goodbye == "the tracker has left"


@pytest.mark.parametrize(
    "time",
    ["", "yesterday", "2026-01-02T03:04:05.678", "0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"],
)
def test_an_invalid_or_extreme_time_is_none(time: str) -> None:
    assert sent_at(parse(f"@time={time} :bob!b@h PRIVMSG #lobby :x")) is None


def test_the_time_comes_from_the_tag() -> None:
    time = sent_at(parse("@time=2026-01-02T03:04:05.678Z :bob!b@h PRIVMSG #lobby :x"))
    assert time is not None
    assert time.isoformat() == "2026-01-02T03:04:05.678000+00:00"


def test_rooms_are_listed() -> None:
    session = in_lobby()
    type_in(session, "/rooms")
    effects = arrive(session, ":t 322 ann #lobby 3 :[+nt] News", ":t 322 ann #dev 1 :", ":t 323 ann :End of LIST")
    assert shown(effects) == ["* #lobby: 3 people, [+nt] News", "* #dev: 1 person"]
    assert shown(arrive(session, ":t 323 ann :End of LIST")) == ["* there are no rooms"]


def test_a_shortened_list_of_rooms_says_so() -> None:
    session = in_lobby()
    end = "End of the list of rooms: the largest 1 of 2"
    type_in(session, "/rooms")
    effects = arrive(session, ":t 322 ann #lobby 3 :", f":t 323 ann :{end}")
    assert shown(effects) == ["* #lobby: 3 people", f"* {end}"]


def test_messages_to_a_rank_are_shown_in_the_room_and_marked() -> None:
    session = in_lobby()
    lines = [":bob!b@h PRIVMSG @#lobby :psst", ":bob!b@h NOTICE +#lobby :psst", ":bob!b@h PRIVMSG @bob :psst"]
    assert shown(arrive(session, *lines)) == [
        "[@#lobby] <bob> psst",
        "[+#lobby] -bob- psst",
        "[private] <bob> psst",
    ]


def test_own_messages_to_operators_are_marked() -> None:
    session = in_lobby()
    assert sent(type_line(session, "/msg @#lobby psst")) == ["PRIVMSG @#lobby psst"]
    assert shown(arrive(session, ":ann!a@h PRIVMSG @#lobby :psst")) == ["[@#lobby] <ann> psst"]
    assert not session.outbox
    assert shown(type_line(in_lobby(capabilities=()), "/msg @#lobby psst")) == ["[@#lobby] <ann> psst"]
