"""The connection inside a tracker."""

import threading

import pytest

from chatcore.errors import TransportClosed
from chatcore.protocol.message import Message
from chatcore.terminal.connecting import connection as connection_module
from chatcore.terminal.connecting.connection import BROKE
from chatcore.terminal.connecting.inner import InnerConnection
from tests.support.seen import DEADLINE_S


class Other:
    """The other end, which records what it is sent."""

    def __init__(self) -> None:
        self.sent = b""
        self._changed = threading.Condition()
        self.times_hung_up = 0
        self.connection = InnerConnection(self._send, self._hang_up)

    def _send(self, data: bytes) -> None:
        with self._changed:
            self.sent += data
            self._changed.notify_all()

    def wait_for(self, data: bytes) -> None:
        """Wait until this has been sent."""
        with self._changed:
            assert self._changed.wait_for(lambda: data in self.sent, DEADLINE_S)

    def _hang_up(self) -> None:
        self.times_hung_up += 1


@pytest.fixture
def other() -> Other:
    return Other()


def test_messages_go_both_ways(other: Other) -> None:
    other.connection.send(Message("NICK", ("ann",)), Message("PRIVMSG", ("#x", "h\u00e9")))
    assert other.sent == "NICK ann\r\nPRIVMSG #x h\u00e9\r\n".encode()
    other.connection.take(b":t NOTICE ann :caf\xc3")
    other.connection.take(b"\xa9\r\nPING :still there\r\nJOIN #x\r\n")
    assert other.connection.receive(0) == Message("NOTICE", ("ann", "caf\u00e9"), "t")
    assert other.connection.receive(0) == Message("JOIN", ("#x",))
    assert other.sent.endswith(b"PONG :still there\r\n")
    with pytest.raises(TimeoutError):
        other.connection.receive(0)


def test_the_end_comes_after_everything_that_arrived(other: Other) -> None:
    woken = threading.Event()
    other.connection.wake_at_end(woken.set)
    other.connection.take(b"ERROR :Closing link\r\n")
    assert not woken.is_set()
    other.connection.end("the tracker has had enough")
    other.connection.end()
    assert woken.is_set()
    assert other.connection.has_ended
    assert other.connection.receive(0).command == "ERROR"
    with pytest.raises(TransportClosed, match=r"^the tracker has had enough$"):
        other.connection.receive(0)
    other.connection.send(Message("QUIT"))
    assert (other.sent, other.times_hung_up) == (b"", 1)


def test_the_receiver_runs_in_the_delivering_thread(other: Other) -> None:
    arrived: list[tuple[str | None, threading.Thread]] = []
    other.connection.take(b"NOTICE x 1\r\n")
    other.connection.deliver_to(
        lambda message: arrived.append((message and message.params[1], threading.current_thread()))
    )

    def give() -> None:
        other.connection.take(b"NOTICE x 2\r\nNOTICE x 3\r\n")
        other.connection.end()

    giver = threading.Thread(target=give)
    giver.start()
    giver.join()
    assert arrived == [("1", threading.current_thread()), ("2", giver), ("3", giver), (None, giver)]
    assert other.connection.end_reason == BROKE


def test_a_closed_connection_hangs_up_once_and_takes_no_more(other: Other) -> None:
    arrived: list[Message | None] = []
    other.connection.deliver_to(arrived.append)
    other.connection.close()
    other.connection.close()
    other.connection.take(b"NOTICE x 1\r\n")
    other.connection.send(Message("AWAY"))
    assert (arrived, other.times_hung_up, other.sent) == ([], 1, b"")
    other.connection.end()
    assert (arrived, other.times_hung_up) == ([None], 1)


def test_a_fault_of_the_receiver_is_kept_and_ends_it(other: Other) -> None:
    def fail(message: Message | None) -> None:
        if message is not None:
            raise LookupError("a fault of ours")

    other.connection.deliver_to(fail)
    other.connection.take(b"NOTICE x 1\r\n")
    assert isinstance(other.connection.fault, LookupError)
    assert other.times_hung_up == 1
    other.connection.end()
    assert other.connection.has_ended


def test_too_many_unread_bytes_end_it(other: Other, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "MAX_UNREAD_BYTES", 3000)
    for _ in range(4):
        other.connection.take(b"NOTICE x 1\r\n")
    assert other.times_hung_up == 1
    assert other.connection.end_reason == f"{BROKE}: the tracker sends more than the client can take"


def test_quit_is_sent_and_waits_for_the_end(other: Other) -> None:
    leaving = threading.Thread(target=other.connection.quit)
    leaving.start()
    other.wait_for(b"QUIT\r\n")
    assert leaving.is_alive()
    other.connection.end()
    leaving.join()
    assert other.times_hung_up == 1
