"""PRIVMSG to accounts whose owners are absent: what is published, and what is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.state.credentials import Credentials
from chatcore.state.facts import Said, SaidPrivately, SaidToAbsent
from tests.support.stage import Actor, Stage
from tests.support.stage_services import StageArchive


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.services.archive = StageArchive()
    stage.services.keys.accounts = {"dora": "secret"}
    return stage


@pytest.fixture
def ann(stage: Stage) -> Actor:
    return stage.actor("ann")


def _to_dora(ann: Actor, text: str, tags: tuple[tuple[str, str], ...] = ()) -> SaidToAbsent:
    return SaidToAbsent(ann.client.id, "dora", "id-of-dora", "PRIVMSG", text, tags)


def test_messages_to_an_absent_account_wait(ann: Actor) -> None:
    outcome = ann.says("PRIVMSG dora :hi")
    assert (outcome.events, outcome.replies) == ((_to_dora(ann, "hi"),), []), (
        "delivery replies, as only the view knows whether dora is here"
    )
    assert ann.says("PRIVMSG dora :\x01ACTION waves\x01").events == (_to_dora(ann, "\x01ACTION waves\x01"),)


def test_a_long_text_waits_in_pieces_that_cost_tokens(ann: Actor) -> None:
    line = f"PRIVMSG dora :{'word ' * 200}"[:MAX_BODY_BYTES]
    outcome = ann.says(line)
    pieces = [event for event in outcome.events if isinstance(event, SaidToAbsent)]
    assert len(pieces) == len(outcome.events) == 2
    assert outcome.tokens == 1
    assert all(len(f":{ann.client.source} PRIVMSG dora :{piece.text}") <= MAX_BODY_BYTES for piece in pieces)


def test_a_present_client_gets_the_message_directly(stage: Stage, ann: Actor) -> None:
    stage.services.keys.accounts = {}  # dora arrives before she has an account
    dora = stage.actor("dora")
    stage.services.keys.accounts = {"dora": "secret"}
    assert ann.says("PRIVMSG dora :hi").events == (SaidPrivately(ann.client.id, dora.client.id, "PRIVMSG", "hi"),)


@pytest.mark.parametrize(
    "line", ["PRIVMSG zoe :hi", "PRIVMSG dora :\x01VERSION\x01", "@+x=y TAGMSG dora", "NOTICE dora :hi"]
)
def test_other_messages_do_not_wait(stage: Stage, line: str) -> None:
    ann = stage.actor("ann", caps="message-tags")
    outcome = ann.says(line)
    assert outcome.events == ()
    assert outcome.codes == ([] if line.startswith("NOTICE") else ["401"])


def _forget_private(stage: Stage) -> None:
    stage.config = replace(stage.config, log_private=False)


def _archive_off(stage: Stage) -> None:
    stage.services.archive = StageArchive(is_on=False)


@pytest.mark.parametrize("without", [_forget_private, _archive_off])
def test_nothing_waits_if_it_is_not_kept(stage: Stage, without: Callable[[Stage], None]) -> None:
    without(stage)
    outcome = stage.actor("ann").says("PRIVMSG dora :hi")
    assert (outcome.codes, outcome.events) == (["401"], ())


def test_unreadable_accounts_are_reported(stage: Stage, ann: Actor) -> None:
    stage.services.keys.is_unavailable = True
    assert ann.says("PRIVMSG dora :hi").codes == ["400"]
    assert ann.says("PRIVMSG ann :hi").codes == [], "a connected client is found without the accounts"


def test_accounts_are_looked_up_while_no_room_is_locked(
    stage: Stage, ann: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann.says("JOIN #room")
    channel = stage.registry.channel("#room")
    assert channel is not None
    found = stage.services.keys.account
    were_locked = []

    def account(name: str) -> Credentials | None:
        were_locked.append(channel.lock.locked())
        return found(name)

    monkeypatch.setattr(stage.services.keys, "account", account)
    outcome = ann.says("PRIVMSG #room,dora,zoe :hi")
    assert outcome.events == (Said(ann.client.id, "#room", "PRIVMSG", "hi"), _to_dora(ann, "hi"))
    assert outcome.codes == ["401"]
    assert were_locked == [False, False]
