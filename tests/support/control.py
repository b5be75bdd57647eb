"""A control socket without a tracker, and a thread that carries out its orders in place of the main thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from chatcore.server.console.control_socket import ControlSocket
from chatcore.server.console.order_queue import Orders
from chatcore.server.console.result import Result
from chatcore.transport.local_socket import connect_local
from tests.support.irc import DEADLINE_S


class Desk:
    """Carries out orders one after the other, in a thread of its own."""

    def __init__(self, carry_out: Callable[[str], Result]) -> None:
        self._given = threading.Semaphore(0)
        self._carry_out = carry_out
        self._is_over = False
        self._thread = threading.Thread(target=self._run)
        self.orders = Orders(self._given.release)

    def __enter__(self) -> Desk:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self._given.release()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._given.acquire()
            if self._is_over:
                return
            if order := self.orders.take():
                order.answer(self._carry_out(order.line))


@contextmanager
def controlled(
    folder: Path, carry_out: Callable[[str], Result] = lambda line: Result([line], {"line": line})
) -> Iterator[ControlSocket]:
    """Carry out the commands that come over the socket in a folder; afterwards tell it that the tracker ended well."""
    told: list[str] = []
    with Desk(carry_out) as desk, ControlSocket(folder, desk.orders, told.append) as control:
        assert told == []
        control.start()
        yield control
        control.leave()
        control.status = 0


def call(folder: Path) -> socket.socket:
    """Return a connection to the control socket in a folder."""
    return connect_local(folder / "ctl", DEADLINE_S)
