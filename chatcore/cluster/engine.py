"""What trackers need from an engine: one stream that all append to and read, and a place to exchange data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

FIRST = "0-0"
"""The id before all batches."""


class Batch(NamedTuple):
    """An entry of the stream. Ids are in the order of the stream, but as numbers: `order_of`."""

    id: str
    data: bytes

    @property
    def time(self) -> float:
        """When the engine took it, by its clock, which never goes back in a stream (Unix, s)."""
        return order_of(self.id)[0] / 1000


class Source(Protocol):
    """Reading from an engine. Any thread; every method raises EngineAway if the engine is unreachable or refuses."""

    def read(self, after: str, limit: int, wait_s: float) -> list[Batch]:
        """Return up to `limit` batches after the one with this id; wait so long for one, and return [] for none.

        Raises EngineLost and EngineTrimmed as `check` does: there is never a hole before what is returned.
        """

    def check(self, last: str) -> None:
        """See whether this is still the engine that it was, with the batch that was read last.

        Raises EngineTrimmed if all up to it, and perhaps more, has been removed on purpose; EngineLost if it is
        missing otherwise, the engine has another chat, or is no longer fit.
        """

    def first_id(self) -> str:
        """Return the id of the oldest batch there is, FIRST if there is none."""

    def last_id(self) -> str:
        """Return the id of the last batch that was ever appended, FIRST if there was none."""

    def snapshots(self) -> list[tuple[int, str]]:
        """Return position and batch id of each snapshot, the oldest first."""

    def snapshot(self, position: int) -> tuple[str, bytes] | None:
        """Return batch id and bytes of a snapshot, None if it has gone."""


class Exchange(Protocol):
    """Exchanging data with other trackers through an engine. Any thread; every method raises EngineAway."""

    def ask(self, number: int, data: bytes | None) -> None:
        """Let all trackers see a question; None takes it back. It disappears after a minute without any."""

    def asks(self) -> dict[int, bytes]:
        """Return the questions of all trackers, by number."""

    def claim(self, key: str, ttl_s: int) -> bool:
        """Return whether nobody else has claimed this within so many seconds."""

    def push(self, key: str, chunk: bytes, ttl_s: int) -> int:
        """Put a chunk behind those that wait under a key; return how many do. All go if so long none comes."""

    def length(self, key: str) -> int:
        """Return how many chunks wait."""

    def pop(self, key: str, wait_s: float) -> bytes | None:
        """Take the first chunk that waits; wait so long for one, and return None for none."""


class Engine(Source, Exchange, Protocol):
    """A complete engine. Any thread; every method raises EngineAway if the engine is unreachable or refuses."""

    def append(self, data: bytes) -> str:
        """Append a batch; return its id. After EngineAway it may have been appended, so the caller tries again."""

    def put_snapshot(self, position: int, batch_id: str, data: bytes) -> None:
        """Keep a snapshot of all state after a batch; those before the newest two are removed."""

    def drop_snapshots(self, before: int) -> None:
        """Remove the snapshots of positions before this one. Raises EngineAway."""

    def trim(self, before_id: str) -> None:
        """Remove the batches before the one with this id."""

    def claim_chat(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Say what the chat is, in as far as nobody has; return what holds. `check` is to find just that from now."""

    def new_incarnation(self) -> int:
        """Return a number, counted from 1, that no tracker has had before."""

    def close(self) -> None:
        """End all connections; idempotent. What others are doing ends with EngineAway, in a moment."""


def order_of(batch_id: str) -> tuple[int, int]:
    """Return what ids are compared by: the time (Unix, ms), and a number within it."""
    ms, _, number = batch_id.partition("-")
    return int(ms), int(number)
