"""Who has spoken recently in a slow room (+W), and how long they have to wait before they speak again.

Leaving and coming back does not shorten the wait. It follows an account anywhere, and a visit without an account while
it stays; once that leaves, it passes to its address. Users who share an address and stay do not wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from chatcore.state.client import Client

MAX_REMEMBERED = 10_000


class SlowMode:
    """When each user last spoke (monotonic, s), and the interval between messages. Under its channel's lock."""

    __slots__ = ("_spoken", "interval_s")

    def __init__(self) -> None:
        self.interval_s = 0  # not slow
        self._spoken: dict[str, float] = {}  # by account, visit or address block; the latest is mostly last

    def __len__(self) -> int:
        return len(self._spoken)

    def set_interval(self, interval_s: int) -> None:
        """Set the interval between messages; 0 turns slow mode off."""
        self.interval_s = interval_s
        if not interval_s:
            self._spoken.clear()

    def wait_s(self, client: Client, *, is_member: bool, now: float) -> float:
        """Return how long the client still has to wait; 0 or less if it may speak."""
        spoken = [self._spoken[key] for key in _keys(client, is_member) if key in self._spoken]
        return max(spoken) + self.interval_s - now if spoken else 0.0

    def note(self, client: Client, *, is_member: bool, now: float) -> None:
        """Note that the client speaks; forget expired entries, and the oldest ones beyond the maximum."""
        for key in _keys(client, is_member):
            self._spoken.pop(key, None)
            self._spoken[key] = now
        while True:
            first = next(iter(self._spoken))
            if self._spoken[first] > now - self.interval_s and len(self._spoken) <= MAX_REMEMBERED:
                return
            del self._spoken[first]

    def state(self) -> tuple[tuple[str, float], ...]:
        """Return when each last spoke, in the order in which the entries expire."""
        return tuple(self._spoken.items())

    def restore(self, state: Iterable[tuple[str, float]]) -> None:
        """Replace the entries with these."""
        self._spoken = dict(state)

    def enter(self, client: Client) -> None:
        """Make a newcomer without an account wait as long as the last visit that left from its address."""
        spoken = self._spoken.get(_block_key(client))
        if spoken is not None and not client.account_id:
            self._spoken[_visit_key(client)] = spoken

    def leave(self, client: Client) -> None:
        """Pass the client's wait on to the next client from its address."""
        spoken = self._spoken.pop(_visit_key(client), None)
        if spoken is not None:
            block = _block_key(client)
            self._spoken[block] = max(spoken, self._spoken.get(block, spoken))


def words_for_wait(wait_s: float) -> str:
    """Return a message about the wait; '' if there is none."""
    return f"This room is slow: you can speak again in {ceil(wait_s)} s" if wait_s > 0 else ""


def _keys(client: Client, is_member: bool) -> list[str]:
    """Return the keys of the client's entries: both account and visit, because it may log in or out."""
    keys = [_visit_key(client)] if is_member else []
    if client.account_id:
        keys.append(f"account {client.account_id}")
    return keys or [_block_key(client)]


def _visit_key(client: Client) -> str:
    return f"visit {client.visit}"


def _block_key(client: Client) -> str:
    return f"block {client.block}"
