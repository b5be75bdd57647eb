"""Resumes lost visits (docs/resume.md): implements `commands.services.Resumption` with the roster of visits.

Whatever ends a visit for good calls `end`, which ends its token too. A lost connection keeps its seats in rooms until
its token has been used or is over. Then the seats are cleared, and every part that remembers the visit is told.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from time import monotonic

from chatcore.commands.services import BanList, Keys
from chatcore.errors import Leave, StreamClosed
from chatcore.protocol.capabilities import RESUME
from chatcore.protocol.modes import CLOSING
from chatcore.server.access.resumable import NOT_GONE, TAKEN_UP, Resumable
from chatcore.server.access.resume_tokens import ResumeTokens
from chatcore.server.access.seats import Seats
from chatcore.server.roster import Roster
from chatcore.state.client import Client
from chatcore.state.credentials import Credentials
from chatcore.state.dormant import DormantRoom
from chatcore.state.history_identity import visit_identity
from chatcore.state.kept_visit import KeptVisit, Seat, kept, proof_of
from chatcore.state.registry import Registry
from chatcore.state.requests import VisitForgotten

_INTERVAL_S = 2.0


class Resumer:
    """The resumption of one tracker. Any thread that holds no lock, except where a method says otherwise."""

    def __init__(
        self,
        tokens: ResumeTokens,
        roster: Roster,
        registry: Registry,
        keys: Keys,
        bans: BanList,
        publish: Callable[[VisitForgotten], None],
        wait_s: float,
    ) -> None:
        """`publish` appends to the stream and raises StreamClosed; a replaced connection gets `wait_s` to end."""
        self._tokens = tokens
        self._roster = roster
        self._seats = Seats(registry)
        self._keys = keys
        self._bans = bans
        self._publish = publish
        self._wait_s = wait_s
        self._bans_seen: list[str] = []
        self._next_look = 0.0

    def find(self, token: str, client: Client) -> tuple[KeptVisit, Credentials | None] | None:
        """See Resumption."""
        entry = self._tokens.find(token)
        if entry is None:
            return None
        login = self._login(entry.kept)
        if not self._may_return(entry.kept, login):
            return None
        before = self._tokens.claim(token, client.id)
        if before is None:
            return None
        slower = self._roster.get(before)
        if slower is not None:
            slower.end(TAKEN_UP, is_lost=False)
        return entry.kept, login

    def was_good(self, token: str) -> bool:
        """See Resumption."""
        return self._tokens.was_good(token)

    def take(self, client: Client, found: KeptVisit) -> KeptVisit | None:
        """See Resumption."""
        entry = self._claimed(client, found)
        if entry is None:
            return None
        client.credit.turn.give()
        before = self._roster.get(entry.client)
        if before is not None and not before.has_left.is_set:
            before.end(TAKEN_UP, is_lost=True)
            before.has_left.wait(self._wait_s)
            if not before.has_left.is_set:
                raise Leave(NOT_GONE)
        if self._claimed(client, found) is None or not self._may_return(entry.kept, self._login(entry.kept)):
            return None
        visit = self._roster.get(client.id)
        if visit is not None:
            visit.arrival.homes = self._seats.homes(entry.rooms)
        return entry.kept

    def give(self, client: Client, nick: str) -> str:
        """See Resumption."""
        token = self._tokens.give(kept(client, nick), client.id)
        if token is None:
            raise Leave(TAKEN_UP)
        return token

    def arrive(self, client: Client) -> None:
        """See Resumption."""
        self._tokens.arrive(client.visit, client.id)

    def withdraw(self, client: Client) -> None:
        """See Resumption."""
        self._tokens.withdraw(client.id)

    def note(self, client: Client) -> None:
        """See Resumption."""
        self._tokens.note(kept(client))

    def end(self, client: Client) -> None:
        """See Resumption."""
        self._forget(self._tokens.end(client.visit, client.id))

    def depart(self, client: Client, *, is_lost: bool) -> bool:
        """Note that a client leaves; return whether its visit may be resumed. The client's own thread."""
        if not (is_lost and client.capabilities & RESUME):
            self.end(client)
            return False
        may_return, over = self._tokens.lose(client.visit, client.id)
        self._forget(*over)
        return may_return

    def note_seats(self, client: Client, seats: Iterable[Seat]) -> None:
        """Note the rooms that a lost client was in. The client's own thread."""
        rooms = tuple(seats)
        rooms += self._seats.not_entered(client, self._tokens.rooms_of(client.visit), rooms)
        if not self._tokens.set_rooms(client.visit, rooms):
            self._seats.clear([(client.visit, rooms)])
            self._publish_forgotten(client.visit)

    def release(self, client: Client) -> None:
        """Give up the claim of a client that never came in. The client's own thread."""
        self._tokens.release(client.id)

    def seat(self, rooms: Iterable[DormantRoom]) -> None:
        """Note who was in which room when the tracker last ended. Main thread, at the start."""
        lost = {visit_identity(visit): entry for visit, entry in self._tokens.lost().items()}
        for room in rooms:
            for identity in room.accounts:
                if identity in lost:
                    was_closed = any(mode.letter in room.flags or mode.letter in room.values for mode in CLOSING)
                    lost[identity].rooms += (Seat(room.name, room.instance, was_closed),)

    def tick(self) -> None:
        """End the lost visits whose time is up. Heartbeat's thread."""
        now = monotonic()
        if now >= self._next_look:
            self._next_look = now + _INTERVAL_S
            self._forget(*self._tokens.expire())
            self._end_banned()

    def close(self) -> None:
        """Stop changing anything: the tracker ends."""
        self._tokens.close()

    def _claimed(self, client: Client, found: KeptVisit) -> Resumable | None:
        """Return the visit that a client is about to resume, None if it is over. Raises Leave if another was faster."""
        entry = self._tokens.claimed(client.id)
        if entry is None and self._tokens.is_kept(found.visit):
            raise Leave(TAKEN_UP)
        return entry

    def _login(self, kept: KeptVisit) -> Credentials | None:
        """Return the current credentials of the visit's account, if it has one. Raises AccountsUnavailable."""
        return self._keys.account(kept.account) if kept.account else None

    def _may_return(self, kept: KeptVisit, login: Credentials | None) -> bool:
        """Return whether a lost visit may be resumed. If it is banned or its account changed, end it."""
        if proof_of(login) == kept.proof and not self._is_banned(kept, self._bans.all()):
            return True
        self._forget(self._tokens.end(kept.visit))
        return False

    def _is_banned(self, kept: KeptVisit, bans: Iterable[str]) -> bool:
        return any(self._bans.covers(ban, kept.nick, kept.host) for ban in bans)

    def _end_banned(self) -> None:
        """End lost visits that a new ban covers. Lifting the ban later does not bring them back."""
        bans = self._bans.all()
        if bans != self._bans_seen:
            self._bans_seen = bans
            lost = self._tokens.lost()
            self._forget(*(self._tokens.end(visit) for visit, it in lost.items() if self._is_banned(it.kept, bans)))

    def _forget(self, *over: Resumable | None) -> None:
        """Clear the seats of visits that are over, and make other parts forget what they kept for them."""
        ended = [entry for entry in over if entry is not None]
        self._seats.clear((entry.kept.visit, entry.rooms) for entry in ended)
        for entry in ended:
            if entry.lost_at is not None:  # else delivery forgets it at its QUIT
                self._publish_forgotten(entry.kept.visit)

    def _publish_forgotten(self, visit: str) -> None:
        with contextlib.suppress(StreamClosed):
            self._publish(VisitForgotten(visit))
