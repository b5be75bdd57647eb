"""Where else the chat can be reached: trackers that one of them has told of, and in which order they are tried. Pure.

A tracker that is told of is believed to be one only if it shows the certificate that it was told to have.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest
from typing import NamedTuple

from chatcore.protocol.names import format_address, parse_address
from chatcore.protocol.tracker_list import TrackerAddress

MOST_PLACES = 32
"""So many addresses are tried in a round."""


class Place(NamedTuple):
    """Where a tracker is. `pin` is the SHA-256 of its certificate, '' if nothing was said of that."""

    host: str
    port: int
    pin: str = ""

    @property
    def address(self) -> str:
        return format_address(self.host, self.port)


def places_of(trackers: Iterable[TrackerAddress], here: Place, home: Place, start: int = 0) -> tuple[Place, ...]:
    """Return where else to try than `here`: each tracker once, then their other addresses; last where we came first.

    `start` says with which tracker to begin: not all who were lost at once go to the same.
    """
    told = [[_place(address, tracker.pin) for address in tracker.addresses] for tracker in trackers]
    told = told[start % len(told) :] + told[: start % len(told)] if told else []
    found = [place for turn in zip_longest(*told) for place in turn if place is not None]
    others = [place for place in found if place[:2] != here[:2]][:MOST_PLACES]
    is_home_left = home[:2] not in {place[:2] for place in (here, *others)}
    return (*others, home) if is_home_left else tuple(others)


class Route:
    """The places of an absence, again and again; None is where we were. For one thread."""

    def __init__(
        self, elsewhere: tuple[Place, ...], *, is_here_gone: bool, is_awaited: bool, is_silent: bool = False
    ) -> None:
        """`is_here_gone`: not tried. `is_awaited`: the first round is for it alone, as it will be back soon.

        `is_silent`: it has answered nothing, and an attempt there would take long, so it is the last one to be tried.
        """
        self._round: tuple[Place | None, ...] = (*elsewhere, None) if is_silent else (None, *elsewhere)
        if is_here_gone and elsewhere:
            self._round = elsewhere
        self._waits = is_awaited and not is_here_gone
        self._at = 0

    @property
    def is_round_over(self) -> bool:
        """Whether all have been tried."""
        return self._at == 0

    def next(self) -> Place | None:
        """Return what is to be tried now."""
        place = self._round[self._at]
        self._at = 0 if self._waits else (self._at + 1) % len(self._round)
        self._waits = False
        return place

    def restart(self) -> None:
        """Begin with the first."""
        self._at = 0

    def leave_out_here(self) -> None:
        """Try no more where we were, unless there is nothing else."""
        self._round = tuple(place for place in self._round if place is not None) or (None,)
        self._at = 0


def _place(address: str, pin: str) -> Place:
    host, port = parse_address(address) or (address, 0)
    return Place(host, port, pin)
