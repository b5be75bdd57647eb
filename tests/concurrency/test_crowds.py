"""What one person costs must not grow with how many others are here."""

from __future__ import annotations

from time import monotonic

import pytest

from chatcore.state.client import Client
from tests.support.trackers import Hosted


def test_coming_in_does_not_look_at_everybody_each_time(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    """The welcome says how many are here; when thousands come back at once, each may not count all of them."""
    clients = hosted.tracker.registry.clients
    looks = 0

    def clients_counted() -> list[Client]:
        nonlocal looks
        looks += 1
        return clients()

    monkeypatch.setattr(hosted.tracker.registry, "clients", clients_counted)
    began = monotonic()
    for number in range(60):
        hosted.client(f"client{number}")
    assert looks <= monotonic() - began + 1
    hosted.client("asker").command("LUSERS")
    assert looks > 0
