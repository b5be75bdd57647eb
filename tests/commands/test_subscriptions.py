"""METADATA SUB, UNSUB, SUBS and SYNC: the keys a client follows."""

from __future__ import annotations

import pytest

from chatcore.commands.bounds import MAX_METADATA_KEY_BYTES, MAX_SUBSCRIPTIONS
from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.state.requests import CapabilitiesChanged, MetadataRequested, RepliedInBatch, SubscriptionsChanged
from tests.support.stage import Actor, Stage

_AWARE = "batch draft/metadata-3"


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def alice(stage: Stage) -> Actor:
    return stage.actor("alice", "#Room", caps=_AWARE)


def _keys(actor: Actor) -> list[str]:
    """Return the answer to SUBS."""
    (batch,) = actor.says("METADATA * SUBS").events
    assert isinstance(batch, RepliedInBatch)
    assert batch.batch == ("metadata-subs",)
    return [key for line in batch.replies for key in line[1:]]


def test_keys_are_added_and_removed(alice: Actor) -> None:
    me = alice.client.id
    outcome = alice.says("METADATA * SUB url note url")
    assert outcome.replies[0] == ("770", "url", "note", "url")
    assert outcome.replies[1][:3] == ("774", "*ALL", "0")
    assert outcome.events == (SubscriptionsChanged(me, ("url", "note")),)
    outcome = alice.says("METADATA Alice SUB note")
    assert (outcome.codes, outcome.events) == (["770"], ()), "no key is new"
    outcome = alice.says("METADATA * UNSUB url other")
    assert (outcome.replies, outcome.events) == ([("771", "url", "other")], (SubscriptionsChanged(me, ("note",)),))
    assert _keys(alice) == ["note"]
    assert alice.says("METADATA * UNSUB url").events == ()


def test_invalid_keys_are_left_out(alice: Actor) -> None:
    outcome = alice.says("METADATA * SUB $x url")
    assert outcome.replies[0][:4] == ("WARN", "METADATA", "INVALID_KEY", "$x")
    assert outcome.replies[1] == ("770", "url")
    assert [line[:4] for line in alice.says("METADATA * UNSUB $x").replies] == [
        ("WARN", "METADATA", "INVALID_KEY", "$x")
    ]
    assert _keys(alice) == ["url"]


def test_the_first_key_beyond_the_limit_is_named(alice: Actor) -> None:
    keys = [f"{number:02}{'k' * (MAX_METADATA_KEY_BYTES - 2)}" for number in range(MAX_SUBSCRIPTIONS)]
    for start in range(0, MAX_SUBSCRIPTIONS, 10):
        alice.says(f"METADATA * SUB {' '.join(keys[start : start + 10])}")
    outcome = alice.says(f"METADATA * SUB {keys[0]} one two {keys[1]}")
    assert outcome.replies[0][:6] == ("FAIL", "METADATA", "LIMIT_REACHED", "SUB", "one", str(MAX_SUBSCRIPTIONS))
    assert outcome.replies[1:] == [("770", keys[0])]
    assert _keys(alice) == keys
    (batch,) = alice.says("METADATA * SUBS").events
    lengths = [len(f":tracker.chat 772 alice :{' '.join(line[1:])}") for line in batch.replies]  # type: ignore[union-attr]
    assert max(lengths) <= MAX_BODY_BYTES


@pytest.mark.parametrize("line", ["SUB url", "UNSUB url", "SUBS"])
def test_a_client_manages_only_its_own_subscriptions(stage: Stage, alice: Actor, line: str) -> None:
    stage.actor("bob")
    for target in ("bob", "#room", "nobody"):
        assert alice.says(f"METADATA {target} {line}").replies[0][:4] == ("FAIL", "METADATA", "INVALID_TARGET", target)


@pytest.mark.parametrize("given_up", ["batch", "draft/metadata-3"])
def test_dropping_a_capability_clears_the_subscriptions(alice: Actor, given_up: str) -> None:
    """> If a client removes this capability or the batch capability from themselves, servers MUST clear that client's
    subscription list."""
    alice.says("METADATA * SUB url")
    (changed,) = alice.says(f"CAP REQ -{given_up}").events
    assert isinstance(changed, CapabilitiesChanged)
    alice.says(f"CAP REQ {given_up}")
    assert _keys(alice) == []


def test_sync_is_for_own_rooms_people_or_everything(stage: Stage, alice: Actor) -> None:
    me = alice.client.id
    stage.actor("Bob", "#other")
    assert alice.says("METADATA #ROOM SYNC").events == (MetadataRequested(me, "#Room"),)
    assert alice.says("METADATA * SYNC").events == (MetadataRequested(me, "alice"),)
    assert alice.says("METADATA bob SYNC").events == (MetadataRequested(me, "Bob"),)
    assert alice.says("METADATA *ALL SYNC").events == (MetadataRequested(me, "*ALL"),)
    for target in ("#other", "#none", "nobody"):
        assert alice.says(f"METADATA {target} SYNC").replies[0][:4] == ("FAIL", "METADATA", "INVALID_TARGET", target)
