"""Who may read what: nothing of rooms without being a member, nor of others' conversations; CHATHISTORY TARGETS.

A person is an account, or else a visit: the nick alone proves nothing.
"""

from __future__ import annotations

import pytest

from chatcore.protocol.message import Message
from tests.support.batches import LABELS, ask, split_batches
from tests.support.irc import IrcClient, commands, one
from tests.support.sasl_client import logged_in, plain
from tests.support.trackers import Hosted

CAPS = f"{LABELS} server-time echo-message draft/chathistory draft/event-playback"
_ALL_TIMES = "timestamp=2000-01-01T00:00:00.000Z timestamp=2999-01-01T00:00:00.000Z"
_ALL_TIMES_BACKWARDS = " ".join(reversed(_ALL_TIMES.split()))


def _history(client: IrcClient, target: str) -> list[str]:
    """Return the texts that the client may read there."""
    client.sync()
    return [message.params[-1] for message in ask(client, f"CHATHISTORY LATEST {target} * 50")]


def _targets(client: IrcClient, times: str = _ALL_TIMES, limit: int = 50) -> list[str]:
    """Return the names of the targets that are listed to the client."""
    client.sync()
    (batch,), others = split_batches(client.command(f"CHATHISTORY TARGETS {times} {limit}"))
    assert others == []
    assert batch.kind == "draft/chathistory-targets"
    assert all(message.params[0] == "TARGETS" for message in batch.inside)
    return [message.params[1] for message in batch.inside]


def _leave(client: IrcClient) -> None:
    client.send("QUIT")
    client.receive_rest()


def _refusal(client: IrcClient, target: str) -> Message:
    return one(ask(client, f"CHATHISTORY LATEST {target} * 50"), "FAIL")


def test_history_of_a_room_is_for_members_only(hosted: Hosted) -> None:
    """> Servers MUST ensure that users cannot obtain history they are not authorised to view."""
    alice = hosted.client("alice", "#room", caps=CAPS)
    alice.command("PRIVMSG #room :hidden", "MODE #room +s")
    eve = hosted.client("eve", caps=CAPS)
    for question in ("LATEST #room * 5", "BEFORE #ROOM timestamp=2999-01-01T00:00:00.000Z 5"):
        assert commands(ask(eve, f"CHATHISTORY {question}")) == ["FAIL"]
    there, nowhere = _refusal(eve, "#room"), _refusal(eve, "#nowhere")
    assert there.params[-1] == nowhere.params[-1], "a room that exists is refused like one that does not"
    assert _targets(eve) == []


@pytest.mark.parametrize("how", ["PART #room", "KICK #room bob"])
def test_former_members_cannot_read_a_room(hosted: Hosted, how: str) -> None:
    alice, bob = hosted.client("alice", "#room", caps=CAPS), hosted.client("bob", "#room", caps=CAPS)
    alice.command("PRIVMSG #room :hidden")
    (bob if how.startswith("PART") else alice).command(how)
    bob.sync()
    assert _refusal(bob, "#room").params[1] == "INVALID_TARGET"
    assert _targets(bob) == []


def test_history_of_a_locked_room_ends_with_it(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", caps=CAPS), hosted.client("bob", caps=CAPS)
    alice.command("JOIN #room", "MODE #room +k key", "PRIVMSG #room :hidden", "TOPIC #room :hidden", "PART #room")
    bob.join("#room")
    assert "hidden" not in " ".join(_history(bob, "#room"))
    assert commands(ask(bob, "CHATHISTORY LATEST #room * 50")) == ["JOIN", "JOIN"], (
        "only the joins, made while the room was open"
    )
    assert _targets(bob) == []


def test_conversation_is_for_its_two_people(hosted: Hosted) -> None:
    alice, bob, eve = (hosted.client(nick, "#room", caps=CAPS) for nick in ("alice", "bob", "eve"))
    alice.command("PRIVMSG bob :one")
    bob.command("NOTICE alice :two")
    assert _history(alice, "bob") == _history(bob, "ALICE") == ["one", "two"]
    for nick in ("alice", "bob", "eve"):
        assert _history(eve, nick) == []
    assert _history(alice, "alice") == [], "messages to oneself are a separate conversation"
    alice.command("PRIVMSG alice :note")
    assert _history(alice, "alice") == ["note"]
    assert (_targets(alice), _targets(bob), _targets(eve)) == (["bob", "alice"], ["alice"], [])


def test_conversation_follows_people_through_nick_changes(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", caps=CAPS), hosted.client("bob", caps=CAPS)
    alice.command("PRIVMSG bob :one", "NICK alicia")
    bob.command("NICK robert")
    alice.command("PRIVMSG robert :two")
    assert _history(alice, "robert") == ["one", "two"]
    assert _targets(alice) == ["robert"]
    thief = hosted.client("bob", caps=CAPS)
    assert _history(alice, "bob") == []
    assert _history(thief, "alicia") == []


def test_next_holder_of_a_nick_reads_nothing_of_the_former(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", caps=CAPS), hosted.client("bob", caps=CAPS)
    alice.command("PRIVMSG bob :secret")
    bob.sync()
    _leave(alice)
    eve = hosted.client("eve", caps=CAPS)
    eve.command("NICK alice", "PRIVMSG bob :hi")
    assert _history(eve, "bob") == ["hi"]
    assert _history(bob, "alice") == ["hi"], "bob sees only the new holder's message"
    assert _targets(eve) == ["bob"]


def test_account_finds_its_conversations_from_any_visit(hosted: Hosted) -> None:
    """On another connection, under another nick, and beside another of its visits."""
    first, bob = logged_in(hosted, "alice", caps=CAPS), logged_in(hosted, "bob", caps=CAPS)
    first.command("PRIVMSG bob :one")
    _leave(first)
    second = logged_in(hosted, "alice", nick="ally", caps=CAPS)
    assert _history(second, "bob") == ["one"]
    assert _targets(second) == ["bob"]
    bob.command("PRIVMSG ally :two")
    assert _history(second, "bob") == _history(bob, "ally") == ["one", "two"]
    assert _targets(bob) == ["ally"], "targets have the latest nick"
    third = logged_in(hosted, "alice", caps=CAPS)
    assert _history(third, "bob") == ["one", "two"]
    _leave(bob)
    assert _history(third, "bob") == ["one", "two"], "an absent account is found by its name"


@pytest.mark.thorough
def test_login_switches_the_conversations(hosted: Hosted) -> None:
    bob = logged_in(hosted, "bob", caps=CAPS)
    for account in ("one", "two"):
        hosted.tracker.keys.accounts.add(account, "pw")
    client = hosted.client("client", caps=f"sasl {CAPS}")
    client.command("PRIVMSG bob :as nobody", *plain("one", "pw"), "PRIVMSG bob :as one")
    client.command(*plain("two", "pw"))
    assert _history(client, "bob") == []
    assert _targets(client) == []
    client.command(*plain("one", "pw"))
    assert _history(client, "bob") == ["as one"]
    assert _history(bob, "client") == ["as one"]


def test_squatter_of_a_nick_does_not_share_its_account(hosted: Hosted) -> None:
    """Neither before the account exists nor after: a squatter is a visit, whatever its nick."""
    squatter, bob = hosted.client("alice", caps=CAPS), hosted.client("bob", caps=CAPS)
    squatter.command("PRIVMSG bob :squatting")
    owner = logged_in(hosted, "alice", nick="owner", caps=CAPS)
    assert _history(owner, "bob") == []
    owner.command("PRIVMSG bob :owned")
    assert _history(squatter, "bob") == ["squatting"]
    assert _history(bob, "alice") == ["squatting"]
    assert _history(bob, "owner") == ["owned"]


@pytest.mark.usefixtures("ticking")
def test_targets_are_ordered_by_their_latest_message(hosted: Hosted) -> None:
    """> ordered by the time of the latest message in the channel history or direct message conversation"""
    alice = hosted.client("alice", "#a", "#b", "#c", "#silent", caps=CAPS)
    hosted.client("bob")
    lines = ["PRIVMSG #a :x", "PRIVMSG #b :x", "PRIVMSG bob :x", "NOTICE #c :x", "PRIVMSG #a :x", "TOPIC #b :x"]
    said = [message for message in alice.command(*lines) if message.command != "TOPIC"]
    assert _targets(alice) == ["#b", "bob", "#c", "#a"]
    assert _targets(alice, limit=2) == ["#b", "bob"]
    assert _targets(alice, _ALL_TIMES_BACKWARDS) == ["#b", "bob", "#c", "#a"]
    assert _targets(alice, _ALL_TIMES_BACKWARDS, limit=2) == ["#c", "#a"], "the limit counts from the first selector"
    at = [f"timestamp={message.tags['time']}" for message in said]
    assert _targets(alice, f"{at[1]} {at[4]}") == ["bob", "#c"], "both times are exclusive"
    assert _targets(alice, f"{at[0]} {at[2]}") == ["#b"], "only the latest message of each counts"
    (batch,), _ = split_batches(alice.command(f"CHATHISTORY TARGETS {_ALL_TIMES} 1"))
    assert batch.inside[0].params == ("TARGETS", "#b", said[1].tags["time"])


@pytest.mark.thorough
def test_new_account_of_an_old_name_reads_nothing(hosted: Hosted) -> None:
    first, bob = logged_in(hosted, "alice", caps=CAPS), logged_in(hosted, "bob", caps=CAPS)
    first.command("PRIVMSG bob :of the former alice")
    hosted.tracker.keys.accounts.remove("alice")
    first.receive_rest()
    bob.sync()
    assert _history(bob, "alice") == ["of the former alice"], "the other person keeps the conversation"
    second = logged_in(hosted, "alice", caps=CAPS)
    assert _history(second, "bob") == []
    assert _targets(second) == []
    assert _history(bob, "alice") == []
    second.command("PRIVMSG bob :of another alice")
    assert _history(bob, "alice") == _history(second, "bob") == ["of another alice"]
    _leave(second)
    assert _history(bob, "alice") == ["of another alice"]


def test_account_removed_during_login_does_not_get_in(hosted: Hosted) -> None:
    hosted.tracker.keys.accounts.add("alice", "pw")
    client = hosted.connect()
    client.command("CAP REQ :sasl", *plain("alice", "pw"))
    hosted.tracker.keys.accounts.remove("alice")
    assert client.receive_rest()[-1].params == ("Closing link: Your account was removed",)


@pytest.mark.thorough
def test_removed_account_is_a_target_until_its_name_is_reused(hosted: Hosted) -> None:
    """TARGETS lists no name twice, and none that would lead to another conversation."""
    first, bob = logged_in(hosted, "alice", caps=CAPS), logged_in(hosted, "bob", caps=CAPS)
    first.command("PRIVMSG bob :of the former alice")
    hosted.tracker.keys.accounts.remove("alice")
    first.receive_rest()
    assert _targets(bob) == ["alice"]
    second = logged_in(hosted, "alice", caps=CAPS)
    assert _targets(bob) == []
    second.command("PRIVMSG bob :of another alice")
    assert _targets(bob) == ["alice"]
    _leave(second)
    assert _targets(bob) == ["alice"]
    assert _history(bob, "ALICE") == ["of another alice"]
