"""Events in the history (draft/event-playback of https://ircv3.net/specs/extensions/chathistory)."""

from __future__ import annotations

import pytest

from tests.support.batches import LABELS, ask
from tests.support.irc import IrcClient, commands
from tests.support.trackers import Hosted

HISTORY = f"{LABELS} server-time draft/chathistory"
PLAYBACK = f"{HISTORY} draft/event-playback"
LAST = "CHATHISTORY LATEST #room * 50"


@pytest.fixture
def witness(hosted: Hosted) -> IrcClient:
    """A member of #room, with event-playback, who has seen everything that happened there."""
    alice = hosted.client("alice", "#room", caps=PLAYBACK)
    bob = hosted.client("bob", "#room", caps="message-tags")
    carol = hosted.client("carol", "#room", "#other")
    bob.command("PRIVMSG #room :said", "@+draft/persist;+draft/react=x TAGMSG #room", "@+typing=active TAGMSG #room")
    alice.command("TOPIC #room :new", "MODE #room +v bob", "KICK #room bob :out", "AWAY :tea", "AWAY")
    carol.command("NICK carola", "PRIVMSG #other :elsewhere", "NOTICE #room :bye")
    carol.send("QUIT :gone")
    carol.receive_rest()
    alice.sync()
    return alice


_HAPPENED = ["JOIN", "JOIN", "JOIN", "PRIVMSG", "TAGMSG", "TOPIC", "MODE", "KICK", "NICK", "NOTICE", "QUIT"]


def test_events_of_the_room_are_replayed_in_order(witness: IrcClient) -> None:
    """> the server SHOULD send additional lines relevant to the chat history, including but not limited to TAGMSG,
    JOIN, PART, QUIT, MODE, TOPIC, and NICK."""
    history = ask(witness, LAST)
    assert commands(history) == _HAPPENED
    ids = [message.tags["msgid"] for message in history]
    assert ids == sorted(set(ids))
    assert history[4].tags["+draft/react"] == "x", "the typing notification is not replayed"
    assert (history[8].source, history[8].params) == ("carol!carol@127.0.0.1", ("carola",))
    assert history[10].params == ("Quit: gone",)


@pytest.mark.parametrize("count", [1, 3, 5])
def test_limits_and_references_include_events(witness: IrcClient, count: int) -> None:
    history = ask(witness, LAST)
    assert commands(ask(witness, f"CHATHISTORY LATEST #room * {count}")) == _HAPPENED[-count:]
    topic = f"msgid={history[5].tags['msgid']}"
    assert commands(ask(witness, f"CHATHISTORY AFTER #room {topic} {count}")) == _HAPPENED[6 : 6 + count]
    assert commands(ask(witness, f"CHATHISTORY BEFORE #room {topic} {count}")) == _HAPPENED[:5][-count:]


def test_without_the_capability_only_messages_are_returned(witness: IrcClient) -> None:
    """> the server MUST NOT send any lines other than PRIVMSG and NOTICE in the reply batch"""
    witness.command("CAP REQ :-draft/event-playback")
    assert commands(ask(witness, LAST)) == ["PRIVMSG", "NOTICE"]
    assert commands(ask(witness, "CHATHISTORY LATEST #room * 1")) == ["NOTICE"], (
        "omitted events do not count for the limit"
    )


def test_tagmsg_is_only_replayed_with_message_tags(witness: IrcClient) -> None:
    """> Servers MUST NOT deliver TAGMSG to clients that haven't negotiated the message tags capability."""
    witness.command("CAP REQ :-message-tags")
    assert commands(ask(witness, LAST)) == [command for command in _HAPPENED if command != "TAGMSG"]


def test_without_batches_no_events_are_replayed(witness: IrcClient) -> None:
    witness.command("CAP REQ :-batch")
    assert commands(witness.command(LAST)) == ["NOTICE", "NOTICE"]


def test_replaying_events_has_no_effect(hosted: Hosted, witness: IrcClient) -> None:
    other = hosted.client("other", "#room")
    assert commands(witness.sync()) == ["JOIN"]
    before = [message.params for message in witness.command("NAMES #room", "MODE #room")]
    ask(witness, LAST)
    assert [message.params for message in witness.command("NAMES #room", "MODE #room")] == before
    assert commands(ask(witness, LAST)) == [*_HAPPENED, "JOIN"]
    assert other.sync() == []


def test_persistent_tags_are_kept_in_conversations(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", caps=PLAYBACK), hosted.client("bob", caps="message-tags")
    bob.command("PRIVMSG alice :one", "@+draft/persist;+draft/react=y TAGMSG alice", "@+typing=done TAGMSG alice")
    bob.command("NOTICE alice :two", "NICK robert")
    alice.sync()
    assert commands(ask(alice, "CHATHISTORY LATEST robert * 9")) == ["PRIVMSG", "TAGMSG", "NOTICE"]
    alice.command("CAP REQ :-draft/event-playback")
    assert commands(ask(alice, "CHATHISTORY LATEST robert * 9")) == ["PRIVMSG", "NOTICE"]


def test_each_event_is_once_in_every_room_it_concerned(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#a", "#b", caps=PLAYBACK)
    bob = hosted.client("bob", "#a", "#b")
    bob.command("NICK robert", "PRIVMSG #a,#b :x")
    bob.send("QUIT")
    bob.receive_rest()
    alice.sync()
    rooms = [ask(alice, f"CHATHISTORY LATEST {room} * 9") for room in ("#a", "#b")]
    for history in rooms:
        assert commands(history) == ["JOIN", "JOIN", "NICK", "PRIVMSG", "QUIT"]
    for position in (2, 4):
        assert rooms[0][position].tags["msgid"] == rooms[1][position].tags["msgid"], "one event, one id"
    assert rooms[0][3].tags["msgid"] != rooms[1][3].tags["msgid"]
