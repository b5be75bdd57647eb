"""From data to the bytes of one line, with the tags that its reader negotiated."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from chatcore.protocol.capabilities import MESSAGE_TAGS, SERVER_TIME
from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.protocol.message import serialize_tags
from chatcore.state.events import Reply

Tags = tuple[tuple[str, str], ...]
_WITHOUT_SOURCE = frozenset(("ERROR", "PING"))


class Line:
    """One message to many readers. The tags in front depend on a reader's capabilities, the body does not."""

    __slots__ = ("_tagged", "body", "msgid", "tags", "time")

    def __init__(self, text: str, time: float, msgid: str = "", tags: Tags = ()) -> None:
        self.body = text.encode() + b"\r\n"
        self.time = time
        self.msgid = msgid
        self.tags = tags
        self._tagged: dict[int, bytes] = {0: self.body}

    def encoded(self, tag_bits: int) -> bytes:
        """Return the line for readers with these capabilities (those of TAG_MASK)."""
        data = self._tagged.get(tag_bits)
        if data is None:
            data = self._tagged[tag_bits] = self._with_tags(tag_bits, ())
        return data

    def batched(self, tag_bits: int, batch: str) -> bytes:
        """Return the line as part of a batch."""
        return self._with_tags(tag_bits, (("batch", batch),))

    def _with_tags(self, tag_bits: int, more: Tags) -> bytes:
        tags = [*more]
        if tag_bits & SERVER_TIME:
            tags.append(("time", format_time(self.time)))
        if tag_bits & MESSAGE_TAGS:
            if self.msgid:
                tags.append(("msgid", self.msgid))
            tags.extend(self.tags)
        return f"@{serialize_tags(tags)} ".encode() + self.body if tags else self.body


def format_time(unix_time: float) -> str:
    """Return a time as the server-time specification and the audit log write it: UTC, with milliseconds."""
    whole = int(unix_time)
    return f"{_format_second(whole)}.{int((unix_time - whole) * 1000):03d}Z"


def reply_bytes(server_name: str, nick: str, reply: Reply) -> bytes:
    """Return a reply as a line: a numeric has its target's nick first.

    What a person wrote may stand in a place where the grammar does not allow it: it is cut at its first space. A line
    that is too long is cut between characters.
    """
    command, *params = reply
    words = [command] if command in _WITHOUT_SOURCE else [":" + server_name, command]
    if command.isdigit():
        words.append(nick or "*")
    words.extend(_as_middle(param) for param in params[:-1])
    if params:
        words.append(":" + params[-1])
    data = " ".join(words).encode()
    if len(data) > MAX_BODY_BYTES:
        data = data[:MAX_BODY_BYTES].decode(errors="ignore").encode()
    return data + b"\r\n"


def _as_middle(param: str) -> str:
    return param.lstrip(":").partition(" ")[0] or "*"


@lru_cache(maxsize=16)
def _format_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
