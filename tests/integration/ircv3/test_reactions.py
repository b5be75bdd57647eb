"""Reactions and replies in the history (https://ircv3.net/specs/client-tags/react)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatcore.protocol.message import Message
from tests.support.batches import LABELS, ask
from tests.support.irc import IrcClient, one
from tests.support.trackers import Hosted, hosted_tracker

_CAPS = f"{LABELS} server-time message-tags echo-message"
_HISTORY = f"{_CAPS} draft/chathistory draft/event-playback draft/message-redaction"


def _says(client: IrcClient, text: str, tags: str = "") -> str:
    client.sync()
    return client.command(f"{tags}PRIVMSG #room :{text}")[0].tags["msgid"]


def _reacts(client: IrcClient, msgid: str, value: str = "lol", verb: str = "react", to: str = "#room") -> str:
    client.sync()
    return client.command(f"@+reply={msgid};+draft/{verb}={value} TAGMSG {to}")[0].tags["msgid"]


def _past(client: IrcClient, query: str = "LATEST #room * 50") -> list[str]:
    """Return the texts and reactions of an answer, in its order."""
    client.sync()
    return [_shown(message) for message in ask(client, f"CHATHISTORY {query}") if message.command != "JOIN"]


def _shown(message: Message) -> str:
    return message.params[-1] if message.command == "PRIVMSG" else message.tags.get("+draft/react", message.command)


def test_reactions_follow_their_message_and_do_not_count(hosted: Hosted) -> None:
    alice, bob = (hosted.client(nick, "#room", caps=_HISTORY) for nick in ("alice", "bob"))
    first = _says(alice, "first")
    _says(alice, "second")
    _reacts(bob, first)
    _reacts(alice, first, "👋")
    _reacts(bob, first)
    assert _past(bob) == ["first", "lol", "👋", "second"]
    assert _past(bob, "BETWEEN #room timestamp=2000-01-01T00:00:00.000Z timestamp=2040-01-01T00:00:00.000Z 4")[:3] == [
        "first",
        "lol",
        "👋",
    ]
    assert _past(bob, "LATEST #room * 1") == ["second"]
    _reacts(bob, first, verb="unreact")
    assert _past(bob) == ["first", "👋", "second"]
    assert "lol" not in hosted.log_text()


@pytest.mark.parametrize("history", [1000, 9])
def test_answers_with_reactions_fit_the_send_queue(tmp_path: Path, history: int) -> None:
    """Reactions do not count for the limit: an answer may have more lines than were asked for."""
    with hosted_tracker(tmp_path, max_sendq_bytes=22_700, history=history) as hosted:
        alice = hosted.client("alice", "#room", caps=_HISTORY)
        messages = [_says(alice, f"message {number}") for number in range(10)]
        for number, message in enumerate([*messages, *messages, *[messages[-1]] * 18]):
            _reacts(alice, message, f"{number:02}{'x' * 450}")
        last, *reactions = _past(alice, "LATEST #room * 1000")
        assert last == "message 9"
        assert 10 < len(reactions) < 20, "the send queue limits the reactions in an answer"
        before = _past(alice, f"BEFORE #room msgid={messages[-1]} 1000")
        assert before[-3:] == ["message 8", f"08{'x' * 450}", f"18{'x' * 450}"]
        assert 9 < len(before) < 27


def test_reactions_need_event_playback_and_message_tags(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", caps=_HISTORY)
    _reacts(alice, _says(alice, "first"))
    for caps in ("draft/event-playback", "message-tags"):
        alice.command(f"CAP REQ -{caps}")
        assert _past(alice) == ["first"]
        alice.command(f"CAP REQ {caps}")
    assert _past(alice) == ["first", "lol"]


def test_reactions_to_unknown_messages_are_not_kept(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", "#other", caps=_HISTORY)
    first = _says(alice, "first")
    _reacts(alice, first, to="#other")
    _reacts(alice, "nonsense")
    _reacts(alice, "0" * 26)
    assert _past(alice) == ["first"]
    assert _past(alice, "LATEST #other * 50") == []


def test_a_reaction_is_redacted_by_id_or_with_its_message(hosted: Hosted) -> None:
    alice, bob = (hosted.client(nick, "#room", caps=_HISTORY) for nick in ("alice", "bob"))
    first = _says(alice, "first")
    reaction = _reacts(bob, first)
    assert one(bob.command(f"REDACT #room {reaction}"), "REDACT").params == ("#room", reaction)
    assert _past(alice) == ["first", "REDACT"]
    _reacts(bob, first)
    bob.sync()
    alice.command(f"REDACT #room {first}")
    assert _past(alice) == ["REDACT", "REDACT"]


def test_reactions_in_private_conversations(hosted: Hosted) -> None:
    alice, bob = (hosted.client(nick, caps=_HISTORY) for nick in ("alice", "bob"))
    msgid = one(alice.command("PRIVMSG bob :psst"), "PRIVMSG").tags["msgid"]
    _reacts(bob, msgid, to="alice")
    assert _past(alice, "LATEST bob * 5") == ["psst", "lol"]


@pytest.mark.parametrize("history", [1000, 4])
def test_reactions_and_replies_outlive_the_tracker(tmp_path: Path, history: int) -> None:
    settings: dict[str, Any] = {"history": history, "keep_alive": True}
    with hosted_tracker(tmp_path, **settings) as hosted:
        alice, bob = (hosted.client(nick, "#room", caps=_HISTORY) for nick in ("alice", "bob"))
        first = _says(alice, "first")
        _says(bob, "reply", f"@+reply={first} ")
        for number in range(4):
            _says(alice, str(number))
        gone = _reacts(alice, first, "gone")
        _reacts(bob, first)
        _reacts(bob, first, "back")
        _reacts(bob, first, "back", verb="unreact")
        alice.command(f"REDACT #room {gone}")
        assert _past(bob, f"AFTER #room msgid={'0' * 26} 4") == ["first", "lol", "reply"]
    with hosted_tracker(tmp_path, **settings) as hosted:
        again = hosted.client("carol", "#room", caps=_HISTORY)
        shown: list[Message] = []
        at = "timestamp=2000-01-01T00:00:00.000Z"
        while page := ask(again, f"CHATHISTORY AFTER #room {at} 2"):
            shown += page
            last = [message for message in page if message.command != "TAGMSG"][-1]
            at = f"msgid={last.tags['msgid']}"
        texts = [_shown(message) for message in shown if message.command in ("PRIVMSG", "TAGMSG")]
        assert texts == ["first", "lol", "reply", "0", "1", "2", "3"]
        assert next(message for message in shown if message.params[-1] == "reply").tags["+reply"] == first
