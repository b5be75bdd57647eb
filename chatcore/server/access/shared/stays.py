"""The visits that can be resumed on any tracker, as rows of a shelf: who is here and has a token, and who was lost.

A row holds a digest of the good token, of which nothing but the client has the text. While the client is here that is
nearly all; what comes back with the visit is put into the row when the connection is lost.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import NamedTuple

from chatcore.protocol.names import address_block
from chatcore.state.kept_visit import KeptVisit, Seat

OFFERED_S = 60.0
"""For so long whoever was given a token may take to come in with it; meanwhile nobody else does."""


class Offer(NamedTuple):
    """The next token of somebody who is about to come in: it becomes the good one then. `at` is a Unix time, s."""

    client: int
    digest: str
    at: float


class Stay(NamedTuple):
    """What is known of a visit. `client` has it, or had it last; `kept` is None while that is here.

    `rooms` are those that it has seats in since it was lost last.
    """

    client: int = 0  # 0: nobody came in yet
    digest: str = ""  # of the good token; '' for none
    offer: Offer | None = None
    kept: KeptVisit | None = None
    lost_at: float = 0.0  # Unix time, s
    rooms: tuple[Seat, ...] = ()

    @property
    def block(self) -> str:
        """Return from which addresses a lost one came."""
        return address_block(self.kept.host) if self.kept is not None else ""

    def is_of(self, client: int) -> bool:
        """Return whether a client has it, or was given its next token."""
        return client in (self.client, self.offer.client if self.offer is not None else 0)

    def is_offered(self, client: int, now: float) -> bool:
        """Return whether another than this client is about to come in."""
        offer = self.offer
        return offer is not None and offer.client != client and now < offer.at + OFFERED_S

    def written(self) -> bytes:
        """Return it as a row's value."""
        return json.dumps(self).encode()


def stay_of(value: bytes) -> Stay:
    """Return what a row's value says."""
    client, digest, offer, kept, lost_at, rooms = json.loads(value)
    return Stay(
        client,
        digest,
        Offer(*offer) if offer is not None else None,
        KeptVisit(*kept) if kept is not None else None,
        lost_at,
        tuple(Seat(*seat) for seat in rooms),
    )


class Stays:
    """All of them by visit, and by token. Whoever has a lock around it."""

    def __init__(self) -> None:
        self._by_visit: dict[str, Stay] = {}
        self._by_digest: dict[str, str] = {}
        self._lost: set[str] = set()  # visits; neither this nor the next is gone through in its own order
        self._offered: set[str] = set()

    def get(self, visit: str) -> Stay | None:
        """Return what is known of a visit."""
        return self._by_visit.get(visit)

    def visit_of(self, digest: str) -> str | None:
        """Return which visit a token is for, if it is the good one."""
        return self._by_digest.get(digest)

    def set(self, visit: str, stay: Stay | None) -> str:
        """Have a visit be so, or be over; return the digest of a token that is used up by that, or ''."""
        before = self._by_visit.pop(visit, None) or Stay()
        self._by_digest.pop(before.digest, None)
        self._lost.discard(visit)
        self._offered.discard(visit)
        if stay is not None:
            self._by_visit[visit] = stay
            if stay.digest:
                self._by_digest[stay.digest] = visit
            if stay.kept is not None:
                self._lost.add(visit)
            if stay.offer is not None:
                self._offered.add(visit)
        return before.digest if before.digest != (stay.digest if stay is not None else "") else ""

    def count_lost(self) -> int:
        """Return how many were lost."""
        return len(self._lost)

    def lost(self) -> list[tuple[str, Stay]]:
        """Return who was lost, longest ago first: on all trackers in the same order."""
        found = [(visit, self._by_visit[visit]) for visit in self._lost]
        return sorted(found, key=lambda pair: (pair[1].lost_at, pair[0]))

    def stale(self, now: float) -> list[str]:
        """Return who was given a token and never came in, in the same order everywhere."""
        offered = [(visit, self._by_visit[visit]) for visit in sorted(self._offered)]
        return [
            visit
            for visit, stay in offered
            if not stay.client and stay.offer is not None and now >= stay.offer.at + OFFERED_S
        ]


def one_too_many(lost: list[tuple[str, Stay]]) -> tuple[str, Stay]:
    """Return who of the addresses with the most was lost longest ago: the same on all trackers."""
    counts = Counter(stay.block for _, stay in lost)
    crowd = max(counts, key=lambda block: (counts[block], block))
    return next(pair for pair in lost if pair[1].block == crowd)
