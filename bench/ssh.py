"""The cost of people who use ssh, for each of whom the tracker runs a terminal client: `python -m bench.ssh`.

People log in one after the other, each at a terminal of 100 columns that answers queries, and stay in one room. Then
some of them talk at each of the given rates, until all have the messages on their screens. Last, strangers shake hands
without logging in, one after the other. The tracker has a core of its own if there are two.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import asyncssh

from bench.tracker_process import TRACKER, Server, ServerError, pin, running, share_cores

_ROWS = "people   login   in the room   memory   threads   descriptors   at rest"
_TALK = "messages/s   processor a message   of it each   on all screens"
_SPOKEN_S = 8.0
_REST_S = 5.0
_DEADLINE_S = 60.0
_STRANGERS = 100
# Queries to a terminal (its background, its type, the cursor's position), and its answers.
_ANSWERS = {b"\x1b]11;?": b"\x1b]11;rgb:0000/0000/0000\x1b\\", b"\x1b[c": b"\x1b[?1;2c", b"\x1b[6n": b"\x1b[1;1R"}
_KEPT_BYTES = 8192


class Cost(NamedTuple):
    """Memory and processor time of a process."""

    processor_s: float
    memory_mb: float
    threads: int
    descriptors: int

    @classmethod
    def of(cls, process: int) -> Cost:
        """Return them for a process (Linux)."""
        folder = Path(f"/proc/{process}")
        times = (folder / "stat").read_text().rpartition(")")[2].split()[11:13]
        pages = int((folder / "statm").read_text().split()[1])
        ticks, page_bytes = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
        threads, descriptors = (len(os.listdir(folder / name)) for name in ("task", "fd"))  # noqa: PTH208  # only counted
        return cls(sum(map(int, times)) / ticks, pages * page_bytes / 1e6, threads, descriptors)


class _Terminal(asyncssh.SSHClientSession[bytes]):
    """A person's terminal, and whether it shows the awaited text."""

    def __init__(self) -> None:
        self._seen = b""
        self._awaited = b""
        self._has_seen = asyncio.Event()
        self.channel: asyncssh.SSHClientChannel[bytes] | None = None

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        self.channel = chan

    def data_received(self, data: bytes, datatype: int | None) -> None:  # noqa: ARG002  # asyncssh passes it
        self._seen = (self._seen + data)[-_KEPT_BYTES:]
        for asked, answer in _ANSWERS.items():
            if asked in data and self.channel is not None:
                self.channel.write(answer)
        if self._awaited and self._awaited in self._seen:
            self._has_seen.set()

    def expect(self, text: str) -> Callable[[], Awaitable[object]]:
        """Return an event that is set once this is on the screen, from now on."""
        self._seen, self._awaited = b"", text.encode()
        self._has_seen.clear()
        return lambda: asyncio.wait_for(self._has_seen.wait(), _DEADLINE_S)

    def type(self, text: str) -> None:
        assert self.channel is not None
        self.channel.write(text.encode())


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; return 0 unless something does not start or does not arrive."""
    parser = argparse.ArgumentParser(prog="python -m bench.ssh", description=__doc__)
    parser.add_argument("people", nargs="?", type=int, default=200, help="how many (200)")
    parser.add_argument("--rates", default="0.2,1,5", metavar="N,...", help="messages a second, of all (0.2,1,5)")
    parser.add_argument("--tracker", default=TRACKER, metavar="COMMAND", help="which (default: the one of this tree)")
    options = parser.parse_args(argv)
    cores = share_cores()
    print(cores)
    pin(cores.load)
    try:
        with running(options.tracker, cores) as server:
            asyncio.run(_measure(server, options.people, [float(rate) for rate in options.rates.split(",")]))
    except (ServerError, asyncssh.Error, TimeoutError) as error:
        print(f"bench: {str(error) or 'something did not come in time'}", file=sys.stderr)
        return 1
    return 0


async def _measure(server: Server, count: int, rates: Sequence[float]) -> None:
    await _visit(server, "first")  # imports what it needs
    before = Cost.of(server.process)
    people, logins, arrivals = [], [], []
    for number in range(count):
        began = time.perf_counter()
        connection = await _connect(server, f"u{number}")
        logins.append(time.perf_counter() - began)
        people.append((connection, await _sit_down(connection)))
        arrivals.append(time.perf_counter() - began)
    await asyncio.sleep(_REST_S)  # until all screens show who came
    after = Cost.of(server.process)
    await asyncio.sleep(_REST_S)
    rested = Cost.of(server.process)
    each = [f"{(rested.memory_mb - before.memory_mb) / count:.2f} MB", *_more(before, rested, count)]
    print(_ROWS)
    print(
        f"{count:6}   {_ms(logins)}   {_ms(arrivals):>11}   {'   '.join(each)}   "
        f"{(rested.processor_s - after.processor_s) / _REST_S:.1%} of a core"
    )
    print(_TALK)
    for rate in rates:
        print(await _talk(server, [terminal for _, terminal in people], rate), flush=True)
    for connection, _ in people:
        connection.abort()
    print(await _strangers(server))


def _more(before: Cost, rested: Cost, count: int) -> list[str]:
    threads, descriptors = rested.threads - before.threads, rested.descriptors - before.descriptors
    return [f"{threads / count:7.2f}", f"{descriptors / count:11.2f}"]


def _ms(times: Sequence[float]) -> str:
    return f"{statistics.median(times) * 1e3:.0f} ms"


async def _connect(server: Server, name: str) -> asyncssh.SSHClientConnection:
    host, port = server.address
    return await asyncssh.connect(
        host, port, username=name, known_hosts=None, client_keys=None, agent_path=None, config=None
    )


async def _sit_down(connection: asyncssh.SSHClientConnection) -> _Terminal:
    """Open a terminal, and wait until its person is in the room."""
    terminal = _Terminal()
    is_in = terminal.expect("in #lobby:")
    await connection.create_session(lambda: terminal, term_type="xterm-256color", term_size=(100, 30), encoding=None)
    await is_in()
    return terminal


async def _visit(server: Server, name: str) -> None:
    async with await _connect(server, name) as connection:
        await _sit_down(connection)


async def _talk(server: Server, terminals: Sequence[_Terminal], rate: float) -> str:
    """Send a message from one person after the other, each time until all have seen it."""
    before, delays = Cost.of(server.process), []
    messages = max(3, round(_SPOKEN_S * rate))
    for number in range(messages):
        began = time.perf_counter()
        text = f"number {number} at {rate:g}."
        seen = [terminal.expect(text) for terminal in terminals]
        terminals[number % len(terminals)].type(f"{text}\r")
        await asyncio.gather(*(wait() for wait in seen))
        delays.append(time.perf_counter() - began)
        await asyncio.sleep(max(0.0, 1 / rate - delays[-1]))
    used_ms = (Cost.of(server.process).processor_s - before.processor_s) * 1e3 / messages
    return f"{rate:10g}   {used_ms:16.0f} ms   {used_ms / len(terminals):8.2f} ms   {_ms(delays):>14}"


async def _strangers(server: Server) -> str:
    """Let strangers ask for the host key, and leave."""
    host, port = server.address
    before, began = Cost.of(server.process), time.perf_counter()
    for _ in range(_STRANGERS):
        await asyncssh.get_server_host_key(host, port, config=None)
    used_ms = (Cost.of(server.process).processor_s - before.processor_s) * 1e3 / _STRANGERS
    each_s = (time.perf_counter() - began) / _STRANGERS
    return f"a stranger's handshake: {used_ms:.1f} ms of processor time ({each_s * 1e3:.0f} ms with ours)"


if __name__ == "__main__":
    sys.exit(main())
