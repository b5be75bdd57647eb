"""From data to the bytes of one line, with the tags that its reader has negotiated."""

from __future__ import annotations

from collections.abc import Iterator

from chatcore.protocol.capabilities import ACCOUNT_TAG, MESSAGE_TAGS, MULTILINE, SERVER_TIME
from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.protocol.message import serialize_tags
from chatcore.protocol.multiline import (
    BATCH_TYPE,
    BREAK,
    CONCAT_TAG,
    MAX_REPEATED_TAG_BYTES,
    Part,
    as_read,
    fitted,
    to_one_line,
)
from chatcore.protocol.timestamp import format_time
from chatcore.state.history import Recorded, line_id
from chatcore.state.requests import Reply
from chatcore.transport.formats import FORMAT_MASK, in_format

Tags = tuple[tuple[str, str], ...]
Serial = tuple[int, int, str, float]
"""A position in the stream, an index in that entry, the stream's sequence, and the latest time so far (Unix, s)."""

_OVERHEAD_BYTES = 300  # for the objects that make up a line
_MAX_BYTES = MAX_BODY_BYTES + 2
_TAG_BYTES = 110  # for time, msgid, batch and account
_WITHOUT_SOURCE = frozenset(("AUTHENTICATE", "ERROR", "PING"))


class Line:
    """One message to many readers. Its tags depend on a reader's capabilities; its body does not.

    A body that is too long is cut between characters, because its source can make it longer than the command was. What
    must not be cut is refused earlier. History keeps lines, too. `time` is the one shown. A line with a serial has a
    msgid, which is unique and sorts in the order of the stream.
    """

    __slots__ = ("account", "author", "body", "serial", "size", "tags", "time")

    def __init__(
        self,
        text: str,
        time: float,
        serial: Serial | None = None,
        tags: Tags = (),
        account: str | None = None,
        author: str = "",
    ) -> None:
        data = (text + "\r\n").encode()
        self.body = data if len(data) <= _MAX_BYTES else _cut(data)
        self.time = time
        self.serial = serial
        self.tags = serialize_tags(tags).encode() if tags else b""  # client-only tags, serialized to save memory
        self.account = account  # the sender's account
        self.author = author  # the sender's identity, if this is a message
        self.size = len(self.body) + len(self.tags) + _OVERHEAD_BYTES  # approximate size in memory

    @classmethod
    def recorded(cls, found: Recorded, sequence: str) -> Line:
        """Return a recorded line as it was sent originally. `sequence` is the stream's."""
        serial = (found.id >> 16, found.id & 0xFFFF, sequence, seconds(found.order_ms))
        text, by = f":{found.source} {found.rest}", (found.account, found.author)
        kind = WholeMessage if BREAK in found.rest else cls
        line = kind(text, seconds(found.time_ms), serial, (), *by)
        line.tags = found.tags.encode()
        line.size += len(line.tags)
        return line

    @property
    def msgid(self) -> str:
        """Return the message's id; '' if the line has none."""
        if self.serial is None:
            return ""
        position, index, sequence, _ = self.serial
        return f"{position:012x}{index:04x}{sequence}"

    @property
    def id(self) -> int:
        """Return the position in the stream and the index in that entry as one number; 0 if the line has no serial."""
        return 0 if self.serial is None else line_id(self.serial[0], self.serial[1])

    @property
    def source(self) -> bytes:
        """Return the line's source: nick!user@host, or a server."""
        return self.body[1 : self.body.index(b" ")]

    @property
    def command(self) -> str:
        """Return the command: PRIVMSG, JOIN and so on."""
        return self.body.split(None, 2)[1].decode()

    @property
    def order_time(self) -> float:
        """Return a time (Unix, s) that never decreases from one line to the next, even if the clock is set back."""
        return self.time if self.serial is None else self.serial[3]

    @property
    def target(self) -> str:
        """Return the first parameter, which is a message's target."""
        return self.body.removesuffix(b"\r\n").split(b" ", 3)[2].decode()

    def to(self, target: str) -> Line:
        """Return the line with another target, or unchanged if it would not fit."""
        source, command, _, *rest = self.body.removesuffix(b"\r\n").split(b" ", 3)
        body = b" ".join((source, command, target.encode(), *rest))
        return self._with(body.decode()) if len(body) <= MAX_BODY_BYTES else self

    def _with(self, text: str) -> Line:
        line = type(self)(text, self.time, self.serial, (), self.account, self.author)
        line.tags = self.tags
        return line

    @property
    def said(self) -> str:
        """Return the text of a message as people read it."""
        return self.body.decode().removesuffix("\r\n").partition(" :")[2]

    @property
    def sent_bytes(self) -> int:
        """Return roughly how many bytes the line takes with all tags."""
        return len(self.body) + len(self.tags) + _TAG_BYTES

    def is_single(self, tag_bits: int) -> bool:
        """Return whether such readers receive one protocol line, or one batch."""
        return True

    def encoded(self, tag_bits: int) -> bytes:
        """Return the line for readers with these capabilities (those of TAG_MASK) and format (those of FORMAT_MASK)."""
        return self.tagged(tag_bits, ()) if tag_bits else self.body

    def tagged(self, tag_bits: int, more: Tags) -> bytes:
        """Return the line for one reader with these capabilities, with more tags in front (batch, label)."""
        tags = [*more]
        if tag_bits & SERVER_TIME:
            tags.append(("time", format_time(self.time)))
        if tag_bits & MESSAGE_TAGS and self.serial is not None:
            tags.append(("msgid", self.msgid))
        if tag_bits & ACCOUNT_TAG and self.account is not None:
            tags.append(("account", self.account))
        written = serialize_tags(tags).encode()
        if tag_bits & MESSAGE_TAGS and self.tags:
            written = b";".join((written, self.tags)) if written else self.tags
        line = b"@%b %b" % (written, self.body) if written else self.body
        return in_format(line, tag_bits) if tag_bits & FORMAT_MASK else line


class WholeMessage(Line):
    """A multiline message. Readers with MULTILINE among their bits receive it as one batch, others as lines.

    The lines are the sender's; one that does not fit with the source in front is split. The body has the whole message
    in one line, as the journal needs it (`to_one_line`).
    """

    __slots__ = ("text",)

    def __init__(
        self,
        text: str,
        time: float,
        serial: Serial | None = None,
        tags: Tags = (),
        account: str | None = None,
        author: str = "",
    ) -> None:
        before, _, self.text = text.partition(" :")
        super().__init__(before, time, serial, tags, account, author)
        self.body = to_one_line(text.encode()) + b"\r\n"
        self.size = 2 * len(self.body) + len(self.tags) + _OVERHEAD_BYTES

    def to(self, target: str) -> Line:
        """See Line."""
        source, command, _ = self._before.split(" ")
        return self._with(f"{source} {command} {target} :{self.text}")

    @property
    def said(self) -> str:
        """See Line."""
        return as_read(self.text)

    @property
    def sent_bytes(self) -> int:
        """See Line."""
        lines = self.text.count(BREAK) + 1
        each = len(self._before.encode()) + len(self._repeated_tags) + _TAG_BYTES
        return len(self.body) + len(self.tags) + lines * each

    def is_single(self, tag_bits: int) -> bool:
        """See Line."""
        return bool(tag_bits & MULTILINE) or sum(bool(part.text) for part in self._parts()) == 1

    def encoded(self, tag_bits: int) -> bytes:
        """See Line."""
        return self.tagged(tag_bits, ())

    def tagged(self, tag_bits: int, more: Tags) -> bytes:
        """See Line. These tags go on the batch's first line; its last line keeps only the tag of an outer batch."""
        lines = self._batch(tag_bits, more) if tag_bits & MULTILINE else self._lines(tag_bits, more)
        return b"".join(lines)

    def _lines(self, tag_bits: int, more: Tags) -> Iterator[bytes]:
        """Yield the lines for readers without multiline: the first has the msgid, blank ones are left out."""
        serial, tags = self.serial, self.tags
        for part in self._parts():
            if part.text:
                yield self._line(f"{self._before} :{part.text}", serial, tags).tagged(tag_bits, more)
                serial, tags = None, self._repeated_tags

    def _batch(self, tag_bits: int, more: Tags) -> Iterator[bytes]:
        source, _, target = self._before.split(" ")
        name = f"m{self.id:x}"  # the same for all readers, and unique
        yield self._line(f"{source} BATCH +{name} {BATCH_TYPE} {target}", self.serial, self.tags).tagged(tag_bits, more)
        inside = ("batch", name)
        for part in self._parts():
            tags = (inside, (CONCAT_TAG, "")) if part.is_joined else (inside,)
            yield Line(f"{self._before} :{part.text}", self.time).tagged(tag_bits & FORMAT_MASK, tags)
        around = tuple(tag for tag in more if tag[0] == "batch")
        yield Line(f"BATCH -{name}", self.time).tagged(tag_bits, around)

    def _line(self, text: str, serial: Serial | None, tags: bytes) -> Line:
        line = Line(text, self.time, serial, (), self.account)
        line.tags = tags
        return line

    @property
    def _repeated_tags(self) -> bytes:
        return self.tags if len(self.tags) <= MAX_REPEATED_TAG_BYTES else b""

    @property
    def _before(self) -> str:
        """Return source, command and target, with which each line begins."""
        return self.body.partition(b" :")[0].decode()

    def _parts(self) -> list[Part]:
        return fitted(self.text, MAX_BODY_BYTES - len(self._before.encode()) - 2)


def reply_bytes(server_name: str, nick: str, reply: Reply) -> bytes:
    """Return a reply to an unregistered client as a line, with no tags but its own."""
    if reply[0].startswith("@"):
        return f"{reply[0]} ".encode() + reply_bytes(server_name, nick, reply[1:])
    return Line(reply_text(server_name, nick, reply), 0.0).body


def reply_text(server_name: str, nick: str, reply: Reply) -> str:
    """Return a reply as the text of a line, with the target's nick after a numeric.

    A parameter that a person typed is cut at its first space where the grammar allows no spaces.
    A SASL challenge is written without a colon, as in the specification's examples: some clients compare the whole
    line.
    """
    command, *params = reply
    words = [command] if command in _WITHOUT_SOURCE else [":" + server_name, command]
    if command.isdigit():
        words.append(nick or "*")
    words.extend(_as_middle(param) for param in params[:-1])
    if params:
        words.append(params[-1] if command == "AUTHENTICATE" else ":" + params[-1])
    return " ".join(words)


def seconds(ms: int) -> float:
    """Return a time (s) that is in this millisecond however it is rounded."""
    return (ms + 0.5) / 1000


def _cut(data: bytes) -> bytes:
    """Return the beginning of a text, in whole characters, that fits a line."""
    return data[:MAX_BODY_BYTES].decode(errors="ignore").encode() + b"\r\n"


def _as_middle(param: str) -> str:
    return param.lstrip(":").partition(" ")[0] or "*"
