"""A tracker's part in the chat: it joins the others, beats, rejoins if they consider it gone, and leaves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic, sleep
from typing import NamedTuple

from chatcore import __version__
from chatcore.cluster.agreement import agreed_settings
from chatcore.cluster.common import first_client, incarnation_of
from chatcore.cluster.courier import Courier
from chatcore.cluster.engine import Engine
from chatcore.cluster.flights import CUT_OFF, Flights
from chatcore.cluster.lookout import objection
from chatcore.cluster.members import BEAT_S, Members
from chatcore.cluster.replica import Replica
from chatcore.cluster.shared_stream import SharedStream
from chatcore.config import Config
from chatcore.errors import ConfigError, EngineAway, StreamClosed
from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.server.cluster.home import Home
from chatcore.server.footing import House
from chatcore.state.records import Beat, TrackerJoined, TrackerLeft, TrackerMoved
from chatcore.state.requests import TrackersChanged

_JOIN_S, _LEAVE_S = 30.0, 3.0
_POLL_S = 0.01
_FENCED = "This tracker was cut off from the others; it goes on as a new one, and its people come back by themselves."


class Needs(NamedTuple):
    """What it needs. `latest` returns a new checkpoint to report with a beat, once."""

    engine: Engine
    courier: Courier
    flights: Flights
    stream: SharedStream
    members: Members
    replica: Replica
    home: Home
    latest: Callable[[], tuple[int, bytes]]
    append_markers: Callable[[], None]


class TakingPart:
    """One tracker's. The main thread begins and ends it."""

    def __init__(
        self, config: Config, needs: Needs, house: House, incarnation: int, folder: str, lose: Callable[[str], None]
    ) -> None:
        """Begin as `incarnation`. `folder` is the state folder's id; `lose` is told why this tracker ends."""
        self.incarnation = incarnation
        self._config = config
        self._engine, self._courier, self._flights, self._stream, self._members, *_ = needs
        self._replica, self._home = needs.replica, needs.home
        self._latest, self._append_markers = needs.latest, needs.append_markers
        self._house = house
        self._folder = folder
        self._lose = lose
        self._stopping = threading.Event()
        self._others: tuple[TrackerAddress, ...] = ()  # the trackers that clients were told of

    def begin(self) -> None:
        """Join the others and start beating. Raises ConfigError."""
        self._courier.start(self._replica.batch)
        joined = self._joined()
        if words := objection(self._members, joined):
            raise ConfigError(f"this tracker cannot take part: {words}")
        self._replica.incarnation = self._home.incarnation = self.incarnation
        self._courier.begin(self.incarnation, joined)
        if not self._home.has_joined.wait(_JOIN_S):
            raise ConfigError("the engine does not answer in time")
        threading.Thread(target=self._beat, name="beat", daemon=True).start()

    def stop(self) -> None:
        """Stop beating; never rejoin."""
        self._stopping.set()

    def leave(self, reason: str) -> None:
        """Tell the others that this tracker leaves, and append what is pending, within a few seconds."""
        try:
            self._courier.submit(TrackerLeft(reason))
        except StreamClosed:
            return
        deadline = monotonic() + _LEAVE_S
        while self.incarnation in self._members and monotonic() < deadline:
            sleep(_POLL_S)
        self._courier.stop(max(deadline - monotonic(), 0.0))

    def regroup(self) -> None:
        """Tell clients where else they can go. Delivery's thread."""
        others = self._members.others(self.incarnation)
        if others != self._others:
            self._others = others
            with suppress(StreamClosed):
                self._stream.append_here((TrackersChanged(others),))

    def fence(self) -> None:
        """Rejoin as a new incarnation: all others consider this one gone. Delivery's thread."""
        if not self._stopping.is_set():
            self._flights.void(first_client(self.incarnation + 1))
            self._home.tell(_FENCED)
            threading.Thread(target=self._rejoin, name="rejoin", daemon=True).start()

    def number_clients(self) -> None:
        """Have clients that connect from now on belong to this incarnation. Any thread."""
        self._house.number_clients(first_client(self.incarnation))

    def _joined(self) -> TrackerJoined:
        address, settings = self._house.address(), agreed_settings(self._config)
        return TrackerJoined(address.addresses[0], self._folder, address, __version__, settings)

    def _beat(self) -> None:
        """Report regularly that this tracker is alive, whether it has clients, and how they can reach it now."""
        pin = self._house.pin()
        while not self._stopping.wait(BEAT_S):
            try:
                self._append_markers()
                self._courier.look()
                if self._courier.is_going(Beat):
                    continue  # those from an outage would all arrive at once, and others' after them
                is_idle = not self._config.keep_alive and self._house.presence.ends_in() == 0.0
                self._courier.submit(Beat(is_idle, *self._latest()))
                if self._house.pin() != pin:
                    pin = self._house.pin()
                    self._courier.submit(TrackerMoved(self._house.address()))
            except StreamClosed:
                return

    def _rejoin(self) -> None:
        incarnation = 0
        while not incarnation and not self._stopping.wait(_POLL_S):
            try:
                incarnation = self._engine.new_incarnation()
            except EngineAway:
                self._stopping.wait(1.0)
        if not incarnation:
            return  # this tracker ends
        self.incarnation = self._replica.incarnation = self._home.incarnation = incarnation
        self.number_clients()
        for visit in self._house.visits.all():
            if incarnation_of(visit.client.id) != incarnation:
                visit.end(CUT_OFF, is_lost=True)
        if words := objection(self._members, joined := self._joined()):
            self._lose(f"This tracker cannot take part any more: {words}")
            return
        self._courier.begin(incarnation, joined, lambda: self._flights.void(first_client(incarnation)))
