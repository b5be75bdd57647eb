"""An engine for every test of this folder that needs one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.cluster import engine_connection
from chatcore.cluster.valkey_engine import ValkeyEngine
from tests.support.valkey import ValkeyProcess, valkey_process


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ValkeyProcess]:
    """A Valkey server of its own, with the settings that trackers demand."""
    with valkey_process(tmp_path / "engine") as server:
        yield server


@pytest.fixture
def engine(server: ValkeyProcess) -> Iterator[ValkeyEngine]:
    """That server, as a tracker has it."""
    engine = ValkeyEngine(server.url)
    yield engine
    engine.close()


@pytest.fixture
def short_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the timeout of engines created after this."""
    monkeypatch.setattr(engine_connection, "TIMEOUT_S", 0.7)
