"""HTTP at the door: bytes in, responses out. Real browsers: tests/web, tests/programs."""

from __future__ import annotations

import pytest

from chatcore.server.incoming.http_door import MAX_REQUESTS
from chatcore.transport.http import MAX_HEAD_BYTES
from tests.server.visiting import ELSEWHERE, METRICS, DoorVisit
from tests.support.smuggling import CORPUS


@pytest.mark.parametrize("policy", ["loopback", "never"])
def test_remote_http_is_redirected_to_https(policy: str) -> None:
    host = ELSEWHERE if policy == "loopback" else "127.0.0.1"
    visit = DoorVisit(b"GET /some/page HTTP/1.1\r\nHost: 192.0.2.1:8000\r\n\r\n", host=host, policy=policy)
    status, headers, body = visit.answer()
    assert (status, headers["Location"]) == (307, "https://192.0.2.1:8000/some/page")
    assert body == "This chat is encrypted: https://192.0.2.1:8000/some/page\n"


@pytest.mark.parametrize(
    ("version", "hosts", "shown"),
    [("1.1", ["[::1]:8000"], "[::1]:8000"), ("1.1", ["10.0.0.1"], "10.0.0.1"), ("1.0", [], "localhost:8000")],
)
def test_the_redirect_keeps_the_requested_host(version: str, hosts: list[str], shown: str) -> None:
    head = "".join(f"Host: {host}\r\n" for host in hosts)
    headers = DoorVisit(f"GET / HTTP/{version}\r\n{head}\r\n".encode(), host=ELSEWHERE).answer()[1]
    assert headers["Location"] == f"https://{shown}/"


@pytest.mark.parametrize("client", ["127.0.0.1", ELSEWHERE])
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
def test_a_request_needs_exactly_one_valid_host(hosts: list[str], upgrade: str, client: str) -> None:
    """> A server MUST respond with a 400 status code to any HTTP/1.1 request message that lacks a Host header field and
    to any request message that contains more than one Host header field line or [...] an invalid field value.
    """
    head = "".join(f"Host: {host}\r\n" for host in hosts) + upgrade
    status, _, body = DoorVisit(f"GET / HTTP/1.1\r\n{head}\r\n".encode(), host=client).answer()
    assert (status, "script" in body) == (400, False)


def test_an_absolute_url_overrides_the_host_header() -> None:
    """> an origin server MUST ignore the received Host header field (if any) and instead use the host information of
    the request-target.
    """
    for target, status in (("http://localhost/", 200), ("http://evil.example/", 421), ("http://me@localhost/", 400)):
        for host in ("localhost", "evil.example"):
            assert DoorVisit(f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()).answer()[0] == status


@pytest.mark.parametrize("target", ["/", "/irc", "/ws/chat/lobby?nickname=ann", '/"><script>'])
def test_a_remote_plaintext_websocket_is_pointed_to_wss(target: str) -> None:
    head = f"GET {target} HTTP/1.1\r\nHost: tea.lan:8000\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\r\n"
    status, headers, body = DoorVisit(head.encode(), host=ELSEWHERE).answer()
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
    found, headers, _ = DoorVisit(f"{method} / HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()).answer()
    assert (found, headers["Allow"]) == (status, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("host", ["127.0.0.1", ELSEWHERE])
@pytest.mark.parametrize("target", ["*", "/", "/irc", "/ws/chat/room"])
def test_options_lists_the_methods(target: str, host: str) -> None:
    status, headers, body = DoorVisit(
        f"OPTIONS {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), host=host
    ).answer()
    assert (status, headers["Allow"], body) == (204, "GET, HEAD, OPTIONS", "")
    assert "Content-Length" not in headers, "RFC 9110, section 8.6"


@pytest.mark.parametrize("target", ["/irc", "/ws", "/ws/chat/room", "/ws/chat/room/?nickname=ann"])
def test_plain_requests_to_websocket_paths_get_426(target: str) -> None:
    status, headers, body = DoorVisit(f"GET {target} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode()).answer()
    assert (status, headers["Upgrade"], body) == (426, "websocket", "This address is for WebSockets.\n")


@pytest.mark.parametrize("upgrade", ["", "Upgrade: websocket\r\nConnection: Upgrade\r\n"])
@pytest.mark.parametrize("target", ["/", "/app.js", "/nothing", "/irc", "/ws/chat/room?nickname=ann"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_an_unknown_host_gets_a_hint_about_web_hosts(method: str, target: str, upgrade: str) -> None:
    visit = DoorVisit(f"{method} {target} HTTP/1.1\r\nHost: evil.example:8000\r\n{upgrade}\r\n".encode())
    status, headers, body = visit.answer()
    assert (status, 'web_hosts = ["evil.example"]' in body) == (421, method != "HEAD")
    assert int(headers["Content-Length"]) > 0


@pytest.mark.parametrize("host", ["127.0.0.1", ELSEWHERE])
def test_no_other_file_is_served(host: str) -> None:
    status, _, body = DoorVisit(b"GET /../../state/tls.pem HTTP/1.1\r\nHost: localhost\r\n\r\n", host=host).answer()
    assert (status, "PRIVATE" in body) == (404 if host == "127.0.0.1" else 307, False)
    status, _, body = DoorVisit(b"GET /no/such HTTP/1.1\r\nHost: localhost\r\n\r\n").answer()
    assert (status, body) == (404, "There is nothing at this address.\n")


@pytest.mark.parametrize(
    ("target", "is_told"),
    [("/chat/", True), ("/chat/app.js", True), ("/a/b/irc?x", True), ("/chat/no", False), ("/no", False)],
)
def test_a_path_prefix_gets_a_hint_about_the_proxy(target: str, is_told: bool) -> None:
    status, _, body = DoorVisit(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()).answer()
    assert (status, "proxy_pass http://127.0.0.1:8000/;" in body) == (404, is_told)


@pytest.mark.parametrize("host", ["127.0.0.1", ELSEWHERE])
@pytest.mark.parametrize("target", ["/", "/nothing", "/irc"])
@pytest.mark.parametrize("name", ["localhost", "evil.example", "not one"])
def test_head_is_get_without_the_body(host: str, target: str, name: str) -> None:
    """Whatever the status is."""
    got = DoorVisit(f"GET {target} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode(), host=host).answer()
    asked = DoorVisit(f"HEAD {target} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode(), host=host).answer()
    assert asked == (got[0], got[1], "")
    assert int(asked[1]["Content-Length"]) == len(got[2].encode())


@pytest.mark.parametrize(
    "head", [b"GET / HTTP/3.0", b"GET /", b"PRI * HTTP/2.0", b"GET / HTTP/1.1\r\nbroken", b"GET //[ HTTP/1.1"]
)
def test_malformed_requests_get_400(head: bytes) -> None:
    assert DoorVisit(head + b"\r\n\r\n").answer()[0] == 400


@pytest.mark.parametrize("rest", ["", "Connection: Upgrade\r\n", "Sec-WebSocket-Key: x\r\nConnection: Upgrade\r\n"])
def test_an_incomplete_websocket_handshake_gets_an_error(rest: str) -> None:
    status, headers, _ = DoorVisit(
        f"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n{rest}\r\n".encode()
    ).answer()
    assert 400 <= status < 500
    assert headers["Content-Type"].startswith("text/plain")


def test_a_request_body_is_not_read() -> None:
    """Whether it comes with the head or after it, it is not read as IRC."""
    visit = DoorVisit(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 22\r\n\r\nNICK ann\r\n", b"QUIT :x\r\n")
    assert visit.answer()[0] == 405
    assert visit.connection.asked == 1


def test_a_head_may_come_in_pieces_and_is_bounded() -> None:
    head = b"GET / HTTP/1.1\r\nHost: 192.0.2.1:1\r\n\r\n"
    assert DoorVisit(*(bytes([byte]) for byte in head), host=ELSEWHERE).answer()[0] == 307
    endless = DoorVisit(b"GET / HTTP/1.1\r\n", *[b"X-More: and more\r\n"] * 10_000)
    assert endless.answer()[0] == 431
    assert endless.connection.asked < MAX_HEAD_BYTES / 18 + 3, "the request must be refused as soon as it is too large"
    whole = b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_HEAD_BYTES + b"\r\n\r\n"
    assert DoorVisit(whole).answer()[0] == 431


def test_an_unfinished_head_gets_408() -> None:
    """The answer is HTTP, as the peer speaks it; the same happens when its time is over."""
    assert DoorVisit(b"GET / HTTP/1.1\r\nHost: x\r\n").answer()[0] == 408


_GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"


def test_requests_are_answered_in_order_however_they_arrive() -> None:
    heads = [f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n\r\n" for method, target in _REQUESTS]
    whole = "".join(heads).encode()
    for pieces in ([head.encode() for head in heads], [whole], [bytes([byte]) for byte in whole]):
        answers = DoorVisit(*pieces).answers()
        assert [(status, headers["Content-Type"].partition(";")[0]) for status, headers, _ in answers] == [
            (200, "text/plain"),
            (200, "text/html"),
            (200, "image/svg+xml"),
            (404, "text/plain"),
        ]
        assert answers[1][2] == "", "a response to HEAD has no body"


_UPGRADE = b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
_REQUESTS = (("GET", "/health"), ("HEAD", "/"), ("GET", "/icon.svg"), ("GET", "/nothing"), ("GET", "/health"))


@pytest.mark.parametrize(
    "last",
    [
        _GET + b"Connection: close\r\n",
        _GET + b"Connection: Upgrade, CLOSE\r\n",
        _GET + b"Upgrade: h2c\r\nConnection: Upgrade\r\n",
        _GET + b"Upgrade: websocket\r\nSec-WebSocket-Version: 777\r\n",
        _GET + b"Content-Length: 1\r\n",
        _GET + b"Content-Length: 0, 0\r\n",
        _GET + b"Transfer-Encoding: chunked\r\n",
        _GET.replace(b"1.1", b"1.0"),
        _GET.replace(b"1.1", b"1.0") + b"Connection: keep-alive\r\n",
        _GET.replace(b"/health", b"http://localhost/health"),
        _GET.replace(b"/health", b"/metrics"),
        _GET.replace(b"/health", b"/no/such"),
        b"GET / HTTP/1.1\r\nHost: evil.example\r\n",
        _GET.replace(b"GET", b"OPTIONS"),
        _GET.replace(b"GET", b"POST"),
        b"GET /irc HTTP/1.1\r\nHost: localhost\r\n",
    ],
)
def test_a_connection_closes_after_anything_but_a_plain_page(last: bytes) -> None:
    """So nobody can disagree about where the next request begins, or which protocol it belongs to."""
    answers = DoorVisit(_GET + b"\r\n" + last + b"\r\n" + _GET + b"\r\n").answers()
    assert len(answers) == 2
    assert answers[-1][1]["Connection"].endswith("close")


def test_nothing_is_read_after_a_malformed_request() -> None:
    for wrong in (
        b"\r\n",
        b"NICK ann\r\n\r\n",
        _GET + b" folded\r\n\r\n",
        _GET + b"X : y\r\n\r\n",
        _GET + b"\n\r\n\r\n",
    ):
        answers = DoorVisit(_GET + b"\r\n" + wrong + _GET + b"\r\n").answers()
        assert [status for status, *_ in answers] == [200, 400], wrong


def test_a_connection_serves_a_limited_number_of_requests() -> None:
    answers = DoorVisit((_GET + b"\r\n") * (MAX_REQUESTS + 5)).answers()
    assert [headers["Connection"] for _, headers, _ in answers] == ["keep-alive"] * (MAX_REQUESTS - 1) + ["close"]


def test_the_next_request_has_its_own_deadline() -> None:
    visit = DoorVisit(_GET + b"\r\n", _GET + b"\r\n" + _GET)
    assert [status for status, *_ in visit.answers()] == [200, 200, 408]
    idle, answering = "The next request timed out after 10", "Registration timed out after 30"
    assert visit.deadlines == [answering, idle, answering, idle]


def test_forwarding_headers_apply_to_one_request_only() -> None:
    """A proxy sends requests of several people over one connection."""
    said = b"X-Forwarded-For: 192.0.2.9\r\nX-Forwarded-Proto: https\r\n"
    visit = DoorVisit(_GET + said + b"\r\n" + _GET.replace(b"/health", b"/") + b"\r\n", trusted=("127.0.0.1",))
    assert [status for status, *_ in visit.answers()] == [200, 403]
    assert visit.client.host == "127.0.0.1"
    assert not visit.client.is_local, "without the header, the sender is unknown and not local"


_PLAIN = {"an empty line before", *(name for name in CORPUS if "underscore" in name)}
"""Requests with only one reading here: a header with an underscore is a different one, and the rest is the next one."""
_METRICS_ALONE = {"who it is, made up", "who it is, of the hop"}


@pytest.mark.parametrize("name", sorted(CORPUS.keys() - _PLAIN))
def test_a_connection_closes_after_an_ambiguous_request(name: str) -> None:
    sent = CORPUS[name]
    for pieces in ([sent], [sent[:-30], sent[-30:]]):
        visit = DoorVisit(*pieces, encrypted=True)
        departure = visit.enter().departure
        assert departure is not None
        assert len(visit.connection.responses) == 1, visit.connection.sent
        assert METRICS.encode() not in visit.connection.sent or name in _METRICS_ALONE


def test_while_entry_is_barred_websockets_are_refused_but_pages_served() -> None:
    key = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    opening = DoorVisit(_GET.replace(b"/health", b"/irc") + _UPGRADE + key + b"\r\n", refusal="Try again in a moment")
    opening.enter()
    assert opening.connection.sent.endswith(b"\x03\xf5Try again in a moment"), "the close code is 1013"
    health = DoorVisit(_GET + b"\r\n", refusal="Try again in a moment")
    assert health.answer()[0] == 503
    assert DoorVisit(_GET.replace(b"/health", b"/") + b"\r\n", refusal="Try again in a moment").answer()[0] == 200


@pytest.mark.parametrize("lines", ["", "Upgrade: websocket\r\nConnection: Upgrade\r\n"], ids=["page", "no handshake"])
def test_a_response_has_one_date(lines: str) -> None:
    """> An origin server with a clock MUST generate a Date header field in all 2xx, 3xx, and 4xx responses.

    The library that refuses a handshake adds one itself.
    """
    visit = DoorVisit(f"GET / HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
    visit.enter()
    (whole,) = visit.connection.responses
    assert whole.partition(b"\r\n\r\n")[0].count(b"\r\nDate: ") == 1
