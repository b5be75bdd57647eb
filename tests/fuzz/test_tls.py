"""TLS: changed hellos and records. On real sockets, as only those support TLS."""

from __future__ import annotations

import functools
import socket

from hypothesis import given
from hypothesis import strategies as st

from chatcore.transport.tcp import TcpConnection
from tests.fuzz.settings import FUZZ
from tests.fuzz.stage import Stage
from tests.support.tls import hello

_whole = functools.cache(hello)
_changes = st.lists(
    st.tuples(st.integers(1, 1 << 12), st.binary(max_size=3), st.integers(0, 3)), min_size=1, max_size=6
)


@FUZZ
@given(_changes, st.booleans(), st.binary(max_size=100))
def test_changed_hellos_disturb_nobody(
    on_stage: Stage, changes: list[tuple[int, bytes, int]], from_hello: bool, tail: bytes
) -> None:
    said = bytearray(_whole() if from_hello else b"\x16\x03\x01" + tail)
    for at, new, old_length in changes:
        place = 1 + at % len(said)
        said[place : place + old_length] = new
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(bytes(said) + tail)
        theirs.shutdown(socket.SHUT_WR)
        on_stage.visit(TcpConnection(ours, 1 << 20))
        theirs.settimeout(20)
        seen = theirs.recv(65536)
    assert seen[:1] in (b"", b"\x15", b"\x16"), "an alert, a hello, or nothing"
