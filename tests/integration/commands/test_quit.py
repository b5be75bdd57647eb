"""QUIT, and every other way to go (https://modern.ircdocs.horse/#quit-message)."""

from __future__ import annotations

import pytest

from chatcore.commands import costs
from chatcore.commands.context import Context
from chatcore.commands.table import COMMANDS, Command
from chatcore.protocol.message import Message, parse
from tests.support.irc import commands, one, only
from tests.support.trackers import Hosted


@pytest.mark.parametrize(("line", "reason"), [("QUIT :gone to lunch", "Quit: gone to lunch"), ("QUIT", "Quit")])
def test_quit_is_acknowledged_and_announced_to_roommates(hosted: Hosted, line: str, reason: str) -> None:
    """> The server acknowledges this by replying with an ERROR message and closing the connection to the client. [...]
    servers SHOULD prepend <reason> with the ASCII string "Quit: " when sending QUIT messages to other clients"""
    alice = hosted.client("alice", "#a", "#b")
    bob, stranger = hosted.client("bob", "#a", "#b"), hosted.client("carol", "#c")
    bob.sync()
    alice.send(line)
    (goodbye,) = only(alice.receive_rest(), "ERROR")
    assert goodbye.params == (f"Closing link: {reason}",)
    (told,) = bob.sync()
    assert told.source == "alice!alice@127.0.0.1"
    assert (told.command, told.params) == ("QUIT", (reason,))
    assert stranger.sync() == []
    assert f"quit alice {alice.address} :{reason}" in hosted.log_lines()


def test_lines_before_quit_are_run_and_lines_after_are_not(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.send("PRIVMSG #room :last words", "QUIT", "PRIVMSG #room :from beyond", "JOIN #other")
    alice.receive_rest()
    assert commands(bob.sync()) == ["PRIVMSG", "QUIT"]
    assert hosted.tracker.registry.channel("#other") is None


def test_lost_connection_is_announced(hosted: Hosted) -> None:
    """> If a client connection is closed without the client issuing a QUIT command to the server, the server MUST
    distribute a QUIT message to other clients"""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    address = alice.address
    alice.sync()  # a connection closed over unread bytes would be reset instead
    alice.close()
    told = bob.receive_until("QUIT")
    assert told.source == "alice!alice@127.0.0.1"
    assert told.params == ("Connection closed",)
    assert f"lost alice {address} :Connection closed" in hosted.log_lines()


def test_nick_and_rooms_are_free_at_once(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room")
    alice.send("QUIT")
    alice.receive_rest()
    again = hosted.connect()
    assert "001" in commands(again.register("alice"))
    assert one(again.join("#room"), "353").params[-1] == "@alice"


@pytest.mark.parametrize("letter", ["x", "漢", "😀"])
def test_long_reason_is_cut_between_characters_and_fits_a_line(hosted: Hosted, letter: str) -> None:
    alice, bob = hosted.client("alice-with-a-rather-long-name", "#room"), hosted.client("bob", "#room")
    alice.send(f"QUIT :{letter * (490 // len(letter.encode()))}")
    alice.receive_rest()
    line = bob.receive_line()
    assert len(line.encode()) <= 510
    told = parse(line).params[0].removeprefix("Quit: ")
    assert told
    assert set(told) == {letter}


def test_unfinished_line_is_discarded(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.send_bytes(b"PRIVMSG #room :unfinished")
    alice.close()
    assert bob.receive().command == "QUIT"


def test_internal_error_ends_one_connection_and_leaves_no_ghost(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(ctx: Context, message: Message) -> None:
        raise LookupError("a mistake of ours")

    monkeypatch.setitem(COMMANDS, "TIME", Command(fail, cost=costs.nothing))
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.send("TIME")
    alice.receive_rest()
    assert one(bob.sync(), "QUIT").params == ("Internal error",)
    assert "a mistake of ours" in caplog.text
    assert "001" in commands(hosted.connect().register("alice"))
    assert one(bob.command("NAMES #room"), "353").params[-1] == "bob"
