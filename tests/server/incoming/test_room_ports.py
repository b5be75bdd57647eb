"""Rooms with their own address: connecting there joins the room; ports come and go with rooms."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.server.cli.app import main
from chatcore.server.incoming import listener as listener_module
from chatcore.server.incoming.room_ports import RoomPorts, parse_port_range
from tests.support.ports import LOOPBACK, free_ports, is_open
from tests.support.together import wait_until


class Ports:
    """RoomPorts with a range of three, and its messages to the operator."""

    def __init__(self) -> None:
        self.range = free_ports(3)
        self.accepted: list[str] = []
        self.told: list[str] = []
        self.rooms = RoomPorts(LOOPBACK, self.range, self._accept, self.told.append)

    def _accept(self, sock: socket.socket, channel: str) -> None:
        sock.close()
        self.accepted.append(channel)

    def knock(self, port: int) -> str:
        """Connect to a port; return the room that it belongs to."""
        before = len(self.accepted)
        with socket.create_connection((LOOPBACK, port)):
            wait_until(lambda: len(self.accepted) > before)
        return self.accepted[-1]


@pytest.fixture
def ports() -> Iterator[Ports]:
    ports = Ports()
    yield ports
    ports.rooms.stop()


def test_each_room_has_a_port_of_its_own(ports: Ports) -> None:
    opened = [ports.rooms.open(room) for room in ("#a", "#b", "#c")]
    assert opened == list(ports.range)
    for port, room in zip(ports.range, ("#a", "#b", "#c"), strict=True):
        assert ports.knock(port) == room


def test_ports_are_reused_longest_released_first(ports: Ports) -> None:
    first, second, third = ports.range
    for room in ("#a", "#b", "#c"):
        ports.rooms.open(room)
    for room in ("#b", "#a", "#c"):
        ports.rooms.close(room)
    ports.rooms.tick()
    assert not any(map(is_open, ports.range))
    assert [ports.rooms.open(room) for room in ("#d", "#e", "#f")] == [second, first, third]
    assert ports.knock(second) == "#d"
    assert ports.told == []


def test_an_unused_port_comes_before_a_released_one(ports: Ports) -> None:
    ports.rooms.open("#a")
    ports.rooms.close("#a")
    ports.rooms.tick()
    assert ports.rooms.open("#a") == ports.range[1]


def test_a_renamed_room_keeps_its_port(ports: Ports) -> None:
    port = ports.rooms.open("#a")
    assert port is not None
    ports.rooms.rename("#a", "#b")
    ports.rooms.rename("#nowhere", "#c")
    assert ports.knock(port) == "#b"
    ports.rooms.close("#a")
    ports.rooms.tick()
    assert ports.knock(port) == "#b"
    ports.rooms.close("#b")
    ports.rooms.tick()
    assert not is_open(port)


def test_without_a_free_port_a_room_gets_none(ports: Ports) -> None:
    for room in ("#a", "#b", "#c"):
        ports.rooms.open(room)
    assert ports.rooms.open("#d") is None
    assert [words.partition(" ")[0] for words in ports.told] == ["#d"]
    ports.rooms.close("#d")
    ports.rooms.tick()


def test_repeated_failures_do_not_flood_the_console(ports: Ports) -> None:
    for room in ("#a", "#b", "#c"):
        ports.rooms.open(room)
    for number in range(100):
        ports.rooms.open("#d")
        ports.rooms.open(f"#d{number}")
    assert len(ports.told) == len(set(ports.told)) == 20


def test_the_port_of_a_room_that_just_ended_is_taken_over(ports: Ports) -> None:
    """No other is left, and its listener has not stopped yet: it continues, for the new room."""
    for room in ("#a", "#b", "#c"):
        ports.rooms.open(room)
    ports.rooms.close("#b")
    assert ports.rooms.open("#new") == ports.range[1]
    assert ports.knock(ports.range[1]) == "#new"
    ports.rooms.tick()
    assert is_open(ports.range[1])
    assert ports.told == []


def test_a_room_waits_for_a_port_whose_listener_is_being_stopped(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    for room in ("#a", "#b", "#c"):
        ports.rooms.open(room)
    ports.rooms.close("#a")
    is_stopping, may_stop = threading.Event(), threading.Event()
    stop, wait_for = listener_module.Listener.stop, ports.rooms._changed.wait_for

    def stop_slowly(listener: listener_module.Listener) -> None:
        is_stopping.set()
        may_stop.wait()
        stop(listener)

    def let_stop(predicate: Callable[[], bool], timeout: float) -> bool:
        may_stop.set()
        return wait_for(predicate, timeout)

    monkeypatch.setattr(listener_module.Listener, "stop", stop_slowly)
    monkeypatch.setattr(ports.rooms._changed, "wait_for", let_stop)
    heartbeat = threading.Thread(target=ports.rooms.tick)
    heartbeat.start()
    is_stopping.wait()
    try:
        assert ports.rooms.open("#d") == ports.range[0]
    finally:
        may_stop.set()
        heartbeat.join()
    assert ports.told == []


def test_ports_of_other_programs_are_skipped_while_in_use(ports: Ports) -> None:
    with socket.create_server((LOOPBACK, ports.range[0])):
        assert ports.rooms.open("#a") == ports.range[1]
    assert ports.rooms.open("#b") == ports.range[2]
    assert ports.rooms.open("#c") == ports.range[0]


def test_all_ports_in_use_by_other_programs(ports: Ports) -> None:
    with ExitStack() as stack:
        for port in ports.range:
            stack.enter_context(socket.create_server((LOOPBACK, port)))
        assert ports.rooms.open("#a") is None
    assert [words.partition(" ")[0] for words in ports.told] == ["#a"]
    assert ports.rooms.open("#b") is not None


def test_a_room_created_after_the_end_gets_no_port(ports: Ports) -> None:
    ports.rooms.open("#a")
    ports.rooms.stop()
    assert not is_open(ports.range[0])
    assert ports.rooms.open("#b") is None
    ports.rooms.close("#a")
    assert ports.told == []


def test_a_room_created_during_the_end_leaves_no_listener(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end comes after the listener's thread has started, but before it is recorded."""
    real = listener_module.Listener.start

    def start(self: listener_module.Listener) -> None:
        real(self)
        ports.rooms.stop()

    monkeypatch.setattr(listener_module.Listener, "start", start)
    assert ports.rooms.open("#a") is None
    assert not any(map(is_open, ports.range))


def test_without_a_thread_for_a_listener_a_room_gets_no_port(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    """The room works without one, and no port is lost."""

    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert ports.rooms.open("#a") is None
    assert [words.partition(" ")[0] for words in ports.told] == ["#a"]
    assert ports.rooms.open("#b") in ports.range


def test_without_a_descriptor_for_a_listener_a_room_gets_no_port(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> tuple[int, int]:
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pipe", refuse)
        assert ports.rooms.open("#a") is None
    assert ports.rooms.open("#b") in ports.range


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", range(0)), ("8001-8099", range(8001, 8100)), ("1-1", range(1, 2)), ("65535-65535", range(65535, 65536))],
)
def test_ranges_are_parsed(text: str, expected: range) -> None:
    assert parse_port_range(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "8001",
        "8001-",
        "-8099",
        "8099-8001",
        "0-10",
        "1-65536",
        "a-b",
        "8001 - 8099",
        "8001-8099-",
        "٨-٩",
        "1-" + "9" * 5000,
    ],
)
def test_a_bad_range_gives_one_clear_line_and_status_2(
    text: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConfigError):
        parse_port_range(text)
    folders = ["--log", str(tmp_path / "chat.log"), "--state-dir", str(tmp_path)]
    status = main(["--no-password", "--port", "0", *folders, f"--room-ports={text}"])
    output = "".join(capfd.readouterr())
    assert status == 2
    assert "room_ports" in output
    assert output.count("\n") == 1
    assert not (tmp_path / "chat.log").exists()
