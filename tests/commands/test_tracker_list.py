"""The list of the chat's other trackers, and which clients get it."""

from __future__ import annotations

import pytest

from chatcore.state.requests import TrackersRequested
from tests.support.stage import Actor, Outcome, Stage


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.services.has_others = True
    return stage


def _let_in(stage: Stage, caps: str) -> tuple[Actor, Outcome]:
    actor = stage.stranger()
    actor.says("CAP LS 302")
    actor.says(f"CAP REQ :{caps}")
    actor.says("NICK ann")
    actor.says("USER ann 0 * :Ann")
    return actor, actor.says("CAP END")


def test_the_list_is_requested_at_the_end_of_the_welcome(stage: Stage) -> None:
    actor, outcome = _let_in(stage, "chatcore/trackers")
    assert outcome.events[-1] == TrackersRequested(actor.client.id)


def test_a_client_without_the_capability_gets_no_list(stage: Stage) -> None:
    actor, outcome = _let_in(stage, "batch")
    assert TrackersRequested(actor.client.id) not in outcome.events


def test_a_later_capability_request_gets_the_list_once(stage: Stage) -> None:
    actor, _ = _let_in(stage, "batch")
    assert actor.says("CAP REQ chatcore/trackers").events[-1] == TrackersRequested(actor.client.id)
    assert TrackersRequested(actor.client.id) not in actor.says("CAP REQ chatcore/trackers").events


def test_a_lone_tracker_does_not_offer_the_capability(stage: Stage) -> None:
    stage.services.has_others = False
    actor = stage.stranger()
    listed = actor.says("CAP LS 302").replies
    assert "chatcore/trackers" not in " ".join(reply[-1] for reply in listed)
    assert actor.says("CAP REQ chatcore/trackers").replies == [("CAP", "*", "NAK", "chatcore/trackers")]
