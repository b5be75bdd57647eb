"""Keeps the roster, presence, census and the rooms' own addresses in step with the events that delivery applies."""

from __future__ import annotations

from collections.abc import Callable

from chatcore.errors import StreamClosed
from chatcore.protocol.capabilities import RESUME
from chatcore.server.census import Census
from chatcore.server.doorbell import Doorbell
from chatcore.server.incoming.http_hosts import Hosts
from chatcore.server.incoming.room_ports import RoomPorts
from chatcore.server.presence import Presence
from chatcore.server.recollection import Recollection
from chatcore.server.roster import Roster
from chatcore.server.visit import Visit
from chatcore.state.events import Event
from chatcore.state.facts import Connected, Quit
from chatcore.state.notes import Noted
from chatcore.state.requests import Closed
from chatcore.transport.connection import Connection
from chatcore.transport.remote import RemoteConnection
from chatcore.transport.ssh import SshConnection
from chatcore.transport.tls import TlsConnection
from chatcore.transport.websocket import WebSocketConnection


class Attendance:
    """Delivery's host (outgoing.host); client threads report here when they are done."""

    def __init__(
        self,
        visits: Roster,
        presence: Presence,
        census: Census,
        room_ports: RoomPorts,
        recollection: Recollection,
        hosts: Hosts,
        doorbell: Doorbell,
        publish: Callable[[Event], None],
        tell: Callable[[str], None],
        *,
        has_others: bool = False,
    ) -> None:
        """`publish` appends to the stream and raises StreamClosed; `tell` tells the operator something.

        `has_others` says whether the chat has other trackers, with clients of their own.
        """
        self._visits = visits
        self._presence = presence
        self._census = census
        self._doorbell = doorbell
        self._publish = publish
        self._has_others = has_others
        self.tell = tell
        self.present = dict.fromkeys(("tcp", "tls", "ssh", "websocket"), 0)
        """How many clients are in the chat, by transport. Delivery changes it; any thread may read it."""
        self.recall = recollection.answer
        self.note_trackers = hosts.note_others
        self.open_room = room_ports.open_address
        self.rename_room = room_ports.rename
        self.close_room = room_ports.close

    def enter(self, event: Connected) -> Connection | None:
        """See Host."""
        visit = self._visits.get(event.client)
        self._presence.enter(event.client, event.nick)
        self._census.note_arrival()
        if visit is None:
            # Another tracker's client, or one of ours whose visit is over: it is in until all trackers see it leave.
            return RemoteConnection() if self._has_others else None
        invitation = visit.arrival.invitation
        by = f"invitation {invitation}" if invitation else ""
        how = f"account {event.account}" if event.account else by
        self._doorbell.came(event.nick, event.address, _client_of(event, visit.connection), how)
        self.present[_transport(visit.connection)] += 1
        return visit.connection

    def leave(self, event: Quit, nick: str) -> None:
        """See Host."""
        self._presence.leave(event.client, nick, is_lost=event.is_lost)
        visit = self._visits.get(event.client)
        if visit is not None:
            self.present[_transport(visit.connection)] -= 1
            self._doorbell.left(nick, visit.client.address, event.reason, is_lost=event.is_lost)
            self._visits.part_with(visit)
            if visit.closing_since is None:  # the other trackers took this tracker for gone
                visit.end(event.reason, is_lost=event.is_lost)

    def refuse(self, note: Noted) -> None:
        """See Host."""
        nick, address = note.fields
        self._doorbell.refused(nick, address, (note.text or "").removeprefix("SASL: ").removeprefix("ssh: "))

    def lose(self, client: int, reason: str) -> None:
        """See Host."""
        visit = self._visits.get(client)
        if visit is not None:
            visit.end(reason, is_lost=True)

    def fail(self) -> None:
        """See Host."""
        self._presence.fail()

    def forget(self, visit: Visit) -> None:
        """Uncount a client whose thread is done. The last thread that wrote to its descriptor closes it.

        The client's thread calls this last.
        """
        client = visit.client
        visit.arrival.admission.release()
        if client.is_registered:
            try:
                self._publish(Closed(client.id))
            except StreamClosed:
                return  # delivery may still write to it; `Tracker.stop` closes what is left
            self._visits.part_with(visit)
        else:
            self._visits.remove(visit)
            visit.connection.close()
            self._presence.leave(client.id, "", is_lost=False)


def _transport(connection: Connection) -> str:
    if isinstance(connection, WebSocketConnection):
        return "websocket"
    if isinstance(connection, SshConnection):
        return "ssh"
    return "tls" if isinstance(connection, TlsConnection) else "tcp"


def _client_of(event: Connected, connection: Connection) -> str:
    """Return what kind of client this is, as far as can be told."""
    is_ours = event.capabilities & RESUME  # only our own clients know this capability
    if isinstance(connection, WebSocketConnection):
        return "browser" if is_ours else "WebSocket"
    if isinstance(connection, SshConnection):
        return "ssh"
    return "terminal client" if is_ours else "IRC client"
