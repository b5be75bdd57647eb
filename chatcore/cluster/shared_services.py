"""Services for handlers that run on all trackers: at the same record, each gives the same answers.

The clock is the record's time. Permissions are in the shelves. What only one tracker can know was settled before.
"""

from __future__ import annotations

from collections.abc import Callable

from chatcore.commands.invitations import Invitations
from chatcore.commands.services import Archive, BanList, Headcount, Keys, Registrar, Resumption, Verdict
from chatcore.commands.services import Services as LocalServices
from chatcore.protocol.invitations import Invitation, Link
from chatcore.state.client import Client
from chatcore.state.history import Place, Seeker, Utterance


class SharedServices:
    """A commands.services.Services. Delivery's thread."""

    def __init__(self, local: LocalServices, clock: Callable[[], float], ask: Callable[[Client, str], None]) -> None:
        """`local` answers what does not concern other trackers; `clock` returns the time (Unix, s) of the record.

        `ask` has a client's own tracker end its visit.
        """
        self._local = local
        self._clock = clock
        self._ask = ask
        self.started_at = local.started_at
        self.has_others = True

    def now(self) -> float:
        """See Services: the record's time."""
        return self._clock()

    def monotonic(self) -> float:
        """See Services: the record's time, too, which never goes back."""
        return self._clock()

    @property
    def keys(self) -> Keys:
        """See Services."""
        return self._local.keys

    @property
    def invitations(self) -> Invitations:
        """See Services."""
        return self._local.invitations

    @property
    def registrar(self) -> Registrar:
        """See Services."""
        return self._local.registrar

    @property
    def bans(self) -> BanList:
        """See Services."""
        return self._local.bans

    @property
    def archive(self) -> Archive:
        """See Services."""
        return self._local.archive

    @property
    def resumption(self) -> Resumption:
        """See Services."""
        return self._local.resumption

    @property
    def is_log_writable(self) -> bool:
        """See Services: what is in the stream has been accepted."""
        return True

    def links(self, client: Client, invitation: Invitation | None, room: str, room_key: str) -> list[Link]:
        """See Services."""
        return self._local.links(client, invitation, room, room_key)

    def recall(self, seeker: Seeker, place: Place, id_: int) -> Utterance | None:
        """See Services. Never called: a client's own tracker recalls it beforehand."""
        raise NotImplementedError

    def ban_on(self, nick: str, host: str) -> str | None:
        """See Services."""
        return self._local.ban_on(nick, host)

    def covered(self, ban: str) -> list[Client]:
        """See Services."""
        return self._local.covered(ban)

    def may_change_nick(self, client: Client) -> bool:
        """See Services: the client's own tracker has counted it."""
        return True

    def shown_host(self, client: Client) -> str:
        """See Services."""
        return client.shown_host

    def note_proven(self, client: Client, invitation: str = "") -> None:
        """See Services: nothing is proven here."""

    def guess(self, client: Client, is_right: Callable[[], bool]) -> Verdict:
        """See Services. Never called: passwords are checked beforehand."""
        raise NotImplementedError

    def disconnect(self, client: Client, reason: str) -> None:
        """See Services: the client's own tracker does it."""
        self._ask(client, reason)

    def evict(self, holder: Client, reason: str) -> None:
        """See Services: nobody waits here."""
        raise NotImplementedError

    def headcount(self, max_age_s: float = 0.0) -> Headcount:
        """See Services."""
        return self._local.headcount(max_age_s)

    def probe(self, holder: Client) -> None:
        """See Services: the tracker of whoever wants the nick has probed beforehand."""

    def is_there(self, holder: Client, asker: Client) -> bool:
        """See Services: nobody waits here."""
        raise NotImplementedError
