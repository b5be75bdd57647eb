"""An invitation as the tracker knows it, in memory and as rows of a file: its credentials, limits and guests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from chatcore.protocol.invitations import Refusal
from chatcore.protocol.names import casefold
from chatcore.server.access.row_file import Row, RowFile
from chatcore.state.credentials import Credentials

INVITATIONS_FILE = "invitations"
_MAX_UNIX_S = 1e12


class InvitationFile(RowFile):
    """The open file. Each line is an invitation, or a guest who came with one. One thread at a time."""

    key = "id"
    loss = "until it can be, invitations are over at a restart"

    def __init__(self, folder: Path, password: str, tell: Callable[[str], None] = lambda text: None) -> None:
        """Read what the last run left, whatever its password was. Raises like RowFile."""
        super().__init__(folder / INVITATIONS_FILE, password, tell)

    def _takes_rows(self) -> bool:
        return True


class Guest(NamedTuple):
    """Somebody who came with an invitation: the name, the address block, and the first time (Unix time, s)."""

    nick: str
    block: str
    at: float

    @property
    def key(self) -> tuple[str, str]:
        """Return the key by which a returning guest is recognised."""
        return casefold(self.nick), self.block


@dataclass(slots=True)
class Issued:
    """An invitation as the tracker knows it. Times are Unix times, s; `deadline` is monotonic, s."""

    id: str
    credentials: Credentials
    room: str
    by: str  # '' is the operator of the tracker
    uses: int
    made: float
    until: float
    deadline: float
    end: str = ""  # the name of a Refusal, once it is over for good
    guests: dict[tuple[str, str], Guest] = field(default_factory=dict)  # by `Guest.key`

    @property
    def left(self) -> int:
        """Return how many more people can come with it."""
        return max(0, self.uses - len(self.guests))

    def copy(self) -> Issued:
        """Return a snapshot."""
        return replace(self, guests=dict(self.guests))

    def refusal(self, now: float, monotonic: float) -> Refusal | None:
        """Return why it lets in nobody at all; None if it lets in at least earlier guests."""
        if self.end:
            return Refusal[self.end]
        return Refusal.EXPIRED if now >= self.until or monotonic >= self.deadline else None

    def is_long_over(self, now: float, monotonic: float, for_s: float) -> bool:
        """Return whether it expired at least `for_s` ago, by both clocks."""
        return now >= self.until + for_s and monotonic >= self.deadline + for_s

    def row(self) -> Row:
        """Return its row in the file."""
        _, salt, stored_key, server_key, iterations = self.credentials[:5]
        keys = {"salt": salt.hex(), "stored": stored_key.hex(), "server": server_key.hex(), "iterations": iterations}
        about = {"room": self.room, "by": self.by, "uses": self.uses, "made": self.made, "until": self.until}
        return {"id": self.id, **keys, **about, "end": self.end}

    def guest_row(self, guest: Guest) -> Row:
        """Return the row of a guest who came with it."""
        return {"id": self._guest_id(guest), "of": self.id, **guest._asdict()}

    def without_row(self, guest: Guest) -> Row:
        """Return the row that removes a guest again."""
        return {"id": self._guest_id(guest), "over": True}

    def rows(self) -> list[Row]:
        """Return all its rows."""
        return [self.row(), *map(self.guest_row, self.guests.values())]

    def _guest_id(self, guest: Guest) -> str:
        return " ".join((self.id, *guest.key))


def key_of(guest: str) -> tuple[str, str]:
    """Parse a `Guest.key` from a guest row's id, without the invitation's id in front."""
    nick, _, block = guest.partition(" ")
    return nick, block


def read_issued(row: Row, now: float, clock: float) -> Issued | None:
    """Parse the row of an invitation; return None if it is damaged.

    An invitation made while the clock was far ahead lasts no longer than it was meant to. If it has expired by the
    clock now, it stays expired in this run, even if the clock is set back.
    """
    try:
        keys = [bytes.fromhex(row[name]) for name in ("salt", "stored", "server")]
        credentials = Credentials(None, keys[0], keys[1], keys[2], _positive(row["iterations"]), invitation=row["id"])
        made, until = _moment(row["made"]), _moment(row["until"])
        left_s = min(until - now, until - made)
        uses, end = _positive(row["uses"]), row["end"]
        if end and end not in Refusal.__members__:
            return None
        room, by = row["room"], row["by"]
        if not (all(keys) and isinstance(room, str) and isinstance(by, str)):
            return None
        return Issued(row["id"], credentials, room, by, uses, made, until, clock + max(0.0, left_s), end or "")
    except (KeyError, TypeError, ValueError):
        return None


def read_guest(row: Row) -> list[tuple[str, Guest]]:
    """Parse a guest's row into the invitation's id and the guest; return an empty list if it is damaged."""
    of, nick, block, at = row["of"], row.get("nick"), row.get("block"), row.get("at")
    if not (isinstance(of, str) and isinstance(nick, str) and isinstance(block, str) and isinstance(at, int | float)):
        return []
    return [(of, Guest(nick, block, float(at)))]


def _moment(found: object) -> float:
    if isinstance(found, int | float) and 0 <= found <= _MAX_UNIX_S:
        return float(found)
    raise ValueError("not a time")


def _positive(found: object) -> int:
    if isinstance(found, int) and not isinstance(found, bool) and 0 < found < 1 << 24:
        return found
    raise ValueError("not a positive number")
