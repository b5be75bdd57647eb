"""OPER, KILL, WALLOPS: the commands of IRC operators."""

from __future__ import annotations

import pytest

from chatcore.config import Limits
from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.protocol.modes import ModeChange
from chatcore.state.facts import Wallops
from chatcore.state.notes import LoginProblem, Noted, NoteKind, login_refused
from chatcore.state.requests import UserModesChanged
from tests.support.stage import Actor, Stage


@pytest.fixture
def stage() -> Stage:
    stage = Stage(limits=Limits(max_failed_logins=2))
    stage.services.keys.operators["boss"] = "two words"
    return stage


@pytest.fixture
def boss(stage: Stage) -> Actor:
    boss = stage.actor("boss")
    boss.client.modes |= {"o"}
    return boss


def test_the_right_password_makes_an_operator_and_is_noted(stage: Stage) -> None:
    ann = stage.actor("ann")
    outcome = ann.says("OPER boss two words")
    assert outcome.codes == ["381"]
    assert outcome.events == (
        Noted(NoteKind.OPER, ("ann", ann.client.address), "boss"),
        UserModesChanged(ann.client.id, (ModeChange(True, "o"),)),
    )
    assert ann.client.is_operator


def test_wrong_passwords_end_the_visit(stage: Stage) -> None:
    ann = stage.actor("ann")
    for reason in (None, "Too many failed logins"):
        outcome = ann.says("OPER boss wrong")
        assert (outcome.codes, outcome.end_reason) == (["464"], reason)
        assert outcome.events == (login_refused(LoginProblem.OPERATOR, "ann", ann.client.address, "OPER boss"),)
    assert not ann.client.is_operator


def test_kill_is_noted_before_the_disconnect(stage: Stage, boss: Actor) -> None:
    stage.actor("ann")
    assert boss.says("KILL ANN :enough").events == (Noted(NoteKind.KILL, ("boss", "ann"), "enough"),)
    assert stage.services.asked == [("disconnect", "ann", "Killed (boss (enough))")]
    assert boss.says("KILL nobody :x").codes == ["401"]


def test_a_long_wallops_is_split(boss: Actor) -> None:
    assert boss.says("WALLOPS :hear hear").events == (Wallops(boss.client.id, "hear hear"),)
    words = ["word"] * 98
    pieces = boss.says(f"WALLOPS :{' '.join(words)}").events
    assert len(pieces) == 2
    texts = [piece.text for piece in pieces if isinstance(piece, Wallops)]
    assert " ".join(texts).split(" ") == words
    assert max(len(f":{boss.client.source} WALLOPS :{text}") for text in texts) <= MAX_BODY_BYTES


@pytest.mark.parametrize("line", ["KILL ann :x", "WALLOPS :x"])
def test_kill_and_wallops_are_for_irc_operators(stage: Stage, line: str) -> None:
    outcome = stage.actor("ann").says(line)
    assert (outcome.codes, outcome.events, stage.services.asked) == (["481"], (), [])
