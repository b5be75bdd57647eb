"""How many connections there are, in all and from each address."""

from __future__ import annotations

import threading


class Admissions:
    """Counts connections against their limits; 0 is no limit. Any thread."""

    def __init__(self, max_clients: int, max_per_address: int) -> None:
        self._max_clients = max_clients
        self._max_per_address = max_per_address
        self._lock = threading.Lock()
        self._total = 0
        self._by_address: dict[str, int] = {}

    def admit(self, address: str) -> str | None:
        """Count a connection from `address`, or return why it is refused, as words for a person."""
        with self._lock:
            here = self._by_address.get(address, 0)
            if self._max_clients and self._total >= self._max_clients:
                return "The tracker is full, try again later"
            if self._max_per_address and here >= self._max_per_address:
                return "Too many connections from your address"
            self._total += 1
            self._by_address[address] = here + 1
            return None

    def release(self, address: str) -> None:
        """Uncount a connection that `admit` counted."""
        with self._lock:
            self._total -= 1
            left = self._by_address[address] - 1
            if left:
                self._by_address[address] = left
            else:
                del self._by_address[address]
