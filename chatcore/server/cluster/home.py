"""What a record means to this tracker alone, besides its effect on all (common.Home). Delivery's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable

from chatcore.cluster.common import incarnation_of
from chatcore.config import Config
from chatcore.server import ghosts
from chatcore.server.access.resumable import TAKEN_UP
from chatcore.server.footing import House
from chatcore.state.client import Client


class Home:
    """This tracker's. Any thread may read what it shows."""

    def __init__(self, config: Config, house: House, on_beaten: Callable[[], None]) -> None:
        """`fenced`, `regrouped` and `compare` are set before anything is carried out."""
        self._config = config
        self._house = house
        self.fenced: Callable[[], None] = lambda: None
        self.regrouped: Callable[[], None] = lambda: None
        self._on_beaten = on_beaten
        self.incarnation = 0
        self.has_ended = False
        """Whether the chat is over, for all."""
        self.has_joined = threading.Event()
        """All know that this tracker takes part."""
        self.compare: Callable[[int, bytes], None] = lambda position, digest: None

    def tell(self, text: str) -> None:
        """See common.Home."""
        self._house.services.tell(text)

    def client(self, client: int) -> Client | None:
        """See common.Home."""
        visit = self._house.visits.get(client)
        return visit.client if visit is not None else None

    def ask(self, client: int, reason: str) -> None:
        """See common.Home."""
        visit = self._house.visits.get(client)
        if visit is None:
            return
        if reason:
            visit.end(reason, is_lost=reason == TAKEN_UP)
        else:
            ghosts.probe(visit, self._config.limits.ghost_timeout_s)

    def end_own(self, client: Client, reason: str) -> None:
        """End a visit if it is one of this tracker's; the shared state is the same either way."""
        if incarnation_of(client.id) == self.incarnation:
            self.ask(client.id, reason)

    def joined(self) -> None:
        """See common.Home."""
        self.has_joined.set()

    def beaten(self, incarnation: int) -> None:
        """See common.Home."""
        self._on_beaten()

    def compared(self, incarnation: int, position: int, digest: bytes) -> None:
        """See common.Home."""
        self.compare(position, digest)

    def ended(self) -> None:
        """See common.Home. Anything from before this tracker joined does not concern it."""
        if self.has_joined.is_set() and not self.has_ended:
            self.has_ended = True
            self._house.on_change()
