"""A client's own metadata: before it comes in, when it does, and when it logs in to an account."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from chatcore.commands.bounds import MAX_METADATA_KEYS
from chatcore.config import Limits
from chatcore.state.facts import AccountChanged, Connected, MetadataChanged
from chatcore.state.metadata import size_bytes
from chatcore.state.requests import Replied, RepliedInBatch, SubscriptionsChanged, WaitingRequested
from tests.support.stage import Actor, Outcome, Stage

_AWARE = "batch draft/metadata-3 sasl"
_PROOF = {"dora": "AGRvcmEAc2VjcmV0", "emil": "AGVtaWwAc2VjcmV0"}


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    for name in _PROOF:
        stage.services.keys.accounts[name] = "secret"
    return stage


def _log_in(actor: Actor, name: str) -> Outcome:
    actor.says("AUTHENTICATE PLAIN")
    return actor.says(f"AUTHENTICATE {_PROOF[name]}")


def _let_in(stage: Stage, nick: str, *lines: str, account: str = "", caps: str = _AWARE) -> tuple[Actor, Outcome]:
    """Let a client in after these commands; return the outcome of its arrival."""
    actor = stage.stranger()
    actor.says("CAP LS 302")
    actor.says(f"CAP REQ :{caps}")
    for line in lines:
        actor.says(line)
    if account:
        _log_in(actor, account)
    actor.says(f"NICK {nick}")
    actor.says(f"USER {nick} 0 * :x")
    return actor, actor.says("CAP END")


def _own_values(actor: Actor) -> Mapping[str, str]:
    return {**actor.client.said_of_itself}


def test_before_registration_only_own_values_are_accessible(stage: Stage) -> None:
    """> Clients that have not completed connection registration MUST use `*` to target themselves"""
    actor = stage.stranger()
    actor.says("CAP LS 302")
    actor.says(f"CAP REQ :{_AWARE}")
    assert actor.says("METADATA * SUB url").replies == [("770", "url")]
    assert actor.says("METADATA * SET url :x").replies == [("761", "*", "url", "*", "x")]
    assert actor.says("METADATA * SET note :y").codes == ["761"]
    listed = [("@batch=1", "761", "*", "url", "*", "x"), ("@batch=1", "761", "*", "note", "*", "y")]
    begin, end = ("BATCH", "+1", "metadata", "*"), ("BATCH", "-1")
    assert actor.says("METADATA * LIST").replies == [begin, *listed, end]
    assert actor.says("METADATA * SYNC").replies == [begin, listed[0], end]
    assert actor.says("METADATA * SUBS").replies == [
        ("BATCH", "+1", "metadata-subs"),
        ("@batch=1", "772", "url"),
        ("BATCH", "-1"),
    ]
    assert actor.says("METADATA * CLEAR").codes == ["BATCH", "@batch=1", "@batch=1", "BATCH"]
    for target in ("somebody", "#room"):
        for line in ("LIST", "SET url :x", "CLEAR"):
            assert actor.says(f"METADATA {target} {line}").replies[0][2] == "INVALID_TARGET"
    assert stage.stream.appended == []


def test_a_newcomers_values_are_part_of_its_welcome(stage: Stage) -> None:
    """> as part of the registration burst, i.e. before `RPL_ENDOFMOTD` or `ERR_NOMOTD`"""
    actor, _ = _let_in(stage, "ann", "METADATA * SUB url", "METADATA * SET note :y")
    connected, changed, subscribed, first, batch, rest = stage.stream.appended[-1]
    assert isinstance(connected, Connected)
    assert changed == MetadataChanged(actor.client.id, "", "note", "y")
    assert subscribed == SubscriptionsChanged(actor.client.id, ("url",))
    assert isinstance(first, Replied)
    assert isinstance(rest, Replied)
    assert batch == RepliedInBatch(actor.client.id, ("metadata", "ann"), (("761", "ann", "note", "*", "y"),))
    assert "001" in [line[0] for line in first.replies]
    assert "376" not in [line[0] for line in first.replies]
    assert rest.replies[0][0] == "376"


def test_a_client_without_the_capability_gets_no_values(stage: Stage) -> None:
    _let_in(stage, "ann", "METADATA * SET note :y", caps="batch")
    assert [type(event) for event in stage.stream.appended[-1]] == [Connected, MetadataChanged, Replied]


def test_all_clients_of_an_account_share_its_values(stage: Stage) -> None:
    first, _ = _let_in(stage, "ann", account="dora")
    second, _ = _let_in(stage, "bob", account="dora")
    first.says("METADATA * SET url :x")
    assert _own_values(second) == {"url": "x"}
    second.says("METADATA * SET url :y")
    assert _own_values(first) == {"url": "y"}
    for actor in (first, second):
        stage.leave(actor.client)
    third, _ = _let_in(stage, "cat", account="dora")
    assert _own_values(third) == {"url": "y"}
    assert stage.registry.metadata_bytes == size_bytes({"url": "y"})


def test_values_set_before_the_login_override_the_accounts(stage: Stage) -> None:
    first, _ = _let_in(stage, "ann", account="dora")
    first.says("METADATA * SET url :x")
    first.says("METADATA * SET note :kept")
    second, _ = _let_in(stage, "bob", "METADATA * SET url :new", "METADATA * SET note :kept", account="dora")
    changes = [event for event in stage.stream.appended[-1] if isinstance(event, MetadataChanged)]
    assert changes == [MetadataChanged(second.client.id, "", "url", "new")]
    assert _own_values(first) == _own_values(second) == {"url": "new", "note": "kept"}


def test_a_later_login_merges_values_too(stage: Stage) -> None:
    first, _ = _let_in(stage, "ann", account="dora")
    first.says("METADATA * SET url :x")
    second, _ = _let_in(stage, "bob")
    second.says("METADATA * SET note :mine")
    me = second.client.id
    assert _log_in(second, "dora").events == (
        AccountChanged(me, "dora", "id-of-dora"),
        MetadataChanged(me, "", "note", "mine"),
        WaitingRequested(me),
    )
    assert _own_values(first) == {"url": "x", "note": "mine"}
    assert stage.registry.metadata_bytes == size_bytes(_own_values(first))


def test_switching_accounts_carries_no_values_over(stage: Stage) -> None:
    actor, _ = _let_in(stage, "ann", account="dora")
    actor.says("METADATA * SET url :x")
    assert _log_in(actor, "emil").events == (
        AccountChanged(actor.client.id, "emil", "id-of-emil"),
        WaitingRequested(actor.client.id),
    )
    assert _own_values(actor) == {}
    _log_in(actor, "emil")
    _log_in(actor, "dora")
    assert _own_values(actor) == {"url": "x"}


def test_a_login_adds_no_keys_beyond_the_limit(stage: Stage) -> None:
    first, _ = _let_in(stage, "ann", account="dora")
    for number in range(MAX_METADATA_KEYS - 1):
        first.says(f"METADATA * SET k{number} :x")
    second, _ = _let_in(stage, "bob", *(f"METADATA * SET {key} :y" for key in ("a", "b", "k0")), account="dora")
    assert len(_own_values(first)) == MAX_METADATA_KEYS
    assert (_own_values(second)["a"], _own_values(second)["k0"], "b" in _own_values(second)) == ("y", "y", False)


def test_a_newcomers_values_are_dropped_when_memory_is_full() -> None:
    stage = Stage(limits=Limits(max_total_metadata_bytes=1))
    first, _ = _let_in(stage, "ann", "METADATA * SET url :x")
    second, _ = _let_in(stage, "bob", "METADATA * SET url :x")
    assert (_own_values(first), _own_values(second)) == ({"url": "x"}, {}), "the limit has room for one value"
    stage.leave(second.client)
    assert stage.registry.metadata_bytes == size_bytes(_own_values(first))


def test_a_taken_nick_leaves_the_values_unchanged(stage: Stage) -> None:
    _let_in(stage, "ann")
    actor, _ = _let_in(stage, "ann", "METADATA * SET url :x", account="dora")
    assert not actor.client.is_registered
    assert stage.registry.metadata_bytes == 0
    assert _own_values(actor) == {"url": "x"}
