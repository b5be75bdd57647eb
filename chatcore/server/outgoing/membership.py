"""The parts of delivery's view: readers (clients) and rooms (channels). Delivery's thread only."""

from __future__ import annotations

from chatcore.protocol.capabilities import ECHO_MESSAGE, METADATA_AWARE, MULTILINE, TAG_MASK
from chatcore.protocol.modes import BOT, SECRET
from chatcore.protocol.multiline import WHOLE_MESSAGES
from chatcore.protocol.names import printable_host
from chatcore.server.outgoing.history import History
from chatcore.server.outgoing.lines import Line, Tags
from chatcore.state.channel import Topic
from chatcore.state.facts import Connected
from chatcore.state.history_identity import account_identity, visit_identity
from chatcore.state.metadata import NONE, Metadata
from chatcore.transport.connection import Connection
from chatcore.transport.remote import RemoteConnection

_BOT_TAGS: Tags = (("bot", ""),)  # https://ircv3.net/specs/extensions/bot-mode


class Reader:
    """A registered client as delivery sees it: how to write to it, and what waits to be sent."""

    __slots__ = (
        "account",
        "account_id",
        "away",
        "capabilities",
        "connection",
        "has_echo",
        "host",
        "id",
        "identity",
        "is_closing",
        "is_lost",
        "is_remote",
        "metadata",
        "modes",
        "nick",
        "parts",
        "realname",
        "rooms",
        "source",
        "subscriptions",
        "tag_bits",
        "tags",
        "told_absent",
        "user",
        "visit",
        "watched",
    )

    def __init__(self, connected: Connected, connection: Connection) -> None:
        self.id = connected.client
        self.visit = connected.visit or str(connected.client)
        self.connection = connection
        self.is_remote = isinstance(
            connection, RemoteConnection
        )  # connected to another tracker: nothing is sent from here
        self.nick = connected.nick
        self.user = connected.user
        self.host = connected.host
        self.realname = connected.realname
        self.take_account(connected.account, connected.account_id)
        self.away: str | None = None
        self.metadata: Metadata = NONE
        self.subscriptions: tuple[str, ...] = ()  # keys of metadata
        self.modes: frozenset[str] = frozenset()
        self.tags: Tags = ()  # on all its messages
        self.rooms: dict[Room, None] = {}
        self.watched: dict[str, str] = {}  # monitored nicks as given, by casefolded nick
        self.parts: list[bytes] = []
        self.is_closing = False  # it has quit: only the goodbye is still sent
        self.is_lost = False
        self.told_absent = ("", 0.0)  # the account that it was last told is absent, and when (Unix, s)
        self.rename(connected.nick)
        self.negotiate(connected.capabilities)

    def rename(self, nick: str) -> None:
        """Take another nick."""
        self.nick = nick
        self.source = f"{nick}!{self.user}@{printable_host(self.host)}"

    def take_modes(self, letters: frozenset[str]) -> None:
        """Take these user modes."""
        self.modes = letters
        self.tags = _BOT_TAGS if BOT.letter in letters else ()

    def take_account(self, account: str | None, account_id: str) -> None:
        """Take this login, or none. The identity for history is the account or, without one, this visit."""
        self.account, self.account_id = account, account_id
        self.identity = account_identity(account_id) if account_id else visit_identity(self.visit)

    @property
    def seat(self) -> str:
        """Return the visit's identity, with which it comes back to rooms if it is resumed, whatever its account."""
        return visit_identity(self.visit)

    def negotiate(self, capabilities: int) -> None:
        """Take another set of capabilities."""
        self.capabilities = capabilities
        has_whole = capabilities & WHOLE_MESSAGES == WHOLE_MESSAGES
        self.tag_bits = capabilities & TAG_MASK | self.connection.line_format | (MULTILINE if has_whole else 0)
        self.has_echo = bool(capabilities & ECHO_MESSAGE)
        if capabilities & METADATA_AWARE != METADATA_AWARE:
            self.subscriptions = ()


class Room:
    """A channel as delivery sees it. `pending` are lines not yet handed to its members (see fanout)."""

    __slots__ = (
        "absent",
        "address",
        "history",
        "instance",
        "is_broken",
        "is_laid_down",
        "locks",
        "members",
        "metadata",
        "name",
        "pending",
        "shared",
        "topic",
    )

    def __init__(self, name: str, instance: int, history: History) -> None:
        self.name = name
        self.instance = instance
        self.members: dict[Reader, str] = {}  # with mode letters
        self.topic: Topic | None = None
        self.metadata: Metadata = NONE
        self.history = history
        self.locks: frozenset[str] = frozenset()  # those of its modes that close it to non-members
        self.is_broken = False  # its topic or modes may differ from the registry's (see repair): nobody can stay
        self.is_laid_down = False  # when empty, it waits for its members (a dormant room in the registry)
        self.absent: set[str] = set()  # who may come back, as in Channel
        self.address = ""  # its own address, if it has one (room_ports)
        self.pending: list[tuple[Reader | None, Line]] = []
        self.shared = 0  # number of members who are also in other rooms

    def set_locks(self, letters: frozenset[str]) -> None:
        """Take these modes as those that close the room."""
        self.locks = letters
        self.history.set_closed(self.is_closed)

    @property
    def is_closed(self) -> bool:
        """Return whether messages here are only for members."""
        return bool(self.locks)

    @property
    def is_secret(self) -> bool:
        """Return whether only members may know of it."""
        return SECRET.letter in self.locks
