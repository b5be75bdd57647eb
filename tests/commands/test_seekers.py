"""The identities of clients and nicks in the archive."""

from __future__ import annotations

import pytest

from chatcore.commands.seekers import identity_of, seeker_of
from chatcore.errors import AccountsUnavailable
from chatcore.state.credentials import Credentials
from chatcore.state.history_identity import account_identity, visit_identity
from tests.support.stage import Actor, Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def alice(stage: Stage) -> Actor:
    return stage.actor("alice", "#Tea", "#board")


def _log_in(actor: Actor, account: str) -> None:
    actor.client.login = Credentials(account, b"", b"", b"", 4096, f"id-of-{account}" if account else "")


def test_a_client_without_an_account_is_its_visit(alice: Actor) -> None:
    seeker = seeker_of(alice.ctx)
    assert (seeker.identity, seeker.account_id) == (visit_identity(alice.client.visit), "")


def test_the_server_password_is_not_an_account(alice: Actor) -> None:
    _log_in(alice, "")
    seeker = seeker_of(alice.ctx)
    assert (seeker.identity, seeker.account_id) == (visit_identity(alice.client.visit), "")


def test_a_client_with_an_account_is_that_account(alice: Actor) -> None:
    _log_in(alice, "ann")
    seeker = seeker_of(alice.ctx)
    assert (seeker.identity, seeker.account_id) == (account_identity("id-of-ann"), "id-of-ann")


def test_a_seekers_rooms_are_those_of_the_client(stage: Stage, alice: Actor) -> None:
    stage.actor("bob", "#bobs")
    alice.says("PART #board")
    channel = stage.registry.channel("#tea")
    assert channel is not None
    assert seeker_of(alice.ctx).rooms == {"#tea": channel.instance}


def test_a_room_without_the_client_among_its_members_is_left_out(stage: Stage, alice: Actor) -> None:
    """The client's list of rooms is not always in step with the rooms: a KICK comes from another thread."""
    channel = stage.registry.channel("#tea")
    assert channel is not None
    with channel.lock:
        del channel.members[alice.client]
    assert seeker_of(alice.ctx).rooms.keys() == {"#board"}


def test_a_nick_means_its_holder_or_else_the_account_of_that_name(stage: Stage, alice: Actor) -> None:
    bob, carol = stage.actor("bob"), stage.actor("carol")
    _log_in(carol, "caro")
    stage.services.keys.accounts["dora"] = "secret"
    who = {nick: identity_of(alice.ctx, nick) for nick in ("BOB", "carol", "dora", "nobody")}
    assert who == {
        "BOB": visit_identity(bob.client.visit),
        "carol": account_identity("id-of-caro"),
        "dora": account_identity("id-of-dora"),
        "nobody": "",
    }


def test_only_an_absent_nick_needs_the_accounts(stage: Stage, alice: Actor) -> None:
    bob = stage.actor("bob")
    stage.services.keys.is_unavailable = True
    assert identity_of(alice.ctx, "bob") == visit_identity(bob.client.visit)
    with pytest.raises(AccountsUnavailable):
        identity_of(alice.ctx, "dora")
