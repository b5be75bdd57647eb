"""The stream of a tracker in a cluster: nothing waits for a delivery that has failed."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from chatcore.cluster import shared_stream
from chatcore.cluster.engine import Batch
from chatcore.cluster.flights import Flights
from chatcore.cluster.shared_stream import SharedStream
from chatcore.errors import StreamClosed
from tests.support.together import started

_BATCHES = [Batch(f"{number}-0", b"") for number in range(1, 1 + shared_stream._MAX_WAITING_BATCHES)]


@pytest.mark.parametrize(
    "wait", [lambda stream: stream.deliver(_BATCHES[:1]), lambda stream: stream.call(lambda: None)], ids=["give", "ask"]
)
def test_waiting_ends_once_delivery_has_failed(
    wait: Callable[[SharedStream], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_stream, "_LOOK_S", 0.01)
    stream, has_failed, found = SharedStream("0", Flights()), threading.Event(), list[str]()
    stream.has_failed = has_failed.is_set
    stream.deliver(_BATCHES)

    def waits() -> None:
        try:
            wait(stream)
        except StreamClosed:
            found.append("it has failed")

    with started(waits) as thread:
        thread.join(0.05)
        assert thread.is_alive(), "the delivery may still come"
        has_failed.set()
    assert found == ["it has failed"]
