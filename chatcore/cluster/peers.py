"""Send segments from one tracker to another through the engine: one asks, and one that has the segment answers.

The traffic is bounded: few chunks wait in the engine at a time, and they expire.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from chatcore.cluster.chain import Held
from chatcore.cluster.engine import Exchange
from chatcore.cluster.segment_file import GZIP_SUFFIX, Head, OpenSegment, SegmentUnusable
from chatcore.cluster.segments import UNFINISHED_SUFFIX, Segments, ends, is_after
from chatcore.errors import EngineAway
from chatcore.transport.private_files import replace_private

CHUNK_BYTES = 1 << 20
MAX_WAITING = 8
"""Chunks that nobody has taken yet, at most."""

TTL_S = 60
ANSWER_S = 5.0
"""How long to wait for the first answer; a tracker that has not answered by then has nothing."""

_MORE_S = 1.0  # after that, for answers from others
_CHUNK_S = 30.0  # for a chunk: the sender may have others to serve first
_TRIES = 3
_LOOK_S = 0.5
_PAUSE_S = 0.02
_MAX_HELD = 2000
_DATA, _END, _GONE = b"d", b"e", b"g"


class Peers:
    """Asks the other trackers: see chain.Others. Main thread."""

    def __init__(self, exchange: Exchange, folder: Path, clock: Callable[[], float] = monotonic) -> None:
        """Put what arrives into this folder while it is being read; `clock` is in s."""
        self._exchange = exchange
        self._folder = folder
        self._clock = clock
        self._fetched: tuple[Held, Path] | None = None

    def held(self) -> list[Held]:
        """See Others. Raises EngineAway."""
        found: list[Held] = []
        with self._asked({"what": "held"}) as key:
            until = self._clock() + ANSWER_S
            while (left := until - self._clock()) > 0 and (answer := self._exchange.pop(key, left)) is not None:
                until = min(until, self._clock() + _MORE_S)
                with contextlib.suppress(ValueError, TypeError, LookupError):
                    whose, segments = json.loads(answer)
                    found += [Held(Head(**head), end, whose) for head, end in segments]
        return found

    def fetch(self, held: Held) -> OpenSegment:
        """See Others: fetch a segment and open it. Raises SegmentUnusable, EngineAway, OSError."""
        if self._fetched is None or self._fetched[0] != held:
            self.forget()
            data, is_packed = self._receive(held)
            path = self._folder / f"fetched{UNFINISHED_SUFFIX}{GZIP_SUFFIX if is_packed else ''}"
            replace_private(path, data)
            self._fetched = held, path
        return OpenSegment(self._fetched[1])

    def forget(self) -> None:
        """See Others: remove what was fetched last."""
        if self._fetched:
            self._fetched[1].unlink(missing_ok=True)
            self._fetched = None

    def _receive(self, held: Held) -> tuple[bytes, bool]:
        question = {"what": "segment", "position": held.head.position, "after": held.head.after, "end": held.end}
        for _ in range(_TRIES):
            with self._asked(question | {"whose": held.whose}) as key:
                chunks = list(self._chunks(key))
            if chunks and chunks[-1] == _GONE:
                break
            if chunks and chunks[-1][:1] == _END:
                data = b"".join(chunk[1:] for chunk in chunks[:-1])
                crc, is_packed = json.loads(chunks[-1][1:])
                if crc == zlib.crc32(data):
                    return data, is_packed
        raise SegmentUnusable(
            f"the part of the chat after position {held.head.position} did not come from {held.whose}"
        )

    def _chunks(self, key: str) -> Iterator[bytes]:
        """Yield the chunks as they arrive, up to the end or until no more arrive."""
        while (chunk := self._exchange.pop(key, _CHUNK_S)) is not None:
            yield chunk
            if chunk[:1] in (_END, _GONE):
                return

    @contextmanager
    def _asked(self, question: dict[str, Any]) -> Iterator[str]:
        """Within the block, ask; yield the key of the answers. Afterwards withdraw the question."""
        number = secrets.randbits(62)
        self._exchange.ask(number, json.dumps(question).encode())
        try:
            yield str(number)
        finally:
            with contextlib.suppress(EngineAway):
                self._exchange.ask(number, None)


class Transfer(threading.Thread):
    """Answers other trackers. The thread "transfer"."""

    def __init__(self, exchange: Exchange, segments: Segments, name: str) -> None:
        """Answer from these segments; `name` is this tracker's."""
        super().__init__(name="transfer")
        self._exchange = exchange
        self._segments = segments
        self._whose = name
        self._stopped = threading.Event()
        self._seen: set[int] = set()  # answered already, or meant for others

    def stop(self) -> None:
        """Stop the thread and wait for it."""
        self._stopped.set()
        if self.is_alive():
            self.join()

    def run(self) -> None:
        """Answer until stopped, also after the engine was away."""
        while not self._stopped.wait(_LOOK_S):
            with contextlib.suppress(EngineAway, OSError, SegmentUnusable):
                self.look()

    def look(self, *, may_send: bool = True) -> None:
        """Answer what has been asked since the last call. Raises EngineAway, OSError, SegmentUnusable."""
        asks = self._exchange.asks()
        self._seen &= asks.keys()
        for number in sorted(asks.keys() - self._seen):
            question = _parse(asks[number])
            # What fails is tried again next time: the file may just have been compressed.
            if question.get("what") == "held":
                self._exchange.push(str(number), self._list(), TTL_S)
                self._seen.add(number)
            elif question.get("what") == "segment" and may_send:
                self._send(number, question)
                self._seen.add(number)

    def _list(self) -> bytes:
        held = [(found.head._asdict() | {"place": ""}, found.end) for found in self._held()]
        return json.dumps([self._whose, held[-_MAX_HELD:]]).encode()

    def _held(self) -> list[Held]:
        """Return the segments up to the current one. Any after that will be overwritten."""
        current = self._segments.position
        found = [segment for segment in self._segments.all() if segment.head.position <= current]
        forgotten = self._segments.forgotten
        return [Held(segment.head, end) for segment, end in ends(found) if segment.head.position >= forgotten]

    def _send(self, number: int, question: dict[str, Any]) -> None:
        """Send a segment if it is here and nobody else sends it; if it was merged into another since, say so."""
        for held in self._held():
            is_it = held.head.position == question.get("position") and held.head.after == question.get("after")
            if is_it and not is_after(str(question.get("end", "")), held.end):
                if self._exchange.claim(str(number), TTL_S):
                    path = next(found.path for found in self._segments.all() if found.head == held.head)
                    self._send_file(number, path)
                return
        if question.get("whose") == self._whose:
            self._exchange.push(str(number), _GONE, TTL_S)

    def _send_file(self, number: int, path: Path) -> None:
        crc = 0
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES - 1):
                crc = zlib.crc32(chunk, crc)
                if not self._wait_for_room(number):
                    return
                self._exchange.push(str(number), _DATA + chunk, TTL_S)
        self._exchange.push(str(number), _END + json.dumps([crc, path.suffix == GZIP_SUFFIX]).encode(), TTL_S)

    def _wait_for_room(self, number: int) -> bool:
        """Wait until few chunks are queued; return whether they are still wanted."""
        until, looked = monotonic() + TTL_S, monotonic()
        while self._exchange.length(str(number)) >= MAX_WAITING:
            if monotonic() > until or self._stopped.wait(_PAUSE_S):
                return False
            if monotonic() > looked + _LOOK_S:
                looked = monotonic()
                self.look(may_send=False)  # or others would think that this tracker has nothing
        return number in self._exchange.asks()


def _parse(data: bytes) -> dict[str, Any]:
    """Parse a question; return {} if it is not one."""
    with contextlib.suppress(ValueError):
        found = json.loads(data)
        return found if isinstance(found, dict) else {}
    return {}
