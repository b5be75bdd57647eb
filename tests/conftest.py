"""Fixtures and hooks for all tests."""

import functools
import gc
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from chatcore.packing.one_file import pack
from chatcore.server.incoming import arrival, client_file, http_door
from chatcore.server.incoming.gate import Gate
from chatcore.server.upkeep import heartbeat
from chatcore.state import client
from chatcore.terminal import nearby
from chatcore.terminal.local import SETTINGS_FILE
from tests.leak_check import leak_check, session_leak_check
from tests.support.bytecode import keep_bytecode
from tests.support.thorough import examples
from tests.support.trackers import Hosted, hosted_tracker

__all__ = ["leak_check", "session_leak_check"]

# In the background (nohup, a shell's &) these signals are ignored, and would be in every program under test.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# No wall clock: a test with generated input must not fail because the machine is busy.
_NO_CLOCK = settings(deadline=None, max_examples=examples(100), suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("no clock", _NO_CLOCK)
settings.load_profile("no clock")

_MEMORY = Path("/dev/shm")
_ENOUGH_BYTES = 1 << 30
_LONG_NAME = 100  # characters or bytes, which may be escaped


def pytest_configure() -> None:
    """Put the tests' folders in memory where the system offers that: each tracker waits for a disk three times.

    Also make programs under test start fast.
    """
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ENOUGH_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))
    keep_bytecode()


@pytest.hookimpl(tryfirst=True)  # before tests are deselected
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run random tests with one seed every time, and with the others only in thorough runs."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is not None and callspec.indices.get("seed", 0) > 0:
            item.add_marker(pytest.mark.thorough)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Do not name a test after a long text: every program it starts has the name in its environment."""
    if isinstance(val, str | bytes) and len(val) > _LONG_NAME:
        return f"{argname}-of-{len(val)}"
    return None


def pytest_collection_finish() -> None:
    """Exclude from the cycle collector what lasts for the whole run: the tests and their modules."""
    gc.collect()
    gc.freeze()


def pytest_xdist_auto_num_workers() -> int:
    """Run one worker more than there are cores: much of a test's time is waiting, for a process or a moment."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True, scope="session")
def short_waits() -> Iterator[None]:
    """Have trackers in this process wait less for silent peers, and check deadlines twenty times a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heartbeat, "_INTERVAL_S", 0.05)
        patch.setattr(http_door, "_FIRST_WORDS_S", 0.1)
        yield


@pytest.fixture(autouse=True, scope="session")
def packed_once() -> Iterator[None]:
    """Have trackers in this process share the client in one file, which takes a second to make."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client_file, "pack", functools.cache(pack))
        yield


@pytest.fixture(autouse=True, scope="session")
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep clients, also those in other processes, from reading or changing the current user's settings.

    Also keep them from looking for chats on the network.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name)))
        settings = Path(os.environ["XDG_CONFIG_HOME"], "chatcore", SETTINGS_FILE)
        settings.parent.mkdir()
        settings.write_text("nearby = false\n", encoding="utf-8")
        patch.setattr(nearby, "multicast_addresses", list)
        yield


@pytest.fixture
def in_vienna(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Use a time zone one hour east of UTC in winter, and two in summer."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have trackers treat clients on loopback as clients on other machines that need no TLS."""
    monkeypatch.setattr(client, "is_loopback", lambda _: False)
    monkeypatch.setattr(Gate, "is_plaintext_allowed", lambda *_: True)


@pytest.fixture
def short_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused clients that stay silent soon get the reason."""
    monkeypatch.setattr(arrival, "_REFUSED_SILENCE_S", 0.1)


@pytest.fixture
def short_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused clients that stop half-way soon get the reason."""
    monkeypatch.setattr(arrival, "_REFUSED_STAY_S", 1.0)


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker without a password, in this process."""
    with hosted_tracker(tmp_path) as hosted:
        yield hosted
