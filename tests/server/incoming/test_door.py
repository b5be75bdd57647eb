"""Which protocol a connection speaks, by its first bytes, and whether it may."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.config import PLAINTEXT_POLICIES
from tests.server.visiting import ELSEWHERE, DoorVisit
from tests.support.generated import PROPERTY

# IRC


@pytest.mark.parametrize(
    "pieces",
    [
        (b"NICK ann\r\n",),
        (b"P", b"A", b"SS x\r\n"),
        (b"PUT", b"T ann\r\n"),
        (b"GET", b"\r\n"),
        (b"\r\n",),
        (b"@a=b NICK ann\r\n",),
        (b"\x17\x03\x03",),
        (b"\x00",),
    ],
)
def test_anything_else_is_irc_from_the_first_byte(pieces: tuple[bytes, ...]) -> None:
    visit = DoorVisit(*pieces)
    assert visit.irc() == b"".join(pieces)
    assert visit.connection.sent == b""
    assert visit.deadlines == ["Registration timed out after 30"]


_PUTTY = b"\xff\xfb\x1f\xff\xfb\x20\xff\xfb\x18\xff\xfb\x27\xff\xfd\x01\xff\xfb\x03\xff\xfd\x03"
"""The first bytes of PuTTY in telnet mode."""


@pytest.mark.parametrize("prelude", [b"\xef\xbb\xbf", _PUTTY, _PUTTY + b"\xef\xbb\xbf", b"\xff\xf1\r" * 2])
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_byte_order_mark_and_telnet_negotiation_are_skipped(prelude: bytes, size: int) -> None:
    stream = prelude + b"NICK ann\r\n"
    visit = DoorVisit(*(stream[start : start + size] for start in range(0, len(stream), size)))
    data = visit.irc()
    assert data
    assert b"NICK ann\r\n".startswith(data)


@pytest.mark.parametrize("data", [b"\xef\xbbNICK", b"NICK \xef\xbb\xbf", b"\xefx", b"\xfe\xff"])
def test_a_partial_prelude_is_left_to_irc(data: bytes) -> None:
    assert DoorVisit(data).irc() == data


def test_endless_negotiation_is_not_skipped_forever() -> None:
    assert DoorVisit(b"\xff\xfb\x1f" * 1000).irc() == b"\xff\xfb\x1f" * (1000 - 64)


@pytest.mark.parametrize("prelude", [b"\xef\xbb\xbf", _PUTTY, _PUTTY + b"\xff"])
def test_leaving_after_the_prelude_is_the_end_of_input(prelude: bytes) -> None:
    assert DoorVisit(prelude).irc() == b""


def test_the_protocol_is_recognised_without_further_reads() -> None:
    visit = DoorVisit(b"NICK ann\r\n", b"never asked for")
    assert visit.irc() == b"NICK ann\r\n"
    assert visit.connection.asked == 1


@pytest.mark.parametrize("pieces", [(b"GE",), (b"PAT", b"CH")])
def test_leaving_before_recognition_is_the_end_of_input(pieces: tuple[bytes, ...]) -> None:
    assert DoorVisit(*pieces).irc() == b""


def test_a_silent_connection_gets_no_answer() -> None:
    """A browser would read it as the answer to its first request."""
    DoorVisit().leave_untold()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", ELSEWHERE, "2001:db8::1", "fe80::1"])
@pytest.mark.parametrize("policy", PLAINTEXT_POLICIES)
@pytest.mark.parametrize("encrypted", [False, True])
def test_plaintext_is_allowed_by_policy_and_address(host: str, policy: str, encrypted: bool) -> None:
    is_local = host.startswith("127.") or host == "::1"
    visit = DoorVisit(b"NICK ann\r\n", host=host, policy=policy, encrypted=encrypted)
    if encrypted or policy == "anywhere" or (policy == "loopback" and is_local):
        assert visit.irc() == b"NICK ann\r\n"
    else:
        departure = visit.enter().departure
        assert departure is not None
        assert "connect with TLS" in departure.reason
        assert not departure.is_told
        assert not departure.is_lost


@pytest.mark.parametrize("policy", ["loopback", "never"])
@pytest.mark.parametrize(
    ("said", "answer"),
    [(b"CAP LS 302\r\nNICK ann\r\n", b":tea.example CAP * LS :sts=port=8000\r\n"), (b"NICK ann\r\n", b"")],
)
def test_a_client_refused_for_plaintext_learns_the_tls_port(policy: str, said: bytes, answer: bytes) -> None:
    visit = DoorVisit(said, host=ELSEWHERE, policy=policy, tls_cert=Path("chain.pem"), sts_days=30)
    departure = visit.enter().departure
    assert departure is not None
    assert "connect with TLS" in departure.reason
    assert visit.connection.sent == answer


@pytest.mark.parametrize("host", ["127.0.0.1", ELSEWHERE])
@PROPERTY
@given(data=st.data())
def test_any_bytes_have_the_same_outcome_in_any_pieces(host: str, data: st.DataObject) -> None:
    """They are answered, read as IRC or refused."""
    tail = data.draw(st.binary(max_size=120))
    start = data.draw(
        st.sampled_from(
            [b"", b"\xef\xbb\xbf", _PUTTY, b"GET ", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n"]
        )
    )
    whole = start + tail + data.draw(st.sampled_from([b"", b"\r\n\r\n"]))
    if whole[:1] == b"\x16":
        return
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True) if a < b]
    outcomes = {_outcome(DoorVisit(whole, host=host), whole), _outcome(DoorVisit(*pieces, host=host), whole)}
    assert len(outcomes) == 1


def _outcome(visit: DoorVisit, whole: bytes) -> str:
    _, data, departure = visit.enter()
    if departure is not None and departure.is_told and whole:
        assert visit.connection.sent.startswith(b"HTTP/1.1 ")
        return re.sub("Date: .*", "", visit.connection.sent.decode("latin-1"))
    if departure is not None:
        return f"closed: {departure.reason}" if departure.is_lost else departure.reason
    assert data in whole
    assert visit.connection.sent == b""
    return "IRC"


# The header of a trusted proxy


_PROXIED = b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 8000\r\n"


@pytest.mark.parametrize("after", [b"", b"NICK ann\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"])
def test_a_proxy_header_may_come_in_pieces(after: bytes) -> None:
    whole = _PROXIED + after
    seen = set()
    for pieces in ((whole,), (_PROXIED, after), [bytes([byte]) for byte in whole]):
        visit = DoorVisit(*filter(None, pieces), policy="anywhere", trusted=("127.0.0.1",))
        seen.add(_outcome(visit, after))
        assert visit.client.address == "192.0.2.7:4711"
    assert len(seen) == 1


@pytest.mark.parametrize("pieces", [(b"P",), (b"PROXY TCP4 192.0.2.7",), (b"\r\n\r\n\0",), (_PROXIED,)])
def test_leaving_before_the_end_of_a_proxy_header_gets_no_answer(pieces: tuple[bytes, ...]) -> None:
    DoorVisit(*pieces, trusted=("127.0.0.1",)).leave_untold()


@pytest.mark.thorough
@PROPERTY
@given(st.binary(max_size=60), st.lists(st.integers(0, 110), max_size=5))
def test_any_bytes_after_a_proxy_header_have_the_same_outcome_in_pieces(tail: bytes, cuts: list[int]) -> None:
    whole = _PROXIED + tail
    if tail[:1] == b"\x16":
        return
    places = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    pieces = [whole[a:b] for a, b in pairwise(places)]
    made = [DoorVisit(*each, policy="anywhere", trusted=("127.0.0.1",)) for each in ([whole], pieces)]
    assert len({_outcome(visit, tail) for visit in made}) == 1
