"""A connection on its way in: whose it is, where it is counted, and how long it may take."""

from __future__ import annotations

from http import HTTPStatus
from time import monotonic
from typing import NamedTuple

from chatcore.state.admissions import Admission
from chatcore.state.client import Client

_REFUSED_SILENCE_S = 1.0  # how long a refused client has to show what it speaks
_REFUSED_STAY_S = 3.0  # and how long in all


class Ending(NamedTuple):
    """Why somebody ended a visit."""

    reason: str
    is_lost: bool
    status: HTTPStatus = HTTPStatus.SERVICE_UNAVAILABLE  # the answer to an HTTP request still being read


class UsedKey(NamedTuple):
    """The public key with which somebody has logged in, and the id of the account whose it was then."""

    account_id: str
    blob: bytes


class Arrival:
    """What is known of one connection. Written by the client's own thread, unless a line says otherwise."""

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
        """`home` is the room whose own address was connected to. It is joined on registration.

        So are all of `homes`; those of a visit that is resumed are its rooms.
        """
        self.client = client
        self.admission = admission or Admission()
        self.homes: tuple[str, ...] = (home,) if home else ()
        self.accepted_at = monotonic()
        self.is_encrypted = False  # on the client's whole way, as far as that is known
        self.channel_binding: bytes | None = None  # of TLS with the client itself
        self.host_asked_for = ""  # by its TLS hello, in lower case
        self.sts = ""  # what the capability sts says to the client
        self.is_passed_on = False  # by an HTTP proxy, trusted or not
        self.has_proven = False  # that it knows a password...
        self.invitation = ""  # ...or has the invitation of this id
        self.key: UsedKey | None = None  # by which it came; without it the visit is over
        self.ending: Ending | None = None  # set once, by any thread (Visit.end)
        self._deadline = (self.accepted_at + first_byte_timeout_s, "Nothing was said")
        if self.admission.refusal is not None:
            self.set_deadline(_REFUSED_SILENCE_S, "")

    def set_deadline(self, seconds: float, reason: str) -> None:
        """Give the client this long to reach the next stage before registration; a refused one gets less in all."""
        refusal = self.admission.refusal
        if refusal is None:
            self._deadline = (monotonic() + seconds, reason)
        else:
            self._deadline = (min(monotonic() + seconds, self.accepted_at + _REFUSED_STAY_S), refusal.words)

    def overdue(self, now: float) -> str | None:
        """Return why the client's time is up at `now` (monotonic s); None if it is not. Any thread."""
        at, reason = self._deadline
        return reason if now > at else None
