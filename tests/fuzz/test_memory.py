"""Endless input costs no more memory than input that ends: each kind of it at length."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable, Iterator
from itertools import count, islice, repeat

import pytest

from tests.fuzz.stage import PASSWORD, FakeConnection, Stage, stage

_COME_IN = f"PASS {PASSWORD}\r\nNICK leak\r\nUSER leak 0 * :L\r\nJOIN #own\r\n".encode()
"""A room without witnesses, whose received lines are kept in this process too."""
_HANDSHAKE = (
    b"GET /irc HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
_PIECES = 150
_PIECE_BYTES = 8192
_PIECE_LINES = 20
_GROWTH_BYTES = 3_000_000  # data in transit, and what the archivist reads at once
_STAYS_BYTES = 1_000_000  # caches


@pytest.fixture(scope="module")
def on_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return a stage without an archive, which would remember thousands of names (`archive.rows`)."""
    with stage(tmp_path_factory.mktemp("stage"), history_days=0) as prepared:
        yield prepared


class _Deaf(FakeConnection):
    """A connection that keeps no output."""

    def send_all(self, data: bytes) -> None:
        """Take it."""

    def offer(self, data: bytes) -> bool:
        return True


def _again(data: bytes) -> Iterator[bytes]:
    """Yield large pieces of the same, over and over."""
    return repeat(data * (_PIECE_BYTES // len(data)))


def _numbered(template: str) -> Iterator[bytes]:
    """Yield pieces of lines that may contain a counter."""
    numbers = count()
    while True:
        yield "".join(template.format(number) + "\r\n" for number in islice(numbers, _PIECE_LINES)).encode()


WAYS: dict[str, tuple[bytes, Iterator[bytes]]] = {
    "no end of line": (b"", _again(b"x")),
    "no end of line, registered": (_COME_IN, _again(b"x")),
    "no end of tags": (_COME_IN, _again(b"@" + b"a=b;" * 2000)),
    "overlong lines": (_COME_IN, _again(b"y" * 5000 + b"\n")),
    "no end of a head": (b"GET / HTTP/1.1\r\n", _again(b"X: y\r\n")),
    "a body": (b"POST / HTTP/1.1\r\n\r\n", _again(b"NICK x\r\n")),
    "a frame without an end": (_HANDSHAKE + b"\x82\xff" + b"\0\0\0\0\x7f\xff\xff\xff" + b"mask", _again(b"x")),
    "fragments without an end": (_HANDSHAKE + b"\x02\x80mask", _again(b"\x00\x84maskxxxx")),
    "pings in frames": (_HANDSHAKE, repeat(b"\x89\x84maskxxxx" * _PIECE_LINES)),
    "SASL without an end": (b"CAP REQ sasl\r\nAUTHENTICATE PLAIN\r\n", _numbered("AUTHENTICATE " + "A" * 400)),
    "capabilities": (b"", _numbered("CAP LS 302\r\nCAP REQ :batch -batch")),
    "nicks": (_COME_IN, _numbered("NICK n{}")),
    "rooms": (_COME_IN, _numbered("JOIN #r{0}\r\nPART #r{0}")),
    "rooms, and staying": (_COME_IN, _numbered("JOIN #r{}")),
    "bans": (_COME_IN, _numbered("MODE #own +b n{}")),
    "watched names": (_COME_IN, _numbered("MONITOR + n{}")),
    "messages": (_COME_IN, _numbered("PRIVMSG #own :{}")),
    "messages to nobody": (_COME_IN, _numbered("PRIVMSG n{} :x")),
    "topics": (_COME_IN, _numbered("TOPIC #own :{}")),
    "history": (_COME_IN + b"PRIVMSG #own :x\r\n" * 100, _numbered("CHATHISTORY LATEST #own * 3")),
    "labels": (b"CAP REQ :batch labeled-response\r\n" + _COME_IN, _numbered("@label={} PING x")),
}


@pytest.mark.thorough
@pytest.mark.parametrize("way", WAYS)
def test_memory_is_bounded(on_stage: Stage, way: str) -> None:
    begin, more = WAYS[way]
    on_stage.visit(_Deaf(_pieces(begin, more, 20)))  # creates objects that are created only once
    peak, stays = _growth(on_stage, way)
    if peak >= _GROWTH_BYTES or stays >= _STAYS_BYTES:  # a table of the process may double
        peak, stays = _growth(on_stage, way)  # but only once
    assert peak < _GROWTH_BYTES, way
    assert stays < _STAYS_BYTES, "memory still used after the client has gone"


def _growth(on_stage: Stage, way: str) -> tuple[int, int]:
    """Return the peak memory of a visit, and the memory that is still used after it."""
    begin, more = WAYS[way]
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        on_stage.visit(_Deaf(_pieces(begin, more, _PIECES)))
        peak = tracemalloc.get_traced_memory()[1]
        on_stage.catch_up()
        now = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    return peak - before, now - before


def _pieces(begin: bytes, more: Iterator[bytes], number: int) -> Iterable[bytes]:
    yield begin or next(more)
    yield from islice(more, number)
