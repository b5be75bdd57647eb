"""Accounts in a state folder of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.server.access.accounts import AccountStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the accounts are; neither file nor folder is there yet."""
    return tmp_path / "state" / "accounts.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[AccountStore]:
    """The accounts of that file."""
    store = AccountStore(path)
    yield store
    store.close()
