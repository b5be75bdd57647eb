"""Which clients are told where else the chat can be reached."""

from __future__ import annotations

import pytest

from chatcore.state.requests import TrackersRequested
from tests.support.stage import Actor, Outcome, Stage


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.services.has_others = True
    return stage


def _come(stage: Stage, caps: str) -> tuple[Actor, Outcome]:
    actor = stage.stranger()
    actor.says("CAP LS 302")
    actor.says(f"CAP REQ :{caps}")
    actor.says("NICK ann")
    actor.says("USER ann 0 * :Ann")
    return actor, actor.says("CAP END")


def test_it_is_asked_for_last_as_somebody_comes_in(stage: Stage) -> None:
    actor, outcome = _come(stage, "chatcore/trackers")
    assert outcome.events[-1] == TrackersRequested(actor.client.id)


def test_who_does_not_want_to_know_is_not_told(stage: Stage) -> None:
    actor, outcome = _come(stage, "batch")
    assert TrackersRequested(actor.client.id) not in outcome.events


def test_who_wants_to_know_later_is_told_then_and_once(stage: Stage) -> None:
    actor, _ = _come(stage, "batch")
    assert actor.says("CAP REQ chatcore/trackers").events[-1] == TrackersRequested(actor.client.id)
    assert TrackersRequested(actor.client.id) not in actor.says("CAP REQ chatcore/trackers").events


def test_a_tracker_alone_does_not_have_the_capability(stage: Stage) -> None:
    stage.services.has_others = False
    actor = stage.stranger()
    listed = actor.says("CAP LS 302").replies
    assert "chatcore/trackers" not in " ".join(reply[-1] for reply in listed)
    assert actor.says("CAP REQ chatcore/trackers").replies == [("CAP", "*", "NAK", "chatcore/trackers")]
