"""One client of the tracker, as every thread may see it."""

from __future__ import annotations

import threading

from chatcore.protocol.modes import INVISIBLE, IRC_OPERATOR
from chatcore.protocol.names import address_block, format_address, is_loopback, printable_host
from chatcore.state.credentials import Credentials
from chatcore.state.credit import Credit
from chatcore.state.history_identity import visit_identity
from chatcore.state.metadata import NONE, Metadata, Profile


class Client:
    """Who a connection belongs to. Written only by its own thread, unless a line says otherwise."""

    def __init__(self, client_id: int, host: str, port: int, credit: Credit) -> None:
        self.id = client_id
        self.visit = str(client_id)  # which no other has; with the run's number, no other of any run
        self.credit = credit
        self.take_address(host, port)
        self.nick = ""
        self.user = ""
        self.source = ""  # nick!user@host as others see it
        self.realname = ""
        self.capabilities = 0
        self.is_registered = False
        self.has_left = False  # for good or to come back: set by whoever carries that out
        self.login: Credentials | None = None  # the account that it has logged in to
        self.modes: frozenset[str] = frozenset()  # letters of user modes
        self.monitored: dict[str, str] = {}  # nicks as given, by casefolded nick
        self.metadata: Profile | None = None  # what it says of itself: its own or, once it is in, its account's
        self.subscriptions: tuple[str, ...] = ()  # keys of metadata that it is told of
        self.away: str | None = None
        self.connected_at = 0.0  # Unix time, s
        self.looks = 0  # at members and masks, for its latest command, which pays for them
        self.active_at = 0.0  # when it last sent a message, monotonic s
        self._channels: frozenset[str] = frozenset()
        self._lock = threading.Lock()  # guards replacing _channels: a KICK runs in another client's thread

    def take_address(self, host: str, port: int, *, is_forwarded: bool = False) -> None:
        """Set the address: when accepted, and again when a proxy has said who is behind it. Before registration.

        `is_forwarded`: somebody unknown is using a proxy at this address, and does not count as on this machine.
        """
        self.host = host
        self.port = port
        self.address = format_address(host, port)
        self.shown_host = host  # as others see it; registration may replace it by a cloak
        self.is_local = is_loopback(host) and not is_forwarded  # a program on this machine
        self.block = address_block(host)  # what per-address limits go by
        if is_forwarded and is_loopback(host):
            self.block = f"via-{host}"
        self.site = address_block(host, 48)

    def name(self, nick: str) -> None:
        """Take a nick."""
        self.nick = nick
        self.source = f"{nick}!{self.user}@{printable_host(self.shown_host)}"

    @property
    def account(self) -> str | None:
        """Return the name of the account that the client has logged in to."""
        return self.login.account if self.login else None

    @property
    def account_id(self) -> str:
        """Return the id of that account, '' if there is none."""
        return self.login.account_id if self.login else ""

    @property
    def seat(self) -> str:
        """Return as who the client's visit comes back to rooms, whatever its account."""
        return visit_identity(self.visit)

    @property
    def said_of_itself(self) -> Metadata:
        """Return the client's metadata."""
        return NONE if self.metadata is None else self.metadata.values

    @property
    def is_invisible(self) -> bool:
        """Return whether only those who share a channel find the client (+i)."""
        return INVISIBLE.letter in self.modes

    @property
    def is_operator(self) -> bool:
        """Return whether the client is an IRC operator (+o)."""
        return IRC_OPERATOR.letter in self.modes

    @property
    def channels(self) -> frozenset[str]:
        """Return the casefolded names of the channels that the client is in at this moment."""
        return self._channels

    def enter_locked(self, channel: str) -> None:
        """Note a membership by the channel's casefolded name. The caller holds the channel's lock."""
        with self._lock:
            self._channels |= {channel}

    def move_locked(self, channel: str, to: str) -> None:
        """Note that a channel has another name, at once: NICK and QUIT have to find it. The caller holds both locks."""
        with self._lock:
            self._channels = self._channels - {channel} | {to}

    def leave_locked(self, channel: str) -> None:
        """Forget a membership. The caller holds the channel's lock."""
        with self._lock:
            self._channels -= {channel}
