"""A visit that can be resumed, as `resume_tokens` keeps it in memory and `resume_file` in a row."""

from __future__ import annotations

from math import inf

from chatcore.server.access.row_file import Row
from chatcore.state.kept_visit import KeptVisit, Seat, lasting_modes

TAKEN_UP = "Resumed on another connection"
NOT_GONE = "Your last connection has not ended yet, try again in a moment"


class Resumable:
    """A visit that can be resumed. `rooms` are the rooms it was in when its connection was lost."""

    __slots__ = ("block", "claimed_by", "client", "deadline", "digest", "kept", "lost_at", "next", "rooms")

    def __init__(self, kept: KeptVisit, digest: str) -> None:
        self.kept = kept
        self.digest = digest  # '' if it has seats but no token
        self.next: tuple[str, KeptVisit] | None = None  # replaces `digest` and `kept` once the client is in
        self.block = ""  # of the address from which the connection was lost
        self.client = 0  # the id of the client that has the visit, in this run
        self.claimed_by = 0  # the id of the client that is about to resume it
        self.deadline = inf  # monotonic s
        self.lost_at: float | None = None  # Unix time, s
        self.rooms: tuple[Seat, ...] = ()

    def row(self) -> Row:
        """Return its row in the file."""
        digest, kept = self.next or (self.digest, self.kept)
        return {**kept._asdict(), "token": digest, "lost": None if self.next else self.lost_at}

    def over(self) -> Row:
        """Return the row that says that the visit is over."""
        return {"visit": self.kept.visit, "over": True}


def resumable_of(row: Row) -> Resumable | None:
    """Parse a row of the file; return None if it is damaged."""
    try:
        texts = [row[name] for name in KeptVisit._fields if name not in ("account", "away")]
        optional = [row["account"], row["away"]]
        if not all(isinstance(text, str) for text in (*texts, row["token"], *(t for t in optional if t is not None))):
            return None
        kept = KeptVisit(**{name: row[name] for name in KeptVisit._fields})
        row["lost"]
        "".join(text for text in (*texts, *optional) if text is not None).encode()
    except (KeyError, UnicodeEncodeError):
        return None
    return Resumable(kept._replace(modes=lasting_modes(kept.modes)), row["token"])
