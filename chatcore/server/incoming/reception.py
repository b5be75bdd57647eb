"""Who is served: connections are counted and refused, and the refused ones told why in the language they speak.

A connection is counted in total when it is accepted, and by address when that is known, which is later behind a trusted
proxy.
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
    "arriving": "too many are on their way in",
    "away": "the trackers cannot reach each other",
}
"""What is counted is every connection, and why some are not served: in these words for the operator."""

TOO_MANY_ON_THEIR_WAY = "Too many are on their way in, try again in a moment"
_AWAY_S = 5  # until somebody may try again
_MAX_REFUSING = 16  # refused connections with a thread, to be answered in HTTP, WebSocket or TLS
_MAX_REFUSING_PER_ADDRESS = 4
_ANSWERS_PER_S, _BURST_ANSWERS = 20, 40  # each may be a TLS handshake
_PLAIN_ANSWER = 0.2  # of one


class Crowd(Protocol):
    """Everybody with an open connection, by client id (server.roster)."""

    def __len__(self) -> int:
        """Return how many there are, registered or not."""

    def get(self, client: int) -> object | None:
        """Return the entry of a client; None if it is not counted yet."""

    def make_way(self, newcomer: Client, reason: str) -> bool:
        """End one of those on their way in; return whether that was possible."""


class Reception:
    """Counts connections and says which are not served. Any thread."""

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
        """`count_clients` tells how many are registered, `has_memory` whether there is enough for one more.

        `on_refused` is told of the address of each connection that is not served, and why; `refusal` returns why
        nobody can come in at the moment.
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
        """Count an accepted connection. A Refusal means that it does not even get a thread."""
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
        """Count a connection by the client's address, if that is not done; return why it is refused."""
        if admission.refusal is None and admission.address != client.block:
            if admission.address is not None:  # it came through a proxy, for somebody else
                self._doorkeeper.refund_page(admission.address)
            admission.refusal = self._refusal(client, admission)
            if admission.refusal is None and not self._has_place(client):
                admission.refusal = self._refuse(client, "arriving", TOO_MANY_ON_THEIR_WAY)
        return admission.refusal

    def admit_again(self, client: Client, admission: Admission) -> Refusal | None:
        """Count another request on a connection as a new connection's; return why it is refused.

        A proxy's connection may bring it for somebody else than the one before.
        """
        if admission.refusal is None:
            admission.refusal = self._refusal(client, admission)
        return admission.refusal

    @property
    def is_open(self) -> bool:
        """Return whether people can come in at all."""
        return not self._bar()

    def bar(self, client: Client) -> Refusal | None:
        """Return why a connection cannot come in, although it is served: others of the chat would not hear of it.

        Before its password is looked at, so that nothing has to be noted.
        """
        words = self._bar()
        return self._refuse(client, "away", words, _AWAY_S) if words else None

    def note_page(self, client: Client) -> None:
        """Note that a connection fetched one of the page's files, so that it counts little."""
        self._doorkeeper.refund_page(client.block)

    def may_be_answered(self, client: Client, admission: Admission) -> bool:
        """Count a refused connection among the few that get a moment to show what they speak, if there is room."""
        if not self._afford(_PLAIN_ANSWER) or self._refusing.admit(client.block):
            return False
        admission.release()
        admission.counter, admission.address = self._refusing, client.block
        return True

    def may_shake_hands(self) -> bool:
        """Return whether a TLS handshake merely to refuse somebody can be afforded."""
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
        """Return whether there is a place on the way in, making one if need be."""
        is_counted = self._visits.get(client.id) is not None
        waiting = len(self._visits) - self._count_clients() - len(self._refusing) - is_counted
        is_crowded = 0 < self._max_unregistered <= waiting
        return not is_crowded or self._visits.make_way(client, TOO_MANY_ON_THEIR_WAY)

    def _afford(self, tokens: float) -> bool:
        with self._lock:
            return self._answers.try_take(monotonic(), tokens)
