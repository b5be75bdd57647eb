"""What the accept thread does with a connection: refuse it in one send, or give it a thread that serves it."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable
from time import time

from chatcore.config import Limits
from chatcore.server.incoming.arrival import Arrival
from chatcore.server.incoming.listener import FULL, refuse
from chatcore.server.incoming.reception import Reception
from chatcore.server.memory_limit import Headroom, room_bytes
from chatcore.state.admissions import Refusal
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from chatcore.state.turns import Turn, Turns
from chatcore.transport.connection import Connection
from chatcore.transport.listening import peer_of
from chatcore.transport.tcp import OutboxBudget, TcpConnection


class Intake:
    """Makes clients of connections. The threads of listeners."""

    def __init__(
        self,
        limits: Limits,
        reception: Reception,
        begin: Callable[[Arrival, Connection], None],
        count: Callable[[], int],
        history_bytes: Callable[[], int],
    ) -> None:
        """`begin` gives a connection its thread, and raises RuntimeError or MemoryError when there is none left.

        `count` tells how many connections there are, `history_bytes` how much memory histories hold.
        """
        self._limits = limits
        self._reception = reception
        self._begin = begin
        self._count = count
        self._history_bytes = history_bytes
        self.client_ids = itertools.count(1)
        self.turns = Turns()
        self.outbox_budget = OutboxBudget(limits.max_total_sendq_bytes)
        self._headroom = Headroom(limits, is_limited=room_bytes() is not None)

    def accept(self, sock: socket.socket, home: str = "") -> None:
        """Take over an accepted connection; `home` is the room whose own address it came to.

        Raises RuntimeError or MemoryError when no thread can be started.
        """
        try:
            host, port = peer_of(sock)
        except OSError:
            sock.close()
            return
        used_bytes = self.outbox_budget.used_bytes + self._history_bytes()
        if not self._headroom.suffices(self._count(), used_bytes):
            refuse(sock, FULL)
            return
        client = Client(next(self.client_ids), host, port, Credit(self._limits.credit_lines, Turn(self.turns)))
        admission = self._reception.receive(client)
        if isinstance(admission, Refusal):
            refuse(sock, admission.words)
            return
        client.connected_at = time()
        connection = TcpConnection(sock, self._limits.max_sendq_bytes, self.outbox_budget, client.credit.turn)
        self._begin(Arrival(client, self._limits.first_byte_timeout_s, admission, home), connection)
