"""Who has spoken lately in a slow room (+W), so that they wait until they speak again.

Whoever leaves and comes back still has to wait: an account anywhere, a visit without one as long as it stays, and what
comes from the address of one that has left. People who share an address and stay do not wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from chatcore.state.client import Client

MAX_REMEMBERED = 10_000


class SlowMode:
    """When each has last spoken (monotonic, s), and how long that counts. Under the lock of the channel whose it is."""

    __slots__ = ("_spoken", "interval_s")

    def __init__(self) -> None:
        self.interval_s = 0  # not slow
        self._spoken: dict[str, float] = {}  # by account, visit or address block, the latest mostly last

    def __len__(self) -> int:
        return len(self._spoken)

    def set_interval(self, interval_s: int) -> None:
        """Have the channel be as slow as this, or not at all (0)."""
        self.interval_s = interval_s
        if not interval_s:
            self._spoken.clear()

    def wait_s(self, client: Client, *, is_member: bool, now: float) -> float:
        """Return for how long the client has to be silent yet, 0 or less if it may speak."""
        spoken = [self._spoken[key] for key in _keys(client, is_member) if key in self._spoken]
        return max(spoken) + self.interval_s - now if spoken else 0.0

    def note(self, client: Client, *, is_member: bool, now: float) -> None:
        """Note that the client speaks; forget who may speak again, and beyond the maximum whoever spoke first."""
        for key in _keys(client, is_member):
            self._spoken.pop(key, None)
            self._spoken[key] = now
        while True:
            first = next(iter(self._spoken))
            if self._spoken[first] > now - self.interval_s and len(self._spoken) <= MAX_REMEMBERED:
                return
            del self._spoken[first]

    def state(self) -> tuple[tuple[str, float], ...]:
        """Return when each has last spoken, in the order in which that is forgotten."""
        return tuple(self._spoken.items())

    def restore(self, state: Iterable[tuple[str, float]]) -> None:
        """Have these have spoken last, and nobody else."""
        self._spoken = dict(state)

    def enter(self, client: Client) -> None:
        """Have a newcomer without an account wait for what was said from its address by whoever has left."""
        spoken = self._spoken.get(_block_key(client))
        if spoken is not None and not client.account_id:
            self._spoken[_visit_key(client)] = spoken

    def leave(self, client: Client) -> None:
        """Have whoever comes from the client's address next wait in its place."""
        spoken = self._spoken.pop(_visit_key(client), None)
        if spoken is not None:
            block = _block_key(client)
            self._spoken[block] = max(spoken, self._spoken.get(block, spoken))


def words_for_wait(wait_s: float) -> str:
    """Return in words that somebody has to wait for so long; '' if not at all."""
    return f"This room is slow: you can speak again in {ceil(wait_s)} s" if wait_s > 0 else ""


def _keys(client: Client, is_member: bool) -> list[str]:
    """Return all that the client is known by. An account and a visit are both noted: one may log in, or out."""
    keys = [_visit_key(client)] if is_member else []
    if client.account_id:
        keys.append(f"account {client.account_id}")
    return keys or [_block_key(client)]


def _visit_key(client: Client) -> str:
    return f"visit {client.visit}"


def _block_key(client: Client) -> str:
    return f"block {client.block}"
