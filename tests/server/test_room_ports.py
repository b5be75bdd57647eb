"""Rooms with an address of their own: who connects there joins that room; ports come and go with rooms."""

from __future__ import annotations

import itertools
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.server import listener as listener_module
from chatcore.server.app import main
from chatcore.server.room_ports import RoomPorts, parse_port_range
from tests.state.together import wait_until
from tests.support.irc import IrcClient, commands, one, only
from tests.support.trackers import Hosted, hosted_tracker

_LOOPBACK = "127.0.0.1"
_BASES = itertools.count(20_000 + os.getpid() % 500 * 20, 5)


def free_ports(count: int) -> range:
    """Return ports next to each other that nobody uses, below those that the system gives out."""
    for base in _BASES:
        try:
            with ExitStack() as stack:
                for port in range(base, base + count):
                    stack.enter_context(socket.create_server((_LOOPBACK, port)))
        except OSError:
            continue
        return range(base, base + count)
    raise AssertionError("no free ports")


def is_open(port: int) -> bool:
    """Tell whether somebody listens on the port."""
    try:
        socket.create_server((_LOOPBACK, port)).close()
    except OSError:
        return True
    return False


class Ports:
    """RoomPorts with a range of three, and what it reports."""

    def __init__(self) -> None:
        self.range = free_ports(3)
        self.accepted: list[str] = []
        self.exhausted: list[str] = []
        self.rooms = RoomPorts(_LOOPBACK, self.range, self._accept, self.exhausted.append)

    def _accept(self, sock: socket.socket, channel: str) -> None:
        sock.close()
        self.accepted.append(channel)

    def knock(self, port: int) -> str:
        """Connect to a port; return the room that this was for."""
        before = len(self.accepted)
        with socket.create_connection((_LOOPBACK, port)):
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


def test_ports_are_used_again_longest_released_first(ports: Ports) -> None:
    first, second, third = ports.range
    for room in ("#a", "#b", "#c"):
        ports.rooms.open(room)
    for room in ("#b", "#a", "#c"):
        ports.rooms.close(room)
    ports.rooms.tick()
    assert not any(map(is_open, ports.range))
    assert [ports.rooms.open(room) for room in ("#d", "#e", "#f")] == [second, first, third]
    assert ports.knock(second) == "#d"
    assert ports.exhausted == []


def test_port_that_was_never_used_comes_before_a_released_one(ports: Ports) -> None:
    ports.rooms.open("#a")
    ports.rooms.close("#a")
    ports.rooms.tick()
    assert ports.rooms.open("#a") == ports.range[1]


def test_none_left(ports: Ports) -> None:
    for room in ("#a", "#b", "#c"):
        ports.rooms.open(room)
    assert ports.rooms.open("#d") is None
    assert ports.exhausted == ["#d"]
    ports.rooms.close("#d")
    ports.rooms.tick()


def test_port_of_a_room_that_has_just_ended_is_taken_over(ports: Ports) -> None:
    """No other is left, and its listener not stopped yet: it goes on, for the new room."""
    for room in ("#a", "#b", "#c"):
        ports.rooms.open(room)
    ports.rooms.close("#b")
    assert ports.rooms.open("#new") == ports.range[1]
    assert ports.knock(ports.range[1]) == "#new"
    ports.rooms.tick()
    assert is_open(ports.range[1])
    assert ports.exhausted == []


def test_ports_of_other_programs_are_left_out_while_they_are_taken(ports: Ports) -> None:
    with socket.create_server((_LOOPBACK, ports.range[0])):
        assert ports.rooms.open("#a") == ports.range[1]
    assert ports.rooms.open("#b") == ports.range[2]
    assert ports.rooms.open("#c") == ports.range[0]


def test_all_ports_taken_by_other_programs(ports: Ports) -> None:
    with ExitStack() as stack:
        for port in ports.range:
            stack.enter_context(socket.create_server((_LOOPBACK, port)))
        assert ports.rooms.open("#a") is None
    assert ports.exhausted == ["#a"]
    assert ports.rooms.open("#b") is not None


def test_room_that_begins_after_the_end_gets_none(ports: Ports) -> None:
    ports.rooms.open("#a")
    ports.rooms.stop()
    assert not is_open(ports.range[0])
    assert ports.rooms.open("#b") is None
    ports.rooms.close("#a")
    assert ports.exhausted == []


def test_room_that_begins_during_the_end_leaves_no_listener(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end comes between the start of its thread and its being noted."""
    real = listener_module.Listener.start

    def start(self: listener_module.Listener) -> None:
        real(self)
        ports.rooms.stop()

    monkeypatch.setattr(listener_module.Listener, "start", start)
    assert ports.rooms.open("#a") is None
    assert not any(map(is_open, ports.range))


def test_no_thread_left_for_a_listener(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    """The room works without; the ports are not lost."""

    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert ports.rooms.open("#a") is None
    assert ports.exhausted == ["#a"]
    assert ports.rooms.open("#b") in ports.range


def test_no_descriptor_left_for_a_listener(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_range(text: str, expected: range) -> None:
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
def test_bad_range_is_one_clear_line_and_status_2(text: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError):
        parse_port_range(text)
    folders = ["--log", str(tmp_path / "chat.log"), "--state-dir", str(tmp_path)]
    status = main(["--no-password", "--port", "0", *folders, f"--room-ports={text}"])
    output = "".join(capfd.readouterr())
    assert status == 2
    assert "room_ports" in output
    assert output.count("\n") == 1
    assert not (tmp_path / "chat.log").exists()


# The whole tracker


Tracker = Callable[[int], Hosted]


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    """Start a tracker with so many ports for rooms."""
    with ExitStack() as stack:

        def start(count: int) -> Hosted:
            ports = free_ports(count)
            return stack.enter_context(hosted_tracker(tmp_path, room_ports=f"{ports[0]}-{ports[-1]}"))

        yield start


def told_port(joined: list[object], channel: str) -> int:
    """Return the port that somebody was told on joining."""
    texts = [message.params[-1] for message in only(joined, "NOTICE")]  # type: ignore[arg-type]
    (text,) = texts
    start = f"{channel} is also at {_LOOPBACK}:"
    assert text.startswith(start)
    return int(text.removeprefix(start))


@pytest.mark.parametrize("wire", ["tcp", "tls", "ws", "wss"])
def test_who_connects_to_a_rooms_address_joins_it(tracker: Tracker, wire: str) -> None:
    """By an ordinary JOIN, once registered; whoever joins is told the address."""
    hosted = tracker(2)
    ann = hosted.connect()
    ann.register("ann")
    port = told_port(list(ann.join("#dev")), "#dev")
    with closing(IrcClient(port, wire=wire)) as bob:
        told = bob.register("bob")
        assert one(told, "JOIN").params == ("#dev",)
        assert told_port(list(told), "#dev") == port
        assert ann.receive_until("JOIN").source == one(told, "JOIN").source
        bob.command("PRIVMSG #dev :hi", "JOIN #other")
        assert ann.receive_until("PRIVMSG").params == ("#dev", "hi")


@pytest.mark.parametrize(("mode", "numeric"), [("+i", "473"), ("+k key", "475"), ("+b *!*@*", "474"), ("+l 1", "471")])
def test_modes_of_the_room_hold_at_its_address(tracker: Tracker, mode: str, numeric: str) -> None:
    hosted = tracker(1)
    ann = hosted.connect()
    ann.register("ann")
    port = told_port(list(ann.join("#dev")), "#dev")
    ann.command(f"MODE #dev {mode}")
    with closing(IrcClient(port)) as bob:
        assert numeric in commands(bob.register("bob"))
        assert commands(ann.sync()) == []
        bob.command("JOIN #else")


def test_address_goes_with_the_room_and_is_given_out_again(tracker: Tracker) -> None:
    hosted = tracker(1)
    ann = hosted.connect()
    ann.register("ann")
    port = told_port(list(ann.join("#dev")), "#dev")
    ann.command("PART #dev")
    assert told_port(list(ann.join("#other")), "#other") == port
    with closing(IrcClient(port)) as bob:
        assert one(bob.register("bob"), "JOIN").params == ("#other",)
    ann.receive_until("QUIT")
    ann.command("PART #other")
    wait_until(lambda: not is_open(port))


def test_room_without_an_address_works_and_the_operator_is_told(tracker: Tracker) -> None:
    hosted = tracker(1)
    ann, bob = hosted.client("ann", "#dev"), hosted.connect()
    bob.register("bob")
    assert only(bob.join("#other"), "NOTICE") == []
    assert [notice for notice in hosted.tracker.notices if notice.startswith("#other gets no address of its own")]
    ann.join("#other")
    bob.command("PRIVMSG #other :works")
    assert ann.receive_until("PRIVMSG").params == ("#other", "works")


def test_password_is_asked_for_at_a_rooms_address_too(tmp_path: Path) -> None:
    ports = free_ports(1)
    with hosted_tracker(tmp_path, "secret", room_ports=f"{ports[0]}-{ports[0]}") as hosted:
        hosted.client("ann", "#dev", password="secret")
        with closing(IrcClient(ports[0])) as bob:
            bob.send("NICK bob", "USER bob 0 * :Bob")
            assert "464" in commands(bob.receive_rest())
        with closing(IrcClient(ports[0])) as carol:
            assert one(carol.register("carol", password="secret"), "JOIN").params == ("#dev",)


def test_end_of_the_tracker_closes_all_addresses(tmp_path: Path) -> None:
    """Also while rooms come and go."""
    ports = free_ports(20)
    with ExitStack() as stack:
        with hosted_tracker(tmp_path, room_ports=f"{ports[0]}-{ports[-1]}") as hosted:
            ann = stack.enter_context(closing(IrcClient(hosted.port)))
            ann.register("ann")
            ann.send(*(line for number in range(40) for line in (f"JOIN #r{number}", f"PART #r{number - 9}")))
            ann.receive_until("JOIN", "#r10")
        assert not any(map(is_open, ports))
