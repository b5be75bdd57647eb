"""What a client that has lost its connection comes back with, and which trackers may see it. Pure."""

from __future__ import annotations

from random import randrange
from typing import NamedTuple

from chatcore.protocol.goodbye import Ending, ending_of, is_passing
from chatcore.protocol.tracker_list import MOST_TRACKERS, TrackerAddress
from chatcore.terminal.connecting.elsewhere import Place, places_of
from chatcore.terminal.session.session import Session
from chatcore.transport.fingerprint import format_fingerprint


class Ticket(NamedTuple):
    """What a client that lost its connection comes back with."""

    nick: str
    token: str
    certificate: bytes | None
    """The certificate of the tracker that gave the token."""
    is_renamed: bool = False
    """Whether the person has asked for another nick than the one the token stands for."""
    elsewhere: tuple[Place, ...] = ()
    """Other places where the chat can be reached."""


class Whereabouts:
    """The place of a visit, and the certificates of its trackers."""

    def __init__(self, home: Place, *, is_insecure: bool = False) -> None:
        """`home` is where the person wanted to go. If `is_insecure`, the server there is not authenticated."""
        self.here = home
        self._home = home
        self._is_insecure = is_insecure
        self._pins: set[str] = set()

    def elsewhere(self, trackers: tuple[TrackerAddress, ...], certificate: bytes | None) -> tuple[Place, ...]:
        """Return where else the chat can be reached, according to the tracker with this certificate.

        Without TLS, or if insecure, the list proves nothing and is ignored.
        """
        if self._is_insecure or certificate is None:
            return ()
        return places_of(trackers, self.here, self._home, randrange(MOST_TRACKERS))

    def ticket_after(self, session: Session, certificate: bytes | None) -> Ticket | None:
        """Return what to come back with after the loss of the connection with this certificate.

        None if the tracker has ended the visit, or the chat and there is no other tracker to go to.
        """
        elsewhere = self.elsewhere(session.memory.trackers, certificate)
        if is_passing(session.error) or (ending_of(session.error) is Ending.CHAT and elsewhere):
            return Ticket(session.nick, session.token, certificate, elsewhere=elsewhere)
        return None

    def is_known(self, certificate: bytes | None, ticket: Ticket) -> bool:
        """Return whether a certificate is that of a tracker where we were, or of one that such a tracker has named."""
        self._pins.update(place.pin for place in ticket.elsewhere if place.pin)
        if ticket.certificate is not None:
            self._pins.add(format_fingerprint(ticket.certificate))
        if certificate is None:
            return ticket.certificate is None
        return format_fingerprint(certificate) in self._pins
