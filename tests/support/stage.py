"""Handlers on a stage: a registry, a stream that records, and services that a test can set. No sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple, cast

from chatcore.commands.context import Context, Local
from chatcore.commands.dispatch import dispatch, read_command
from chatcore.commands.invitations import Redeemed
from chatcore.commands.response import Response
from chatcore.commands.services import Archive, Headcount, Verdict
from chatcore.commands.steps import take
from chatcore.commands.table import Command
from chatcore.config import Config
from chatcore.errors import AccountsUnavailable, ChatError
from chatcore.protocol.invitations import RANDOM_BYTES, Invitation, Link, make_invitation
from chatcore.protocol.message import Message, parse
from chatcore.protocol.names import mask_matches
from chatcore.server.archive.off import NoArchive
from chatcore.state.client import Client
from chatcore.state.credentials import Credentials, Right
from chatcore.state.credit import Credit
from chatcore.state.dormant import DormantRoom
from chatcore.state.events import Event
from chatcore.state.facts import Quit
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
from chatcore.state.kept_visit import KeptVisit, Seat
from chatcore.state.registry import Registry
from chatcore.state.requests import Replied, Reply
from chatcore.state.steps import Step
from chatcore.state.stream import Label, Stream

STARTED_AT = 1_700_000_000.0


class Outcome(NamedTuple):
    """The results of one line: replies, published or not; other published events; its price; the visit's end."""

    replies: list[Reply]
    events: tuple[Event, ...]
    tokens: float
    end_reason: str | None

    @property
    def codes(self) -> list[str]:
        """Return the replies' numerics and commands."""
        return [reply[0] for reply in self.replies]


@dataclass
class StageKeys:
    """Passwords in clear. An account's password is its salt: nothing is derived."""

    password: str = ""
    operators: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    rights: dict[str, Right] = field(default_factory=dict)  # by account
    public: dict[str, bytes] = field(default_factory=dict)  # the one public key that an account has
    is_unavailable: bool = False

    @property
    def needs_password(self) -> bool:
        """See Keys."""
        return bool(self.password)

    def is_password(self, password: str) -> bool:
        """See Keys."""
        return password == self.password

    def is_operator(self, name: str, password: str) -> bool:
        """See Keys."""
        return self.operators.get(name) == password

    def account(self, name: str) -> Credentials | None:
        """See Keys."""
        if self.is_unavailable:
            raise AccountsUnavailable("a test has taken them away")
        return _credentials(name, self.accounts[name]) if name in self.accounts else None

    def account_by_key(self, name: str, key: bytes) -> Credentials | None:
        """See Keys."""
        found = self.account(name)
        return found if self.public.get(name) == key else None

    def has_right(self, login: Credentials, right: Right) -> bool:
        """See Keys."""
        name = login.account or ""
        return self.account(name) is not None and self.rights.get(name) == right

    def login(self, name: str) -> Credentials:
        """See Keys."""
        return self.account(name) or _credentials(None, self.password)

    def is_proof(self, credentials: Credentials, password: str) -> bool:
        """See Keys."""
        return credentials.salt == password.encode() != b""


def _credentials(name: str | None, password: str) -> Credentials:
    return Credentials(name, password.encode(), b"", b"", 4096, f"id-of-{name}" if name else "")


@dataclass
class StageRegistrar:
    """Makes accounts in the keys, unless `refusal` says why not. `while_deriving` is called meanwhile."""

    keys: StageKeys
    refusal: str = ""
    while_deriving: Callable[[], object] = lambda: None

    def password_problem(self, password: str) -> str | None:
        """See Registrar."""
        return None if password else "a password cannot be empty"

    def password_weakness(self, password: str, name: str) -> str | None:
        """See Registrar."""
        return "that can be guessed" if len(password) < 8 else None

    def make(self, client: Client, name: str, password: str, is_free: Callable[[], bool]) -> Credentials | None:
        """See Registrar."""
        known = self.keys.account(name)
        if self.refusal:
            raise ChatError(self.refusal)
        self.while_deriving()
        if known is not None or not is_free():
            return None
        self.keys.accounts[name] = password
        return self.keys.account(name)


@dataclass
class StageBans:
    """Bans in a list; `problem` keeps it from being changed. Networks are those that end in a dot."""

    bans: list[str] = field(default_factory=list)
    problem: str = ""

    def add(self, ban: str) -> bool:
        """See BanList."""
        return self._change(self.bans.append, ban, ban not in self.bans)

    def remove(self, ban: str) -> bool:
        """See BanList."""
        return self._change(self.bans.remove, ban, ban in self.bans)

    def all(self) -> list[str]:
        """See BanList."""
        return list(self.bans)

    def covers(self, ban: str, nick: str, host: str) -> bool:
        """See BanList."""
        return mask_matches(ban, nick) or ban == host or (ban.endswith(".") and host.startswith(ban))

    def _change(self, change: Callable[[str], None], ban: str, is_needed: bool) -> bool:
        if self.problem:
            raise ChatError(self.problem)
        if is_needed:
            change(ban)
        return is_needed


@dataclass
class StageArchive(NoArchive):
    """An archive that finds what a test gives it. `asked` has who asked for what, `pasts` from where."""

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
class StageResumption:
    """Visits by their tokens. Tokens are counted. `is_full`: none can be given."""

    visits: dict[str, KeptVisit] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    login: Credentials | None = None  # the account of the resumed visit
    taken: KeptVisit | None = None
    is_over: bool = False  # so that taking the visit fails
    is_full: bool = False
    noted: list[tuple[str, ...]] = field(default_factory=list)

    def find(self, token: str, client: Client) -> tuple[KeptVisit, Credentials | None] | None:
        """See Resumption."""
        self.used.add(token)
        self.taken = self.visits.pop(token, None)
        return (self.taken, self.login) if self.taken is not None else None

    def was_good(self, token: str) -> bool:
        """See Resumption."""
        return token.startswith("old")

    def take(self, client: Client, found: KeptVisit) -> KeptVisit | None:
        """See Resumption."""
        return None if self.is_over else self.taken

    def give(self, client: Client, nick: str) -> str:
        """See Resumption."""
        return "" if self.is_full else f"token-of-{nick}"

    def arrive(self, client: Client) -> None:
        """See Resumption."""
        self.noted.append(("arrive", client.nick))

    def withdraw(self, client: Client) -> None:
        """See Resumption."""
        self.noted.append(("withdraw", client.nick))

    def note(self, client: Client) -> None:
        """See Resumption."""
        self.noted.append(("note", client.nick))

    def end(self, client: Client) -> None:
        """See Resumption."""
        self.noted.append(("end", client.nick))

    def depart(self, client: Client, *, is_lost: bool) -> bool:
        """See Resumption."""
        self.noted.append(("depart", client.nick))
        return False

    def note_seats(self, client: Client, seats: Iterable[Seat]) -> None:
        """See Resumption."""


@dataclass
class StageInvitations:
    """Invitations of one use, as StageKeys has passwords; the client that has used one may come again."""

    texts: list[str] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)  # by id
    guests: dict[str, str] = field(default_factory=dict)  # nicks by id
    problem: str = ""  # why none can be made
    made: list[tuple[str, str, int, float]] = field(default_factory=list)

    def add(self, number: int) -> Invitation:
        """Add one, and return it."""
        invitation = make_invitation(number.to_bytes(RANDOM_BYTES, "little"))
        self.texts.append(invitation.text)
        return invitation

    def make(self, by: str, room: str, uses: int, hours: float) -> tuple[Invitation, float]:
        """See Invitations."""
        if self.problem:
            raise ChatError(self.problem)
        self.made.append((by, room, uses, hours))
        return self.add(len(self.made)), STARTED_AT + hours * 3600

    def revoke(self, invitation_id: str, by: str | None = None) -> str | None:
        """See Invitations. The first is the maker's."""
        mine = [text[4:10] for text in self.texts][:1] if by and self.made and self.made[0][0] == by else []
        known = [text[4:10] for text in self.texts] if by is None else mine
        return self.made[0][1] if invitation_id in known else None

    def credentials(self, name: str) -> Credentials | None:
        """See Invitations."""
        texts = {text[:10]: text for text in self.texts}
        return _credentials(None, texts[name])._replace(invitation=name[4:]) if name in texts else None

    def refusal(self, invitation_id: str, block: str) -> str:
        """See Invitations."""
        return self.refusals.get(invitation_id, "")

    def redeem(self, invitation_id: str, nick: str, block: str) -> Redeemed:
        """See Invitations."""
        before = self.guests.setdefault(invitation_id, "")
        refusal = self.refusal(invitation_id, block) or (
            "That invitation is used up: ask" if before not in ("", nick) else ""
        )
        self.guests[invitation_id] = before or nick
        return Redeemed(refusal, not refusal and not before)

    def give_back(self, invitation_id: str, nick: str, block: str) -> None:
        """See Invitations."""
        assert self.guests.pop(invitation_id) == nick


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


class _Record:
    """The part of a Stream that handlers know; keeps what is appended."""

    def __init__(self) -> None:
        self.appended: list[tuple[Event, ...]] = []
        self.position = 0
        self.sequence = "0123456789"
        self.labels: list[Label | None] = []

    def append(self, events: tuple[Event, ...], credit: Credit | None = None, label: Label | None = None) -> None:
        self.appended.append(events)
        self.position += 1
        self.labels.append(label)


class Actor:
    """One client, and the results of its lines."""

    def __init__(self, stage: Stage, ctx: Context) -> None:
        self.client = ctx.client
        self.ctx = ctx
        self._stage = stage

    def says(self, line: str | bytes) -> Outcome:
        """Run one line, as the client's own thread would."""
        appended = self._stage.stream.appended
        before = len(appended)
        message, command = read_command(line.encode() if isinstance(line, str) else line)
        return self._outcome(dispatch(self.ctx, message, command, self._stage.run), before)

    def _outcome(self, response: Response, before: int) -> Outcome:
        new = [events for events in self._stage.stream.appended[before:] if not isinstance(events[0], Quit)]
        assert len(new) <= 1, "a command's whole output is one append"
        events = new[0] if new else ()
        published = [event for event in events if isinstance(event, Replied)]
        if events and self.client.is_registered:
            answers = [event for event in published if event.is_answer]
            assert [reply for event in answers for reply in event.replies] == response.replies
        rest = tuple(event for event in events if not isinstance(event, Replied))
        return Outcome(response.replies, rest, response.tokens, response.end_reason)


class Stage:
    """The whole of it. One thread."""

    def __init__(self, **settings: object) -> None:
        """`settings` are of the Config."""
        self.config = Config(server_name="tracker.chat", **settings)  # type: ignore[arg-type]
        self.services = StageServices(leave=self.leave)
        self.registry = Registry(self.services.now)
        self.services.people = self.registry.clients
        self.stream = _Record()
        self._ids = count(1)

    def stranger(self, host: str = "192.0.2.1") -> Actor:
        """Return a client that has said nothing yet."""
        number = next(self._ids)
        client = Client(number, host, 40000 + number, Credit(64))
        client.connected_at = self.services.now()
        stream = cast("Stream", self.stream)
        return Actor(self, Context(client, self.registry, self.config, stream, self.services, self.carry))

    def actor(self, nick: str, *rooms: str, caps: str = "", host: str = "192.0.2.1") -> Actor:
        """Return a client that is in, and in these rooms."""
        actor = self.stranger(host)
        lines = ["CAP LS 302", f"CAP REQ :{caps}", "CAP END"] if caps else []
        for line in (*lines[:2], f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}", *lines[2:]):
            actor.says(line)
        for room in rooms:
            actor.says(f"JOIN {room}")
        assert actor.client.is_registered
        return actor

    def lay_down(self, rooms: Iterable[DormantRoom]) -> None:
        """Make rooms that exist from before."""
        self.registry.lay_down(rooms)

    def carry(self, ctx: Context, step: Step, local: Local | None) -> bool:
        """See Context.carry: alone."""
        return take(ctx, step, local)

    def run(self, ctx: Context, message: Message, command: Command) -> None:
        """Run a handler: alone."""
        command.handler(ctx, message)

    def leave(self, client: Client) -> None:
        """Let a client leave, as its thread would (server.visit)."""
        with self.registry.hold_channels_of(client) as channels:
            for channel in channels:
                channel.remove_locked(client)
            quit_event = Quit(client.id, "Quit", False)
            self.registry.release_nick(client, lambda: self.stream.append((quit_event,)))


def reply(text: str) -> Reply:
    """Return a reply as it would be written: `reply("403 #x :There is no such room")`."""
    message = parse(text)
    return (message.command, *message.params)
