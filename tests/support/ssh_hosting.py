"""Our end of ssh without a tracker: a client's thread that answers, and a stub in place of the terminal client."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Queue

import pytest

from chatcore.errors import Leave
from chatcore.protocol.goodbye import goodbye
from chatcore.ssh.channel import Pty, Size
from chatcore.ssh.host import Host
from chatcore.ssh.outlet import Outlet
from chatcore.ssh.sitting import Line
from chatcore.state.admissions import FULL
from chatcore.transport.ssh import Asked, Question, SshConnection
from chatcore.transport.tcp import TcpConnection

PASSWORD = "the right one"
PATIENCE_S = 20.0

Answer = Callable[[Question], bool]


def knows_password(question: Question) -> bool:
    """Let in people with the password, and nobody else."""
    return question.asked is Asked.TERMINAL or question.password == PASSWORD


class StubSitting:
    """A terminal client that does what a test tells it."""

    def __init__(self, nick: str, pty: Pty | None, outlet: Outlet, line: Line) -> None:
        self.nick, self.pty, self.outlet, self.line = nick, pty, outlet, line
        self.typed: Queue[bytes | None] = Queue()
        self.sizes: Queue[Size] = Queue()
        self.arrived: Queue[bytes | None] = Queue()
        self.is_listening = True

    def start(self) -> None: ...

    def take(self, lines: bytes, *, is_end: bool) -> None:
        if lines:
            self.arrived.put(lines)
        if is_end:
            self.arrived.put(None)

    def feed(self, data: bytes) -> int:
        if data:
            self.typed.put(data)
        self.line.note_read(len(data))
        return len(data)

    def end_keys(self) -> None:
        self.typed.put(None)

    def draw_on(self) -> None: ...

    def resize(self, size: Size) -> None:
        self.sizes.put(size)


class Hosting:
    """A port for ssh, and the outcome of each connection."""

    def __init__(self, folder: Path, answer: Answer, most_people: int, max_sendq: int) -> None:
        self.host = Host(folder / "ssh-host-key", most_people, ping_interval_s=90)
        self.people: Queue[SshConnection] = Queue()
        self.sittings: Queue[StubSitting] = Queue()
        self.questions: list[Question] = []
        self.said: Queue[bytes] = Queue()
        self._answer = answer
        self._max_sendq = max_sendq
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, name="accept")]
        self._threads[0].start()

    def sitting(self, nick: str, pty: Pty | None, outlet: Outlet, line: Line) -> StubSitting:
        made = StubSitting(nick, pty, outlet, line)
        self.sittings.put(made)
        return made

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._threads[0].join()
        while not self.people.empty():
            self.people.get().shutdown()
        for thread in self._threads[1:]:
            thread.join(PATIENCE_S)
        self.host.stop()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listening.accept()
                thread = threading.Thread(target=self._serve, args=(sock,), name="client")
                self._threads.append(thread)
                thread.start()

    def _serve(self, sock: socket.socket) -> None:
        """Do what a visit does, in the client's thread."""
        connection = TcpConnection(sock, self._max_sendq)
        person = self.host.receive(connection, connection.recv())
        self.people.put(person)
        try:
            while (question := person.next_question()) is not None:
                self.questions.append(question)
                is_yes = self._answer(question)
                if question.asked is Asked.TERMINAL:
                    person.begin(question.name)
                person.answer(is_yes=is_yes)
                if question.asked is Asked.TERMINAL:
                    break
            while data := person.recv():
                self.said.put(data)
            words = "Connection closed"
        except (Leave, RuntimeError) as error:
            words = str(error) or FULL
        command, text = goodbye(words)
        person.send_all(f"{command} :{text}\r\n".encode())
        person.end_output()
        person.wait_output_ended(2)
        while person.recv():
            pass
        person.close()


@contextmanager
def hosting(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer = knows_password,
    *,
    most_people: int = 0,
    max_sendq: int = 1 << 20,
) -> Iterator[Hosting]:
    """Open such a port for the length of a block."""
    made = Hosting(folder, answer, most_people, max_sendq)
    monkeypatch.setattr("chatcore.ssh.person.Sitting", made.sitting)
    try:
        yield made
    finally:
        made.close()
