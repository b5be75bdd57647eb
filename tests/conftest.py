"""What every test gets without asking."""

import functools
import gc
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.packing.one_file import pack
from chatcore.server.incoming import arrival, client_file, http_door
from chatcore.server.incoming.gate import Gate
from chatcore.server.upkeep import heartbeat
from chatcore.state import client
from chatcore.terminal import nearby
from chatcore.terminal.local import SETTINGS_FILE
from tests.leak_check import leak_check, session_leak_check
from tests.support.bytecode import keep_bytecode
from tests.support.trackers import Hosted, hosted_tracker

__all__ = ["leak_check", "session_leak_check"]

# Who runs the tests in the background (nohup, a shell's &) has them ignored, and so would every program under test.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

_MEMORY = Path("/dev/shm")
_ENOUGH_BYTES = 1 << 30
_LONG_NAME = 100  # characters or bytes, which may be escaped


def pytest_configure() -> None:
    """Have the tests' folders in memory where the system offers that: each tracker waits for a disk three times.

    And have programs under test start fast.
    """
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ENOUGH_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))
    keep_bytecode()


@pytest.hookimpl(tryfirst=True)  # before those that are not asked for are left out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of tests that do something at random, one seed is for every run and the others for thorough ones."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is not None and callspec.indices.get("seed", 0) > 0:
            item.add_marker(pytest.mark.thorough)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Do not name a test by a long text: every program that it starts has the name in its environment."""
    if isinstance(val, str | bytes) and len(val) > _LONG_NAME:
        return f"{argname}-of-{len(val)}"
    return None


def pytest_collection_finish() -> None:
    """Spare the cycle collector what stays for the whole run: the tests, and the modules that they import."""
    gc.collect()
    gc.freeze()


def pytest_xdist_auto_num_workers() -> int:
    """Run one worker more than there are cores: much of a test's time is waiting, for a process or a moment."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True, scope="session")
def short_waits() -> Iterator[None]:
    """Have trackers in this process wait less for peers that say nothing, and look after time twenty times a second."""
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
    """Have clients, also those in processes of their own, neither read nor change the settings of whoever tests.

    And they ask no network for chats.
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
    """Be an hour east of UTC in winter, and two in summer."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have trackers take their clients, who come from loopback, for clients on other machines; they need no TLS."""
    monkeypatch.setattr(client, "is_loopback", lambda _: False)
    monkeypatch.setattr(Gate, "is_plaintext_allowed", lambda *_: True)


@pytest.fixture
def short_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is refused and says nothing is soon told so."""
    monkeypatch.setattr(arrival, "_REFUSED_SILENCE_S", 0.1)


@pytest.fixture
def short_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is refused and stops half-way is soon told so."""
    monkeypatch.setattr(arrival, "_REFUSED_STAY_S", 1.0)


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker without a password, in this process."""
    with hosted_tracker(tmp_path) as hosted:
        yield hosted
