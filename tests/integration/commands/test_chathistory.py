"""CHATHISTORY LATEST: earlier messages (https://ircv3.net/specs/extensions/chathistory)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chatcore.protocol.message import Message
from tests.support.irc import IrcClient, commands, one, only
from tests.support.trackers import Hosted, hosted_tracker

CAPS = "batch server-time message-tags draft/chathistory"


def _batch(seen: list[Message]) -> list[Message]:
    """Return the messages of the one batch in `seen`; check its start and end."""
    start, *inside, end = seen
    assert (start.command, end.command) == ("BATCH", "BATCH")
    assert start.params[0].startswith("+")
    assert end.params == ("-" + start.params[0][1:],)
    assert start.params[1:] == ("chathistory", "#room")
    assert all(message.tags["batch"] == start.params[0][1:] for message in inside)
    return inside


def _talk(client: IrcClient, count: int) -> None:
    client.command(*(f"PRIVMSG #room :{number}" for number in range(count)))


def test_latest_returns_the_original_messages_in_a_batch(hosted: Hosted) -> None:
    """> If the batch capability was negotiated, the server MUST reply to a successful CHATHISTORY command using a batch
    [...] The msgid tag that identifies each individual message in a response MUST be the msgid tag as originally
    sent by the IRC server."""
    alice, bob = hosted.client("alice", "#room", caps=CAPS), hosted.client("bob", "#room")
    _talk(bob, 5)
    bob.command("NOTICE #room :psst")
    live = [message for message in alice.sync() if message.command in ("PRIVMSG", "NOTICE")]
    inside = _batch(alice.command("CHATHISTORY LATEST #ROOM * 3"))
    assert [message.params[-1] for message in inside] == ["3", "4", "psst"]
    for old, new in zip(inside, live[-3:], strict=True):
        assert (old.command, old.source, old.params) == (new.command, new.source, new.params)
        assert old.tags["time"] == new.tags["time"]
        assert old.tags["msgid"] == new.tags["msgid"]


def test_newcomers_can_ask_for_earlier_messages(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room")
    _talk(alice, 3)
    bob = hosted.client("bob", caps=CAPS)
    assert "PRIVMSG" not in commands(bob.command("JOIN #room")), "history is sent only on request"
    assert [message.params[-1] for message in _batch(bob.command("CHATHISTORY LATEST #room * 100"))] == ["0", "1", "2"]


def test_without_batches_history_comes_as_notices(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room")
    _talk(alice, 2)
    bob = hosted.client("bob", "#room")
    seen = bob.command("CHATHISTORY LATEST #room * 10")
    assert commands(seen) == ["NOTICE", "NOTICE"]
    for number, notice in enumerate(seen):
        assert notice.source == "tracker.chat"
        assert notice.params[0] == "#room"
        assert re.fullmatch(rf"\[\d{{4}}-\d\d-\d\dT[\d:]{{8}}\.\d{{3}}Z\] <alice> {number}", notice.params[1])


def test_actions_are_written_out_in_notices(hosted: Hosted) -> None:
    """A CTCP message in a NOTICE would be taken for a CTCP reply; most programs show it as garbage."""
    alice = hosted.client("alice", "#room")
    alice.command("PRIVMSG #room :\x01ACTION waves\x01")
    notice = one(alice.command("CHATHISTORY LATEST #room * 1"), "NOTICE")
    assert notice.params[1].endswith("] * alice waves")


def test_empty_history_is_an_empty_batch(hosted: Hosted) -> None:
    """> If no content exists to return, the server SHOULD return an empty batch in order to avoid the client waiting
    for a reply."""
    alice = hosted.client("alice", "#room", caps=CAPS)
    assert _batch(alice.command("CHATHISTORY LATEST #room * 10")) == []


def test_events_and_private_messages_are_left_out(hosted: Hosted) -> None:
    """> If the client has not negotiated the draft/event-playback capability, the server MUST NOT send any lines other
    than PRIVMSG and NOTICE in the reply batch"""
    alice, bob = hosted.client("alice", "#room", caps=CAPS), hosted.client("bob", "#room", caps=CAPS)
    alice.command("TOPIC #room :x", "@+typing=active TAGMSG #room", "MODE #room +m", "PRIVMSG bob :secret")
    alice.command("PRIVMSG #room :said")
    bob.sync()
    assert [message.params[-1] for message in _batch(bob.command("CHATHISTORY LATEST #room * 10"))] == ["said"]


def test_history_ends_at_what_is_kept(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, history=4) as hosted:
        alice = hosted.client("alice", "#room", caps=CAPS)
        _talk(alice, 10)
        inside = _batch(alice.command("CHATHISTORY LATEST #room * 1000"))
        assert [message.params[-1] for message in inside] == ["6", "7", "8", "9"]


def test_history_of_an_open_room_outlives_the_room(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", caps=CAPS)
    _talk(alice, 3)
    alice.command("PART #room")
    bob = hosted.client("bob", "#room", caps=CAPS)
    said = _batch(bob.command("CHATHISTORY LATEST #room * 10"))
    assert [message.params[-1] for message in said] == ["0", "1", "2"]


@pytest.mark.parametrize("mode", ["+i", "+k key", "+s"])
def test_history_of_a_locked_room_ends_with_the_room(hosted: Hosted, mode: str) -> None:
    alice = hosted.client("alice", "#room", caps=CAPS)
    _talk(alice, 1)
    alice.command(f"MODE #room {mode}")
    _talk(alice, 3)
    alice.command("PART #room")
    bob = hosted.client("bob", "#room", caps=CAPS)
    said = _batch(bob.command("CHATHISTORY LATEST #room * 10"))
    assert [message.params[-1] for message in said] == ["0"]


def test_authors_keep_their_former_nick(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room", caps=CAPS)
    alice.command("PRIVMSG #room :x", "NICK alicia")
    bob.sync()
    (old,) = _batch(bob.command("CHATHISTORY LATEST #room * 10"))
    assert old.source == "alice!alice@127.0.0.1"


@pytest.mark.parametrize(
    "words", ["LATEST #room * x", "LATEST #room * -1", "LATEST #room *", "LATEST #room", "FOO a b c"]
)
def test_invalid_parameters_are_refused(hosted: Hosted, words: str) -> None:
    """> If the server receives a syntactically invalid CHATHISTORY command, e.g., an unknown subcommand, missing
    parameters, excess parameters, or parameters that cannot be parsed, the INVALID_PARAMS error code SHOULD be
    returned [...] If an existing error numeric such as ERR_NEEDMOREPARAMS is appropriate, it MAY be used instead."""
    (refusal,) = hosted.client("alice", "#room", caps=CAPS).command(f"CHATHISTORY {words}")[-1:]
    assert refusal.command == "461" or (refusal.command, refusal.params[:2]) == (
        "FAIL",
        ("CHATHISTORY", "INVALID_PARAMS"),
    )


@pytest.mark.parametrize("target", ["#nowhere", "#theirs"])
def test_rooms_of_others_are_refused(hosted: Hosted, target: str) -> None:
    """> If the target does not exist or the client does not have permissions to query it, the INVALID_TARGET error code
    SHOULD be returned"""
    hosted.client("alice", "#theirs").command("PRIVMSG #theirs :secret")
    seen = hosted.client("bob", caps=CAPS).command(f"CHATHISTORY LATEST {target} * 10")
    assert one(seen, "FAIL").params[:2] == ("CHATHISTORY", "INVALID_TARGET")
    assert only(seen, "PRIVMSG") == []


def test_missing_subcommand_is_refused(hosted: Hosted) -> None:
    assert commands(hosted.client("alice").command("CHATHISTORY")) == ["461"]
