"""512 bytes a line: messages are relayed complete, if necessary in pieces, and no name is cut, in any script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from chatcore.protocol.message import Message
from chatcore.protocol.names import MAX_CHANNEL_BYTES, MAX_NICK_BYTES
from tests.support.batches import EVERYTHING
from tests.support.irc import IrcClient, commands, one, only
from tests.support.trackers import Hosted

LETTERS = ["x", "é", "漢", "𠀀"]
"""Letters of one to four bytes."""
MAX_BODY = 510


def _longest(letter: str, max_chars: int, max_bytes: int) -> str:
    """Return the longest allowed name that repeats one letter."""
    return letter * min(max_chars, max_bytes // len(letter.encode()))


class _Ruler(IrcClient):
    """A client that measures every line, without its tags."""

    def receive_line(self) -> str:
        line = super().receive_line()
        body = line.partition(" ")[2] if line.startswith("@") else line
        assert len(body.encode()) <= MAX_BODY, body
        return line


@pytest.fixture
def named(hosted: Hosted) -> Iterator[Callable[[list[str]], list[_Ruler]]]:
    """A function that registers people of these nicks, all with the most verbose capabilities."""
    with ExitStack() as stack:

        def let_in(names: list[str]) -> list[_Ruler]:
            clients = [stack.enter_context(_Ruler(hosted.port)) for _ in names]
            for client, name in zip(clients, names, strict=True):
                client.register(name, caps=EVERYTHING)
            return clients

        yield let_in


def _fill(before: str, letter: str, size: int) -> str:
    """Return a text of `letter` that extends the line's start to exactly `size` bytes."""
    left = size - len(before.encode())
    count, rest = divmod(left, len(letter.encode()))
    return letter * count + "." * rest


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize(("command", "target"), [("PRIVMSG", "#room"), ("NOTICE", "#room"), ("PRIVMSG", "bob")])
def test_message_is_split_only_when_it_exceeds_a_line(hosted: Hosted, command: str, target: str, letter: str) -> None:
    nick = letter * 8
    alice, bob = hosted.client(nick, "#room"), hosted.client("bob", "#room")
    alice.sync()
    before = f":{nick}!{nick}@127.0.0.1 {command} {target} :"
    text = _fill(before, letter, MAX_BODY)
    assert alice.command(f"{command} {target} :{text}") == []
    assert one(bob.sync(), command).params == (target, text)
    assert alice.command(f"{command} {target} :{text} .") == []
    assert [message.params for message in bob.sync()] == [(target, text), (target, ".")]


def test_limit_depends_on_the_current_nick(hosted: Hosted) -> None:
    alice, bob = hosted.client("a", "#room"), hosted.client("bob", "#room")
    alice.sync()
    text = "x " + _fill(":a!a@127.0.0.1 PRIVMSG #room :x ", "x", MAX_BODY)
    assert commands(alice.command(f"PRIVMSG #room :{text}", "NICK ab", f"PRIVMSG #room :{text}")) == ["NICK"]
    assert commands(bob.sync()) == ["PRIVMSG", "NICK", "PRIVMSG", "PRIVMSG"]


@pytest.mark.parametrize("letter", LETTERS)
def test_longest_names_are_complete_in_every_line(named: Callable[[list[str]], list[_Ruler]], letter: str) -> None:
    """Whatever people with such nicks do to each other in a room with such a name."""
    room = "#" + _longest(letter, 63, MAX_CHANNEL_BYTES - 1)
    names = [_longest(letter, 31, MAX_NICK_BYTES - 1) + digit for digit in "123"]
    clients = one_person, two, three = named(names)
    text = letter * 40
    seen: list[Message] = []
    for client, lines in (
        (one_person, [f"JOIN {room}", f"TOPIC {room} :{text}"]),
        (two, [f"JOIN {room}"]),
        (one_person, [f"MODE {room} +ob {names[1]} {letter * 20}", f"INVITE {names[2]} {room}"]),
        (three, [f"JOIN {room}", f"PART {room} :{text}", f"JOIN {room}", f"AWAY :{text}", f"SETNAME :{text}"]),
        (two, [f"PRIVMSG {names[2]} :x", f"KICK {room} {names[2]} :{text[:30]}", f"NICK {names[1][:-1]}4"]),
    ):
        seen += client.command(*lines)
    for client in clients:
        seen += client.sync()
    _assert_names_are_whole(seen, {room}, {*names, f"{names[1][:-1]}4"})


def _assert_names_are_whole(seen: list[Message], rooms: set[str], nicks: set[str]) -> None:
    for message in seen:
        nick, bang, _ = (message.source or "").partition("!")
        assert not bang or nick in nicks
        if message.command == "JOIN":
            assert len(message.params) == 3, "extended-join keeps the account in a long line"
        if message.command in ("JOIN", "PART", "KICK", "TOPIC", "MODE"):
            assert message.params[0] in rooms
        if message.command == "KICK":
            assert message.params[1] in nicks
        if message.command == "INVITE":
            assert message.params[1] in rooms
    assert {"JOIN", "PART", "KICK", "NICK", "MODE", "INVITE", "TOPIC"} <= set(commands(seen))


@pytest.mark.parametrize("letter", LETTERS)
def test_answers_with_the_longest_names_are_complete(named: Callable[[list[str]], list[_Ruler]], letter: str) -> None:
    room = "#" + _longest(letter, 63, MAX_CHANNEL_BYTES - 1)
    names = [_longest(letter, 31, MAX_NICK_BYTES - 1) + digit for digit in "123456"]
    asker = next(iter(clients := named(names)))
    for client in clients:
        client.join(room)
    asker.sync()
    seen = asker.command(f"NAMES {room}", f"WHO {room}", *(f"WHOIS {name}" for name in names))
    seen += asker.command("MONITOR + " + ",".join(names[:4]))
    told = [word.lstrip("@+").partition("!")[0] for m in only(seen, "353") for word in m.params[-1].split()]
    assert told == names
    assert [message.params[5] for message in only(seen, "352")] == names
    assert [message.params[1] for message in only(seen, "311")] == names
    assert {message.params[2].lstrip("@") for message in only(seen, "319")} == {room}
    assert [word.partition("!")[0] for m in only(seen, "730") for word in m.params[1].split(",")] == names[:4]


@pytest.mark.parametrize(("letter", "count"), [("𠀀", 25), ("漢", 33)])
def test_names_of_too_many_bytes_are_refused(hosted: Hosted, letter: str, count: int) -> None:
    client = hosted.client("client")
    assert commands(client.command("NICK " + letter * count)) == ["432"]
    assert commands(client.command("JOIN #" + letter * 64)) == ["403"]


@pytest.mark.parametrize("line", ["TOPIC #room :{}", "PART #room :{}", "AWAY :{}", "KICK #room bob :{}", "QUIT :{}"])
def test_texts_are_cut_between_characters(hosted: Hosted, line: str) -> None:
    alice = hosted.client("𠀀" * 20, "#room")
    bob = hosted.client("bob", "#room", caps="away-notify")
    alice.sync()
    given = line.format("𠀀" * ((508 - len(line)) // 4))
    alice.send(given)
    command = line.partition(" ")[0]
    while f" {command} " not in (told := bob.receive_line()):
        pass
    assert 506 < len(told.encode()) <= MAX_BODY
    assert told.endswith("𠀀")
