"""Messages that fit the sender's line but, with their source in front, no reader's line: they come in pieces.

Many bots cut a text by its characters. Lines that are too long by themselves are refused:
tests/integration/commands/test_input.
"""

from __future__ import annotations

from pathlib import Path
from time import monotonic

import pytest

from chatcore.protocol.message import parse
from tests.support.batches import EVERYTHING, ask, labeled, split_batches
from tests.support.irc import IrcClient, commands, only
from tests.support.trackers import Hosted, hosted_tracker

MAX_BODY = 510
WORDS = " ".join(f"word{number:03}" for number in range(61))
TEXTS = [WORDS, "é" * 240, "漢" * 160, "😀" * 120, " " * 480, f"{WORDS[:239]}  two spaces  {WORDS[:231]}"]


def _texts_read(reader: IrcClient, command: str = "PRIVMSG") -> list[str]:
    """Return the texts that came before a barrier; check that no line is too long."""
    reader.send("PING end")
    texts = []
    while (message := parse(line := reader.receive_line())).command != "PONG":
        assert len(line.encode()) <= MAX_BODY
        texts += [message.params[-1]] if message.command == command else []
    return texts


@pytest.mark.parametrize("text", TEXTS, ids=["words", "2 bytes", "3 bytes", "4 bytes", "spaces", "two spaces"])
@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
@pytest.mark.parametrize("target", ["#room", "bob"])
def test_text_arrives_complete_in_two_pieces(hosted: Hosted, command: str, target: str, text: str) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    assert len(f"{command} {target} :{text}\r\n".encode()) <= 512
    alice.sync()
    assert alice.command(f"{command} {target} :{text}") == []
    pieces = _texts_read(bob, command)
    assert len(pieces) == 2
    assert text in ("".join(pieces), " ".join(pieces))
    words = " ".join(pieces).split()
    assert words == text.split() or " " not in text, "words that fit are not broken"


def test_each_piece_is_a_message(hosted: Hosted) -> None:
    """With an id, a line of the log and a place in the history; client tags go with the first."""
    alice, bob = (hosted.client(nick, "#room", caps=EVERYTHING) for nick in ("alice", "bob"))
    bob.sync()
    alice.command(f"@+draft/reply=x;+y PRIVMSG #room :{WORDS}")
    seen = bob.sync()
    first, second = only(seen, "PRIVMSG")
    assert f"{first.params[-1]} {second.params[-1]}" == WORDS
    assert first.tags["msgid"] < second.tags["msgid"]
    assert (first.tags["+draft/reply"], first.tags["+y"]) == ("x", "")
    assert not [tag for tag in second.tags if tag.startswith("+")]
    logged = [line for line in hosted.log_lines() if line.startswith("message")]
    assert logged == [f"message #room alice :{piece.params[-1]}" for piece in (first, second)]
    history = ask(bob, f"CHATHISTORY AFTER #room msgid={first.tags['msgid']} 10")
    assert [(message.tags["msgid"], message.params[-1]) for message in history] == [
        (second.tags["msgid"], second.params[-1])
    ]


@pytest.mark.parametrize("target", ["#room", "bob", "alice", "#room,bob"])
def test_a_label_is_answered_by_one_batch_of_echoes(hosted: Hosted, target: str) -> None:
    """> If the response consists of more than one message, a batch MUST be used"""
    alice = hosted.client("alice", "#room", caps=EVERYTHING)
    hosted.client("bob", "#room")
    alice.sync()
    seen = alice.command(f"@label=L PRIVMSG {target} :{WORDS}")
    echoes = labeled(seen, "L")
    for name in target.split(","):
        assert " ".join(echo.params[-1] for echo in echoes if echo.params[0] == name) == WORDS
    batches, others = split_batches(seen)
    assert [batch.kind for batch in batches] == ["labeled-response"]
    assert len(others) == (2 if target == "alice" else 0), "alice also receives her own message"


@pytest.mark.parametrize("caps", ["echo-message", ""])
def test_pieces_are_echoed_with_the_capability(hosted: Hosted, caps: str) -> None:
    alice = hosted.client("alice", "#room", caps=caps)
    seen = alice.command(f"PRIVMSG #room :{WORDS}")
    assert " ".join(message.params[-1] for message in only(seen, "PRIVMSG")) == (WORDS if caps else "")


@pytest.mark.parametrize("end", ["\x01", ""])
def test_each_piece_of_an_action_is_an_action(hosted: Hosted, end: str) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    bob.sync()
    alice.command(f"PRIVMSG #room :\x01ACTION {WORDS[:-9]}{end}")
    pieces = _texts_read(bob)
    assert len(pieces) == 2
    assert all(piece.startswith("\x01ACTION ") and piece.endswith("\x01") for piece in pieces)
    assert " ".join(piece[8:-1] for piece in pieces) == WORDS[:-9]


def test_other_ctcp_messages_are_refused(hosted: Hosted) -> None:
    """Half a CTCP message means nothing. A NOTICE is never answered."""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.sync()
    ctcp = f"\x01PING {WORDS[:470]}\x01"
    seen = alice.command(f"PRIVMSG #room :{ctcp}", f"NOTICE bob :{ctcp}", f"PRIVMSG bob,#room :{ctcp}")
    assert commands(seen) == ["417"] * 3
    assert bob.sync() == []


def test_each_target_gets_as_many_pieces_as_it_needs(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#r", "#room", caps="echo-message")
    alice.sync()
    text = "é" * ((MAX_BODY - len(":alice!alice@127.0.0.1 PRIVMSG #r :")) // 2)
    seen = [message.params for message in alice.command(f"PRIVMSG #r,#room :{text}")]
    assert seen == [("#r", text), ("#room", text[:-1]), ("#room", text[-1:])]


def test_pieces_to_many_targets_have_unique_ids(hosted: Hosted) -> None:
    """So have the messages about a hundred rooms that are left at once."""
    alice = hosted.client("é" * 32, caps=EVERYTHING)
    rooms = [f"#{letter}" for letter in "abcdefghijklmnopqrst"]
    alice.command(f"JOIN {','.join(rooms)}")
    text = "x " * 220
    for line, command, count in ((f"PRIVMSG {','.join(rooms)} :{text}", "PRIVMSG", 40), ("JOIN 0", "PART", 100)):
        if command == "PART":
            alice.command(*(f"JOIN #room{number}" for number in range(80)))
        ids = [message.tags["msgid"] for message in only(alice.command(line), command)]
        assert len(ids) == count
        assert ids == sorted(set(ids))
        assert commands(alice.command(f"JOIN #a\r\nCHATHISTORY AFTER #a msgid={ids[-1]} 5"))[-1] == "BATCH"


def test_each_piece_costs_a_token(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, lines_per_s=40.0, burst_lines=30, max_delayed_lines=30) as hosted:
        alice = hosted.client("alice", "#room")
        began = monotonic()
        alice.command(*[f"PRIVMSG #room :{WORDS}"] * 20)
        assert monotonic() - began >= 0.2, "40 tokens, but the bucket has only 30"


def test_the_away_text_is_returned_once_and_only_if_delivered(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice"), hosted.client("bob")
    bob.command("AWAY :tea")
    assert commands(alice.command(f"PRIVMSG bob :{WORDS}", f"PRIVMSG bob :\x01X {WORDS[:-9]}\x01")) == ["301", "417"]
