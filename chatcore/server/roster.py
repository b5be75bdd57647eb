"""All visits, from accept to close, and which one is ended when too many are connecting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from http import HTTPStatus
from time import monotonic

from chatcore.server.visit import Visit
from chatcore.state.client import Client
from chatcore.state.striped import StripedDict

_END_TIMEOUT_S = 5.0
_TERMINALS_S = 2.0


class Roster:
    """The visits by client id. Any thread."""

    def __init__(self) -> None:
        self._visits: StripedDict[int, Visit] = StripedDict()
        self._newcomers: StripedDict[int, Visit] = StripedDict()  # strangers, and some that no longer are
        self._half_gone: StripedDict[int, object] = StripedDict()

    def __len__(self) -> int:
        return len(self._visits)

    def add(self, visit: Visit) -> None:
        """Add a visit that begins."""
        self._newcomers.put_if_absent(visit.client.id, visit)
        self._visits.put_if_absent(visit.client.id, visit)

    def begin(self, visit: Visit) -> None:
        """Add a visit and start its thread. Raises RuntimeError or MemoryError if no thread is left."""
        self.add(visit)
        try:
            visit.start()
        except (RuntimeError, MemoryError):
            self.remove(visit)
            visit.arrival.admission.release()
            raise

    def remove(self, visit: Visit) -> None:
        """Forget a visit that never registered."""
        self._newcomers.remove_if(visit.client.id, visit)
        self._visits.remove_if(visit.client.id, visit)

    def part_with(self, visit: Visit) -> None:
        """Note that a registered client's thread is done, or its QUIT delivered; after both, forget the visit.

        While the log cannot be written, the thread may end before delivery has even applied the client's arrival.
        """
        token = object()
        first = self._half_gone.put_if_absent(visit.client.id, token)
        if first is not token:
            self._half_gone.remove_if(visit.client.id, first)
            self.remove(visit)

    def get(self, client: int) -> Visit | None:
        """Return the visit of the client with this id."""
        return self._visits.get(client)

    def all(self) -> list[Visit]:
        """Return all visits, registered or not, in no particular order."""
        return self._visits.snapshot()

    def count_unregistered(self) -> int:
        """Return how many clients are connected but not registered yet."""
        return sum(
            not (visit.client.is_registered or visit.arrival.admission.refusal) and visit.closing_since is None
            for visit in self.all()
        )

    def make_way(self, newcomer: Client, reason: str) -> bool:
        """End the oldest stranger from the site with the most; return False if that is the newcomer's own site.

        So nobody can keep others out by filling up all unregistered places, whether from a few addresses or from many
        of one site.
        """
        site = newcomer.site
        strangers = [visit for visit in self._strangers() if visit.client is not newcomer]
        counts = Counter(visit.client.site for visit in strangers)
        crowd, count = counts.most_common(1)[0] if counts else (site, 0)
        if count <= counts[site] + 1:
            return False
        crowding = (visit for visit in strangers if visit.client.site == crowd)
        oldest = min(crowding, key=lambda visit: visit.arrival.accepted_at)
        oldest.end(reason, is_lost=False, status=HTTPStatus.TOO_MANY_REQUESTS)
        return True

    def end_strangers(self, block: str, reason: str) -> None:
        """End all visits from this address block that have not proven anything yet."""
        for visit in self._strangers():
            if visit.arrival.admission.address == block:  # None while it is a proxy's, which may serve anybody
                visit.end(reason, is_lost=False, status=HTTPStatus.TOO_MANY_REQUESTS)

    def end_all(self, reason: str, goodbye_s: float) -> None:
        """End all visits, give unregistered clients `goodbye_s` to read why, and close. Main thread, at the end.

        A terminal over ssh takes a moment to restore after the goodbye, so registered clients are waited for too.
        """
        visits = self.all()
        for visit in visits:
            visit.end(reason, is_lost=False)  # those not registered yet are told by their own threads
        _await_all((visit for visit in visits if not visit.client.is_registered), goodbye_s)
        deadline = monotonic() + _TERMINALS_S
        for visit in visits:
            if visit.client.is_registered:
                visit.connection.wait_output_ended(max(0.0, deadline - monotonic()))
        for visit in visits:
            visit.connection.shutdown()
        _await_all(visits, _END_TIMEOUT_S)
        for visit in visits:
            visit.connection.close()

    def _strangers(self) -> list[Visit]:
        """Return all strangers. Looks only at newcomers: this is called often, and there may be many more members."""
        strangers = []
        for visit in self._newcomers.snapshot():
            arrival = visit.arrival
            if arrival.has_proven or visit.client.is_registered or visit.is_ending() or arrival.admission.refusal:
                self._newcomers.remove_if(visit.client.id, visit)  # and never becomes a stranger again
            else:
                strangers.append(visit)
        return strangers


def _await_all(visits: Iterable[Visit], seconds: float) -> None:
    """Wait until the visits are over, for at most `seconds` in total."""
    deadline = monotonic() + seconds
    for visit in visits:
        visit.is_over.wait(max(0.0, deadline - monotonic()))
