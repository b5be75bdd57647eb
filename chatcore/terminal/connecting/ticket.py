"""With what a client that has lost its connection comes back, and to whom it may show that. Pure."""

from __future__ import annotations

from random import randrange
from typing import NamedTuple

from chatcore.protocol.tracker_list import MOST_TRACKERS, TrackerAddress
from chatcore.terminal.connecting.elsewhere import Place, places_of
from chatcore.transport.fingerprint import format_fingerprint


class Ticket(NamedTuple):
    """What a client that lost its connection comes back with."""

    nick: str
    token: str
    certificate: bytes | None
    """That of the connection on which the token was given."""
    is_renamed: bool = False
    """Whether the nick is another one than the token stands for."""
    elsewhere: tuple[Place, ...] = ()
    """Where the chat can be reached, besides where that connection was."""


class Whereabouts:
    """Where a visit is, and which certificates its trackers have."""

    def __init__(self, home: Place, *, is_insecure: bool = False) -> None:
        """`home` is where the person wanted to go; if that `is_insecure`, anybody may be there."""
        self.here = home
        self._home = home
        self._is_insecure = is_insecure
        self._pins: set[str] = set()

    def elsewhere(self, trackers: tuple[TrackerAddress, ...], certificate: bytes | None) -> tuple[Place, ...]:
        """Return where else the chat can be reached, if the tracker with this certificate has told of these.

        What one without TLS tells, or anybody, says nothing of who is there.
        """
        if self._is_insecure or certificate is None:
            return ()
        return places_of(trackers, self.here, self._home, randrange(MOST_TRACKERS))

    def is_known(self, certificate: bytes | None, ticket: Ticket) -> bool:
        """Return whether a certificate is a tracker's: of one where we were, or of one that such a one has told of."""
        self._pins.update(place.pin for place in ticket.elsewhere if place.pin)
        if ticket.certificate is not None:
            self._pins.add(format_fingerprint(ticket.certificate))
        if certificate is None:
            return ticket.certificate is None
        return format_fingerprint(certificate) in self._pins
