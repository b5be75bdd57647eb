"""What a connection is, by its first bytes, and whether it may be that."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.commands.context import Leave
from chatcore.config import PLAINTEXT_POLICIES, Config, Limits
from chatcore.errors import TransportClosed
from chatcore.protocol.proxies import TrustedProxies
from chatcore.server.door import enter
from chatcore.server.http_answers import Answered
from chatcore.server.http_hosts import Hosts
from chatcore.server.visit import Visit
from chatcore.state.admissions import Admission
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from chatcore.transport.http import MAX_HEAD_BYTES
from tests.protocol.generated import PROPERTY

_FINGERPRINT = "0123456789ABCDEF" * 4
_ELSEWHERE = "192.0.2.7"


class _Connection:
    """Gives back what the peer sends, piece by piece, then the end; keeps what is sent to it."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self.sent = b""
        self.asked = 0

    def recv(self) -> bytes:
        self.asked += 1
        return next(self._pieces, b"")

    def send_all(self, data: bytes) -> None:
        self.sent += data


class _Visit:
    """As much of a visit as the door looks at. The TLS handshake is for tests with real connections."""

    def __init__(
        self,
        *pieces: bytes,
        host: str = "127.0.0.1",
        policy: str = "loopback",
        encrypted: bool = False,
        trusted: tuple[str, ...] = (),
    ) -> None:
        self.connection = _Connection(pieces)
        self.client = Client(1, host, 4711, Credit(1))
        self.admission = Admission()
        self.channel_binding = None
        self.is_passed_on = False
        self.end_reason, self.end_status = "", 408
        self.limits = Limits(registration_timeout_s=30.0)
        self.is_encrypted = encrypted
        self.deadlines: list[str] = []
        self.tracker = SimpleNamespace(
            config=Config(plaintext=policy, server_name="tea.example"),
            port=8000,
            tls_identity=SimpleNamespace(fingerprint=_FINGERPRINT),
            hosts=Hosts(Config(), lambda: (), lambda text: None),
            tell_of_proxy=lambda host, text: None,
            reception=SimpleNamespace(proxies=TrustedProxies(trusted), note_page=lambda client: None),
        )

    def set_deadline(self, seconds: float, reason: str) -> None:
        self.deadlines.append(f"{reason} after {seconds:g}")

    def admit(self) -> None:
        """Nobody is refused here."""

    def enter(self) -> bytes:
        """Let it in; its first bytes of IRC."""
        return enter(cast("Visit", self))

    def answer(self) -> tuple[int, dict[str, str], str]:
        """Let it in and have it be HTTP: the status, headers and body of the one response."""
        with pytest.raises(Answered):
            self.enter()
        head, end, body = self.connection.sent.decode().partition("\r\n\r\n")
        assert end
        first, *lines = head.split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        assert headers["Connection"].endswith("close")
        return int(first.split(" ")[1]), headers, body


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
def test_anything_else_is_irc_from_its_first_byte_on(pieces: tuple[bytes, ...]) -> None:
    visit = _Visit(*pieces)
    assert visit.enter() == b"".join(pieces)
    assert visit.connection.sent == b""
    assert visit.deadlines == ["Registration timed out after 30"]


_PUTTY = b"\xff\xfb\x1f\xff\xfb\x20\xff\xfb\x18\xff\xfb\x27\xff\xfd\x01\xff\xfb\x03\xff\xfd\x03"
"""What PuTTY says first in telnet mode."""


@pytest.mark.parametrize("prelude", [b"\xef\xbb\xbf", _PUTTY, _PUTTY + b"\xef\xbb\xbf", b"\xff\xf1\r" * 2])
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_byte_order_mark_and_telnets_negotiation_are_skipped(prelude: bytes, size: int) -> None:
    stream = prelude + b"NICK ann\r\n"
    visit = _Visit(*(stream[start : start + size] for start in range(0, len(stream), size)))
    data = visit.enter()
    assert data
    assert b"NICK ann\r\n".startswith(data)


@pytest.mark.parametrize("data", [b"\xef\xbbNICK", b"NICK \xef\xbb\xbf", b"\xefx", b"\xfe\xff"])
def test_what_only_looks_like_it_is_left_to_irc_to_refuse(data: bytes) -> None:
    assert _Visit(data).enter() == data


def test_negotiation_without_an_end_is_not_skipped_for_ever() -> None:
    assert _Visit(b"\xff\xfb\x1f" * 1000).enter() == b"\xff\xfb\x1f" * (1000 - 64)


@pytest.mark.parametrize("prelude", [b"\xef\xbb\xbf", _PUTTY, _PUTTY + b"\xff"])
def test_who_leaves_after_the_prelude_is_gone(prelude: bytes) -> None:
    assert _Visit(prelude).enter() == b""


def test_nothing_is_waited_for_that_is_not_needed_to_tell() -> None:
    visit = _Visit(b"NICK ann\r\n", b"never asked for")
    assert visit.enter() == b"NICK ann\r\n"
    assert visit.connection.asked == 1


@pytest.mark.parametrize("pieces", [(), (b"GE",), (b"PAT", b"CH")])
def test_who_leaves_before_it_is_clear_is_gone(pieces: tuple[bytes, ...]) -> None:
    assert _Visit(*pieces).enter() == b""


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", _ELSEWHERE, "2001:db8::1", "fe80::1"])
@pytest.mark.parametrize("policy", PLAINTEXT_POLICIES)
@pytest.mark.parametrize("encrypted", [False, True])
def test_who_may_speak_without_tls(host: str, policy: str, encrypted: bool) -> None:
    is_local = host.startswith("127.") or host == "::1"
    visit = _Visit(b"NICK ann\r\n", host=host, policy=policy, encrypted=encrypted)
    if encrypted or policy == "anywhere" or (policy == "loopback" and is_local):
        assert visit.enter() == b"NICK ann\r\n"
    else:
        with pytest.raises(Leave, match="connect with TLS") as refusal:
            visit.enter()
        assert not isinstance(refusal.value, Answered)


# HTTP


@pytest.mark.parametrize("policy", ["loopback", "never"])
def test_http_from_elsewhere_gets_a_page_that_prepares_for_the_warning(policy: str) -> None:
    host = _ELSEWHERE if policy == "loopback" else "127.0.0.1"
    visit = _Visit(b"GET /some/page HTTP/1.1\r\nHost: tea.lan:8000\r\n\r\n", host=host, policy=policy)
    status, headers, body = visit.answer()
    assert status == 200
    assert headers["Content-Type"].startswith("text/html")
    assert headers["Content-Security-Policy"] == "default-src 'none'"
    assert 'href="https://tea.lan:8000/"' in body
    assert "0123 4567 89AB CDEF" in body
    assert "warn" in body


@pytest.mark.parametrize(
    ("version", "hosts", "shown"),
    [("1.1", ["[::1]:8000"], "[::1]:8000"), ("1.1", ["10.0.0.1"], "10.0.0.1"), ("1.0", [], "localhost:8000")],
)
def test_the_encrypted_address_is_the_one_that_was_asked_for(version: str, hosts: list[str], shown: str) -> None:
    head = "".join(f"Host: {host}\r\n" for host in hosts)
    assert (
        f'href="https://{shown}/"'
        in _Visit(f"GET / HTTP/{version}\r\n{head}\r\n".encode(), host=_ELSEWHERE).answer()[2]
    )


@pytest.mark.parametrize("client", ["127.0.0.1", _ELSEWHERE])
@pytest.mark.parametrize("upgrade", ["", "Upgrade: websocket\r\n"])
@pytest.mark.parametrize(
    "hosts",
    [
        *(
            [host]
            for host in ("", 'x"><script>', "a b", "[::1", "x" * 300, "x:123456", "x:65536", "me@x", "x/y", "x,y")
        ),
        [],
        ["localhost", "localhost"],
        ["localhost", "evil.example"],
    ],
    ids=lambda hosts: " and ".join(hosts)[:20] or "none",
)
def test_a_request_says_once_and_well_whom_it_is_for(hosts: list[str], upgrade: str, client: str) -> None:
    """> A server MUST respond with a 400 status code to any HTTP/1.1 request message that lacks a Host header field and
    to any request message that contains more than one Host header field line or [...] an invalid field value.
    """
    head = "".join(f"Host: {host}\r\n" for host in hosts) + upgrade
    status, _, body = _Visit(f"GET / HTTP/1.1\r\n{head}\r\n".encode(), host=client).answer()
    assert (status, "script" in body) == (400, False)


def test_a_whole_url_says_whom_the_request_is_for() -> None:
    """> an origin server MUST ignore the received Host header field (if any) and instead use the host information of
    the request-target.
    """
    for target, status in (("http://localhost/", 200), ("http://evil.example/", 421), ("http://me@localhost/", 400)):
        for host in ("localhost", "evil.example"):
            assert _Visit(f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()).answer()[0] == status


@pytest.mark.parametrize("target", ["/", "/irc", "/ws/chat/lobby?nickname=ann", '/"><script>'])
def test_websocket_from_elsewhere_is_told_the_encrypted_address(target: str) -> None:
    head = f"GET {target} HTTP/1.1\r\nHost: tea.lan:8000\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\r\n"
    status, headers, body = _Visit(head.encode(), host=_ELSEWHERE).answer()
    assert status == 403
    assert headers["Content-Type"].startswith("text/plain")
    assert body == f"Use wss://tea.lan:8000{target}\n"


@pytest.mark.parametrize(
    ("method", "status"),
    [
        *((method, 405) for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT")),
        *((method, 501) for method in ("PROPFIND", "BREW", "get", "M-SEARCH")),
    ],
)
def test_other_methods_are_not_allowed(method: str, status: int) -> None:
    """> 501 (Not Implemented) [...] if the method is unrecognized [...]; 405 [...] if recognized but not allowed."""
    found, headers, _ = _Visit(f"{method} / HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()).answer()
    assert (found, headers["Allow"]) == (status, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("host", ["127.0.0.1", _ELSEWHERE])
@pytest.mark.parametrize("target", ["*", "/", "/irc", "/ws/chat/room"])
def test_options_tells_the_methods(target: str, host: str) -> None:
    status, headers, body = _Visit(f"OPTIONS {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), host=host).answer()
    assert (status, headers["Allow"], body) == (204, "GET, HEAD, OPTIONS", "")
    assert "Content-Length" not in headers, "RFC 9110, section 8.6"


@pytest.mark.parametrize("target", ["/irc", "/ws", "/ws/chat/room", "/ws/chat/room/?nickname=ann"])
def test_where_websockets_are_others_are_told_so(target: str) -> None:
    status, headers, body = _Visit(f"GET {target} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode()).answer()
    assert (status, headers["Upgrade"], body) == (426, "websocket", "This address is for WebSockets.\n")


@pytest.mark.parametrize("upgrade", ["", "Upgrade: websocket\r\nConnection: Upgrade\r\n"])
@pytest.mark.parametrize("target", ["/", "/app.js", "/nothing", "/irc", "/ws/chat/room?nickname=ann"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_who_asks_for_somebody_else_is_told_which_setting_would_do(method: str, target: str, upgrade: str) -> None:
    visit = _Visit(f"{method} {target} HTTP/1.1\r\nHost: evil.example:8000\r\n{upgrade}\r\n".encode())
    status, headers, body = visit.answer()
    assert (status, 'web_hosts = ["evil.example"]' in body) == (421, method != "HEAD")
    assert int(headers["Content-Length"]) > 0


@pytest.mark.parametrize("host", ["127.0.0.1", _ELSEWHERE])
def test_nothing_lies_beside_the_page(host: str) -> None:
    status, _, body = _Visit(b"GET /../../state/tls.pem HTTP/1.1\r\nHost: localhost\r\n\r\n", host=host).answer()
    assert (status, "PRIVATE" in body) == (404 if host == "127.0.0.1" else 200, False)
    status, _, body = _Visit(b"GET /no/such HTTP/1.1\r\nHost: localhost\r\n\r\n").answer()
    assert (status, body) == (404, "There is nothing at this address.\n")


@pytest.mark.parametrize(
    ("target", "is_told"),
    [("/chat/", True), ("/chat/app.js", True), ("/a/b/irc?x", True), ("/chat/no", False), ("/no", False)],
)
def test_a_path_that_a_proxy_has_left_in_is_told(target: str, is_told: bool) -> None:
    status, _, body = _Visit(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()).answer()
    assert (status, "proxy_pass http://127.0.0.1:8000/;" in body) == (404, is_told)


@pytest.mark.parametrize("host", ["127.0.0.1", _ELSEWHERE])
@pytest.mark.parametrize("target", ["/", "/nothing", "/irc"])
@pytest.mark.parametrize("name", ["localhost", "evil.example", "not one"])
def test_head_is_get_without_the_body(host: str, target: str, name: str) -> None:
    """Whatever the answer is."""
    got = _Visit(f"GET {target} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode(), host=host).answer()
    asked = _Visit(f"HEAD {target} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode(), host=host).answer()
    assert asked == (got[0], got[1], "")
    assert int(asked[1]["Content-Length"]) == len(got[2].encode())


@pytest.mark.parametrize(
    "head", [b"GET / HTTP/3.0", b"GET /", b"PRI * HTTP/2.0", b"GET / HTTP/1.1\r\nbroken", b"GET //[ HTTP/1.1"]
)
def test_malformed_requests_are_told_so(head: bytes) -> None:
    assert _Visit(head + b"\r\n\r\n").answer()[0] == 400


@pytest.mark.parametrize("rest", ["", "Connection: Upgrade\r\n", "Sec-WebSocket-Key: x\r\nConnection: Upgrade\r\n"])
def test_half_a_websocket_handshake_is_told_so(rest: str) -> None:
    status, headers, _ = _Visit(
        f"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n{rest}\r\n".encode()
    ).answer()
    assert 400 <= status < 500
    assert headers["Content-Type"].startswith("text/plain")


def test_a_body_is_left_alone() -> None:
    """Whether it comes with the head or after it, nobody takes it for IRC."""
    visit = _Visit(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 22\r\n\r\nNICK ann\r\n", b"QUIT :x\r\n")
    assert visit.answer()[0] == 405
    assert visit.connection.asked == 1


def test_a_head_may_come_in_pieces_and_is_bounded() -> None:
    head = b"GET / HTTP/1.1\r\nHost: x:1\r\n\r\n"
    assert _Visit(*(bytes([byte]) for byte in head), host=_ELSEWHERE).answer()[0] == 200
    endless = _Visit(b"GET / HTTP/1.1\r\n", *[b"X-More: and more\r\n"] * 10_000)
    assert endless.answer()[0] == 431
    assert endless.connection.asked < MAX_HEAD_BYTES / 18 + 3, "it is answered as soon as it is too large"
    whole = b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_HEAD_BYTES + b"\r\n\r\n"
    assert _Visit(whole).answer()[0] == 431


def test_a_head_that_does_not_end_is_answered_all_the_same() -> None:
    """By HTTP, which is what the peer speaks: this is also what happens when its time is over."""
    assert _Visit(b"GET / HTTP/1.1\r\nHost: x\r\n").answer()[0] == 408


@pytest.mark.parametrize("host", ["127.0.0.1", _ELSEWHERE])
@PROPERTY
@given(data=st.data())
def test_whatever_comes_is_answered_taken_for_irc_or_refused(host: str, data: st.DataObject) -> None:
    """And in pieces of any size the same."""
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
    outcomes = {_outcome(_Visit(whole, host=host), whole), _outcome(_Visit(*pieces, host=host), whole)}
    assert len(outcomes) == 1


def _outcome(visit: _Visit, whole: bytes) -> str:
    try:
        data = visit.enter()
    except Answered:
        assert visit.connection.sent.startswith(b"HTTP/1.1 ")
        return re.sub("Date: .*", "", visit.connection.sent.decode("latin-1"))
    except Leave as refusal:
        return str(refusal)
    except TransportClosed as error:
        return f"closed: {error}"
    assert data in whole
    assert visit.connection.sent == b""
    return "IRC"


# What a trusted proxy says first


_PROXIED = b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 8000\r\n"


@pytest.mark.parametrize("after", [b"", b"NICK ann\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"])
def test_a_header_in_pieces_is_a_header(after: bytes) -> None:
    whole = _PROXIED + after
    seen = set()
    for pieces in ((whole,), (_PROXIED, after), [bytes([byte]) for byte in whole]):
        visit = _Visit(*filter(None, pieces), policy="anywhere", trusted=("127.0.0.1",))
        seen.add(_outcome(visit, after))
        assert visit.client.address == "192.0.2.7:4711"
    assert len(seen) == 1


@pytest.mark.parametrize("pieces", [(b"P",), (b"PROXY TCP4 192.0.2.7",), (b"\r\n\r\n\0",), (_PROXIED,)])
def test_who_leaves_in_the_middle_of_a_header_is_gone(pieces: tuple[bytes, ...]) -> None:
    assert _Visit(*pieces, trusted=("127.0.0.1",)).enter() == b""


@PROPERTY
@given(st.binary(max_size=60), st.lists(st.integers(0, 110), max_size=5))
def test_whatever_comes_from_a_trusted_proxy_means_the_same_in_pieces(tail: bytes, cuts: list[int]) -> None:
    whole = _PROXIED + tail
    if tail[:1] == b"\x16":
        return
    places = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    pieces = [whole[a:b] for a, b in pairwise(places)]
    made = [_Visit(*each, policy="anywhere", trusted=("127.0.0.1",)) for each in ([whole], pieces)]
    assert len({_outcome(visit, tail) for visit in made}) == 1
