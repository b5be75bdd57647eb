"""What the accept thread does with a connection: refuse it in one send, or give it a thread."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable
from time import time

from chatcore.config import Limits
from chatcore.server.incoming.arrival import Arrival
from chatcore.server.incoming.listener import refuse
from chatcore.server.incoming.reception import Reception
from chatcore.state.admissions import Refusal
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from chatcore.state.turns import Turn, Turns
from chatcore.transport.connection import Connection
from chatcore.transport.listening import peer_of
from chatcore.transport.tcp import OutboxBudget, TcpConnection


class Intake:
    """Turns accepted connections into clients. The listeners' threads."""

    def __init__(
        self, limits: Limits, reception: Reception, begin: Callable[[Arrival, Connection], None], run: int = 0
    ) -> None:
        """`begin` gives a connection its thread; it raises RuntimeError or MemoryError if no thread can be started.

        `run` is the number of this run of the tracker.
        """
        self._limits = limits
        self._reception = reception
        self._begin = begin
        self._run = run
        self.client_ids = itertools.count(1)
        self.turns = Turns()
        self.outbox_budget = OutboxBudget(limits.max_total_sendq_bytes)

    def number_from(self, first: int) -> None:
        """Give clients ids from `first` on."""
        self.client_ids = itertools.count(first)

    def accept(self, sock: socket.socket, home: str = "") -> None:
        """Take over an accepted connection; `home` is the room whose own address the client connected to.

        Raises RuntimeError or MemoryError if no thread can be started.
        """
        try:
            host, port = peer_of(sock)
        except OSError:
            sock.close()
            return
        client = Client(next(self.client_ids), host, port, Credit(self._limits.credit_lines, Turn(self.turns)))
        admission = self._reception.receive(client)
        if isinstance(admission, Refusal):
            refuse(sock, admission.words)
            return
        client.connected_at = time()
        client.visit = f"{self._run}.{client.id}"
        connection = TcpConnection(sock, self._limits.max_sendq_bytes, self.outbox_budget, client.credit.turn)
        try:
            self._begin(Arrival(client, self._limits.first_byte_timeout_s, admission, home), connection)
        except (RuntimeError, MemoryError):
            if admission.refusal is None:
                self._reception.counts.count("resources")
            raise
