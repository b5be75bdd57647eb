"""What follows the log as it is written, such as the seals. It knows nothing of how."""

from __future__ import annotations

from typing import Protocol


class Witness(Protocol):
    """Is told what is in the log for good, in order, and waits for nothing.

    Delivery's thread, and the main thread before and after it.
    """

    def begin(self, descriptor: int) -> None:
        """From now on this file is written, after what is in it already. The descriptor is good until `leave`."""

    def wrote(self, data: bytes, torn: int = 0) -> None:
        """This was appended, and stays. So many bytes came after it, and do not."""

    def leave(self) -> None:
        """Nothing more is written to the file: the log goes on in another, or is closed."""


class NoWitness:
    """Takes no notice."""

    def begin(self, descriptor: int) -> None:
        """See Witness."""

    def wrote(self, data: bytes, torn: int = 0) -> None:
        """See Witness."""

    def leave(self) -> None:
        """See Witness."""
