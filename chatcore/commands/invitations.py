"""What handlers may ask of the invitations to this chat. A protocol: see `services`."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from chatcore.protocol.invitations import Invitation
from chatcore.state.credentials import Credentials


class Redeemed(NamedTuple):
    """The result of using an invitation."""

    refusal: str  # why the client may not come in, in words; '' if it may
    is_new: bool = False  # whether this use was counted now


class Invitations(Protocol):
    """Invitations by id. Any thread that holds no lock: a change is written to a file."""

    def make(self, by: str, room: str, uses: int, hours: float) -> tuple[Invitation, float]:
        """Make an invitation for `uses` people; return it and when it expires (Unix time, s).

        `by` is the inviter; `room` may be ''. Raises ChatError, in words for the client. Takes milliseconds.
        """

    def revoke(self, invitation_id: str, by: str | None = None) -> str | None:
        """Revoke an invitation made by `by` (None: by anybody); return its room, or None if there is no such one."""

    def credentials(self, name: str) -> Credentials | None:
        """Return the credentials of the invitation with this login name, expired or not; None if there is none."""

    def refusal(self, invitation_id: str, block: str) -> str:
        """Return why an invitation does not admit this address (`Client.block`), or ''."""

    def redeem(self, invitation_id: str, nick: str, block: str) -> Redeemed:
        """Count a client that is about to come in by an invitation, unless it has used it before."""

    def give_back(self, invitation_id: str, nick: str, block: str) -> None:
        """Undo the count of a client that did not come in after all."""
