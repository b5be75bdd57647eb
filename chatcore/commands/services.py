"""What handlers may ask of the tracker around them, as protocols: its clocks, passwords, bans and visits.

Handlers read no clock and open no file: what they do follows from the command, the state, and these answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from chatcore.commands.invitations import Invitations
from chatcore.protocol.invitations import Invitation, Link
from chatcore.state.client import Client
from chatcore.state.credentials import Credentials, Right
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


class Keys(Protocol):
    """Who knows which password. Every method may be called by any thread."""

    @property
    def needs_password(self) -> bool:
        """Return whether a server password is set."""

    def is_password(self, password: str) -> bool:
        """Return whether this is the server password, in constant time."""

    def is_operator(self, name: str, password: str) -> bool:
        """Return whether these are the credentials of an IRC operator in the configuration."""

    def account(self, name: str) -> Credentials | None:
        """Return an account's credentials, None if there is no such account. Raises AccountsUnavailable."""

    def account_by_key(self, name: str, key: bytes) -> Credentials | None:
        """Return an account's credentials if this public key, as SSH sends it, is one of its keys; None if not.

        Raises AccountsUnavailable.
        """

    def has_right(self, login: Credentials, right: Right) -> bool:
        """Return whether the operator lets the account with these credentials do that. Raises AccountsUnavailable."""

    def login(self, name: str) -> Credentials:
        """Return what somebody who logs in as `name` has to prove; credentials that nothing matches if nothing can.

        Raises AccountsUnavailable.
        """

    def is_proof(self, credentials: Credentials, password: str) -> bool:
        """Return whether the credentials were made from this password. Takes milliseconds."""


class Registrar(Protocol):
    """Makes accounts for people who ask for one. Any thread without a lock: `make` waits for a disk."""

    def password_problem(self, password: str) -> str | None:
        """Return why this cannot be a password, in words that do not repeat it; None if it can."""

    def password_weakness(self, password: str, name: str) -> str | None:
        """Return why others could guess the password of the account `name`; None if it is not plain to see.

        For clients that have proven the server password, if there is one: it is compared.
        """

    def make(self, client: Client, name: str, password: str, is_free: Callable[[], bool]) -> Credentials | None:
        """Make an account, unless the name is taken (None) or `is_free`, asked at the last moment, denies it.

        Raises AccountsUnavailable, and ChatError, in words for the client, if it may not make one now. Takes
        milliseconds, of which few do at once, and waits for a disk. The client's own thread.
        """


class BanList(Protocol):
    """Whom the whole tracker keeps out. Any thread without a lock: a change waits for a disk."""

    def add(self, ban: str) -> bool:
        """Ban a username (with * and ?), an address or a network; return False if it was already. Raises ChatError."""

    def remove(self, ban: str) -> bool:
        """Lift a ban; return False if there was none. Raises ChatError."""

    def all(self) -> list[str]:
        """Return the bans, oldest first."""

    def covers(self, ban: str, nick: str, host: str) -> bool:
        """Return whether this ban, in force or not, is one of somebody with this nick ('': none) from this address."""


class Archive(Protocol):
    """What was said before, as far as its seeker may read it.

    Any thread without a lock: every method waits for a disk, some seconds at most, and raises ArchiveUnavailable.
    """

    is_on: bool
    """Whether anything is kept beyond memory; if not, nothing else here is asked."""

    def room_past(self, seeker: Seeker, room: str, query: HistoryQuery, kinds: Kinds) -> Past:
        """Return what the archive holds of the answer to a question about a room (casefolded) that the seeker is in."""

    def dialog_past(self, seeker: Seeker, other: str, query: HistoryQuery, kinds: Kinds) -> Past:
        """Do as `room_past` does for the private conversation with another identity."""

    def latest_times(self, seeker: Seeker) -> dict[str, tuple[int, int]]:
        """Return when something was last said in each of the seeker's rooms: the order time and the shown one (ms)."""

    def conversations(self, seeker: Seeker) -> list[Conversation]:
        """Return the seeker's private conversations, the latest first; with visits not more than some thousands."""

    def find(self, seeker: Seeker, id_: int, *, room: str = "", other: str = "") -> Utterance | None:
        """Return the message, TAGMSG or reaction with this id, if it was said in a room (casefolded) or with somebody.

        None also if the seeker may not read it.
        """

    def search(self, seeker: Seeker, query: SearchQuery) -> tuple[Recorded, ...]:
        """Return what is found, oldest first. Raises NothingToFind, too."""

    def gaps(self) -> tuple[Gap, ...]:
        """Return where something may be missing, oldest first. Waits for nothing."""


class Resumption(Protocol):
    """Visits that were lost and can be taken up again, by a token (docs/resume.md).

    The client's own thread, without a lock: what is known has to outlive the tracker, and is written to a file.
    """

    def find(self, token: str, client: Client) -> tuple[KeptVisit, Credentials | None] | None:
        """Return what a token is for, to which the client has the claim from now on, and as whom it logs in by that.

        None if it is good for nothing. Raises AccountsUnavailable.
        """

    def was_good(self, token: str) -> bool:
        """Return whether a token was good once, so that nobody is guessing."""

    def take(self, client: Client, found: KeptVisit) -> KeptVisit | None:
        """End the connection that the visit may still have, and return it as it was last; None if it is over.

        Waits for that, a few seconds. Raises Leave if it takes longer, or if another connection takes the visit up;
        AccountsUnavailable.
        """

    def give(self, client: Client, nick: str) -> str:
        """Return a token for the client, which is in under this nick or about to be; '' if none can be kept.

        Raises Leave if another connection takes the visit up.
        """

    def arrive(self, client: Client) -> None:
        """Have the token that was given last be the good one, now that the client is in. In the step that says so."""

    def withdraw(self, client: Client) -> None:
        """Have the token that was given last be good for nothing, as the client is not in yet."""

    def note(self, client: Client) -> None:
        """Note what the client is like now."""

    def end(self, client: Client) -> None:
        """Have the client's token be good for nothing: it does not want one any more. In the step that says so."""

    def depart(self, client: Client, *, is_lost: bool) -> bool:
        """Note that a client leaves; return whether its visit may be resumed."""

    def note_seats(self, client: Client, seats: Iterable[Seat]) -> None:
        """Note in which rooms it was, if it may."""


class Headcount(NamedTuple):
    """How many are invisible, IRC operators and not registered yet, the most ever at once, and public rooms."""

    invisible: int
    operators: int
    unknown: int
    most: int
    rooms: int


class Verdict(NamedTuple):
    """The result of a guess at a password."""

    is_right: bool
    hold_s: float = 0.0  # how long to hold back the answer
    refusal: str = ""  # why the password was not even compared, in words

    def noted(self, reason: str) -> str:
        """Return `reason`, why a login is refused, as it goes into the log."""
        return f"{reason} (not compared)" if self.refusal else reason


class Services(Protocol):
    """What handlers may ask of the tracker around them. Every method may be called by any thread."""

    started_at: float  # Unix time, s

    def now(self) -> float:
        """Return the Unix time, s."""

    def monotonic(self) -> float:
        """Return the time of a clock that is never set, s: for how long somebody has been idle."""

    @property
    def keys(self) -> Keys:
        """Return who checks passwords."""

    @property
    def invitations(self) -> Invitations:
        """Return what knows the invitations."""

    def links(self, client: Client, invitation: Invitation | None, room: str, room_key: str) -> list[Link]:
        """Return the links by which people come here, that with the name under which the client came first."""

    @property
    def registrar(self) -> Registrar:
        """Return who makes accounts."""

    @property
    def bans(self) -> BanList:
        """Return whom the tracker keeps out."""

    @property
    def archive(self) -> Archive:
        """Return what answers from before."""

    def recall(self, seeker: Seeker, place: Place, id_: int) -> Utterance | None:
        """Return the message with this id, if it was said there, and is kept, and the seeker may read it.

        The client's own thread, without a lock: waits some seconds at most. Raises ArchiveUnavailable.
        """

    @property
    def resumption(self) -> Resumption:
        """Return what knows the visits that can be resumed."""

    @property
    def has_others(self) -> bool:
        """Return whether other trackers may have this chat too."""

    @property
    def is_log_writable(self) -> bool:
        """Return whether what is said can be logged, and so can be accepted."""

    def ban_on(self, nick: str, host: str) -> str | None:
        """Return why somebody may not come in, or None."""

    def covered(self, ban: str) -> list[Client]:
        """Return who is here, or on the way in, and covered by a ban."""

    def may_change_nick(self, client: Client) -> bool:
        """Count a change of nick; return whether it is allowed. The client's own thread."""

    def shown_host(self, client: Client) -> str:
        """Return what others see as the client's host: the address, or what stands for it."""

    def note_proven(self, client: Client, invitation: str = "") -> None:
        """Note that the client knows the password, or has an invitation, of this id: it counts as present."""

    def guess(self, client: Client, is_right: Callable[[], bool]) -> Verdict:
        """Compare a password, by `is_right`, if the client's address may guess now. Nothing else compares one.

        May wait for a turn. Raises Leave if the client is gone. The client's own thread.
        """

    def disconnect(self, client: Client, reason: str) -> None:
        """End somebody's visit."""

    def evict(self, holder: Client, reason: str) -> None:
        """End somebody's visit and wait until the nick is free, a few seconds at most."""

    def headcount(self, max_age_s: float = 0.0) -> Headcount:
        """Count everybody and every room, or return a count that is at most this old."""

    def probe(self, holder: Client) -> None:
        """Start to find out whether a nick's silent holder is still there; free the nick if not."""

    def is_there(self, holder: Client, asker: Client) -> bool:
        """Find that out for `asker`, whose thread this is, waiting until it is known."""
