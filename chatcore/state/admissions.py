"""Counts connections, in total and per address, and enforces the limits on them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import NamedTuple

FULL = "The tracker is full, try again later"


class Refusal(NamedTuple):
    """Why a connection is not served."""

    words: str  # for a person
    retry_after_s: int = 60  # 0: trying again later will not help

    @property
    def is_for_good(self) -> bool:
        """Return whether trying again later will not help."""
        return not self.retry_after_s


class Admissions:
    """Counts connections against their limits; 0 means no limit. Any thread."""

    def __init__(self, max_clients: int, max_per_address: int) -> None:
        self._max_clients = max_clients
        self._max_per_address = max_per_address
        self._lock = threading.Lock()
        self._total = 0
        self._by_address: dict[str, int] = {}

    def __len__(self) -> int:
        return self._total

    def admit(self, address: str | None) -> str | None:
        """Count a connection from `address` (None: not known yet); return the reason if it is refused, in words."""
        with self._lock:
            if self._max_clients and self._total >= self._max_clients:
                return FULL
            refusal = self._count_locked(address)
            if refusal is None:
                self._total += 1
            return refusal

    def count(self, address: str) -> None:
        """Count a connection that was admitted elsewhere, regardless of the limits."""
        with self._lock:
            self._total += 1
            self._by_address[address] = self._by_address.get(address, 0) + 1

    def move(self, before: str | None, address: str) -> str | None:
        """Count a connection under `address` instead of `before`; if it is refused, change nothing and return why."""
        with self._lock:
            refusal = self._count_locked(address)
            if refusal is None:
                self._uncount_locked(before)
            return refusal

    def release(self, address: str | None) -> None:
        """Uncount a connection that `admit` counted."""
        with self._lock:
            self._total -= 1
            self._uncount_locked(address)

    def _count_locked(self, address: str | None) -> str | None:
        if address is None:
            return None
        here = self._by_address.get(address, 0)
        if self._max_per_address and here >= self._max_per_address:
            return "Too many connections from your address"
        self._by_address[address] = here + 1
        return None

    def _uncount_locked(self, address: str | None) -> None:
        if address is None:
            return
        left = self._by_address[address] - 1
        if left:
            self._by_address[address] = left
        else:
            del self._by_address[address]


@dataclass(slots=True)
class Admission:
    """Where one connection is counted. Changed by the accept thread, then by the client's own thread."""

    counter: Admissions | None = None
    address: str | None = None  # None: not known yet
    refusal: Refusal | None = None  # why it is refused

    def release(self) -> None:
        """Uncount the connection."""
        if self.counter is not None:
            self.counter.release(self.address)
            self.counter = None
