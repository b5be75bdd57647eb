"""Addresses that one tracker has shut out for wrong passwords are shut out of all, for as long."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from chatcore.state.shelf import Rows, Shelf


class ShutOuts:
    """Those of a chat of several trackers: by address, until when (Unix time, s). Any thread."""

    def __init__(
        self, shelf: Shelf, seconds: float, unix_time: Callable[[], float], shut_out: Callable[[str, float], None]
    ) -> None:
        """Follow the shelf: `shut_out` is called with an address and for how many seconds. Before delivery begins.

        An address is shut out for `seconds`, and for no longer if another machine's clock is far ahead.
        """
        self._shelf = shelf
        self._seconds = seconds
        self._unix_time = unix_time
        self._shut_out = shut_out
        shelf.watch(self._follow)

    def tell(self, address: str) -> None:
        """Have all others shut out an address that this tracker has shut out now."""
        self._shelf.post(((address, str(self._unix_time() + self._seconds).encode()),))

    def tick(self) -> None:
        """Have all forget those whose time is up."""
        now = self._unix_time()
        for address, value in self._shelf.rows().items():
            if _until(value) <= now:
                self._shelf.post(((address, None),), ((address, value),))

    def _follow(self, rows: Rows) -> None:
        for address, value in rows:
            left_s = min(_until(value) - self._unix_time(), self._seconds)
            if left_s > 0:
                self._shut_out(address, left_s)


def _until(value: bytes | None) -> float:
    with contextlib.suppress(ValueError):
        return float(value or b"0")
    return 0.0
