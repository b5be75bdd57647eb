"""The interface of something that follows the log as it is written, such as the seals."""

from __future__ import annotations

from typing import Protocol


class Witness(Protocol):
    """Is told what is in the log for good, in order. Must not block.

    Delivery's thread, and the main thread before and after it.
    """

    def begin(self, descriptor: int) -> None:
        """Note that lines are now appended to this file. The descriptor is valid until `leave`."""

    def wrote(self, data: bytes, torn: int = 0) -> None:
        """Note that `data` was appended for good, followed by `torn` more bytes that will be cut off."""

    def leave(self) -> None:
        """Note that nothing more is written to the file: the log continues in another file or is closed."""


class NoWitness:
    """A witness that does nothing."""

    def begin(self, descriptor: int) -> None:
        """See Witness."""

    def wrote(self, data: bytes, torn: int = 0) -> None:
        """See Witness."""

    def leave(self) -> None:
        """See Witness."""
