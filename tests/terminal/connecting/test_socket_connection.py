"""The socket and its reader thread."""

import socket
import threading
from collections.abc import Iterator

import pytest

from chatcore.errors import ConfigError, TransportClosed
from chatcore.protocol.message import Message
from chatcore.terminal.connecting import connection as connection_module
from chatcore.terminal.connecting import pulse, socket_connection
from chatcore.terminal.connecting.connection import SAYS_NOTHING
from chatcore.terminal.connecting.socket_connection import SocketConnection, connect
from tests.support.scripted import DEADLINE_S, ScriptedTracker, scripted_tracker


@pytest.fixture
def tracker() -> Iterator[ScriptedTracker]:
    with scripted_tracker() as tracker:
        yield tracker


@pytest.fixture
def connection(tracker: ScriptedTracker) -> Iterator[SocketConnection]:
    connection = connect("127.0.0.1", tracker.port, "the tracker")
    yield connection
    connection.close()


def test_messages_go_both_ways(tracker: ScriptedTracker, connection: SocketConnection) -> None:
    connection.send(Message("TOPIC", ("#lobby", "h\u00e9llo")), Message("AWAY"))
    tracker.peer().wait_for("AWAY")
    assert tracker.peer().received == ["TOPIC #lobby h\u00e9llo", "AWAY"]
    tracker.peer().send_bytes(b":b!c@d PRIVMSG #x :caf\xc3")
    tracker.peer().send_bytes(b"\xa9 \xff\nNOTICE x y\r\n")
    assert connection.receive(DEADLINE_S) == Message("PRIVMSG", ("#x", "caf\u00e9 \ufffd"), "b!c@d")
    assert connection.receive(DEADLINE_S) == Message("NOTICE", ("x", "y"))


def test_a_ping_is_answered_and_not_passed_on(tracker: ScriptedTracker, connection: SocketConnection) -> None:
    tracker.peer().send("PING :are you there", "NOTICE x y")
    assert connection.receive(DEADLINE_S).command == "NOTICE"
    tracker.peer().wait_for("PONG :are you there")


def test_lines_that_are_not_messages_are_skipped(tracker: ScriptedTracker, connection: SocketConnection) -> None:
    tracker.peer().send(":only.a.source", "", "NOTICE x y")
    assert connection.receive(DEADLINE_S) == Message("NOTICE", ("x", "y"))


def test_an_overlong_line_is_reported(tracker: ScriptedTracker, connection: SocketConnection) -> None:
    tracker.peer().send("A" * 20_000, "NOTICE x y")
    assert connection.receive(DEADLINE_S).params[1] == "(a line from the tracker was too long and was left out)"
    assert connection.receive(DEADLINE_S) == Message("NOTICE", ("x", "y"))


def test_a_line_without_an_end_ends_the_connection(tracker: ScriptedTracker, connection: SocketConnection) -> None:
    tracker.peer().send_bytes(b"A" * 100_000)
    assert "too long" in connection.receive(DEADLINE_S).params[1]
    with pytest.raises(TransportClosed, match="broke: a line without an end"):
        connection.receive(DEADLINE_S)
    tracker.peer().wait_for_end()


def test_a_late_message_is_a_timeout(connection: SocketConnection) -> None:
    with pytest.raises(TimeoutError):
        connection.receive(0.01)


def test_the_end_comes_after_everything_that_was_sent(tracker: ScriptedTracker, connection: SocketConnection) -> None:
    tracker.peer().send("NOTICE x 1", "NOTICE x 2")
    tracker.peer().hang_up()
    assert [connection.receive(DEADLINE_S).params[1] for _ in range(2)] == ["1", "2"]
    with pytest.raises(TransportClosed, match="broke"):
        connection.receive(DEADLINE_S)
    assert connection.has_ended
    connection.send(Message("AWAY"))  # dropped without an error


def test_the_receiver_gets_earlier_messages_and_the_end(tracker: ScriptedTracker, connection: SocketConnection) -> None:
    tracker.peer().send("NOTICE x 1", "NOTICE x 2")
    assert connection.receive(DEADLINE_S).params[1] == "1"
    arrived: list[str | None] = []
    ended = threading.Event()

    def take(message: Message | None) -> None:
        arrived.append(message.params[1] if message else None)
        if message is None:
            ended.set()

    connection.deliver_to(take)
    tracker.peer().send("NOTICE x 3")
    tracker.peer().hang_up()
    assert ended.wait(DEADLINE_S)
    assert arrived == ["2", "3", None]


def test_the_receiver_of_an_ended_connection_gets_the_end_at_once(
    tracker: ScriptedTracker, connection: SocketConnection
) -> None:
    tracker.peer().hang_up()
    with pytest.raises(TransportClosed):
        connection.receive(DEADLINE_S)
    arrived: list[Message | None] = []
    connection.deliver_to(arrived.append)
    assert arrived == [None]


def test_the_end_wakes_up(tracker: ScriptedTracker, connection: SocketConnection) -> None:
    woken = threading.Event()
    connection.wake_at_end(woken.set)
    tracker.peer().send("NOTICE x y")
    assert connection.receive(DEADLINE_S).command == "NOTICE"
    assert not woken.is_set()
    tracker.peer().hang_up()
    assert woken.wait(DEADLINE_S)
    late = threading.Event()
    connection.wake_at_end(late.set)
    assert late.is_set()


def test_a_fault_of_the_receiver_ends_the_connection_and_is_kept(
    tracker: ScriptedTracker, connection: SocketConnection
) -> None:
    ended = threading.Event()

    def take(message: Message | None) -> None:
        if message is not None:
            raise LookupError("a fault of ours")
        ended.set()

    connection.deliver_to(take)
    tracker.peer().send("NOTICE x y")
    assert ended.wait(DEADLINE_S)
    assert isinstance(connection.fault, LookupError)
    tracker.peer().wait_for_end()


def test_quit_waits_for_the_goodbye(tracker: ScriptedTracker, connection: SocketConnection) -> None:
    connection.quit()
    assert tracker.peer().received == ["QUIT"]
    assert connection.receive(0) == Message("ERROR", ("Closing link: Quit",))
    connection.close()


def test_an_interrupted_quit_is_sent_and_closes(
    tracker: ScriptedTracker, connection: SocketConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> bool:
        raise KeyboardInterrupt

    tracker.answers = {"QUIT": lambda _peer, _message: None}
    monkeypatch.setattr(connection_module, "wait_until", interrupted)
    with pytest.raises(KeyboardInterrupt):
        connection.quit()
    tracker.peer().wait_for_end()
    assert set(tracker.peer().received) == {"QUIT"}


def test_many_messages_can_be_sent_at_once(tracker: ScriptedTracker, connection: SocketConnection) -> None:
    line = Message("NOTICE", ("x", "y" * 5000))
    connection.send(*[line] * 400)
    connection.send(Message("AWAY"))
    tracker.peer().wait_for("AWAY")
    assert len(tracker.peer().received) == 401


def test_messages_sent_after_the_end_are_dropped(connection: SocketConnection) -> None:
    connection.close()
    kept = connection._outgoing.qsize()
    for _ in range(100):
        connection.send(Message("NOTICE", ("x", "y" * 5000)))
    assert connection._outgoing.qsize() == kept


def test_an_unreachable_tracker_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(ConfigError, match=r"^cannot reach a tracker at there:1: connection refused$"):
        connect("127.0.0.1", port, "there:1")


@pytest.mark.parametrize("host", ["no.such.host.invalid", "a" * 70 + ".b", "a..b"])
def test_an_unknown_host_is_one_line(host: str) -> None:
    with pytest.raises(ConfigError, match=r"^cannot reach a tracker at there:1: [^\n]+$"):
        connect(host, 1, "there:1")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quiet tracker is pinged at once, and has no time to answer after that."""
    monkeypatch.setattr(socket_connection, "_TICK_S", 0.01)
    monkeypatch.setattr(pulse, "QUIET_S", 0.0)
    monkeypatch.setattr(pulse, "ANSWER_S", 0.0)


def test_a_quiet_tracker_is_pinged(tracker: ScriptedTracker, connection: SocketConnection, at_once: None) -> None:
    arrived: list[Message | None] = []
    connection.deliver_to(arrived.append)
    tracker.peer().wait_for("PING still-there")
    tracker.peer().hang_up()
    connection.close()
    assert arrived == [None], "neither the PING nor its answer is passed on"


def test_a_tracker_that_does_not_answer_is_given_up(
    tracker: ScriptedTracker, connection: SocketConnection, at_once: None
) -> None:
    tracker.answers = {"PING": lambda _peer, _message: None}
    ended = threading.Event()
    connection.deliver_to(lambda _message: ended.set())
    assert ended.wait(DEADLINE_S)
    assert connection.end_reason == SAYS_NOTHING
    tracker.peer().wait_for_word("PING")
    assert [line for line in tracker.peer().received if line.startswith("PING")] == ["PING still-there"]


def test_no_ping_is_sent_while_a_caller_waits_for_an_answer(
    tracker: ScriptedTracker, connection: SocketConnection, at_once: None
) -> None:
    with pytest.raises(TimeoutError):
        connection.receive(0.1)
    connection.send(Message("AWAY"))
    tracker.peer().wait_for("AWAY")
    assert tracker.peer().received == ["AWAY"]
