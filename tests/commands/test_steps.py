"""Steps: each has a function, which has the same effect on every tracker."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from chatcore.commands.admitting import admitted, newcomer
from chatcore.commands.context import Context, Local
from chatcore.commands.dispatch import retake
from chatcore.commands.response import Response
from chatcore.commands.steps import STEPS, take
from chatcore.commands.table import COMMANDS, Command
from chatcore.errors import CommandError
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from chatcore.state.facts import Fact
from chatcore.state.records import Commanded, Stepped
from chatcore.state.steps import Admitted, Opered, Quitting, Renaming, Speaking, Step
from chatcore.state.stream import Label
from tests.support.following import Leader, state_of
from tests.support.rerun import LINES, Rerun
from tests.support.stage import Stage


def test_every_step_has_a_function() -> None:
    assert set(STEPS) == set(get_args(Step))


def test_an_impossible_step_is_refused() -> None:
    stage = Stage()
    alice, _ = stage.actor("alice"), stage.actor("bob")
    with pytest.raises(CommandError):
        take(alice.ctx, Renaming("BOB"))
    response = Response()
    assert not retake(alice.ctx, Renaming("BOB"), None, response)
    assert [reply[0] for reply in response.replies] == ["433"]


def test_a_retaken_step_keeps_earlier_replies_and_the_label() -> None:
    stage = Stage()
    alice = stage.actor("alice")
    response = Response(Label(alice.client.id, "L"))
    response.replies.append(("NOTE", "x"))
    assert retake(alice.ctx, Opered("boss"), None, response)
    assert stage.stream.appended[-1][0].replies == (("NOTE", "x"), ("381", "You are now an IRC operator"))  # type: ignore[union-attr]
    assert stage.stream.labels[-1] == Label(alice.client.id, "L")


def test_nothing_answers_a_multiline_notice() -> None:
    response = Response()
    retake(Stage().actor("alice").ctx, Speaking("NOTICE", "#nowhere", "a\nb"), None, response)
    assert response.replies == []


def test_a_quit_tells_whether_its_reason_may_be_shown() -> None:
    stage = Stage()
    stage.actor("alice", "#room").says("MODE #room +m")
    bob = stage.actor("bob", "#room")
    assert not take(bob.ctx, Quitting("bye"))
    bob.says("PART #room")
    assert take(bob.ctx, Quitting("bye"))


def _state(client: Client) -> dict[str, object]:
    profile = client.metadata
    kept = {name: value for name, value in vars(client).items() if name not in ("credit", "_lock", "metadata")}
    return {**kept, "metadata": dict(profile.values) if profile is not None else {}}


def test_a_newcomer_is_the_same_on_another_tracker() -> None:
    stage = Stage()
    actor = stage.stranger()
    for line in ("CAP LS 302", "CAP REQ :batch draft/metadata-3 draft/pre-away", "NICK alice", "USER a 0 * :Alice"):
        actor.says(line)
    for line in ("METADATA * SET note :tea", "METADATA * SUB note url", "AWAY :soon"):
        actor.says(line)
    client = actor.client
    client.user, client.modes = "a", frozenset("wi")
    step = admitted(actor.ctx, "alice")
    other = newcomer(client.id, step, Credit(1))
    assert _state(other) == _state(client)
    elsewhere = Stage()
    ctx = Context(other, elsewhere.registry, elsewhere.config, elsewhere.stream, elsewhere.services, take)  # type: ignore[arg-type]
    elsewhere.services.time += 5
    stage.services.time += 5
    assert take(ctx, step)
    assert take(actor.ctx, step, Local((("376", "End"),)))
    assert _state(other) == _state(client)
    there, here = elsewhere.stream.appended[-1], stage.stream.appended[-1]
    assert [type(event) for event in there] == [type(event) for event in here]
    assert not take(elsewhere.stranger().ctx, step), "the nick is already in use"


def _follow(seed: int) -> Leader:
    """Have one tracker run random commands and another follow. Raises AssertionError if they differ."""
    leader = Leader(registration="open")
    rerun = Rerun(seed, leader)
    for number in range(LINES):
        recorded = len(leader.recorded)
        facts = [event for event in rerun.step() if isinstance(event, get_args(Fact))]
        assert not facts or len(leader.recorded) > recorded, facts
        if number % 50 == 0:
            assert state_of(leader.follower.registry) == state_of(leader.registry), leader.recorded[-50:]
    return leader


def _shared() -> set[str]:
    never = Command.__dataclass_fields__["is_for_all"].default
    return {name for name, row in COMMANDS.items() if row.is_for_all is not never}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_follower_reaches_the_same_state(seed: int) -> None:
    recorded = _follow(seed).recorded
    assert {type(record.step) for record in recorded if isinstance(record, Stepped)} == set(STEPS)
    assert {record.command for record in recorded if isinstance(record, Commanded)} == _shared()


@pytest.mark.parametrize("name", sorted(_shared() - {"KILL", "MARKREAD"}))  # their effects are not in the registry
def test_a_command_that_is_not_shared_is_caught(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setitem(COMMANDS, name, replace(COMMANDS[name], is_for_all=lambda client, message: False))
    with pytest.raises((AssertionError, KeyError)):
        _follow(1)


def test_a_quit_reason_counts_as_speech_on_all_trackers() -> None:
    leader = Leader()
    leader.actor("alice", "#room").says("MODE #room +W 60")
    bob = leader.actor("bob", "#room")
    silent = state_of(leader.follower.registry)
    leader.services.time += 9
    assert bob.says("QUIT :bye").end_reason == "Quit: bye"
    assert silent != state_of(leader.follower.registry) == state_of(leader.registry)


@pytest.mark.parametrize("kind", [kind for kind in STEPS if kind not in (Admitted, Quitting)])
def test_a_step_that_is_not_shared_is_caught(monkeypatch: pytest.MonkeyPatch, kind: type[Step]) -> None:
    def take_alone(self: Leader, ctx: Context, step: Step, local: Local | None) -> bool:
        return take(ctx, step, local) if isinstance(step, kind) else carry(self, ctx, step, local)

    carry = Leader.carry
    monkeypatch.setattr(Leader, "carry", take_alone)
    with pytest.raises(AssertionError):
        _follow(1)
