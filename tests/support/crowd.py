"""Many clients at once: actions that begin at the same moment, and the barrier after which everything has arrived."""

from __future__ import annotations

import contextlib
import resource
import socket
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Barrier
from typing import TypeVar

from chatcore.protocol.message import Message
from tests.support.irc import DEADLINE_S, IrcClient
from tests.support.replay import Replay, replay, seen_in

T = TypeVar("T")
ECHO = "echo-message"


class Witness(IrcClient):
    """A client that keeps everything it was sent; with echo-message, its own lines too."""

    def __init__(self, port: int, nick: str = "", *channels: str, password: str = "", caps: str = ECHO) -> None:
        """Connect; with a nick, register and join the channels."""
        super().__init__(port)
        self.received: list[Message] = []
        self.caps = caps.split()
        if nick:
            self.register(nick, password=password, caps=caps)
            if channels:
                self.join(*channels)

    def receive(self) -> Message:
        """Return the next message, having kept it."""
        message = super().receive()
        self.received.append(message)
        return message

    @property
    def said(self) -> list[str]:
        """Return the texts of all messages received so far."""
        return [message.params[-1] for message in self.received if message.command == "PRIVMSG"]


@contextmanager
def witnesses(port: int, count: int, *channels: str, caps: Sequence[str] = (ECHO,)) -> Iterator[list[Witness]]:
    """Yield clients named member0, member1... that are in the channels and have all seen each other join.

    Each gets the next of the capabilities, in turn.
    """
    with ExitStack() as stack:
        clients = [
            stack.enter_context(Witness(port, f"member{number}", *channels, caps=caps[number % len(caps)]))
            for number in range(count)
        ]
        settled(clients)
        yield clients


def at_once(actions: Sequence[Callable[[], T]]) -> list[T]:
    """Run each action in a thread of its own, all started together; return the results in order.

    Raises what the first failed action raised.
    """
    barrier = Barrier(len(actions))

    def run(action: Callable[[], T]) -> T:
        barrier.wait(DEADLINE_S)
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return [future.result() for future in [pool.submit(run, action) for action in actions]]


def settled(clients: Iterable[IrcClient]) -> list[list[Message]]:
    """Return the messages that each client has yet to receive, once everybody's commands have taken effect.

    The first PONG of each says that its own commands have been handed to every recipient; the second of each comes
    after everything that others' commands sent it.
    """
    everybody = list(clients)
    before = [client.sync() for client in everybody]
    return [messages + client.sync() for messages, client in zip(before, everybody, strict=True)]


def assert_all_saw_what_was_logged(clients: Iterable[Witness], log_path: Path) -> Replay:
    """Compare what each client has received with what the log says it should have; return the replay of the log."""
    told = replay(log_path)
    for client in clients:
        seen, expected = seen_in(client.received), told.seen_by(client.nick, client.address, echo=ECHO in client.caps)
        same = next((n for n, pair in enumerate(zip(seen, expected, strict=False)) if pair[0] != pair[1]), len(seen))
        assert seen == expected, f"{client.nick} saw {seen[same : same + 3]} instead of {expected[same : same + 3]}"
    return told


def reset(client: IrcClient) -> None:
    """End the connection with an RST, as a crashed peer does."""
    with contextlib.suppress(OSError):
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def allow_descriptors(count: int) -> None:
    """Let this process open this many descriptors, if the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (count if hard == resource.RLIM_INFINITY else min(count, hard), hard)
        )
