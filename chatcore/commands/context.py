"""What a handler is given: its client, the directories, the settings, and the way to answer and to publish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import NamedTuple, Protocol

from chatcore.config import Config
from chatcore.errors import ChatError
from chatcore.state.client import Client
from chatcore.state.credentials import Credentials
from chatcore.state.events import Event
from chatcore.state.facts import Connected
from chatcore.state.registry import Registry
from chatcore.state.requests import Replied, Reply
from chatcore.state.stream import Label, Stream
from chatcore.state.throttle import TokenBucket

ANSWER_LINES_PER_TOKEN = 40
LOOKS_PER_TOKEN = 400
"""What one token of the flood control pays for: lines of a long answer, things that are looked at for one."""
LOOKS_PER_MASK = 10


class Leave(ChatError):
    """Raised by a handler to end the visit: the client said QUIT, or is refused for good."""


class Keys(Protocol):
    """Who knows which password. Every method may be called by any thread."""

    @property
    def needs_password(self) -> bool:
        """Tell whether a server password is set."""

    def is_password(self, password: str) -> bool:
        """Tell whether this is the server password, in a time that tells nothing."""

    def is_operator(self, name: str, password: str) -> bool:
        """Tell whether these are the credentials of an IRC operator in the configuration."""

    def account(self, name: str) -> Credentials | None:
        """Return an account's credentials, None when there is no such account. Raises AccountsUnavailable."""

    def login(self, name: str) -> Credentials:
        """Return what somebody who logs in as `name` has to prove; if nothing can, credentials that nothing fits.

        Raises AccountsUnavailable.
        """

    def is_proof(self, credentials: Credentials, password: str) -> bool:
        """Tell whether the credentials were made from this password. Takes milliseconds."""


class Headcount(NamedTuple):
    """How many are invisible, IRC operators, not registered yet, how many there were at once; and public rooms."""

    invisible: int
    operators: int
    unknown: int
    most: int
    rooms: int


class Verdict(NamedTuple):
    """What came of a guess at a password."""

    is_right: bool
    hold_s: float = 0.0  # for so many seconds the answer is to be held back
    refusal: str = ""  # why the password was not even compared, as words for a person


class Services(Protocol):
    """What handlers may ask of the tracker around them. Every method may be called by any thread."""

    started_at: float  # Unix time, s

    def now(self) -> float:
        """Return the Unix time, s."""

    @property
    def keys(self) -> Keys:
        """Return who checks passwords."""

    @property
    def is_log_writable(self) -> bool:
        """Tell whether what is said can be logged, and so may be accepted."""

    def ban_on(self, nick: str, host: str) -> str | None:
        """Return why somebody may not come in, or None."""

    def shown_host(self, client: Client) -> str:
        """Return what others see in place of the client's address, or the address."""

    def note_proven(self, client: Client) -> None:
        """Note that the client knows the password: it has time to choose a nick and counts as present."""

    def guess(self, client: Client, is_right: Callable[[], bool]) -> Verdict:
        """Compare a password, by `is_right`, if the client's address may guess now. Nothing else compares one.

        May wait for a turn. Raises Leave when the client is gone. The client's own thread.
        """

    def disconnect(self, client: Client, reason: str) -> None:
        """End somebody's visit."""

    def evict(self, holder: Client, reason: str) -> None:
        """End somebody's visit and wait until the nick is free, or for a few seconds."""

    def headcount(self, max_age_s: float = 0.0) -> Headcount:
        """Count what is here, which looks at everybody and every room; or return a count that is at most so old."""

    def probe(self, holder: Client) -> None:
        """Begin to find out whether a nick's silent holder is still there; free the nick if not."""

    def is_there(self, holder: Client, asker: Client) -> bool:
        """Find that out for `asker`, whose thread this is, and wait until it is known."""


class Exchange(Protocol):
    """One SASL exchange: a mechanism at work (commands.sasl)."""

    received: str  # base64 of the client's message so far
    credentials: Credentials | None  # what has been proven, once it is done

    def respond(self, data: bytes) -> bytes | None:
        """Take a whole message; return the next challenge, or None when the client has logged in.

        Raises SaslError when it has not, AccountsUnavailable.
        """


@dataclass(slots=True)
class Registration:
    """How far a client has come before it is registered."""

    nick: str = ""
    user: str = ""
    is_negotiating: bool = False
    speaks_302: bool = False  # the version of capability negotiation
    is_proven: bool = False
    is_unheard: bool = False  # a proof was offered, but the accounts could not be read
    sasl: Exchange | None = None
    failed_logins: int = 0


class Context:
    """One client's view of the tracker, used by its thread alone.

    A command's whole output is one append: handlers collect replies with `reply` and call `publish` at most once,
    with everything that happened, while they hold the locks of what they changed.
    """

    def __init__(self, client: Client, registry: Registry, config: Config, stream: Stream, tracker: Services) -> None:
        self.client = client
        self.registry = registry
        self.config = config
        self.tracker = tracker
        self.registration = Registration()
        self.replies: list[Reply] = []
        self.has_published = False
        self.more_targets = 0  # of the command, beyond the first
        self.more_answer_lines = 0  # that delivery will write, about so many
        self.looks = 0  # how many rooms or clients had to be looked at
        self.label: Label | None = None
        self.channel_binding: bytes | None = None  # of the TLS connection: tls-server-end-point (RFC 5929)
        self._stream = stream
        per_minute = config.limits.nick_changes_per_minute
        self._nick_changes = TokenBucket(per_minute / 60, per_minute) if per_minute else None

    def may_change_nick(self) -> bool:
        """Count a change of nick; tell whether it is not one too many."""
        return self._nick_changes is None or self._nick_changes.try_take(monotonic())

    def look_at_neighbours(self) -> None:
        """Count everybody in the client's rooms as looked at: each is told."""
        self.looks += sum(len(channel.members) for channel in self.client.channels)

    def take_cost(self) -> float:
        """Return what the command was worth beyond the one token that each costs, and forget it."""
        lines = len(self.replies) + self.more_answer_lines
        tokens, self.looks = divmod(self.looks, LOOKS_PER_TOKEN)  # many small ones add up
        cost = self.more_targets + lines // ANSWER_LINES_PER_TOKEN + tokens
        self.more_targets = self.more_answer_lines = 0
        return cost

    def reply(self, *reply: str) -> None:
        """Add an answer to the client: a numeric or command and its parameters."""
        self.replies.append(reply)

    def publish(self, *events: Event) -> None:
        """Append the events, with the replies collected so far in front, to the stream. Once a command."""
        self.publish_all(events)

    def publish_all(self, events: tuple[Event, ...]) -> None:
        """Do as `publish` does, with the events in a tuple: this is the hot path."""
        if self.has_published:
            raise RuntimeError("a command publishes once")
        self.has_published = True
        if self.replies and self.client.is_registered:
            events = (Replied(self.client.id, self.take_replies()), *events)
        self._stream.append(events, self.client.credit, self.label)

    def publish_connected(self, connected: Connected) -> None:
        """Append the end of registration; the replies collected so far are the first that delivery sends."""
        self.has_published = True
        self._stream.append((connected, Replied(self.client.id, self.take_replies())), self.client.credit)

    def take_replies(self) -> tuple[Reply, ...]:
        """Return the replies collected so far and forget them."""
        replies = tuple(self.replies)
        self.replies.clear()
        return replies
