"""Simulates a line to a distant server on one machine.

Bytes are delayed in both directions, a connection begins after a round trip (TCP's handshake), and what the server
sends starts slowly: ten segments, and twice as many after each round trip (TCP's slow start, RFC 6928).
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque

_SEGMENT = 1460
_FIRST_SEGMENTS = 10


class FarLine:
    """Forwards connections to `address`, each byte `one_way_s` later. It has its own thread and port."""

    def __init__(self, address: tuple[str, int], one_way_s: float) -> None:
        self._address = address
        self._one_way_s = one_way_s
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self.connections = 0
        self._server = self._loop.run_until_complete(asyncio.start_server(self._pass_on, "127.0.0.1", 0))
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def end_connections(self) -> None:
        """End all connections, as a long pause would."""
        self._loop.call_soon_threadsafe(self._end)

    def close(self) -> None:
        """End everything."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _stop(self) -> None:
        self._server.close()
        self._end()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)  # closes aborted connections

    def _end(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _pass_on(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        self.connections += 1
        begins = self._loop.time() + 2 * self._one_way_s
        self._open.add(to_near)
        far, to_far = await asyncio.open_connection(*self._address)
        self._open.add(to_far)
        window = _Window(self._loop, 2 * self._one_way_s)
        with contextlib.suppress(OSError, asyncio.CancelledError):  # asyncio would print a traceback of the latter
            await asyncio.gather(self._pump(near, to_far, begins, None), self._pump(far, to_near, begins, window))
        self._open -= {to_near, to_far}
        to_near.close()
        to_far.close()

    async def _pump(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, begins: float, window: _Window | None
    ) -> None:
        late: deque[bytes] = deque()  # in order, even if timers fire out of order
        while True:
            data = await source.read(_SEGMENT)
            if window is not None:
                await window.take(len(data))
            late.append(data)
            at = max(self._loop.time(), begins) + self._one_way_s
            self._loop.call_at(at, lambda: _arrive(target, late.popleft()))
            if not data:
                await asyncio.sleep(at - self._loop.time() + self._one_way_s)
                return


def _arrive(target: asyncio.StreamWriter, data: bytes) -> None:
    with contextlib.suppress(OSError, RuntimeError):
        if data and not target.is_closing():
            target.write(data)
        elif target.can_write_eof():
            target.write_eof()


class _Window:
    """The number of bytes that may be in flight: each byte that has arrived makes room for two."""

    def __init__(self, loop: asyncio.AbstractEventLoop, round_trip_s: float) -> None:
        self._loop = loop
        self._round_trip_s = round_trip_s
        self._room = _FIRST_SEGMENTS * _SEGMENT
        self._changed = asyncio.Event()

    async def take(self, count: int) -> None:
        while self._room < count:
            self._changed.clear()
            await self._changed.wait()
        self._room -= count
        self._loop.call_later(self._round_trip_s, self._acknowledge, count)

    def _acknowledge(self, count: int) -> None:
        self._room += 2 * count
        self._changed.set()
