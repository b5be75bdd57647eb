"""Carries out effects that are not sent: most are shown, some change the screen or an export's file."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chatcore.protocol.message import Message
from chatcore.terminal.exporter import Exporter
from chatcore.terminal.local import Local
from chatcore.terminal.screen.screen import Screen
from chatcore.terminal.session.effects import (
    Alert,
    AskPassword,
    ClearScreen,
    Effect,
    KeepQuiet,
    OpenExport,
    Problem,
    PutBack,
    Request,
    Suggest,
    TripBegun,
    TripEnded,
    WriteExport,
)
from chatcore.terminal.session.quiet import QUIET_FILE, Quiet
from chatcore.terminal.stopwatch import Stopwatch


class Showing:
    """Carries out the effects of one visit. Under the lock of `link`."""

    def __init__(self, screen: Screen, exporter: Exporter, keep_quiet: Callable[[], None]) -> None:
        """`keep_quiet` saves whom the person ignores and which rooms are muted."""
        self._screen = screen
        self._keep_quiet = keep_quiet
        self._exporter = exporter
        self._trip = Stopwatch()

    def show(self, effects: Iterable[Effect]) -> None:
        """Carry out effects. Messages, requests and questions are left to the caller."""
        for effect in effects:
            if isinstance(effect, OpenExport | WriteExport):
                self._exporter.take(effect)
            elif isinstance(effect, Alert):
                self._screen.alert(effect)
            elif isinstance(effect, PutBack):
                self._screen.put_back(effect.text)
            elif isinstance(effect, Suggest):
                self._screen.recall([effect.line])
            elif isinstance(effect, KeepQuiet):
                self._keep_quiet()
            elif isinstance(effect, ClearScreen):
                self._screen.clear()
            elif isinstance(effect, TripBegun):
                self._trip.begin()
            elif isinstance(effect, TripEnded):
                self._screen.show(self._trip.end())
            elif not isinstance(effect, Message | Request | AskPassword):
                self._screen.show(effect)


def keep_quiet(quiet: Quiet, local: Local, screen: Screen) -> None:
    """Save who is ignored and which rooms are muted for the next visit, or show why that failed."""
    try:
        local.write_state(QUIET_FILE, quiet.merged_into(local.read_state(QUIET_FILE)))
    except OSError as error:
        screen.show(Problem(f"only for this visit: it cannot be saved ({error.strerror})"))
