"""Bytes in, lines out: split a byte stream at CR LF, LF or CR, within bounds.

Limits: https://modern.ircdocs.horse/#messages (512 bytes with CR LF) and
https://ircv3.net/specs/extensions/message-tags#size-limit (4,094 bytes of tag data from a client).
"""

from __future__ import annotations

from chatcore.errors import LineTooLong

MAX_BODY_BYTES = 510  # without tags and without CR LF
MAX_CLIENT_TAG_BYTES = 4096  # '@', tag data of at most 4,094 bytes, and the space
MAX_LINE_BYTES = MAX_CLIENT_TAG_BYTES + MAX_BODY_BYTES

OVERLONG = None
"""Takes the place of a line that was too long in the result of `LineBuffer.feed`."""


class LineBuffer:
    """Collects received bytes and returns whole lines. Not thread-safe: one reader owns it."""

    def __init__(self, max_line_bytes: int = MAX_LINE_BYTES, max_overlong_bytes: int = 65536) -> None:
        self._max_line = max_line_bytes
        self._max_overlong = max_overlong_bytes
        self._pending = b""
        self._discarded = 0
        self.empty = 0
        """How many empty lines the data of the last `feed` had; 1 if it completed no line."""

    def feed(self, data: bytes) -> list[bytes | None]:
        """Return the lines that `data` completes, without line ends and empty lines.

        Every CR and every LF ends a line, so CR LF ends two, of which the second is empty. An overlong line appears
        once, as OVERLONG, as soon as it exceeds the limit; the rest of it is discarded. Raises LineTooLong when it
        goes on for more than `max_overlong_bytes`.
        """
        size = len(data) - 2
        if data.find(b"\r") == size and data.find(b"\n") == size + 1 and not (self._pending or self._discarded):
            self.empty = 0 if size > 0 else 1
            return (
                [data[:-2] if size <= self._max_line else OVERLONG] if size > 0 else []
            )  # the usual case: data is exactly one line
        *complete, rest = data.replace(b"\r", b"\n").split(b"\n")
        lines: list[bytes | None] = []
        for part in complete:
            self._end_line(part, lines)
        self._keep(rest, lines)
        ends = max(data.count(b"\n"), data.count(b"\r"))  # CR LF counts once
        self.empty = max(ends - len(lines), 0 if lines else 1)
        return lines

    def _end_line(self, part: bytes, lines: list[bytes | None]) -> None:
        if self._discarded:
            self._discarded = 0
            return
        line = self._pending + part if self._pending else part
        self._pending = b""
        if len(line) > self._max_line:
            lines.append(OVERLONG)
        elif line:
            lines.append(line)

    def _keep(self, rest: bytes, lines: list[bytes | None]) -> None:
        if not self._discarded:
            self._pending = self._pending + rest if self._pending else rest
            if len(self._pending) <= self._max_line:
                return
            lines.append(OVERLONG)
            rest, self._pending = self._pending, b""
        self._discarded += len(rest)
        if self._discarded > self._max_overlong:
            raise LineTooLong("a line without an end")


def is_too_long(line: bytes) -> bool:
    """Return whether a client's line (without CR LF) exceeds the limit on tags or on the rest."""
    if len(line) <= MAX_BODY_BYTES:
        return False
    if not line.startswith(b"@"):
        return True
    tags = line.find(b" ") + 1
    return tags == 0 or tags > MAX_CLIENT_TAG_BYTES or len(line) - tags > MAX_BODY_BYTES
