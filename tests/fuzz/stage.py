"""A tracker for generated input: visits run in the test's thread on fake connections, before witnesses."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chatcore.protocol.capabilities import NEGOTIABLE
from chatcore.protocol.goodbye import Ending
from chatcore.protocol.message import parse
from chatcore.server.access import keyring as keys
from chatcore.server.incoming.arrival import Arrival
from chatcore.server.visit import Visit
from chatcore.state.admissions import Admission
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from chatcore.transport.connection import Connection
from chatcore.transport.formats import LINES, ROOM_TEXT, TEXT_FRAMES
from tests.support.faults import faults_logged
from tests.support.irc import IrcClient
from tests.support.together import DEADLINE_S, wait_until
from tests.support.trackers import Hosted, hosted_tracker

PASSWORD = "secret"
ROOM, PRIVATE = "#room", "#private"
CAPS = " ".join(name for name in NEGOTIABLE if name != "chatcore/trackers")  # only a tracker in a cluster has it


class FakeConnection:
    """Receives the test's input and keeps the output. See transport.connection.Connection."""

    def __init__(self, pieces: Iterable[bytes] = (), *, line_format: int = LINES, stays: bool = False) -> None:
        """`stays`: after the last piece the peer answers PINGs until it is disconnected."""
        self.line_format = line_format
        self.on_output: Callable[[], None] | None = None
        self.sent = bytearray()
        self.is_closed = False
        self._stays = stays
        self._pieces = iter(pieces)
        self._answers: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._has_ended = False
        self._output_ended = threading.Event()

    def recv(self) -> bytes:
        piece = next(self._pieces, b"")
        with self._changed:
            while self._stays and not (piece or self._has_ended):
                self._changed.wait()
                piece = self._answers.popleft() if self._answers else b""
            return b"" if self._has_ended else piece

    def send_all(self, data: bytes) -> None:
        self.sent += data

    def offer(self, data: bytes) -> bool:
        self.sent += data
        if self._stays and b"PING " in data:
            with self._changed:
                self._answers.append(b"PONG :x\r\n")
                self._changed.notify()
        return True

    def flush(self) -> bool:
        return True

    def keep_open(self, now: float, quiet_s: float) -> None:
        pass

    def is_stalled_since(self, moment: float) -> bool:
        return False

    def end_output(self, ending: Ending = Ending.VISIT) -> None:
        self._output_ended.set()

    def wait_output_ended(self, seconds: float) -> None:
        self._output_ended.wait(seconds)

    def end_input(self) -> None:
        with self._changed:
            self._has_ended = True
            self._changed.notify()

    def shutdown(self) -> None:
        self.end_input()
        self._output_ended.set()

    def close(self) -> None:
        self.is_closed = True

    def fileno(self) -> int:
        return -1


class Stage:
    """The tracker, and witnesses that no input of others may disturb."""

    def __init__(self, hosted: Hosted) -> None:
        self._hosted = hosted
        self.tracker = hosted.tracker
        self._witness = self._come_in("witness", CAPS)
        self._plain_witness = self._come_in("plain", "")
        self._witness.command(f"MODE {ROOM} +nt", f"MODE {PRIVATE} +ink key")
        self._ports = 0
        self._silent = [self._seat(line_format) for line_format in (ROOM_TEXT, TEXT_FRAMES)]
        room = self.tracker.registry.channel(ROOM)
        assert room is not None
        wait_until(lambda: len(room.members) == 4)  # wait for the silent clients
        self._before = self._state()

    def _come_in(self, nick: str, caps: str) -> IrcClient:
        client = self._hosted.client(nick, ROOM, PRIVATE, password=PASSWORD, caps=caps)
        client.command("MONITOR + fuzz,other,witness")
        return client

    def _seat(self, line_format: int) -> Visit:
        """Register a client that reads another format than IRC."""
        nick = f"silent{line_format}"
        lines = f"PASS {PASSWORD}\r\nNICK {nick}\r\nUSER s 0 * :S\r\nJOIN {ROOM}\r\n"
        visit = self._visit(FakeConnection([lines.encode()], line_format=line_format, stays=True))
        visit.start()
        return visit

    def run(self, pieces: Iterable[bytes]) -> bytes:
        """Let a client send this and leave; return its output. Fails if any witness was disturbed."""
        connection = FakeConnection(pieces)
        self.visit(connection)
        return bytes(connection.sent)

    def catch_up(self) -> None:
        """Wait until the archivist has nothing left to do."""
        archivist = self.tracker.holdings.archivist
        assert archivist.catch_up(self.tracker.stream.position, DEADLINE_S) >= self.tracker.stream.position

    def visit(self, connection: Connection) -> None:
        """Run a visit on this connection, and check that it leaves no trace."""
        with faults_logged() as faults:
            self._visit(connection).run()
            heard = self._witness.sync() + self._plain_witness.sync() + self._witness.sync()
        assert faults == []
        assert not {"ERROR", "KILL"} & {message.command for message in heard}
        wait_until(lambda: len(self.tracker.visits()) == 4)
        assert self._state() == self._before

    def _visit(self, connection: Connection) -> Visit:
        """Return a visit like those of the tracker's accept thread, but not started."""
        tracker = self.tracker
        self._ports = self._ports % 60_000 + 1
        client = Client(next(tracker.intake.client_ids), "127.0.0.1", self._ports, Credit(64))
        admission = tracker.reception.receive(client)
        assert isinstance(admission, Admission)
        visit = Visit(Arrival(client, 60.0, admission), connection, tracker.surroundings)
        tracker._visits.add(visit)
        return visit

    def _state(self) -> object:
        """Return the clients, and the rooms with their members and modes."""
        registry = self.tracker.registry
        rooms = {
            room.name: (
                sorted((client.nick, letters) for client, letters in room.members.items()),
                room.mode_words_locked(with_key=True),
                room.topic,
                {letter: sorted(masks) for letter, masks in room.lists.items()},
            )
            for room in registry.channels()
        }
        return sorted((client.nick, client.address) for client in registry.clients()), rooms

    def close(self) -> None:
        """End the visits that have their own threads."""
        for visit in self._silent:
            visit.end("over", is_lost=False)
            assert visit.is_over.wait(DEADLINE_S)


@contextmanager
def stage(folder: Path, **settings: Any) -> Iterator[Stage]:
    """Yield a stage where checking a password is fast, as it is done often. `settings` are the tracker's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "ITERATIONS", 4096)
        with hosted_tracker(folder, PASSWORD, history=50, replay=5, **settings) as hosted:
            hosted.tracker.keys.accounts.add("Alice", "alice's own")
            prepared = Stage(hosted)
            yield prepared
            prepared.close()


def lines_of(sent: bytes) -> list[str]:
    """Return a client's output, after checking that each line is a message."""
    lines = sent.decode().split("\r\n")
    assert lines.pop() == "", "the last line has no line end"
    for line in lines:
        parse(line)
        assert len(line.partition(" ")[2] if line.startswith("@") else line) <= 510
    return lines
