"""Fixtures of more than one file here."""

from __future__ import annotations

import pytest

from tests.server.disk import Disk


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """The disk under all regular files; it is full, broken or slow when the test says so."""
    return Disk(monkeypatch)
