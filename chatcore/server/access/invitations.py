"""Invitations: which exist, whom they let in, and why they are refused.

Only SCRAM credentials of an invitation are kept, from which its secret cannot be recovered. One use is one person:
somebody who came with it, under a name from an address, can come back with it. An invitation is tied to the chat's
password under which it was made. Expired ones are remembered for a while: a client that has one is told so, and its
attempt does not count as a guess.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import TypeVar

from scramp import ScramMechanism

from chatcore.commands.invitations import Redeemed
from chatcore.errors import ChatError
from chatcore.protocol.invitations import (
    RANDOM_BYTES,
    Invitation,
    Refusal,
    id_of,
    make_invitation,
)
from chatcore.protocol.names import casefold
from chatcore.protocol.sasl import SCRAM
from chatcore.server.access.issued_invitation import Guest, InvitationFile, Issued, key_of, read_guest, read_issued
from chatcore.server.access.row_file import Row
from chatcore.state.credentials import Credentials

MAX_KEPT = 1000
MAX_OF_ONE = 50
"""How many valid invitations one person may have at a time; the tracker's operator may make more."""
REMEMBERED_S = 30 * 86_400.0
"""How long an invitation that is over is remembered."""
_ITERATIONS = 4096  # the minimum that SCRAM allows (RFC 7677): nobody guesses 130 random bits
_HOUR_S = 3600.0
_SCRAM = ScramMechanism(SCRAM)

Result = TypeVar("Result")


class NotInvited(ChatError):
    """An invitation cannot be made. The text says why, in words for the person who wants one."""


class Invitations:
    """All invitations. Any thread; its lock is the innermost one, and is held while the file is written."""

    def __init__(
        self, file: InvitationFile, clock: Callable[[], float], unix_time: Callable[[], float], *, are_needed: bool
    ) -> None:
        """Load the file. `clock` is monotonic, s. `are_needed` says whether the chat has a password."""
        self._file = file
        self._clock = clock
        self._unix_time = unix_time
        self._are_needed = are_needed
        self._lock = threading.Lock()
        self._issued: dict[str, Issued] = {}  # the oldest first
        self._load()

    def make(self, by: str, room: str, uses: int, hours: float) -> tuple[Invitation, float]:
        """See commands.invitations.Invitations. `by` is '' for the operator of the tracker. Raises NotInvited."""
        if not self._are_needed:
            raise NotInvited("There is no password here: everybody can come in without an invitation")
        return self.change(lambda: self._make_locked(by, room, uses, hours * _HOUR_S))

    def revoke(self, invitation_id: str, by: str | None = None) -> str | None:
        """See commands.invitations.Invitations."""
        revoked = self.revoked(invitation_id, by)
        return revoked.room if revoked else None

    def revoked(self, invitation_id: str, by: str | None = None) -> Issued | None:
        """Revoke like `revoke`, but return the whole invitation."""
        return self.change(lambda: self._revoke_locked(invitation_id, by))

    def all(self) -> list[tuple[Issued, Refusal | None]]:
        """Return all known invitations, the oldest first, each with the reason if it lets in nobody new."""
        with self._lock:
            return [
                (issued.copy(), self._refusal_locked(issued) or _used_up(issued)) for issued in self._issued.values()
            ]

    def credentials(self, name: str) -> Credentials | None:
        """See commands.invitations.Invitations."""
        found = self._find(id_of(name))
        return found.credentials if found else None

    def refusal(self, invitation_id: str, block: str) -> str:
        """See commands.invitations.Invitations. Without a password everybody may come in."""
        with self._lock:
            issued = self._issued.get(invitation_id)
            if not self._are_needed:
                return ""
            if issued is None:
                return Refusal.EXPIRED
            is_back = any(guest.block == block for guest in issued.guests.values())
            return self._refusal_locked(issued) or (not is_back and _used_up(issued)) or ""

    def redeem(self, invitation_id: str, nick: str, block: str) -> Redeemed:
        """See commands.invitations.Invitations."""
        return self.change(lambda: self._redeem_locked(invitation_id, Guest(nick, block, self._unix_time())))

    def give_back(self, invitation_id: str, nick: str, block: str) -> None:
        """See commands.invitations.Invitations."""
        self.change(lambda: self._give_back_locked(invitation_id, (casefold(nick), block)))

    def tick(self) -> None:
        """Forget invitations that have long been over, and rewrite the file if needed. Called every few seconds.

        Both clocks must agree: setting one a year ahead for a moment must not make invitations unknown.
        """
        with self._lock:
            for id_ in self._long_over_locked():
                del self._issued[id_]
            count = sum(1 + len(issued.guests) for issued in self._issued.values())
            if not self._file.is_whole or self._file.is_large(count):
                self._rewrite_locked()

    def close(self) -> None:
        """Stop changing the file: the tracker ends, while clients may still be connecting."""
        with self._lock:
            self._file.close()

    def change(self, decide: Callable[[], tuple[Result, list[Row]]]) -> Result:
        """Call `decide` under the lock, set the rows it returns, and return its result."""
        with self._lock:
            result, rows = decide()
            for row in rows:
                self._take_locked(row)
                self._file.append(row)
            return result

    def _take_locked(self, row: Row) -> None:
        """Apply a row, about an invitation or about a guest who came with one."""
        if "over" in row:
            invitation_id, _, guest = row["id"].partition(" ")
            if not guest:
                self._issued.pop(invitation_id, None)
            elif (issued := self._issued.get(invitation_id)) is not None:
                issued.guests.pop(key_of(guest), None)
        elif "of" in row:
            for invitation_id, came in read_guest(row):
                if (issued := self._issued.get(invitation_id)) is not None:
                    issued.guests[came.key] = came
        elif (issued := self._issued.get(row["id"])) is not None:
            issued.end = row["end"]  # nothing else about it ever changes
        elif (new := read_issued(row, self._unix_time(), self._clock())) is not None:
            self._issued[new.id] = new

    def _make_locked(
        self, by: str, room: str, uses: int, lasting_s: float
    ) -> tuple[tuple[Invitation, float], list[Row]]:
        """Return a new invitation and its end, and the rows to set. Raises NotInvited."""
        now = self._unix_time()
        gone = self._make_room_locked(by)
        while (invitation := make_invitation(secrets.token_bytes(RANDOM_BYTES))).id in self._issued:
            pass
        salt, stored_key, server_key, iterations = _SCRAM.make_auth_info(invitation.text, _ITERATIONS)
        credentials = Credentials(None, salt, stored_key, server_key, iterations, invitation=invitation.id)
        until = now + lasting_s
        issued = Issued(invitation.id, credentials, room, by, uses, now, until, self._clock() + lasting_s)
        return (invitation, until), [*gone, issued.row()]

    def _revoke_locked(self, invitation_id: str, by: str | None) -> tuple[Issued | None, list[Row]]:
        issued = self._issued.get(invitation_id)
        if issued is None or self._refusal_locked(issued) or by not in (None, issued.by):
            return None, []
        revoked = issued.copy()
        revoked.end = Refusal.REVOKED.name
        return revoked, [revoked.row()]

    def _redeem_locked(self, invitation_id: str, guest: Guest) -> tuple[Redeemed, list[Row]]:
        issued = self._issued.get(invitation_id)
        if not self._are_needed:
            return Redeemed(""), []
        if issued is None:
            return Redeemed(Refusal.EXPIRED), []
        is_back = guest.key in issued.guests
        if refusal := self._refusal_locked(issued) or (not is_back and _used_up(issued)):
            return Redeemed(refusal), []
        return Redeemed("", is_new=not is_back), [] if is_back else [issued.guest_row(guest)]

    def _give_back_locked(self, invitation_id: str, key: tuple[str, str]) -> tuple[None, list[Row]]:
        issued = self._issued.get(invitation_id)
        guest = issued.guests.get(key) if issued else None
        return None, [issued.without_row(guest)] if issued and guest else []

    def _find(self, invitation_id: str | None) -> Issued | None:
        with self._lock:
            return self._issued.get(invitation_id or "")

    def _refusal_locked(self, issued: Issued) -> Refusal | None:
        return issued.refusal(self._unix_time(), self._clock())

    def _make_room_locked(self, by: str) -> list[Row]:
        """Return the row that makes room for one more invitation, if one is needed. Raises NotInvited."""
        usable = {
            each.id: each.by for each in self._issued.values() if not (self._refusal_locked(each) or _used_up(each))
        }
        if by and list(usable.values()).count(by) >= MAX_OF_ONE:
            raise NotInvited(f"You already have {MAX_OF_ONE} valid invitations: wait until one has expired")
        if len(usable) >= MAX_KEPT:
            raise NotInvited(f"There are already {MAX_KEPT} valid invitations: revoke some first")
        if len(self._issued) < MAX_KEPT:
            return []
        others = [each for each in self._issued.values() if each.id not in usable]
        over = next(filter(self._refusal_locked, others), others[0])  # guests of one that is used up may come back
        return [{"id": over.id, "over": True}]

    def _long_over_locked(self) -> list[str]:
        now, clock = self._unix_time(), self._clock()
        return [each.id for each in self._issued.values() if each.is_long_over(now, clock, REMEMBERED_S)]

    def _rewrite_locked(self) -> None:
        self._file.rewrite(row for issued in self._issued.values() for row in issued.rows())

    def _load(self) -> None:
        with self._lock:
            for row in sorted(self._file.rows.values(), key=lambda row: "of" in row):  # guests after invitations
                self._take_locked(row)
            for issued in self._issued.values() if not self._file.is_same_password else ():
                issued.end = issued.end or Refusal.ENDED.name
            if self._file.rows:
                self._rewrite_locked()
                if not self._file.is_whole:
                    self._file.empty()


def _used_up(issued: Issued) -> Refusal | None:
    return None if issued.left else Refusal.USED_UP
