"""Output that waits to be sent; writing never blocks."""

import pytest

from chatcore.ssh.outlet import MOST_BYTES, READY_BYTES, Outlet


class _Sink:
    def __init__(self, room: int = 1 << 30) -> None:
        self.room = room
        self.sent: list[tuple[bytes, bool]] = []

    @property
    def takes_more(self) -> bool:
        return self.room > 0

    def write(self, data: bytes, *, is_error: bool = False) -> None:
        self.room -= len(data)
        self.sent.append((data, is_error))


def _outlet() -> tuple[Outlet, list[str]]:
    told: list[str] = []
    return Outlet(lambda: told.append("wake"), lambda: told.append("ready")), told


def test_writes_are_sent_together_in_order() -> None:
    outlet, _ = _outlet()
    sink = _Sink()
    for word in (b"one ", b"two ", b"three"):
        outlet.write(word)
    outlet.pump(sink)
    assert sink.sent == [(b"one two three", False)]
    assert outlet.is_empty


def test_errors_keep_their_place() -> None:
    outlet, _ = _outlet()
    sink = _Sink()
    outlet.write(b"a")
    outlet.write(b"b", is_error=True)
    outlet.write(b"c")
    outlet.pump(sink)
    assert sink.sent == [(b"a", False), (b"b", True), (b"c", False)]


def test_the_loop_is_woken_once_until_it_pumps() -> None:
    outlet, told = _outlet()
    outlet.write(b"a")
    outlet.write(b"b")
    assert told == ["wake"]
    outlet.pump(_Sink())
    outlet.write(b"c")
    assert told == ["wake", "ready", "wake"]


def test_unsent_data_is_sent_later() -> None:
    outlet, _ = _outlet()
    sink = _Sink(room=1)
    outlet.write(b"a" * READY_BYTES)
    outlet.write(b"b" * READY_BYTES)
    outlet.pump(sink)
    assert [len(data) for data, _ in sink.sent] == [READY_BYTES]
    assert not outlet.is_ready()
    sink.room = 1 << 20
    outlet.pump(sink)
    assert outlet.is_empty
    assert outlet.is_ready()


def test_an_overfull_outlet_stays_an_error() -> None:
    outlet, _ = _outlet()
    outlet.write(b"a" * MOST_BYTES)
    with pytest.raises(OSError, match="nobody reads"):
        outlet.write(b"b")
    outlet.pump(_Sink())
    with pytest.raises(OSError, match="nobody reads"):
        outlet.write(b"c")


def test_nothing_is_sent_after_the_end() -> None:
    outlet, _ = _outlet()
    sink = _Sink()
    outlet.write(b"a")
    outlet.end()
    outlet.pump(sink)
    assert not sink.sent
    with pytest.raises(OSError, match="nobody reads"):
        outlet.write(b"b")
