"""What command handlers may ask of this tracker: implements `commands.services.Services`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic, sleep

from chatcore.commands.services import Archive, Headcount, Resumption, Verdict
from chatcore.config import Config
from chatcore.protocol.invitations import Invitation, Link
from chatcore.protocol.names import casefold
from chatcore.server import ghosts
from chatcore.server.access.bans import NETWORK_BAN, Bans
from chatcore.server.access.cloak import Cloak
from chatcore.server.access.doorkeeper import Doorkeeper
from chatcore.server.access.invitations import Invitations
from chatcore.server.access.keyring import Keyring
from chatcore.server.access.registrar import AccountRegistrar
from chatcore.server.archive.off import NoArchive
from chatcore.server.audit.log import AuditLog
from chatcore.server.census import Census
from chatcore.server.chat_links import links
from chatcore.server.presence import Presence
from chatcore.server.recollection import Recollection
from chatcore.server.roster import Roster
from chatcore.state.client import Client
from chatcore.state.history import Place, RoomPlace, Seeker, Utterance

_HOST = re.compile(r"[a-z0-9.-]{1,253}")


@dataclass
class TrackerServices:
    """Answers with the help of one tracker's parts. Any thread, except where a method says which."""

    config: Config
    keys: Keyring
    bans: Bans
    log: AuditLog
    invitations: Invitations
    doorkeeper: Doorkeeper
    visits: Roster
    presence: Presence
    census: Census
    recollection: Recollection
    now: Callable[[], float]  # the Unix time, s
    monotonic: Callable[[], float] = monotonic
    cloak: Cloak = field(default_factory=Cloak)
    archive: Archive = field(default_factory=NoArchive)
    port: int = 0  # the main port
    tell: Callable[[str], None] = lambda text: None  # tells the operator something
    resumption: Resumption = field(init=False)  # set later, because it needs these services
    elsewhere: Callable[[Client, str], None] | None = None  # asks another tracker: see Clustered.ask

    def __post_init__(self) -> None:
        self.started_at = self.now()
        self.registrar = AccountRegistrar(self.keys, self.doorkeeper, self.config.limits, self.tell)

    def recall(self, seeker: Seeker, place: Place, id_: int) -> Utterance | None:
        """See Services. A message that is no longer in memory is looked up in the archive, if there is one."""
        found = self.recollection.ask(seeker.client, place, id_)
        if found is not None or not self.archive.is_on:
            return found
        if isinstance(place, RoomPlace):
            return self.archive.find(seeker, id_, room=casefold(place.name))
        others = place - {seeker.identity}
        return self.archive.find(seeker, id_, other=next(iter(others), seeker.identity))

    def links(self, client: Client, invitation: Invitation | None, room: str, room_key: str) -> list[Link]:
        """See Services. A host name in the client's TLS hello comes first."""
        found, visit = links(self.config, self.port, invitation, room, room_key), self.visits.get(client.id)
        name = visit.arrival.host_asked_for if visit is not None else ""
        if not _HOST.fullmatch(name):
            return found
        named = found[0]._replace(host=name, port=self.port)
        return [named, *(link for link in found if link.host != name)]

    @property
    def has_others(self) -> bool:
        """See Services."""
        return bool(self.config.cluster)

    @property
    def is_log_writable(self) -> bool:
        """See Services."""
        return self.log.is_writable

    def ban_on(self, nick: str, host: str) -> str | None:
        """See Services."""
        return NETWORK_BAN if self.bans.matches(nick, host) else None

    def covered(self, ban: str) -> list[Client]:
        """See Services."""
        clients = (visit.client for visit in self.visits.all() if not visit.is_ending())
        return [client for client in clients if self.bans.covers(ban, client.nick, client.host)]

    def may_change_nick(self, client: Client) -> bool:
        """See Services."""
        visit = self.visits.get(client.id)
        bucket = visit.nick_changes if visit is not None else None
        return bucket is None or bucket.try_take(self.monotonic())

    def shown_host(self, client: Client) -> str:
        """See Services."""
        return self.cloak.host(client.block) if self.config.hide_addresses else client.host

    def note_proven(self, client: Client, invitation: str = "") -> None:
        """See Services."""
        visit = self.visits.get(client.id)
        if visit is not None:
            visit.arrival.has_proven, visit.arrival.invitation = True, invitation
            visit.arrival.set_deadline(self.config.limits.nick_choice_timeout_s, "No username chosen in time")
            self.presence.prove(client.id)

    def guess(self, client: Client, is_right: Callable[[], bool]) -> Verdict:
        """See Services. The client's own thread, which gives up its turn meanwhile."""
        client.credit.turn.give()
        if client.is_local:
            return self.doorkeeper.guess_here(is_right, client.credit.pause)
        return self.doorkeeper.guess(client.block, is_right, client.credit.pause)

    def disconnect(self, client: Client, reason: str) -> None:
        """See Services."""
        visit = self.visits.get(client.id)
        if visit is not None:
            visit.end(reason, is_lost=False)
        elif self.elsewhere is not None:
            self.elsewhere(client, reason)

    def evict(self, holder: Client, reason: str) -> None:
        """See Services. Waits for the nick as long as a silent holder would have to answer."""
        visit = self.visits.get(holder.id)
        if visit is not None:
            visit.end(reason, is_lost=False)
            visit.has_left.wait(self.config.limits.ghost_timeout_s)
        elif self.elsewhere is not None and not holder.has_left:
            self.elsewhere(holder, reason)
            ghosts.await_departure(holder, self.config.limits.ghost_timeout_s, sleep)

    def headcount(self, max_age_s: float = 0.0) -> Headcount:
        """See Services."""
        return self.census.headcount(max_age_s)

    def probe(self, holder: Client) -> None:
        """See Services. Heartbeat ends a holder that does not answer."""
        visit = self.visits.get(holder.id)
        if visit is not None:
            ghosts.probe(visit, self.config.limits.ghost_timeout_s)
        elif self.elsewhere is not None:
            self.elsewhere(holder, "")

    def is_there(self, holder: Client, asker: Client) -> bool:
        """See Services. The asker's thread, holding no lock."""
        visit, asking = self.visits.get(holder.id), self.visits.get(asker.id)
        if asking is None or holder.has_left:
            return False
        if visit is None:
            if self.elsewhere is None:
                return False
            self.elsewhere(holder, "")
            return not ghosts.await_departure(holder, ghosts.PATIENCE_ELSEWHERE_S, asking.client.credit.pause)
        return ghosts.is_there(visit, asking, self.config.limits.ghost_timeout_s)
