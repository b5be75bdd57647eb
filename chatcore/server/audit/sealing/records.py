"""The lines of chat.log.seal: a header that names the chain, then records, each numbered and authenticated.

    header = "chatcore-seal 1 chain=" ID LF
    record = kind SP number SP time *(SP name "=" value) SP "mac=" MAC LF
    kind   = "start" | "next" | "seal" | "left" | "emptied" | "removed" | "end"

A record covers bytes and lines of one file of the log. Those of a `seal` were handed over as they were written. Those
of `start` (a tracker starts) and `next` (a file begins) were found in the file: they do not count as sealed, but later
changes of them are detected. `left` and `emptied` end a file, `end` ends a run. `removed` says that another file was
removed; `gone` identifies it by its first line.

The MAC of record n uses key n, and covers the MAC before it (for the first record: the header) and the record's whole
line. `digests` has 8 characters for each line: they only help to name a changed line, and prove nothing.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast, get_args

from chatcore.server.audit.sealing.keys import authenticate

VERSION = 1
NOTHING = "-"
DIGEST_CHARS = 8
MAX_DIGESTS = 100_000
"""The maximum number in one record. Lines beyond it have no digest."""
MAX_LINE_BYTES = 1 << 16
"""A longer line is not one of ours, and has no digest."""

Kind = Literal["start", "next", "seal", "left", "emptied", "removed", "end"]
KINDS: tuple[str, ...] = get_args(Kind)
FOUND = ("start", "next")
"""The kinds whose bytes were in the file already."""

_HEADER = re.compile(r"chatcore-seal \d+ chain=([0-9a-f]{16})\n")
_RECORD = re.compile(
    r"(?P<kind>[a-z]+) (?P<number>\d+) (?P<time>\S+) file=(?P<file>\d+) first=(?P<first>\S+)"
    r" bytes=(?P<start>\d+)-(?P<stop>\d+) lines=(?P<start_line>\d+)-(?P<stop_line>\d+)"
    r"(?: sha256=(?P<sha256>[0-9a-f]{64}) digests=(?P<digests>\S+))?(?: gone=(?P<gone>\S+))?"
)
_MAC = b" mac="
_MAC_CHARS = 64


class NotAuthentic(ValueError):
    """A line was not written with the expected key, or not after the line before it."""


@dataclass(frozen=True, slots=True)
class Record:
    """A parsed record. `start` and `stop` are offsets in the file; the lines count the line ends before them."""

    kind: Kind
    number: int
    time: str
    file: int = 0  # the files of a chain are numbered from 1
    first: str = NOTHING  # the digest of the file's first line
    start: int = 0
    stop: int = 0
    start_line: int = 0
    stop_line: int = 0
    sha256: str = ""  # of the bytes
    digests: str = ""  # of the lines, up to MAX_DIGESTS, joined
    gone: str = ""  # of a `removed` record: the digest of the removed file's first line

    def text(self) -> str:
        """Return the record as it is written, without its MAC."""
        words = [
            f"{self.kind} {self.number} {self.time} file={self.file} first={self.first}",
            f"bytes={self.start}-{self.stop} lines={self.start_line}-{self.stop_line}",
        ]
        if self.sha256:
            words.append(f"sha256={self.sha256} digests={self.digests or NOTHING}")
        if self.gone:
            words.append(f"gone={self.gone}")
        return " ".join(words)


def header(chain: str) -> bytes:
    """Return the first line of a chain's file."""
    return f"chatcore-seal {VERSION} chain={chain}\n".encode()


def parse_header(line: bytes) -> str:
    """Return the chain id in a file's first line, whatever its version. Raises ValueError if it is not a header."""
    found = _HEADER.fullmatch(line.decode("ascii"))
    if not found:
        raise ValueError("not a header of seals")
    return found[1]


def origin(chain: str) -> bytes:
    """Return what takes the place of the MAC before the first record."""
    return hashlib.sha256(header(chain)).digest()


def sealed(record: Record, key: bytes, before: bytes) -> tuple[bytes, bytes]:
    """Return a record's line and its MAC."""
    body = record.text().encode()
    mac = authenticate(key, before, body)
    return body + _MAC + mac.hex().encode() + b"\n", mac


def opened(line: bytes, key: bytes, before: bytes) -> tuple[Record, bytes]:
    """Return a line's record and its MAC.

    Raises NotAuthentic if the line was not written with this key after that MAC, and ValueError as `parse` does.
    """
    body, given = line[: -len(_MAC) - _MAC_CHARS - 1], line[-len(_MAC) - _MAC_CHARS - 1 :]
    mac = authenticate(key, before, body)
    if given != _MAC + mac.hex().encode() + b"\n":
        raise NotAuthentic("it is not authentic")
    return parse(body), mac


def parse(body: bytes) -> Record:
    """Parse an authentic record. Raises ValueError if a newer version has written it."""
    found = _RECORD.fullmatch(body.decode("ascii"))
    if not found or found["kind"] not in KINDS:
        raise ValueError("a newer version of chatcore has written it")
    digests = found["digests"] or ""
    return Record(
        cast("Kind", sys.intern(found["kind"])),
        int(found["number"]),
        found["time"],
        int(found["file"]),
        found["first"],
        int(found["start"]),
        int(found["stop"]),
        int(found["start_line"]),
        int(found["stop_line"]),
        sha256=found["sha256"] or "",
        digests="" if digests == NOTHING else digests,
        gone=found["gone"] or "",
    )


def digest_of(line: bytes) -> str:
    """Return the short digest of a line, given with its line end."""
    return base64.urlsafe_b64encode(hashlib.blake2b(line, digest_size=6).digest()).decode()


def digest_of_first(line: bytes) -> str:
    """Return what identifies a file: the digest of its first line; NOTHING as long as that line has no end."""
    return digest_of(line) if line.endswith(b"\n") else NOTHING


def digest_of_found(top: bytes) -> str:
    """Return the same for a file about to be continued, given its beginning: a torn line will be ended first."""
    line, end, _ = top.partition(b"\n")
    return digest_of(line + b"\n") if end or 0 < len(line) < MAX_LINE_BYTES else NOTHING


def split_lines(data: bytes) -> Iterator[bytes]:
    """Yield the lines of some bytes, with their line ends. The first and the last may be incomplete."""
    start = 0
    while stop := data.find(b"\n", start) + 1:
        yield data[start:stop]
        start = stop
    if start < len(data):
        yield data[start:]


class Span:
    """The digests of bytes of a file that go into one record, without the text."""

    def __init__(self, *, with_digests: bool = True) -> None:
        self.has_digests = with_digests
        self.bytes = self.lines = 0
        self._sha256 = hashlib.sha256()
        self._digests: list[str] = []
        self._rest = b""  # an incomplete line
        self.first = ""  # the digest of the first line
        self._room = MAX_DIGESTS if with_digests else 0

    def add(self, data: bytes) -> None:
        """Append some bytes."""
        self.bytes += len(data)
        self.lines += data.count(b"\n")
        self._sha256.update(data)
        if not self.first:
            self.first = digest_of_first(data[: data.find(b"\n") + 1])
        if self._room:
            *whole, self._rest = split_lines_with_rest(self._rest + data)
            self._digests.extend(map(digest_of, whole[: self._room]))
            self._room -= min(len(whole), self._room)
            if len(self._rest) > MAX_LINE_BYTES:
                self._room, self._rest = 0, b""

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of all bytes."""
        return self._sha256.hexdigest()

    @property
    def digests(self) -> str:
        """Return the digests of the lines, including an incomplete last one."""
        last = [digest_of(self._rest)] if self._rest and self._room else []
        return "".join(self._digests + last)


def split_lines_with_rest(data: bytes) -> list[bytes]:
    """Return the whole lines of some bytes, followed by the incomplete rest, which may be b''."""
    lines = list(split_lines(data))
    return lines if lines and not lines[-1].endswith(b"\n") else [*lines, b""]
