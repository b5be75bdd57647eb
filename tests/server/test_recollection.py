"""Questions to delivery's memory, and waiting for their answers."""

from __future__ import annotations

import pytest

from chatcore.errors import ArchiveUnavailable, StreamClosed
from chatcore.server import recollection
from chatcore.server.recollection import Recollection
from chatcore.state.history import RoomPlace, Utterance
from chatcore.state.requests import UtteranceSought

_PLACE = RoomPlace("#a", 1)
_FOUND = Utterance(5, 6, "visit 1", "ann", 1)


def test_each_question_gets_its_own_answer() -> None:
    asked: list[UtteranceSought] = []

    def publish(event: UtteranceSought) -> None:
        asked.append(event)
        found.answer(event.number + 7, None)  # for another asker, who has given up
        found.answer(event.number, _FOUND if event.id == 5 else None)

    found = Recollection(publish)
    assert found.ask(3, _PLACE, 5) == _FOUND
    assert found.ask(3, _PLACE, 6) is None
    assert asked == [UtteranceSought(3, 1, _PLACE, 5), UtteranceSought(3, 2, _PLACE, 6)]


def test_a_question_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recollection, "PATIENCE_S", 0.0)
    asked: list[UtteranceSought] = []
    found = Recollection(asked.append)
    with pytest.raises(ArchiveUnavailable, match="busy"):
        found.ask(3, _PLACE, 5)
    found.answer(asked[0].number, _FOUND)  # too late


def test_a_question_to_an_ending_tracker_fails() -> None:
    def closed(event: UtteranceSought) -> None:
        raise StreamClosed

    with pytest.raises(StreamClosed):
        Recollection(closed).ask(3, _PLACE, 5)
