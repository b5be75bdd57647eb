"""Where else the chat can be reached: the trackers that one of them has named, and the order to try them in. Pure.

A named tracker is trusted only if it shows the certificate that it was said to have.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest
from typing import NamedTuple

from chatcore.protocol.names import format_address, parse_address
from chatcore.protocol.tracker_list import TrackerAddress

MOST_PLACES = 32
"""How many addresses are tried in a round."""


class Place(NamedTuple):
    """Where a tracker is. `pin` is the SHA-256 of its certificate, '' if none was given."""

    host: str
    port: int
    pin: str = ""

    @property
    def address(self) -> str:
        return format_address(self.host, self.port)


def places_of(trackers: Iterable[TrackerAddress], here: Place, home: Place, start: int = 0) -> tuple[Place, ...]:
    """Return the places to try besides `here`: each tracker once, then their other addresses, `home` last.

    `start` says which tracker comes first, so that clients lost at the same time do not all go to the same one.
    """
    told = [[_place(address, tracker.pin) for address in tracker.addresses] for tracker in trackers]
    told = told[start % len(told) :] + told[: start % len(told)] if told else []
    found = [place for turn in zip_longest(*told) for place in turn if place is not None]
    others = [place for place in found if place[:2] != here[:2]][:MOST_PLACES]
    is_home_left = home[:2] not in {place[:2] for place in (here, *others)}
    return (*others, home) if is_home_left else tuple(others)


class Route:
    """The places to try during an absence, in rounds; None means where we were. For one thread."""

    def __init__(
        self, elsewhere: tuple[Place, ...], *, is_here_gone: bool, is_awaited: bool, is_silent: bool = False
    ) -> None:
        """Set the order by the state of our last tracker.

        `is_here_gone`: it is not tried. `is_awaited`: it will be back soon, so the first round tries nothing else.
        `is_silent`: it does not answer, and trying it would take long, so it comes last.
        """
        self._round: tuple[Place | None, ...] = (*elsewhere, None) if is_silent else (None, *elsewhere)
        if is_here_gone and elsewhere:
            self._round = elsewhere
        self._waits = is_awaited and not is_here_gone
        self._at = 0

    @property
    def is_round_over(self) -> bool:
        """Whether every place has been tried."""
        return self._at == 0

    def next(self) -> Place | None:
        """Return the next place to try."""
        place = self._round[self._at]
        self._at = 0 if self._waits else (self._at + 1) % len(self._round)
        self._waits = False
        return place

    def restart(self) -> None:
        """Start again with the first place."""
        self._at = 0

    def leave_out_here(self) -> None:
        """Stop trying where we were, unless there is nowhere else."""
        self._round = tuple(place for place in self._round if place is not None) or (None,)
        self._at = 0


def _place(address: str, pin: str) -> Place:
    host, port = parse_address(address) or (address, 0)
    return Place(host, port, pin)
