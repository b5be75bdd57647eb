"""How many round trips to the tracker a login takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.protocol.message import Message
from chatcore.terminal.arguments import Options
from chatcore.terminal.connecting import login as login_module
from chatcore.terminal.connecting.connection import Connection
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.connecting.socket_connection import connect as open_connection
from chatcore.terminal.connecting.ticket import Ticket
from tests.support.resuming import tokens_in
from tests.support.seen import SeenScreen
from tests.support.trackers import Hosted, hosted_tracker


class _Flights:
    """Counts the times that the client sends after having received something."""

    def __init__(self) -> None:
        self.count = 0
        self._has_received = True

    def connect(self, host: str, port: int, address: str, *, may_be_plain: bool, timeout_s: float) -> Connection:
        connection = open_connection(host, port, address, may_be_plain=may_be_plain, timeout_s=timeout_s)
        send, receive = connection.send, connection.receive

        def count_sent(*messages: Message) -> None:
            self.count += self._has_received
            self._has_received = False
            send(*messages)

        def note_received(timeout_s: float) -> Message:
            message = receive(timeout_s)
            self._has_received = True
            return message

        connection.send, connection.receive = count_sent, note_received  # type: ignore[method-assign]
        return connection


@pytest.fixture
def flights(monkeypatch: pytest.MonkeyPatch) -> _Flights:
    flights = _Flights()
    monkeypatch.setattr(login_module, "connect", flights.connect)
    return flights


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Hosted]:
    with hosted_tracker(tmp_path, "secret") as hosted:
        yield hosted


def _login(tracker: Hosted, folder: Path) -> Login:
    (folder / "password").write_text("secret", encoding="utf-8")
    return Login(Options("127.0.0.1", tracker.port, "ann", folder / "password"), SeenScreen())


def _token(handshake: Handshake) -> str:
    """Return the token that the tracker gives after the welcome."""
    lines: list[Message] = []
    while not (found := tokens_in(lines)):
        lines.append(handshake.connection.receive(20.0))
    return found[-1]


def test_login_with_a_password_takes_three_round_trips(tracker: Hosted, tmp_path: Path, flights: _Flights) -> None:
    login = _login(tracker, tmp_path)
    handshake, welcome = login.register(login.enter())
    handshake.connection.quit()
    assert welcome.params[0] == "ann"
    assert flights.count - 1 == 3, "the last send is QUIT"


@pytest.mark.thorough
def test_login_without_a_password_takes_two_round_trips(tmp_path: Path, flights: _Flights) -> None:
    with hosted_tracker(tmp_path) as tracker:
        login = Login(Options("127.0.0.1", tracker.port, "ann"), SeenScreen(""))
        handshake, _ = login.register(login.enter())
        handshake.connection.quit()
    assert flights.count - 1 == 2


def test_resuming_takes_two_round_trips(tracker: Hosted, tmp_path: Path, flights: _Flights) -> None:
    login = _login(tracker, tmp_path)
    handshake, welcome = login.register(login.enter())
    ticket = Ticket("ann", _token(handshake), handshake.connection.certificate)
    handshake.connection.close()
    flights.count = 0
    handshake, welcome = login.come_back(ticket, lambda _: None)
    handshake.connection.quit()
    assert handshake.is_resumed
    assert welcome.params[0] == "ann"
    assert flights.count - 1 == 2
