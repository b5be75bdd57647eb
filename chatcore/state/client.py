"""One client of the tracker, readable by every thread."""

from __future__ import annotations

import threading

from chatcore.protocol.modes import INVISIBLE, IRC_OPERATOR
from chatcore.protocol.names import address_block, format_address, is_loopback, printable_host
from chatcore.state.credentials import Credentials
from chatcore.state.credit import Credit
from chatcore.state.history_identity import visit_identity
from chatcore.state.metadata import NONE, Metadata, Profile


class Client:
    """The owner of a connection. Written only by its own thread, unless a line says otherwise."""

    def __init__(self, client_id: int, host: str, port: int, credit: Credit) -> None:
        self.id = client_id
        self.visit = str(client_id)  # unique; once it carries the run's number, unique across all runs
        self.credit = credit
        self.take_address(host, port)
        self.nick = ""
        self.user = ""
        self.source = ""  # nick!user@host as others see it
        self.realname = ""
        self.capabilities = 0
        self.is_registered = False
        self.has_left = False  # for good, or possibly to return: set by the thread that carries out the departure
        self.login: Credentials | None = None  # of the account that it is logged in to
        self.modes: frozenset[str] = frozenset()  # letters of user modes
        self.monitored: dict[str, str] = {}  # nicks as given, by casefolded nick
        self.metadata: Profile | None = None  # its own or, after registration, its account's
        self.subscriptions: tuple[str, ...] = ()  # metadata keys whose changes it is sent
        self.away: str | None = None
        self.connected_at = 0.0  # Unix time, s
        self.looks = 0  # members and masks that its latest command looked at, and is charged for
        self.active_at = 0.0  # when it last sent a message, monotonic s
        self._channels: frozenset[str] = frozenset()
        self._lock = threading.Lock()  # guards replacing _channels: a KICK runs in another client's thread

    def take_address(self, host: str, port: int, *, is_forwarded: bool = False) -> None:
        """Set the address: when accepted, and again when a proxy has named its client. Before registration.

        `is_forwarded`: an unknown client comes through a proxy at this address, so it does not count as local.
        """
        self.host = host
        self.port = port
        self.address = format_address(host, port)
        self.shown_host = host  # as others see it; registration may replace it with a cloak
        self.is_local = is_loopback(host) and not is_forwarded  # a program on this machine
        self.block = address_block(host)  # the unit of per-address limits
        if is_forwarded and is_loopback(host):
            self.block = f"via-{host}"
        self.site = address_block(host, 48)

    def name(self, nick: str) -> None:
        """Take a nick."""
        self.nick = nick
        self.source = f"{nick}!{self.user}@{printable_host(self.shown_host)}"

    @property
    def account(self) -> str | None:
        """Return the name of the account that the client is logged in to."""
        return self.login.account if self.login else None

    @property
    def account_id(self) -> str:
        """Return the id of that account; '' if there is none."""
        return self.login.account_id if self.login else ""

    @property
    def seat(self) -> str:
        """Return the identity under which the client's visit keeps its seats in rooms, whatever its account."""
        return visit_identity(self.visit)

    @property
    def said_of_itself(self) -> Metadata:
        """Return the client's metadata."""
        return NONE if self.metadata is None else self.metadata.values

    @property
    def is_invisible(self) -> bool:
        """Return whether only clients that share a channel can find this one (+i)."""
        return INVISIBLE.letter in self.modes

    @property
    def is_operator(self) -> bool:
        """Return whether the client is an IRC operator (+o)."""
        return IRC_OPERATOR.letter in self.modes

    @property
    def channels(self) -> frozenset[str]:
        """Return the casefolded names of the channels that the client is in right now."""
        return self._channels

    def enter_locked(self, channel: str) -> None:
        """Add a membership by the channel's casefolded name. The caller holds the channel's lock."""
        with self._lock:
            self._channels |= {channel}

    def move_locked(self, channel: str, to: str) -> None:
        """Follow a renamed channel, in one step, so that NICK and QUIT always find it. The caller holds both locks."""
        with self._lock:
            self._channels = self._channels - {channel} | {to}

    def leave_locked(self, channel: str) -> None:
        """Remove a membership. The caller holds the channel's lock."""
        with self._lock:
            self._channels -= {channel}
