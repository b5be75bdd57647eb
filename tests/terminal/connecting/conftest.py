"""A scripted tracker with a password, and one whose visits can be resumed."""

from collections.abc import Iterator

import pytest

from chatcore.terminal.connecting import comeback
from tests.support.scripted import ScriptedTracker, scripted_tracker
from tests.terminal.connecting.losing import Keeper


@pytest.fixture
def tracker(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedTracker]:
    monkeypatch.setattr(comeback, "PAUSES_S", (0.01,))
    with scripted_tracker("secret", taken=("bob",)) as tracker:
        yield tracker


@pytest.fixture
def keeper(tracker: ScriptedTracker) -> Keeper:
    return Keeper(tracker)
