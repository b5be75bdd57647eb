"""A thousand connections that are silent or send one byte a second do not disturb fifty people who talk."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from itertools import cycle, islice
from pathlib import Path
from time import monotonic

import pytest

from tests.support.crowd import Witness, allow_descriptors, assert_all_saw_what_was_logged, settled, witnesses
from tests.support.irc import DEADLINE_S, IrcClient, commands
from tests.support.tls import hello
from tests.support.trackers import tracker_process

PEOPLE = 50
SLOW = 1000
BYTE_EVERY_S = 1.0
CONFIG = """\
[limits]
max_clients_per_address = 0
connections_per_minute = 0
max_unregistered = 1100
first_byte_timeout_s = 4.0
tls_handshake_timeout_s = 6.0
registration_timeout_s = 6.0
"""


@pytest.mark.thorough
@pytest.mark.xdist_group("heavy")
def test_a_thousand_slow_connections_do_not_disturb_fifty_people(tmp_path: Path) -> None:
    """Each line is logged, and heard once and in order; newcomers come in; every slow connection times out."""
    allow_descriptors(SLOW + 2 * PEOPLE + 200)
    config = tmp_path / "tracker.toml"
    config.write_text(CONFIG, encoding="utf-8")
    with (
        tracker_process(tmp_path, "--config", str(config)) as tracker,
        witnesses(tracker.port, PEOPLE, "#room") as people,
        slow_connections(tracker.port) as are_gone,
    ):
        said, newcomers = talk_until(are_gone, people, tracker.port)
        settled(people)
        for person in people:
            assert [text for text in person.said if text.startswith("turn ")] == said
        assert_all_saw_what_was_logged(people, tracker.log_path)
        assert newcomers > 0
        assert tracker.stop() == 0


def talk_until(over: Callable[[], bool], people: list[Witness], port: int) -> tuple[list[str], int]:
    """Have people talk in turns and newcomers come and go; return the texts and the number of newcomers."""
    said: list[str] = []
    newcomers = 0
    while not over() or len(said) < PEOPLE:
        speaker = people[len(said) % PEOPLE]
        said.append(f"turn {len(said)}")
        speaker.send(f"PRIVMSG #room :{said[-1]}")
        for person in people:
            person.receive_until("PRIVMSG", said[-1])
        if len(said) % 10 == 0:
            with IrcClient(port) as newcomer:
                assert "001" in commands(newcomer.register(f"new{newcomers}"))
                newcomers += 1
    return said, newcomers


@contextmanager
def slow_connections(port: int) -> Iterator[Callable[[], bool]]:
    """Open the connections, half of them silent; yield a function that tells whether all have ended."""
    stop = threading.Event()
    beginnings = (b"", hello(), b"", b"GET / HTTP/1.1\r\nX: " + b"x" * 200, b"", b"NICK slow\r\nUSER slow 0 * :slow")
    with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        slow = {
            stack.enter_context(socket.create_connection(("127.0.0.1", port), DEADLINE_S)): bytearray(beginning)
            for beginning in islice(cycle(beginnings), SLOW)
        }
        dripping = pool.submit(drip, slow, stop)
        try:
            yield dripping.done
        finally:
            stop.set()
            dripping.result()


def drip(slow: dict[socket.socket, bytearray], stop: threading.Event) -> None:
    """Send one byte a second on each that has data left, until the tracker has ended them all."""
    with selectors.DefaultSelector() as selector:
        for sock in slow:
            selector.register(sock, selectors.EVENT_READ)
        due = monotonic()
        while selector.get_map() and not stop.is_set():
            for key, _ in selector.select(max(0.0, due - monotonic())):
                assert isinstance(key.fileobj, socket.socket)
                if has_ended(key.fileobj):
                    selector.unregister(key.fileobj)
                    del slow[key.fileobj]
            if monotonic() >= due:
                due += BYTE_EVERY_S
                for sock, rest in slow.items():
                    with suppress(ConnectionError):  # reading notices it too
                        sock.sendall(rest[:1])
                        del rest[:1]


def has_ended(sock: socket.socket) -> bool:
    try:
        return not sock.recv(65536)
    except ConnectionError:
        return True
