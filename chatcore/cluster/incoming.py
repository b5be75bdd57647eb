"""Read what all trackers have appended, and deliver it; what the engine no longer has comes from other trackers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

from chatcore.cluster.engine import FIRST, Batch, Engine
from chatcore.cluster.segment_file import SegmentUnusable
from chatcore.errors import ConfigError, EngineAway, EngineLost, EngineTrimmed, StreamClosed

ASKED_TIMES = 6
"""How many times to ask the other trackers for what the engine no longer has: they may be away, too."""

_ASK_AGAIN_S = 2.0
_READ_BATCHES = 64
_READ_WAIT_S = 1.0
_RETRY_S = 0.2


class Incoming:
    """The batches that come from the engine. The courier's thread log-in."""

    def __init__(
        self,
        engine: Engine,
        deliver: Callable[[list[Batch]], None],
        missed: Callable[[str], Iterable[Sequence[Batch]]],
        on_lost: Callable[[str], None],
        stopped: threading.Event,
    ) -> None:
        """Take what `courier.Courier` was given; nothing is read once `stopped` is set."""
        self._engine = engine
        self._deliver = deliver
        self._missed = missed
        self._on_lost = on_lost
        self._stopped = stopped
        self._last = FIRST  # the id of the batch read last

    def read_all(self, after: str) -> None:
        """Deliver the batches after the one with this id, until stopped or cut off from the chat."""
        self._last = after
        tries = ASKED_TIMES
        while not self._stopped.is_set():
            try:
                self._read_on()
            except EngineAway:
                self._stopped.wait(_RETRY_S)
            except EngineTrimmed as trimmed:
                problem = self._take_missed()
                tries = tries - 1 if problem else ASKED_TIMES
                if not tries:
                    self._on_lost(f"{trimmed}, and {problem}")
                    return
                if problem:
                    self._stopped.wait(_ASK_AGAIN_S)
            except EngineLost as error:
                self._on_lost(str(error))
                return
            except StreamClosed:
                return

    def _read_on(self) -> None:
        """Deliver what comes, if the batch read last is still there. Raises EngineAway, EngineLost, EngineTrimmed."""
        self._engine.check(self._last)
        while not self._stopped.is_set():
            self._take([self._engine.read(self._last, _READ_BATCHES, _READ_WAIT_S)])

    def _take_missed(self) -> str:
        """Deliver what the engine no longer has; return why that is impossible now, '' on success."""
        try:
            self._take(self._missed(self._last))
        except (ConfigError, EngineAway, EngineLost, SegmentUnusable) as error:
            return str(error)
        return ""

    def _take(self, runs: Iterable[Sequence[Batch]]) -> None:
        for batches in runs:
            if batches:
                self._last = batches[-1].id
                self._deliver([*batches])
