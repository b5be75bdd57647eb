"""Unknown commands, and lines that are none (https://modern.ircdocs.horse/#message-format)."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatcore.commands.table import COMMANDS
from tests.support.irc import commands, one, only
from tests.support.trackers import Hosted, hosted_tracker


@pytest.mark.parametrize("line", ["FOO", "FOO a b :c d", "PRIVMSG2 #room :x", "001 alice :hi", "привет", "🍵 now", "-"])
def test_unknown_command_is_refused(hosted: Hosted, line: str) -> None:
    """> ERR_UNKNOWNCOMMAND: returned to a registered client to indicate that the command they sent isn't known by the
    server."""
    for client in (hosted.client("alice"), hosted.connect()):
        assert one(client.command(line), "421").params[1] == line.partition(" ")[0].upper()


def test_a_hundred_unknown_commands_do_no_harm(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    refusals = alice.command(*(f"FOO{number}" for number in range(100)), "PRIVMSG #room :still here")
    assert [message.params[1] for message in only(refusals, "421")] == [f"FOO{number}" for number in range(100)]
    assert one(bob.sync(), "PRIVMSG").params[-1] == "still here"


@pytest.mark.parametrize(
    "line", ["privmsg #room :x", "PrivMsg #room :x", ":evil!x@y PRIVMSG #room :x", "PRIVMSG #room x"]
)
def test_commands_may_be_spelled_in_several_ways(hosted: Hosted, line: str) -> None:
    """Commands are case-insensitive, a source given by a client is ignored, and the colon may be missing."""
    bob, alice = hosted.client("bob", "#room"), hosted.client("alice", "#room")
    bob.sync()
    assert alice.command(line) == []
    message = one(bob.sync(), "PRIVMSG")
    assert message.source == "alice!alice@127.0.0.1"
    assert message.params == ("#room", "x")


@pytest.mark.parametrize(
    "name", sorted(name for name, command in COMMANDS.items() if command.min_params and name not in ("AUTHENTICATE",))
)
def test_missing_parameters_are_refused_naming_the_command(hosted: Hosted, name: str) -> None:
    """> If a command is sent from a client to a server with less parameters than the command requires to be processed,
    the server will reply with an ERR_NEEDMOREPARAMS numeric and the command will fail."""
    fewer = " ".join("x" * (COMMANDS[name].min_params - 1))
    assert one(hosted.client("alice").command(f"{name.lower()} {fewer}".rstrip()), "461").params[1] == name


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"QUIT", "OPER"}))  # OPER ends a visit after some failures
def test_commands_survive_empty_or_strange_parameters(hosted: Hosted, name: str) -> None:
    """Whatever the parameters, there is an answer or none, and the client stays connected."""
    alice = hosted.client("alice", "#room")
    strange = [
        "",
        ":",
        ": :",
        "#room",
        "#room :",
        "alice :",
        "* *",
        ", ,",
        "#room,#room,, x",
        "\x01 \x02 \x03",
        "-1 %% =",
        "#",
    ]
    alice.command(*(f"{name} {words}".rstrip() for words in strange))
    alice.command("NICK alice", "JOIN #room")
    assert one(alice.command("NAMES #room"), "353").params[-1] == "@alice"


@pytest.mark.parametrize("junk", [b"", b"\r\n", b"\n\n\n", b"\r\r\n", b"   \r\n"])
def test_empty_lines_are_ignored(hosted: Hosted, junk: bytes) -> None:
    """> If you encounter an empty message, silently ignore it."""
    alice = hosted.client("alice")
    alice.send_bytes(junk)
    assert only(alice.sync(), "ERROR") == []
    assert len(alice.command("TIME")) == 1


def test_any_line_end_is_accepted(hosted: Hosted) -> None:
    alice = hosted.client("alice")
    alice.send_bytes(b"TIME\nTIME\r\nTIME\rTIME\n\rTIME\r\r\nTIME\n")
    assert commands(alice.sync()) == ["391"] * 6


@pytest.mark.parametrize("prelude", [b"\xef\xbb\xbf", b"\xff\xfb\x1f\xff\xfd\x03", b"\xff\xfb\x1f\xef\xbb\xbf"])
def test_a_byte_order_mark_or_telnet_may_come_first(tmp_path: Path, wire: str, prelude: bytes) -> None:
    with hosted_tracker(tmp_path, "secret") as hosted:
        client = hosted.connect()
        client.send_bytes(prelude + b"PASS secret\r\n")
        assert "001" in commands(client.register("alice"))


@pytest.mark.parametrize(
    "data",
    [
        b"PRIVMSG #room :caf\xe9",
        b"PRIVMSG #room :\xff\xfe",
        b"\x80",
        b"PRIVMSG #room :\xed\xa0\x80",
        b"@+x=\xe9 NOTICE bob :x",
    ],
)
def test_messages_in_invalid_utf8_are_refused(hosted: Hosted, data: bytes) -> None:
    """> Servers publishing this token [UTF8ONLY] MUST NOT relay content [...] containing non-UTF-8 data to clients."""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.sync()
    alice.send_bytes(data + b"\r\n")
    failure = one(alice.sync(), "FAIL")
    assert failure.params[1] == "INVALID_UTF8"
    assert bob.sync() == []


@pytest.mark.parametrize(
    ("line", "heard"),
    [
        (b"TOPIC #room :caf\xe9", ("TOPIC", ("#room", "caf\ufffd"))),
        (b"topic #room :caf\xe9", ("TOPIC", ("#room", "caf\ufffd"))),
        (b"@x=\xff PART #room :\xe0 bient\xf4t", ("PART", ("#room", "\ufffd bient\ufffdt"))),
        (b"AWAY :\xff", ("AWAY", ("\ufffd",))),
        (b"KICK #room bob :\xff", ("KICK", ("#room", "bob", "\ufffd"))),
        (b"SETNAME :J\xfcrgen", ("SETNAME", ("J\ufffdrgen",))),
        (b"QUIT :tsch\xfc\xdf", ("QUIT", ("Quit: tsch\ufffd\ufffd",))),
    ],
)
def test_invalid_utf8_is_replaced_in_topics_reasons_and_real_names(
    hosted: Hosted, line: bytes, heard: tuple[str, tuple[str, ...]]
) -> None:
    """A client that does not write UTF-8 can still join, leave and be away."""
    alice = hosted.client("alice", "#room", caps="setname")
    bob = hosted.client("bob", "#room", caps="away-notify setname")
    alice.sync()
    alice.send_bytes(line + b"\r\n")
    told = bob.receive_until(heard[0])
    assert (told.command, told.params) == heard
    if heard[0] != "QUIT":
        assert "FAIL" not in commands(alice.sync())
    assert hosted.log_lines()[-1].endswith(f":{heard[1][-1]}")


def test_a_client_can_register_without_utf8(hosted: Hosted) -> None:
    client = hosted.connect()
    client.send_bytes(b"NICK alice\r\nUSER j\xfcrgen 0 * :J\xfcrgen\r\n")
    assert "001" in commands(client.sync())
    assert one(client.command("WHOIS alice"), "311").params[2:] == ("jrgen", "127.0.0.1", "*", "J\ufffdrgen")


@pytest.mark.parametrize("command", ["TOPIC {} :x", "PART {} :x", "KICK {} bob :x"])
def test_room_names_in_invalid_utf8_match_no_room(hosted: Hosted, command: str) -> None:
    hosted.client("bob", "#caf\ufffd")
    alice = hosted.client("alice", "#caf\ufffd", "#caf\xe9")
    alice.sync()
    alice.send_bytes(command.format("#caf\xe9").encode("latin-1") + b"\r\n")
    assert commands(alice.sync()) == ["403"]


def test_refusals_come_in_the_order_of_the_lines(hosted: Hosted) -> None:
    """A line that is no message is answered in its place, whatever comes before and after it."""
    alice, bob = hosted.client("alice", "#room", caps="echo-message"), hosted.client("bob", "#room")
    for _ in range(20):
        alice.send_bytes(b"PRIVMSG #room :a\r\n\xff\r\nPRIVMSG #room :b\r\n" + b"x" * 600 + b"\r\n")
    seen = [message.command for message in alice.sync() if message.command != "JOIN"]
    assert seen == ["PRIVMSG", "FAIL", "PRIVMSG", "417"] * 20
    assert len(only(bob.sync(), "PRIVMSG")) == 40


@pytest.mark.parametrize("data", [b"PRIVMSG #room :a\0b", b"\0"])
def test_nul_is_refused(hosted: Hosted, data: bytes) -> None:
    """> <sequence of any characters except NUL, CR, LF, colon (`:`) and SPACE>"""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.sync()
    alice.send_bytes(data + b"\r\n")
    assert len(alice.sync()) == 1, "the client gets exactly one error"
    assert bob.sync() == []


def test_lines_over_512_bytes_are_refused(hosted: Hosted) -> None:
    """> Most IRC servers limit messages to 512 bytes in length, including the trailing CR-LF characters."""
    alice = hosted.client("alice", "#room")
    assert commands(alice.command("TOPIC #room".ljust(510))) == ["331"]
    assert commands(alice.command("TOPIC #room".ljust(511))) == ["417"]
    assert commands(alice.command("x" * 10_000, "TOPIC #room")) == ["417", "331"], (
        "one error, and the next line is answered"
    )


def test_message_is_split_when_it_exceeds_its_readers_line(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    bob.sync()
    text = "x" * (510 - len(":alice!alice@127.0.0.1 PRIVMSG #room :"))
    alice.sync()
    assert alice.command(f"PRIVMSG #room :{text}") == []
    assert len(bob.receive_line()) == 510
    assert alice.command(f"PRIVMSG #room :{text} y") == []
    assert [message.params[-1] for message in bob.sync()] == [text, "y"]


def test_endless_line_ends_the_connection(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.sync()
    alice.send_bytes(b"x" * 100_000)
    told = bob.receive_until("QUIT")
    assert told.source == "alice!alice@127.0.0.1"
    assert commands(alice.receive_rest())[-1] == "ERROR"


def test_bytes_may_arrive_one_by_one(hosted: Hosted) -> None:
    bob, alice = hosted.client("bob", "#room"), hosted.client("alice", "#room")
    bob.sync()
    for byte in "PRIVMSG #room :漢字 é\r\n".encode():
        alice.send_bytes(bytes([byte]))
    alice.sync()
    assert one(bob.sync(), "PRIVMSG").params[-1] == "漢字 é"
