"""A tracker among several: what it leaves behind if it cannot start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatcore.config import Config
from chatcore.errors import ConfigError
from chatcore.server.premises import Premises
from chatcore.server.tracker import Tracker
from tests.support.valkey import valkey_process


def test_an_engine_lost_before_the_start_leaves_nothing_open(tmp_path: Path) -> None:
    """The leak check finds anything left open, and the folder's lock is free."""
    places: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": 0,
        "log": tmp_path / "chat.log",
        "state_dir": tmp_path / "state",
    }
    with valkey_process(tmp_path / "engine") as engine:
        tracker = Tracker(Config(**places, cluster=engine.url), "")
        engine.kill()
        with pytest.raises(ConfigError, match="cannot be reached"):
            tracker.start()
        tracker.delivery._drain._wake_pipe.close()  # belongs to a thread that never ran
    Premises(Config(**places), "", lambda text: None).give_up()
