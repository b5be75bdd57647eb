"""Fixtures for the plays in this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatcore.server import tracker
from tests.support.play import make_accounts


@pytest.fixture(scope="session")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of accounts, to be copied."""
    return make_accounts(tmp_path_factory.mktemp("accounts"))


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have trackers in this process end without waiting for clients that do not leave."""
    monkeypatch.setattr(tracker, "GOODBYE_S", 0.01)
