"""HTTP: parsing the head of a request, and making a response."""

from __future__ import annotations

import http.client
import io
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.errors import ProtocolError
from chatcore.transport.http import (
    dated,
    has_request_line,
    is_http,
    parse_authority,
    parse_request,
    parse_url,
    response,
)
from tests.support.generated import PROPERTY

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "PRI"]


@pytest.mark.parametrize("method", METHODS)
def test_a_method_is_recognized_when_it_is_complete(method: str) -> None:
    first = f"{method} ".encode()
    assert is_http(first) is True
    assert is_http(first + b"/ HTTP/1.1\r\n") is True
    assert [is_http(first[:length]) for length in range(len(first))] == [None] * len(first)


@pytest.mark.parametrize(
    "line", ["PASS x", "NICK x", "USER x", "CAP LS 302", "PING x", "@t=1 GET /", ":x GET /", "\r\n"]
)
def test_irc_is_recognized_at_the_first_differing_byte(line: str) -> None:
    data = line.encode()
    undecided = next(length for length in range(len(data) + 1) if is_http(data[:length]) is False)
    assert all(is_http(data[:length]) is None for length in range(undecided))
    assert is_http(data) is False


@pytest.mark.parametrize(
    "data", [b"get / HTTP/1.1", b"GET\t/", b"GET\r\n", b"GETX", b"CONNECTED ", b" GET /", b"\x16\x03"]
)
def test_unknown_methods_are_not_http(data: bytes) -> None:
    assert is_http(data) is False


@pytest.mark.parametrize(
    "data",
    [b"PROPFIND / HTTP/1.1\r\nHost: x", b"get / HTTP/1.1\r\n", b"\r\n\r\nGET / HTTP/1.1\r\n", b"X http://y/ HTTP/2\n"],
)
def test_a_request_line_may_have_any_method(data: bytes) -> None:
    assert has_request_line(data)


@pytest.mark.parametrize(
    "data", [b"NICK ann\r\nUSER a 0 * :HTTP/1.1\r\n", b"CAP LS 302\r\n", b"GET / HTTP/1.1", b"\r\n"]
)
def test_irc_has_no_request_line(data: bytes) -> None:
    assert not has_request_line(data)


@PROPERTY
@given(st.binary(max_size=40))
def test_more_bytes_never_change_the_answer(data: bytes) -> None:
    answers = [is_http(data[:length]) for length in range(len(data) + 1)]
    decided = [answer for answer in answers if answer is not None]
    assert answers[len(answers) - len(decided) :] == decided
    assert len(set(decided)) <= 1
    assert is_http(data.ljust(9, b"\0")) is not None, "nine bytes are always enough"


def test_a_head_is_parsed() -> None:
    request = parse_request(
        b"GET /a?b=c%20d HTTP/1.1\r\nHost: x:8000\r\nUPGRADE:\tWebSocket \r\nX-Empty:\r\nX-Hop: a\r\nx-hop: b"
    )
    assert (request.method, request.target) == ("GET", "/a?b=c%20d")
    assert (request.url.path, request.url.query) == ("/a", "b=c%20d")
    assert request.authority == "x:8000"
    assert request.headers == {"host": "x:8000", "upgrade": "WebSocket", "x-empty": "", "x-hop": "a, b"}


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/2.0",
        b"GET / HTTP/1.1 ",
        b"GET  / HTTP/1.1",
        b"GET /\x00a b HTTP/1.1",
        b"GET /",
        b"",
        b"PRI * HTTP/2.0",
        b"GET / HTTP/1.1\nHost: x",
        b"G:T / HTTP/1.1\r\nHost: x",
        b"GET / HTTP/1.1",
        b"GET / HTTP/1.1\r\nHost:",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: x",
        b"GET / HTTP/1.0\r\nHost: x\r\nhost: y",
        b"GET http://me@x/ HTTP/1.1\r\nHost: x",
        b"GET / HTTP/1.1\r\nno colon",
        b"GET / HTTP/1.1\r\n: no name",
        b"GET / HTTP/1.1\r\nspace : before the colon",
        b"GET / HTTP/1.1\r\nHost: x\r\n folded",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Hop: a\nVia: b",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Hop: a\rVia: b",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Hop: a\0",
        b"GET //[ HTTP/1.1",
        b"GET * HTTP/1.1\r\nHost: x",
        b"GET .evil.example HTTP/1.1\r\nHost: x",
        b"HEAD @evil.example/ HTTP/1.1\r\nHost: x",
        b"GET evil.example:80 HTTP/1.1\r\nHost: x",
        b"GET file:///etc/passwd HTTP/1.1\r\nHost: x",
        b"GET /\x01 HTTP/1.1\r\nHost: x",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Hop: \x0b",
        b"GET / HTTP/1.1\r\nHost: x\r\nX\xe4: y",
        b"GET / HTTP/1.1\r\nHost: x\r\nX(y): z",
        *(
            b"POST / HTTP/1.1\r\nHost: x\r\n" + lines
            for lines in (
                b"Content-Length: 1\r\nContent-Length: 1",
                b"Content-Length: 1, 1",
                b"Content-Length: +1",
                b"Content-Length: 0x1",
                b"Content-Length: ",
                b"Content-Length: 1\r\nTransfer-Encoding: chunked",
                b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                b"Transfer-Encoding: chunked, identity",
                b"Transfer-Encoding: xchunked",
                b"Transfer-Encoding:\x0bchunked",
            )
        ),
        *(
            method + b" / HTTP/1.1\r\nHost: x\r\n" + line
            for method in (b"GET", b"HEAD", b"OPTIONS")
            for line in (b"Content-Length: 1", b"Transfer-Encoding: chunked")
        ),
    ],
)
def test_a_malformed_head_is_refused(head: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_request(head)


@PROPERTY
@given(st.one_of(st.binary(max_size=300), st.binary(max_size=200).map(lambda rest: b"GET / HTTP/1.1\r\n" + rest)))
def test_any_head_is_parsed_or_refused(head: bytes) -> None:
    try:
        request = parse_request(head)
    except ProtocolError:
        return
    assert request.method.isascii()
    if request.authority:
        parse_authority(request.authority)
    assert not any(character.isspace() for character in request.target)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("Chat.Example", "chat.example", None),
        ("chat.example.:443", "chat.example", 443),
        ("a_b:", "a_b", None),
        ("[::1]:8000", "::1", 8000),
        ("10.0.0.1:65535", "10.0.0.1", 65535),
    ],
)
def test_an_authority_is_a_host_and_a_port(text: str, host: str, port: int | None) -> None:
    assert parse_authority(text) == (host, port)


@pytest.mark.parametrize("target", ["/a?b", "//a?b", "///"])
def test_a_path_may_begin_with_several_slashes(target: str) -> None:
    request = parse_request(f"GET {target} HTTP/1.1\r\nHost: x".encode())
    assert (request.authority, request.url.path) == ("x", target.partition("?")[0])


@PROPERTY
@given(st.text(max_size=60))
def test_any_url_is_parsed_or_refused(text: str) -> None:
    try:
        parse_url(text)
    except ProtocolError:
        return


class _Canned:
    """A socket for http.client that has one answer."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_: object) -> io.BytesIO:
        return io.BytesIO(self._data)


def test_a_response_is_read_by_the_standard_library() -> None:
    whole = response(404, "Nothing: é\n", content_type="text/plain; charset=utf-8", X_More="yes")
    parsed = http.client.HTTPResponse(_Canned(whole))  # type: ignore[arg-type]
    parsed.begin()
    assert (parsed.status, parsed.reason) == (404, "Not Found")
    assert parsed.read().decode() == "Nothing: é\n"
    assert parsed.getheader("X-More") == "yes"
    assert parsed.getheader("Content-Length") == str(len("Nothing: é\n".encode()))
    assert parsed.getheader("Connection") == "close"
    assert parsed.getheader("X-Content-Type-Options") == "nosniff"
    assert whole.endswith("Nothing: é\n".encode())


@pytest.mark.parametrize(
    ("head", "may_stay"),
    [
        (b"GET / HTTP/1.1\r\nHost: x", True),
        (b"HEAD /a?b HTTP/1.1\r\nHost: x\r\nConnection: keep-alive", True),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0", True),
        (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade", True),  # as nginx may send with each request
        (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: foo,Close", False),
        (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: foo\r\nConnection: close", False),
        (b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket", False),
        (b"GET / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive", False),
        (b"GET http://x/ HTTP/1.1\r\nHost: x", False),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0", False),
    ],
)
def test_whether_another_request_may_follow(head: bytes, may_stay: bool) -> None:
    assert parse_request(head).may_stay is may_stay


def test_the_current_date_is_added_once() -> None:
    whole = response(200, "ok\r\n\r\n")
    once = dated(whole)
    assert dated(once) is once
    parsed = http.client.HTTPResponse(_Canned(once))  # type: ignore[arg-type]
    parsed.begin()
    shown = parsedate_to_datetime(parsed.getheader("Date") or "")
    assert abs(datetime.now(UTC) - shown) < timedelta(minutes=1)
    assert parsed.read() == b"ok\r\n\r\n"
