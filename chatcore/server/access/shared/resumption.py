"""Taking lost visits up again on whichever tracker: implements `commands.services.Resumption` for one of several.

What a visit is, is in the rows of a shelf. What happens to it as clients come, leave and are lost, all trackers do in
delivery's thread, at the same place in the stream and by its time. Before somebody comes in with a token, their tracker
proposes that nobody else does.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable
from typing import NamedTuple

from chatcore.commands.services import BanList, Keys
from chatcore.errors import AccountsUnavailable, ChatError, Leave
from chatcore.protocol.capabilities import RESUME
from chatcore.server.access.resumable import NOT_GONE, TAKEN_UP
from chatcore.server.access.resume_tokens import MAX_LOST, MAX_OVER, RESUMABLE_S
from chatcore.server.access.seats import Seats
from chatcore.server.access.shared.stays import Offer, Stay, Stays, one_too_many, stay_of
from chatcore.state.client import Client
from chatcore.state.credentials import Credentials
from chatcore.state.dormant import DormantRoom
from chatcore.state.kept_visit import KeptVisit, Seat, kept, proof_of
from chatcore.state.registry import Registry
from chatcore.state.requests import VisitForgotten
from chatcore.state.shelf import Rows, Shelf

_TRIES = 5


class Surroundings(NamedTuple):
    """What it needs beside the shelf.

    `now` is the record's time (Unix, s), `digest` stands for a token, `publish` adds to what a record comes to, `end`
    asks a client's tracker to end its visit for a reason, and `take_home` has a client enter rooms once it is in.
    """

    registry: Registry
    keys: Keys
    bans: BanList
    now: Callable[[], float]
    digest: Callable[[str], str]
    publish: Callable[[VisitForgotten], None]
    end: Callable[[int, str], None]
    take_home: Callable[[int, tuple[str, ...]], None]
    wait_s: float  # that a connection gets to end


class SharedResumption:
    """One tracker's. The client's own thread, without a lock, but where a method says that it is delivery's."""

    def __init__(self, shelf: Shelf, around: Surroundings) -> None:
        """Follow the shelf. Before delivery begins."""
        self._shelf = shelf
        self._around = around
        self._seats = Seats(around.registry)
        self._changed = threading.Condition()  # guards the stays, what is over and the claims
        self._stays = Stays()
        self._over: dict[str, None] = {}  # digests of tokens that were good once, the latest last
        self._claims: dict[int, str] = {}  # clients of this tracker, and which visits they are about to take up
        self._known: dict[int, Client] = {}  # who was here lately, by id
        self._is_stale = True  # who may come back has changed since the lost were looked at
        shelf.watch(self._follow)

    # What a client's tracker does before it is in

    def find(self, token: str, client: Client) -> tuple[KeptVisit, Credentials | None] | None:
        """See Resumption. Waits for the stream before it calls a token unknown: another tracker may just have given it.

        Raises AccountsUnavailable.
        """
        around, digest = self._around, self._around.digest(token)
        if not self.was_good(token):
            self._catch_up()
        with self._changed:
            visit = self._stays.visit_of(digest)
            stay = self._stays.get(visit or "")
        if visit is None or stay is None or stay.is_offered(client.id, around.now()):
            return None
        found = stay.kept or self._kept(stay.client)
        if found is None or not self._may_return(found):
            return None
        with self._changed:
            slower = next((other for other, claimed in self._claims.items() if claimed == visit), 0)
            self._claims.pop(slower, None)
            self._claims[client.id] = visit
        if slower not in (0, client.id):
            around.end(slower, TAKEN_UP)
        return found, around.keys.account(found.account) if found.account else None

    def was_good(self, token: str) -> bool:
        """See Resumption. Of tokens that were used up before this tracker began it knows nothing."""
        digest = self._around.digest(token)
        with self._changed:
            return digest in self._over or self._stays.visit_of(digest) is not None

    def take(self, client: Client, found: KeptVisit) -> KeptVisit | None:
        """See Resumption."""
        stay = self._claimed(client, found)
        if stay is not None and stay.kept is None:
            client.credit.turn.give()
            self._around.end(stay.client, TAKEN_UP)
            if not self._await_loss(found.visit):
                raise Leave(NOT_GONE)
            stay = self._claimed(client, found)
        if stay is None or stay.kept is None or not self._may_return(stay.kept):
            return None
        self._around.take_home(client.id, self._seats.homes(stay.rooms))
        return stay.kept

    def give(self, client: Client, nick: str) -> str:
        """See Resumption. Waits for the stream if there may be others who want to be the same visit."""
        token = secrets.token_urlsafe(32)
        offer = Offer(client.id, self._around.digest(token), self._around.now())
        for _ in range(_TRIES):
            with self._changed:
                stay = self._stays.get(client.visit)
                has_claim = self._claims.get(client.id) == client.visit
            if stay is not None and (stay.is_offered(client.id, offer.at) or not (has_claim or stay.is_of(client.id))):
                raise Leave(TAKEN_UP)
            row = (client.visit, (stay or Stay())._replace(offer=offer).written())
            if stay is None:
                self._shelf.post((row,), ((client.visit, None),))  # it is in the stream before what is to come
                return token
            try:
                if self._shelf.propose((row,), ((client.visit, stay.written()),)):
                    return token
            except ChatError:
                return ""
        raise Leave(TAKEN_UP)

    def withdraw(self, client: Client) -> None:
        """See Resumption."""
        stay = self._stay(client.visit)
        if stay is not None and stay.offer is not None and stay.offer.client == client.id:
            now = stay._replace(offer=None).written() if stay.digest or stay.kept else None
            self._shelf.post(((client.visit, now),), ((client.visit, stay.written()),))

    def release(self, client: Client) -> None:
        """Give up the claim of a client that never came in."""
        with self._changed:
            self._claims.pop(client.id, None)
        self.withdraw(client)

    # What all trackers do, at the same place in the stream: delivery

    def arrive(self, client: Client) -> None:
        """See Resumption. Delivery."""
        with self._changed:
            stay = self._stays.get(client.visit)
            self._claims.pop(client.id, None)
        if stay is None:
            return
        if stay.offer is not None and stay.offer.client == client.id:
            self._put(client.visit, Stay(client.id, stay.offer.digest, rooms=stay.rooms))
        elif stay.client != client.id and not stay.is_offered(client.id, self._around.now()):
            self._put(client.visit, Stay(client.id, rooms=stay.rooms))  # it wants no other, or none could be given

    def note(self, client: Client) -> None:
        """See Resumption: what it is like then is noted when it is lost."""

    def end(self, client: Client) -> None:
        """See Resumption. Delivery."""
        stay = self._stay(client.visit)
        if stay is not None and stay.client == client.id:
            self._forget([(client.visit, stay)])

    def depart(self, client: Client, *, is_lost: bool) -> bool:
        """Note that a client leaves; return whether its visit may be resumed. Delivery."""
        stay = self._stay(client.visit)
        if stay is None or stay.client != client.id:
            return False
        now = kept(client)
        if not (is_lost and client.capabilities & RESUME and stay.digest and self._may_return(now)):
            self._forget([(client.visit, stay)])
            return False
        self._put(client.visit, stay._replace(kept=now, lost_at=self._around.now()))
        with self._changed:
            lost = self._stays.lost() if self._stays.count_lost() > MAX_LOST else []
        if lost:
            self._forget([one_too_many(lost)])
        return True

    def note_seats(self, client: Client, seats: Iterable[Seat]) -> None:
        """Note in which rooms a lost client was. Delivery."""
        rooms, stay = tuple(seats), self._stay(client.visit)
        if stay is None:  # others have been lost since: there was no room for it
            self._seats.clear([(client.visit, rooms)])
            return
        rooms += self._seats.not_entered(client, stay.rooms, rooms)
        self._put(client.visit, stay._replace(rooms=rooms))

    def beat(self) -> None:
        """Have those be over whose time is up, and who may not come back. Delivery, whenever a tracker has beaten."""
        now = self._around.now()
        with self._changed:
            lost, stale = self._stays.lost(), self._stays.stale(now)
        over = [
            (visit, stay) for visit, stay in lost if now >= stay.lost_at + RESUMABLE_S and not stay.is_offered(0, now)
        ]
        if self._is_stale:
            self._is_stale = False
            over += [(visit, stay) for visit, stay in lost if not (stay.kept and self._may_return(stay.kept))]
        self._forget(list(dict(over).items()))
        for visit in stale:
            self._put(visit, None)
        self._known = {}

    def look_again(self) -> None:
        """Note that who may come back has changed: accounts or bans. Delivery."""
        self._is_stale = True

    # What a tracker alone does with its own clock and files

    def seat(self, rooms: Iterable[DormantRoom]) -> None:
        """Nobody's seat is to be found: the rows have them."""

    def tick(self) -> None:
        """Nothing goes by this tracker's own clock."""

    def close(self) -> None:
        """Nothing is open."""

    def _forget(self, over: list[tuple[str, Stay]]) -> None:
        """Have visits be over, clear their seats, and have all forget what they kept for those that were lost."""
        for visit, _ in over:
            self._put(visit, None)
        self._seats.clear((visit, stay.rooms) for visit, stay in over)
        for visit, stay in over:
            if stay.kept is not None:  # else delivery forgets it at its QUIT
                self._around.publish(VisitForgotten(visit))

    def _put(self, visit: str, stay: Stay | None) -> None:
        self._shelf.put(((visit, stay.written() if stay is not None else None),))

    def _follow(self, rows: Rows) -> None:
        with self._changed:
            for visit, value in rows:
                used_up = self._stays.set(visit, stay_of(value) if value is not None else None)
                if used_up:
                    self._over[used_up] = None
            while len(self._over) > MAX_OVER:
                del self._over[next(iter(self._over))]
            self._changed.notify_all()

    def _catch_up(self) -> None:
        """Wait until all is known here that was in the stream before. Raises AccountsUnavailable."""
        try:
            self._shelf.propose(())
        except ChatError as error:
            raise AccountsUnavailable(str(error)) from error

    def _claimed(self, client: Client, found: KeptVisit) -> Stay | None:
        """Return what a client is about to take up, None if that is over. Raises Leave if another was faster."""
        with self._changed:
            stay, claimed = self._stays.get(found.visit), self._claims.get(client.id)
        if stay is not None and claimed != found.visit:
            raise Leave(TAKEN_UP)
        return stay

    def _await_loss(self, visit: str) -> bool:
        """Wait until a visit's connection has ended everywhere; return whether it has."""

        def has_ended() -> bool:
            stay = self._stays.get(visit)
            return stay is None or stay.kept is not None

        with self._changed:
            return self._changed.wait_for(has_ended, self._around.wait_s)

    def _may_return(self, found: KeptVisit) -> bool:
        """Return whether nothing has happened that ends a visit while it is lost."""
        around = self._around
        login = around.keys.account(found.account) if found.account else None
        is_banned = any(around.bans.covers(ban, found.nick, found.host) for ban in around.bans.all())
        return proof_of(login) == found.proof and not is_banned

    def _kept(self, client_id: int) -> KeptVisit | None:
        """Return what of a client that is here would come back."""
        if client_id not in self._known:
            self._known = {client.id: client for client in self._around.registry.clients()}
        client = self._known.get(client_id)
        return kept(client) if client is not None else None

    def _stay(self, visit: str) -> Stay | None:
        with self._changed:
            return self._stays.get(visit)
