"""The tracker around handlers, as a test sets it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from chatcore.commands.services import Archive, Headcount, Verdict
from chatcore.protocol.invitations import Invitation, Link
from chatcore.server.archive.off import NoArchive
from chatcore.state.client import Client
from chatcore.state.history import (
    Conversation,
    Gap,
    HistoryQuery,
    Kinds,
    Past,
    Place,
    Recorded,
    SearchQuery,
    Seeker,
    Utterance,
)
from tests.support.stage_admission import (
    STARTED_AT,
    StageBans,
    StageInvitations,
    StageKeys,
    StageRegistrar,
    StageResumption,
)


@dataclass
class StageArchive(NoArchive):
    """An archive that finds what a test gives it. `asked` has the searches, `pasts` the history queries."""

    is_on: bool = True
    found: tuple[Recorded, ...] = ()
    partners: list[Conversation] = field(default_factory=list)
    times: dict[str, tuple[int, int]] = field(default_factory=dict)
    missing: tuple[Gap, ...] = ()
    refusal: Exception | None = None
    asked: list[tuple[Seeker, SearchQuery]] = field(default_factory=list)
    pasts: list[tuple[str, HistoryQuery, Kinds]] = field(default_factory=list)

    def room_past(self, seeker: Seeker, room: str, query: HistoryQuery, kinds: Kinds) -> Past:
        """See Archive."""
        return self._past(seeker.rooms[room], room, query, kinds)

    def dialog_past(self, seeker: Seeker, other: str, query: HistoryQuery, kinds: Kinds) -> Past:
        """See Archive."""
        return self._past(frozenset((seeker.identity, other)), other, query, kinds)

    def _past(self, place: int | frozenset[str], where: str, query: HistoryQuery, kinds: Kinds) -> Past:
        if self.refusal is not None:
            raise self.refusal
        self.pasts.append((where, query, kinds))
        return Past(place, self.found, 99)

    def latest_times(self, seeker: Seeker) -> dict[str, tuple[int, int]]:
        """See Archive."""
        if self.refusal is not None:
            raise self.refusal
        return self.times

    def conversations(self, seeker: Seeker) -> list[Conversation]:
        """See Archive."""
        return self.partners

    def search(self, seeker: Seeker, query: SearchQuery) -> tuple[Recorded, ...]:
        """See Archive."""
        self.asked.append((seeker, query))
        if self.refusal is not None:
            raise self.refusal
        return self.found

    def gaps(self) -> tuple[Gap, ...]:
        """See Archive."""
        return self.missing


@dataclass
class StageServices:
    """The tracker around the handlers. `asked` has their requests."""

    keys: StageKeys = field(default_factory=StageKeys)
    bans: StageBans = field(default_factory=StageBans)
    time: float = STARTED_AT
    started_at: float = STARTED_AT
    is_log_writable: bool = True
    has_others: bool = False
    banned: set[str] = field(default_factory=set)
    refusal: str = ""  # called for every guess, before it is compared
    may_rename: bool = True
    ghosts: set[str] = field(default_factory=set)  # nicks whose holders do not answer
    asked: list[tuple[str, ...]] = field(default_factory=list)
    recalled: Callable[[Seeker, Place, int], Utterance | None] = lambda seeker, place, id_: None
    archive: Archive = field(default_factory=NoArchive)
    resumption: StageResumption = field(default_factory=StageResumption)
    invitations: StageInvitations = field(default_factory=StageInvitations)
    leave: Callable[[Client], None] = lambda client: None
    people: Callable[[], list[Client]] = list

    def __post_init__(self) -> None:
        self.registrar = StageRegistrar(self.keys)

    def recall(self, seeker: Seeker, place: Place, id_: int) -> Utterance | None:
        """See Services."""
        return self.recalled(seeker, place, id_)

    def now(self) -> float:
        """See Services."""
        return self.time

    def monotonic(self) -> float:
        """See Services."""
        return self.time - STARTED_AT

    def links(self, client: Client, invitation: Invitation | None, room: str, room_key: str) -> list[Link]:
        """See Services."""
        return [Link(host, 8000, room, invitation, room_key) for host in ("10.0.0.1", "fd00::1")]

    def ban_on(self, nick: str, host: str) -> str | None:
        """See Services."""
        return "You are banned" if nick in self.banned else None

    def covered(self, ban: str) -> list[Client]:
        """See Services."""
        people = sorted(self.people(), key=lambda client: client.id)
        return [client for client in people if self.bans.covers(ban, client.nick, client.host)]

    def may_change_nick(self, client: Client) -> bool:
        """See Services."""
        return self.may_rename

    def shown_host(self, client: Client) -> str:
        """See Services."""
        return client.host

    def note_proven(self, client: Client, invitation: str = "") -> None:
        """See Services."""
        self.asked.append(("note_proven", str(client.id)))

    def guess(self, client: Client, is_right: Callable[[], bool]) -> Verdict:
        """See Services."""
        return Verdict(False, refusal=self.refusal) if self.refusal else Verdict(is_right())

    def disconnect(self, client: Client, reason: str) -> None:
        """See Services."""
        self.asked.append(("disconnect", client.nick, reason))

    def evict(self, holder: Client, reason: str) -> None:
        """See Services."""
        self.asked.append(("evict", holder.nick, reason))
        self.leave(holder)

    def headcount(self, max_age_s: float = 0.0) -> Headcount:
        """See Services."""
        return Headcount(invisible=1, operators=2, unknown=3, most=4, rooms=5)

    def probe(self, holder: Client) -> None:
        """See Services."""
        self.asked.append(("probe", holder.nick))

    def is_there(self, holder: Client, asker: Client) -> bool:
        """See Services."""
        if holder.nick not in self.ghosts:
            return True
        self.leave(holder)
        return False
