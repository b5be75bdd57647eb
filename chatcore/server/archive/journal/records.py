"""The format of the journal's records. Pure.

One record a line, in the order of their ids. The first byte is the kind; tabs separate the fields:

    m <audience> <id> <time ms> <order ms> <account> <tags, a space, and the line as it was sent>
    s <audience> <id> <time ms> <order ms> <account> <identity> <the same>    ... with its author's identity
    r <audience> <id> <time ms> <order ms> <account> <identity> <message> <the same>  a reaction to that message
    x <id> <message>                a message or a reaction was redacted
    + <room> <id> <account id>      an account entered a room
    - <room> <id> <account id>      ... and left it
    f <id> <JSON>                   a fact: about rooms, accounts, or messages that wait for somebody

Ids are hexadecimal. Rooms are casefolded names. The line of an `m`, `s` or `r` keeps its own line end;
a multiline message has CR and NUL between its lines (`protocol.multiline.to_one_line`). The audience says who may read
the line:

    o:<era>:<instance>:<name>       a room while it was open; eras change with the server password
    c:<era>:<instance>:<name>       a room while it was +i, +k or +s
    p:<identity>:<identity>:<name>:<name>     two people, by their identities (`state.history`)
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from chatcore.protocol.modes import CLOSING
from chatcore.protocol.multiline import from_one_line
from chatcore.protocol.names import casefold
from chatcore.state.erasure import Erasure
from chatcore.state.history import Recorded

HAPPENED, SAID, REACTED = b"m\t", b"s\t", b"r\t"
"""The first bytes of the records of lines."""

LOCKS = frozenset(mode.letter for mode in CLOSING)
"""A room with one of these modes is closed: only its members may read what is said in it."""


class LineRecord(NamedTuple):
    """Something that was said or happened in a room or a private conversation; `audience` as above."""

    audience: str
    line: Recorded

    def is_erased(self, erasure: Erasure, up_to: int) -> bool:
        """Return whether an erasure that ends at the id `up_to` covers this line."""
        id_, time_ms, _, source, account, *_ = self.line
        return id_ <= up_to and erasure.concerns(source, account, room_of(self.audience), time_ms)


class ReactionRecord(NamedTuple):
    """A TAGMSG that adds a reaction to the message with this id, or takes one back."""

    audience: str
    line: Recorded
    message: int

    def is_erased(self, erasure: Erasure, up_to: int) -> bool:
        """See LineRecord."""
        return LineRecord(self.audience, self.line).is_erased(erasure, up_to)


class RedactionRecord(NamedTuple):
    """A message or a reaction with this id was redacted."""

    id: int
    message: int


class PresenceRecord(NamedTuple):
    """An account entered a room (casefolded name), or left it."""

    id: int
    room: str
    account_id: str
    is_in: bool


class FactRecord(NamedTuple):
    """A change of the stored state, such as a room's topic or a waiting message. `data["fact"]` says which kind."""

    id: int
    data: dict[str, Any]


Amendment = ReactionRecord | RedactionRecord
"""A change to a line that was recorded before. Applying it again changes nothing."""

ArchiveRecord = LineRecord | PresenceRecord | Amendment
"""A record that goes into the archive's files."""

Record = ArchiveRecord | FactRecord


def room_audience(name: str, instance: int, era: int, *, is_open: bool) -> bytes:
    """Return the audience of what is said in a room now."""
    return f"{'o' if is_open else 'c'}:{era}:{instance:x}:{name}".encode()


def dialog_audience(one: str, other: str, one_name: str, other_name: str) -> bytes:
    """Return the audience of a private conversation between two identities."""
    return f"p:{one}:{other}:{one_name}:{other_name}".encode()


def presence_record(id_: int, room: str, account_id: str, *, is_in: bool) -> bytes:
    """Return the record of an account that entered a room (casefolded), or left it."""
    return f"{'+' if is_in else '-'}\t{room}\t{id_:x}\t{account_id}\n".encode()


def fact_record(id_: int, data: dict[str, Any]) -> bytes:
    """Return the record of a fact."""
    return f"f\t{id_:x}\t{json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n".encode()


def redaction_record(id_: int, message: int) -> bytes:
    """Return the record of a redaction."""
    return b"x\t%x\t%x\n" % (id_, message)


def room_of(audience: str) -> str:
    """Return the room (casefolded) of an audience; '' for a private conversation."""
    return casefold(audience.split(":", 3)[3]) if audience[0] in "oc" else ""


def is_line(record: bytes) -> bool:
    """Return whether this is the record of a line."""
    return record.startswith((HAPPENED, SAID, REACTED))


def parse_record(record: str) -> Record:
    """Parse a record, given without its line feed. Raises ValueError for anything else."""
    kind = record[:2]
    if kind == "s\t":  # nearly all are
        _, audience, at, time_ms, order_ms, account, author, sent = record.split("\t", 7)
        return LineRecord(audience, _line(at, time_ms, order_ms, account, author, sent))
    if kind == "m\t":
        _, audience, at, time_ms, order_ms, account, sent = record.split("\t", 6)
        return LineRecord(audience, _line(at, time_ms, order_ms, account, "", sent))
    if kind == "r\t":
        _, audience, at, time_ms, order_ms, account, author, message, sent = record.split("\t", 8)
        return ReactionRecord(audience, _line(at, time_ms, order_ms, account, author, sent), int(message, 16))
    if kind == "x\t":
        _, at, message = record.split("\t")
        return RedactionRecord(int(at, 16), int(message, 16))
    if kind in ("+\t", "-\t"):
        _, room, at, account_id = record.split("\t")
        return PresenceRecord(int(at, 16), room, account_id, kind == "+\t")
    if kind == "f\t":
        _, at, data = record.split("\t", 2)
        return FactRecord(int(at, 16), json.loads(data))
    raise ValueError(f"not a record of the journal: {record[:40]!r}")


def _line(at: str, time_ms: str, order_ms: str, account: str, author: str, sent: str) -> Recorded:
    """Return a line as it was sent. Raises ValueError if it is cut off."""
    if sent[-1:] != "\r":
        raise ValueError("half a line")
    tags, _, body = sent[:-1].partition(" :")
    source, _, said = body.partition(" ")
    if "\r" in said:
        said = from_one_line(said)
    return Recorded(int(at, 16), int(time_ms), int(order_ms), source, account or None, tags, said, author)
