"""Decides which connections are served: counts them, and says why one is refused.

A connection counts towards the total when it is accepted, and towards its address' limit once the address is known,
which is later behind a trusted proxy.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from typing import Protocol

from chatcore.config import Config
from chatcore.protocol.proxies import TrustedProxies
from chatcore.server.access.bans import NETWORK_BAN, Bans
from chatcore.server.access.doorkeeper import SHUT_OUT, Doorkeeper
from chatcore.server.metrics.measures import Counters
from chatcore.state.admissions import FULL, Admission, Admissions, Refusal
from chatcore.state.client import Client
from chatcore.state.throttle import TokenBucket

ACCEPTED = "accepted"
REASONS = {
    "resources": "no memory is left",
    "full": "the chat is full",
    "ban": "banned",
    "passwords": "too many wrong passwords",
    "rate": "too many new connections",
    "address": "too many connections at once",
    "arriving": "too many are connecting",
    "away": "the trackers cannot reach each other",
}
"""Why connections are refused, in words for the operator. Each reason is counted, and so are all connections."""

TOO_MANY_ON_THEIR_WAY = "Too many are connecting, try again in a moment"
_AWAY_S = 5  # how long a client should wait before it tries again
_MAX_REFUSING = 16  # refused connections with a thread, to be answered in HTTP, WebSocket or TLS
_MAX_REFUSING_PER_ADDRESS = 4
_ANSWERS_PER_S, _BURST_ANSWERS = 20, 40  # each may be a TLS handshake
_PLAIN_ANSWER = 0.2  # what an answer without a handshake costs


class Crowd(Protocol):
    """Everybody with an open connection, by client id (server.roster)."""

    def __len__(self) -> int:
        """Return the number of open connections, registered or not."""

    def get(self, client: int) -> object | None:
        """Return a client's entry; None if it is not counted yet."""

    def make_way(self, newcomer: Client, reason: str) -> bool:
        """End one connection that is not registered yet; return whether there was one to end."""


class Reception:
    """Counts connections and refuses some. Any thread."""

    def __init__(
        self,
        config: Config,
        bans: Bans,
        doorkeeper: Doorkeeper,
        visits: Crowd,
        count_clients: Callable[[], int],
        has_memory: Callable[[], bool] = lambda: True,
        on_refused: Callable[[str, str], None] = lambda address, why: None,
        refusal: Callable[[], str] = lambda: "",
    ) -> None:
        """`count_clients` returns how many clients are registered, `has_memory` whether there is enough for one more.

        `on_refused` is called with the address of each refused connection and the reason; `refusal` returns why nobody
        can come in at the moment, '' if people can.
        """
        self.proxies = TrustedProxies(config.trusted_proxies)
        self._max_unregistered = config.limits.max_unregistered
        self._bans = bans
        self._doorkeeper = doorkeeper
        self._visits = visits
        self._count_clients = count_clients
        self._has_memory = has_memory
        self._on_refused = on_refused
        self._bar = refusal
        self._admissions = Admissions(config.limits.max_clients, config.limits.max_clients_per_address)
        self._refusing = Admissions(_MAX_REFUSING, _MAX_REFUSING_PER_ADDRESS)
        self.counts = Counters((ACCEPTED, *REASONS))
        self._answers = TokenBucket(_ANSWERS_PER_S, _BURST_ANSWERS)
        self._lock = threading.Lock()  # guards _answers

    def receive(self, client: Client) -> Admission | Refusal:
        """Count an accepted connection. Return a Refusal if it is not to get a thread at all."""
        self.counts.count(ACCEPTED)
        if not self._has_memory():
            return self._refuse(client, "resources", FULL)
        words = self._admissions.admit(None)
        if words is not None:
            admission = Admission(refusal=self._refuse(client, "full", words))
        else:
            admission = Admission(self._admissions)
            if client.host not in self.proxies:
                self.admit(client, admission)
        if admission.refusal is None or self.may_be_answered(client, admission):
            return admission
        admission.release()
        return admission.refusal

    def admit(self, client: Client, admission: Admission) -> Refusal | None:
        """Count a connection by the client's address, unless that is done; return why it is refused, if it is."""
        if admission.refusal is None and admission.address != client.block:
            if admission.address is not None:  # it was counted by the proxy's address
                self._doorkeeper.refund_page(admission.address)
            admission.refusal = self._refusal(client, admission)
            if admission.refusal is None and not self._has_place(client):
                admission.refusal = self._refuse(client, "arriving", TOO_MANY_ON_THEIR_WAY)
        return admission.refusal

    def admit_again(self, client: Client, admission: Admission) -> Refusal | None:
        """Count another request on a connection like a new connection; return why it is refused, if it is.

        On a proxy's connection it may come from another client than the one before.
        """
        if admission.refusal is None:
            admission.refusal = self._refusal(client, admission)
        return admission.refusal

    @property
    def is_open(self) -> bool:
        """Return whether people can come in at all."""
        return not self._bar()

    def bar(self, client: Client) -> Refusal | None:
        """Return why a served connection cannot come in now: the chat's other trackers would not hear of it.

        Call this before its password is checked, so that nothing has to be logged.
        """
        words = self._bar()
        return self._refuse(client, "away", words, _AWAY_S) if words else None

    def note_page(self, client: Client) -> None:
        """Note that a request was for one of the page's files, so that it counts little."""
        self._doorkeeper.refund_page(client.block)

    def may_be_answered(self, client: Client, admission: Admission) -> bool:
        """Let a refused connection stay to show which protocol it speaks, if few others do; return whether it may."""
        if not self._afford(_PLAIN_ANSWER) or self._refusing.admit(client.block):
            return False
        admission.release()
        admission.counter, admission.address = self._refusing, client.block
        return True

    def may_shake_hands(self) -> bool:
        """Return whether we can afford a TLS handshake merely to refuse a client."""
        return self._afford(1.0)

    def _refusal(self, client: Client, admission: Admission) -> Refusal | None:
        if self._bans.matches("", client.host):
            return self._refuse(client, "ban", NETWORK_BAN, retry_after_s=0)
        words = self._doorkeeper.refusal(client.block)
        if words is not None:
            reason = "passwords" if words == SHUT_OUT else "rate"
            return self._refuse(client, reason, words, self._doorkeeper.retry_after_s(client.block))
        if admission.address != client.block:
            words = self._admissions.move(admission.address, client.block)
            if words is not None:
                return self._refuse(client, "address", words)
            admission.address = client.block
        return None

    def _refuse(self, client: Client, reason: str, words: str, retry_after_s: int = 60) -> Refusal:
        self.counts.count(reason)
        self._on_refused(client.address, REASONS[reason])
        return Refusal(words, retry_after_s)

    def _has_place(self, client: Client) -> bool:
        """Return whether there is room for one more unregistered client; end another one if need be."""
        is_counted = self._visits.get(client.id) is not None
        waiting = len(self._visits) - self._count_clients() - len(self._refusing) - is_counted
        is_crowded = 0 < self._max_unregistered <= waiting
        return not is_crowded or self._visits.make_way(client, TOO_MANY_ON_THEIR_WAY)

    def _afford(self, tokens: float) -> bool:
        with self._lock:
            return self._answers.try_take(monotonic(), tokens)
