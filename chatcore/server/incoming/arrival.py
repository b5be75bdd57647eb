"""A connection before registration: whose it is, how it is counted, and its deadlines."""

from __future__ import annotations

from http import HTTPStatus
from time import monotonic
from typing import NamedTuple

from chatcore.state.admissions import Admission
from chatcore.state.client import Client

_REFUSED_SILENCE_S = 1.0  # how long a refused client has to show which protocol it speaks
_REFUSED_STAY_S = 3.0  # and how long it may stay in total


class Ending(NamedTuple):
    """Why the tracker ended a visit."""

    reason: str
    is_lost: bool
    status: HTTPStatus = HTTPStatus.SERVICE_UNAVAILABLE  # the answer to an HTTP request still being read


class UsedKey(NamedTuple):
    """The public key that a client logged in with, and the id of the account it belonged to at the time."""

    account_id: str
    blob: bytes


class Arrival:
    """What is known about one connection. Written by the client's own thread, except where noted."""

    __slots__ = (
        "_deadline",
        "accepted_at",
        "admission",
        "channel_binding",
        "client",
        "ending",
        "has_proven",
        "homes",
        "host_asked_for",
        "invitation",
        "is_encrypted",
        "is_passed_on",
        "key",
        "sts",
    )

    def __init__(
        self, client: Client, first_byte_timeout_s: float, admission: Admission | None = None, home: str = ""
    ) -> None:
        """`home` is the room whose own address the client connected to.

        The client joins all `homes` when it registers. For a resumed visit they are the rooms it was in.
        """
        self.client = client
        self.admission = admission or Admission()
        self.homes: tuple[str, ...] = (home,) if home else ()
        self.accepted_at = monotonic()
        self.is_encrypted = False  # all the way to the client, as far as is known
        self.channel_binding: bytes | None = None  # only if TLS ends at the client itself
        self.host_asked_for = ""  # the server name in its TLS hello, in lower case
        self.sts = ""  # the value of the sts capability for this client
        self.is_passed_on = False  # through an HTTP proxy, trusted or not
        self.has_proven = False  # that it knows a password...
        self.invitation = ""  # ...or holds the invitation with this id
        self.key: UsedKey | None = None  # the key it logged in with; removing the key ends the visit
        self.ending: Ending | None = None  # set once, by any thread (Visit.end)
        self._deadline = (self.accepted_at + first_byte_timeout_s, "Nothing was said")
        if self.admission.refusal is not None:
            self.set_deadline(_REFUSED_SILENCE_S, "")

    def set_deadline(self, seconds: float, reason: str) -> None:
        """Give the client this long to reach the next stage before registration; refused clients get less."""
        refusal = self.admission.refusal
        if refusal is None:
            self._deadline = (monotonic() + seconds, reason)
        else:
            self._deadline = (min(monotonic() + seconds, self.accepted_at + _REFUSED_STAY_S), refusal.words)

    def overdue(self, now: float) -> str | None:
        """Return why the client's time is up at `now` (monotonic s); None if it is not. Any thread."""
        at, reason = self._deadline
        return reason if now > at else None
