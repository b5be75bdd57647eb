"""Protocols for what handlers need from the tracker around them: its clocks, passwords, bans and visits.

Handlers read no clock and open no file: what they do depends only on the command, the state, and these services.
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
    """Checks passwords and keys. Any thread may call every method."""

    @property
    def needs_password(self) -> bool:
        """Return whether a server password is set."""

    def is_password(self, password: str) -> bool:
        """Return whether this is the server password, in constant time."""

    def is_operator(self, name: str, password: str) -> bool:
        """Return whether these are the credentials of an IRC operator in the configuration."""

    def account(self, name: str) -> Credentials | None:
        """Return an account's credentials; None if there is no such account. Raises AccountsUnavailable."""

    def account_by_key(self, name: str, key: bytes) -> Credentials | None:
        """Return an account's credentials if this public key, as SSH sends it, is one of its keys; None if not.

        Raises AccountsUnavailable.
        """

    def has_right(self, login: Credentials, right: Right) -> bool:
        """Return whether the operator has given the account with these credentials this right.

        Raises AccountsUnavailable.
        """

    def login(self, name: str) -> Credentials:
        """Return the credentials that a login as `name` must prove; unmatchable ones if there are none.

        Raises AccountsUnavailable.
        """

    def is_proof(self, credentials: Credentials, password: str) -> bool:
        """Return whether the credentials were made from this password. Takes milliseconds."""


class Registrar(Protocol):
    """Makes accounts for people who ask for one. Any thread without a lock: `make` waits for the disk."""

    def password_problem(self, password: str) -> str | None:
        """Return why this cannot be a password, in words that do not contain it; None if it can."""

    def password_weakness(self, password: str, name: str) -> str | None:
        """Return why the password of the account `name` is easy to guess; None if it is not obviously weak.

        Only for clients that have proven the server password, if there is one, because the two are compared.
        """

    def make(self, client: Client, name: str, password: str, is_free: Callable[[], bool]) -> Credentials | None:
        """Make an account; return None if the name is taken, or if `is_free`, called at the last moment, returns False.

        Raises AccountsUnavailable, and ChatError, in words for the client, if it may not make one now. Waits for a
        turn, computes for milliseconds, and waits for the disk. The client's own thread.
        """


class BanList(Protocol):
    """The bans from the whole tracker. Any thread without a lock: a change waits for the disk."""

    def add(self, ban: str) -> bool:
        """Ban a username (with * and ?), address or network; return False if it was banned before. Raises ChatError."""

    def remove(self, ban: str) -> bool:
        """Lift a ban; return False if there was none. Raises ChatError."""

    def all(self) -> list[str]:
        """Return the bans, oldest first."""

    def covers(self, ban: str, nick: str, host: str) -> bool:
        """Return whether this ban, in force or not, covers a client with this nick ('': none) and address."""


class Archive(Protocol):
    """Earlier messages, as far as the seeker may read them.

    Any thread without a lock: except for `gaps`, methods wait for the disk, a few seconds at most, and raise
    ArchiveUnavailable.
    """

    is_on: bool
    """Whether messages are kept beyond memory; if not, nothing else here is called."""

    def room_past(self, seeker: Seeker, room: str, query: HistoryQuery, kinds: Kinds) -> Past:
        """Return the archive's part of the answer to a query about a room (casefolded) that the seeker is in."""

    def dialog_past(self, seeker: Seeker, other: str, query: HistoryQuery, kinds: Kinds) -> Past:
        """Do the same as `room_past` for the private conversation with another identity."""

    def latest_times(self, seeker: Seeker) -> dict[str, tuple[int, int]]:
        """Return the time of the last message in each of the seeker's rooms, for sorting and as shown (both ms)."""

    def conversations(self, seeker: Seeker) -> list[Conversation]:
        """Return the seeker's private conversations, latest first; at most some thousands with visits."""

    def find(self, seeker: Seeker, id_: int, *, room: str = "", other: str = "") -> Utterance | None:
        """Return the message, TAGMSG or reaction with this id in a room (casefolded) or a conversation.

        None if it is not there, or if the seeker may not read it.
        """

    def search(self, seeker: Seeker, query: SearchQuery) -> tuple[Recorded, ...]:
        """Return the lines found, oldest first. Also raises NothingToFind."""

    def gaps(self) -> tuple[Gap, ...]:
        """Return where messages may be missing, oldest first. Does not wait."""


class Resumption(Protocol):
    """Visits that can be resumed by a token after their connection was lost (docs/resume.md).

    The client's own thread, without a lock: the visits outlive the tracker, so changes are written to a file.
    """

    def find(self, token: str, client: Client) -> tuple[KeptVisit, Credentials | None] | None:
        """Return the visit that a token belongs to, and the login that comes with it; the client now claims that visit.

        None if the token is not valid. Raises AccountsUnavailable.
        """

    def was_good(self, token: str) -> bool:
        """Return whether a token was valid once, so that it is not a guess."""

    def take(self, client: Client, found: KeptVisit) -> KeptVisit | None:
        """End the connection that the visit may still have, and return the visit's last state; None if it has ended.

        Waits a few seconds for the connection to end. Raises Leave if it takes longer, or if another connection resumes
        the visit; AccountsUnavailable.
        """

    def give(self, client: Client, nick: str) -> str:
        """Return a token for the client, which has this nick or is about to get it; '' if none can be stored.

        Raises Leave if another connection resumes the visit.
        """

    def arrive(self, client: Client) -> None:
        """Make the token given last valid. Called within the step that lets the client in or gives it RESUME."""

    def withdraw(self, client: Client) -> None:
        """Invalidate the token given last, because the client did not come in."""

    def note(self, client: Client) -> None:
        """Record the client's state."""

    def end(self, client: Client) -> None:
        """Invalidate the client's token. Called within the step that takes RESUME away from it."""

    def depart(self, client: Client, *, is_lost: bool) -> bool:
        """Record that a client leaves; return whether its visit may be resumed."""

    def note_seats(self, client: Client, seats: Iterable[Seat]) -> None:
        """Record the rooms in which a client was whose visit may be resumed."""


class Headcount(NamedTuple):
    """Counts of invisible clients, IRC operators, unregistered clients, the most clients ever at once, public rooms."""

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
        """Return the reason why a login is refused, in the log's form."""
        return f"{reason} (not compared)" if self.refusal else reason


class Services(Protocol):
    """The tracker's services for handlers. Any thread may call every method."""

    started_at: float  # Unix time, s

    def now(self) -> float:
        """Return the Unix time, s."""

    def monotonic(self) -> float:
        """Return the time of a clock that nobody sets, s, to measure how long somebody has been idle."""

    @property
    def keys(self) -> Keys:
        """Return the service that checks passwords."""

    @property
    def invitations(self) -> Invitations:
        """Return the invitations."""

    def links(self, client: Client, invitation: Invitation | None, room: str, room_key: str) -> list[Link]:
        """Return the links to this chat, first the one with the host name that the client itself used."""

    @property
    def registrar(self) -> Registrar:
        """Return the service that makes accounts."""

    @property
    def bans(self) -> BanList:
        """Return the bans from the tracker."""

    @property
    def archive(self) -> Archive:
        """Return the archive of earlier messages."""

    def recall(self, seeker: Seeker, place: Place, id_: int) -> Utterance | None:
        """Return the message with this id, if it is in this place, is still kept, and the seeker may read it.

        The client's own thread, without a lock: waits a few seconds at most. Raises ArchiveUnavailable.
        """

    @property
    def resumption(self) -> Resumption:
        """Return the visits that can be resumed."""

    @property
    def has_others(self) -> bool:
        """Return whether other trackers may serve this chat, too."""

    @property
    def is_log_writable(self) -> bool:
        """Return whether the log can be written; if not, nothing may be accepted."""

    def ban_on(self, nick: str, host: str) -> str | None:
        """Return the ban that keeps this nick or host out, in words; None if there is none."""

    def covered(self, ban: str) -> list[Client]:
        """Return the clients, here or still registering, that a ban covers."""

    def may_change_nick(self, client: Client) -> bool:
        """Count a change of nick; return whether it is allowed. The client's own thread."""

    def shown_host(self, client: Client) -> str:
        """Return the client's host as others see it: its address, or a substitute."""

    def note_proven(self, client: Client, invitation: str = "") -> None:
        """Note that the client has proven the password or, with its id, an invitation: it counts as present."""

    def guess(self, client: Client, is_right: Callable[[], bool]) -> Verdict:
        """Call `is_right` to compare a password, if the client's address may guess now. Nothing else compares one.

        May wait for a turn. Raises Leave if the client is gone. The client's own thread.
        """

    def disconnect(self, client: Client, reason: str) -> None:
        """End a client's visit."""

    def evict(self, holder: Client, reason: str) -> None:
        """End a client's visit and wait until its nick is free, a few seconds at most."""

    def headcount(self, max_age_s: float = 0.0) -> Headcount:
        """Return a count of all clients and rooms that is at most this old."""

    def probe(self, holder: Client) -> None:
        """Start to find out whether the nick's holder, if silent, is still there; free the nick if it is not."""

    def is_there(self, holder: Client, asker: Client) -> bool:
        """Wait until it is known whether the nick's holder is still there, and return that. The asker's own thread."""
