"""What handlers may ask of the invitations to this chat, as a protocol: see `services`."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from chatcore.protocol.invitations import Invitation
from chatcore.state.credentials import Credentials


class Redeemed(NamedTuple):
    """What came of the use of an invitation."""

    refusal: str  # in words; '' if they may come in
    is_new: bool = False  # it was counted now


class Invitations(Protocol):
    """Invitations, by their ids. Any thread without a lock: a change is written to a file."""

    def make(self, by: str, room: str, uses: int, hours: float) -> tuple[Invitation, float]:
        """Make one of somebody's, to a room or to none (''), for so many; return it, and its end (Unix time, s).

        Raises ChatError, in words. Takes milliseconds.
        """

    def revoke(self, invitation_id: str, by: str | None = None) -> str | None:
        """Have one that somebody made (None: whoever) let in nobody any more; return its room, None for no such."""

    def credentials(self, name: str) -> Credentials | None:
        """Return what whoever logs in with this name has to prove, if it is an invitation's; also if that is over."""

    def refusal(self, invitation_id: str, block: str) -> str:
        """Return why an invitation lets in nobody from this address (`Client.block`), or ''."""

    def redeem(self, invitation_id: str, nick: str, block: str) -> Redeemed:
        """Count somebody who is about to come in by one, unless they did before."""

    def give_back(self, invitation_id: str, nick: str, block: str) -> None:
        """Uncount somebody who did not come in after all."""
