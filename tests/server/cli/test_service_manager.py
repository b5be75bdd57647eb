"""Notifications to a service manager (sd_notify(3)), on which nothing depends."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic

import pytest

from chatcore.config import load_config
from chatcore.server.cli.service_manager import ServiceManager
from chatcore.server.cli.serving import run_tracker
from tests.server.conftest import Typed


@pytest.fixture(params=["path", "abstract"])
def heard(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """NOTIFY_SOCKET, and the socket that receives there."""
    abstract = f"@chatcore-{os.getpid()}"
    address = str(tmp_path / "notify") if request.param == "path" else abstract
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiving:
        try:
            receiving.bind(address.replace("@", "\0") if address == abstract else address)
        except OSError:
            pytest.skip("only Linux has abstract addresses")
        receiving.setblocking(False)
        yield address, receiving


def test_each_stage_is_notified(heard: tuple[str, socket.socket]) -> None:
    address, receiving = heard
    manager = ServiceManager({"NOTIFY_SOCKET": address})
    manager.ready("Listening on port 8000")
    assert receiving.recv(4096) == b"READY=1\nSTATUS=Listening on port 8000"
    began = monotonic()
    with manager.reloading():
        told = re.fullmatch(rb"RELOADING=1\nMONOTONIC_USEC=(\d+)", receiving.recv(4096))
        assert told
        assert began <= int(told[1]) / 1e6 + 1e-3
        assert int(told[1]) / 1e6 <= monotonic()
    assert receiving.recv(4096) == b"READY=1"
    manager.stopping("Closing")
    assert receiving.recv(4096) == b"STOPPING=1\nSTATUS=Closing"


def test_a_failed_reload_is_reported_as_finished(heard: tuple[str, socket.socket]) -> None:
    address, receiving = heard
    with suppress(KeyError), ServiceManager({"NOTIFY_SOCKET": address}).reloading():
        receiving.recv(4096)
        raise KeyError
    assert receiving.recv(4096) == b"READY=1"


def test_the_address_is_removed_from_the_environment() -> None:
    environment = {"NOTIFY_SOCKET": "/run/systemd/notify", "HOME": "/"}
    ServiceManager(environment)
    assert environment == {"HOME": "/"}


@pytest.mark.parametrize("address", ["", "relative", "vsock:2:1234", "/" + "x" * 200, "{}/nowhere"])
def test_an_unusable_address_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiving:
        receiving.bind("relative")
        receiving.setblocking(False)
        ServiceManager({"NOTIFY_SOCKET": address.format(tmp_path)}).ready("Listening")
        with pytest.raises(BlockingIOError):
            receiving.recv(4096)


def test_a_manager_that_does_not_read_causes_no_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatcore.server.cli.service_manager._SEND_S", 0.01)
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiving:
        receiving.bind(address)
        manager = ServiceManager({"NOTIFY_SOCKET": address})
        with suppress(BlockingIOError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as another:
            another.setblocking(False)
            while True:  # until its queue is full
                another.sendto(b"READY=1", address)
        manager.ready("late")
        assert receiving.recv(4096) == b"READY=1"


@pytest.mark.usefixtures("process_state")
def test_a_tracker_notifies_its_start_and_end(
    heard: tuple[str, socket.socket], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: Typed
) -> None:
    address, receiving = heard
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    config = load_config(
        None, {"host": "127.0.0.1", "port": 0, "log": tmp_path / "chat.log", "state_dir": tmp_path / "state"}
    )
    assert run_tracker(config, "", typed("exit\n")) == 0
    assert re.fullmatch(rb"READY=1\nSTATUS=Listening on port \d+", receiving.recv(4096))
    assert receiving.recv(4096) == b"STOPPING=1\nSTATUS=Closing"
    assert "NOTIFY_SOCKET" not in os.environ
