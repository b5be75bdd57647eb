"""What handlers may ask of the invitations to this chat. A protocol: see `services`."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from chatcore.protocol.invitations import Invitation
from chatcore.state.credentials import Credentials


class Redeemed(NamedTuple):
    """The result of using an invitation."""

    refusal: str  # in words; '' if they may come in
    is_new: bool = False  # it was counted now


class Invitations(Protocol):
    """Invitations by id. Any thread that holds no lock: a change is written to a file."""

    def make(self, by: str, room: str, uses: int, hours: float) -> tuple[Invitation, float]:
        """Make one of somebody's, to a room or to none (''), for so many; return it, and its end (Unix time, s).

        Raises ChatError, in words. Takes milliseconds.
        """

    def revoke(self, invitation_id: str, by: str | None = None) -> str | None:
        """Revoke an invitation that `by` made (None: anybody); return its room, or None if there is none."""

    def credentials(self, name: str) -> Credentials | None:
        """Return the credentials to prove for this login name, if it is an invitation's, expired or not."""

    def refusal(self, invitation_id: str, block: str) -> str:
        """Return why an invitation does not admit this address (`Client.block`), or ''."""

    def redeem(self, invitation_id: str, nick: str, block: str) -> Redeemed:
        """Count a client that is about to come in by one, unless it did before."""

    def give_back(self, invitation_id: str, nick: str, block: str) -> None:
        """Take back a count: the client did not come in after all."""
