"""HTTP on the tracker's port: one response per request, none of which is ever read as IRC."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from tests.integration.secure.http import UPGRADE, ask, connect, only_response, read_to_end, read_until
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker

both = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])


@both
def test_the_page_is_served_with_security_headers(hosted: Hosted, tls: bool) -> None:
    page = ask(hosted, "GET / HTTP/1.1", "Host: localhost", tls=tls)
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@both
def test_cached_files_are_not_sent_again(hosted: Hosted, tls: bool) -> None:
    request = ("GET /app.js HTTP/1.1", "Host: localhost")
    page = ask(hosted, *request, tls=tls)
    assert page.status == 200
    tag = page.headers["ETag"]
    again = ask(hosted, *request, f"If-None-Match: W/{tag}", tls=tls)
    assert (again.status, again.headers["ETag"]) == (304, tag)
    assert again.headers["Content-Security-Policy"] == page.headers["Content-Security-Policy"]
    assert ask(hosted, *request, 'If-None-Match: "of before"', tls=tls) == page


@both
def test_head_is_the_response_without_its_body(hosted: Hosted, tls: bool) -> None:
    page = ask(hosted, "GET / HTTP/1.1", "Host: localhost", tls=tls)
    head = ask(hosted, "HEAD / HTTP/1.1", "Host: localhost", tls=tls)
    assert head == page._replace(body="")


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["GET /no/such/thing HTTP/1.1", "Host: localhost"], 404),
        (["GET /../../etc/passwd HTTP/1.1", "Host: localhost"], 404),
        (["GET /%2e%2e/state/tls.pem HTTP/1.1", "Host: localhost"], 404),
        (["GET /__init__.py HTTP/1.1", "Host: localhost"], 404),
        (["POST / HTTP/1.1", "Host: localhost", "Content-Length: 0"], 405),
        (["OPTIONS * HTTP/1.1", "Host: localhost"], 204),
        (["BREW / HTTP/1.1", "Host: localhost"], 501),
        (["GET / HTTP/1.1", "Host: x"], 421),
        (["GET / HTTP/1.1", "Host: localhost", "Host: localhost"], 400),
        (["GET / HTTP/1.1"], 400),
        (["CONNECT example.org:443 HTTP/1.1", "Host: localhost"], 405),
        (["PRI * HTTP/2.0", "", "SM"], 400),
        (["GET / HTTP/9.9"], 400),
        (["GET  / HTTP/1.1"], 400),
        (["GET / HTTP/1.1", "no header"], 400),
        (["GET //[ HTTP/1.1"], 400),
        (["GET / HTTP/1.1", "Host: localhost", "Upgrade: websocket"], 400),
        (["GET / HTTP/1.1", "Host: localhost", "Origin: http://[", "Upgrade: websocket"], 400),
        (["GET /" + "x" * 9000 + " HTTP/1.1"], 431),
        (["GET / HTTP/1.1", *["X-More: and more"] * 600], 431),
    ],
    ids=lambda value: value[0][:20] if isinstance(value, list) else None,
)
def test_other_requests_get_one_response(hosted: Hosted, lines: list[str], status: int) -> None:
    if status == 400 and lines[-1] == "Upgrade: websocket" and len(lines) == 3:
        assert 400 <= ask(hosted, *lines).status < 500
        return
    assert ask(hosted, *lines).status == status


@both
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_body_is_never_irc(hosted: Hosted, method: str, tls: bool) -> None:
    """A page in somebody's browser can send anything to a port of this machine."""
    irc = "NICK evil\r\nUSER evil 0 * :Evil\r\nJOIN #room\r\nPRIVMSG #room :bought you\r\n" * 20
    bob = hosted.client("bob", "#room")
    response = ask(hosted, f"{method} / HTTP/1.1", "Host: localhost", f"Content-Length: {len(irc)}", tls=tls, body=irc)
    assert response.status == 405
    assert bob.sync() == []
    assert hosted.tracker.registry.client("evil") is None


def test_nothing_follows_a_refused_request(hosted: Hosted) -> None:
    with connect(hosted) as sock:
        sock.sendall(b"GET /none HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert only_response(read_to_end(sock)).body == "There is nothing at this address.\n"


@both
def test_a_connection_serves_several_requests(hosted: Hosted, tls: bool) -> None:
    with connect(hosted, tls=tls) as sock:
        for _ in range(3):
            sock.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert read_until(sock, b"\r\n\r\nok\n").startswith(b"HTTP/1.1 200 OK\r\n")
        sock.sendall(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert only_response(read_to_end(sock)).status == 404


@both
def test_an_idle_connection_is_closed_silently(tmp_path: Path, tls: bool) -> None:
    with hosted_tracker(tmp_path, http_idle_timeout_s=0.1) as hosted, connect(hosted, tls=tls) as sock:
        sock.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert read_to_end(sock).endswith(b"\r\n\r\nok\n")


def test_a_websocket_may_follow_on_a_kept_connection(hosted: Hosted) -> None:
    with connect(hosted) as sock:
        sock.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        read_until(sock, b"\r\n\r\nok\n")
        sock.sendall(
            "".join(line + "\r\n" for line in ("GET /ws/chat/dev?nickname=eve HTTP/1.1", *UPGRADE, "")).encode()
        )
        assert read_until(sock, b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")
        wait_until(lambda: hosted.tracker.registry.client("eve") is not None)


def test_stopping_does_not_wait_for_idle_connections(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, http_idle_timeout_s=600.0) as hosted, connect(hosted) as sock:
        sock.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        read_until(sock, b"\r\n\r\nok\n")
        hosted.tracker.stop()
        assert read_to_end(sock) == b""


def test_each_request_counts_as_a_connection(tmp_path: Path) -> None:
    """The person behind a proxy is counted, on any of the proxy's connections."""
    with (
        hosted_tracker(tmp_path, trusted_proxies=("127.0.0.1",), connections_per_minute=1) as hosted,
        connect(hosted) as sock,
    ):
        request = "GET /health HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {}\r\n\r\n"
        for host, expected in (("192.0.2.1", b"ok\n"), ("192.0.2.2", b"ok\n")):
            sock.sendall(request.format(host).encode())
            read_until(sock, expected)
        sock.sendall(request.format("192.0.2.1").encode())
        assert only_response(read_to_end(sock)).status == 429


@both
def test_a_request_may_arrive_byte_by_byte(hosted: Hosted, tls: bool) -> None:
    with connect(hosted, tls=tls) as sock:
        for byte in b"GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n":
            sock.sendall(bytes([byte]))
        assert only_response(read_to_end(sock)).status == 404


@both
@pytest.mark.parametrize("said", [b"GET ", b"GET / HTTP/1.1\r\nHost: localhost\r\n"])
def test_an_unfinished_request_times_out_with_408(tmp_path: Path, said: bytes, tls: bool) -> None:
    """Sending a byte now and then does not extend the time."""
    with hosted_tracker(tmp_path, registration_timeout_s=0.3) as hosted, connect(hosted, tls=tls) as sock:
        sock.sendall(said)
        sock.settimeout(0.02)
        received = bytearray()
        with contextlib.suppress(OSError):
            while True:
                with contextlib.suppress(TimeoutError):
                    more = sock.recv(65536)
                    if not more:
                        break
                    received += more
                sock.sendall(b"x")
        assert only_response(bytes(received)).status == 408


def test_an_endless_head_is_answered_and_dropped(hosted: Hosted) -> None:
    with connect(hosted) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n" + b"X: " + b"x" * 8200)
        assert only_response(read_to_end(sock)).status == 431


def test_a_client_that_keeps_sending_is_cut_off(tmp_path: Path) -> None:
    """The answer can be read; then the connection ends, whatever still comes."""
    with hosted_tracker(tmp_path, close_timeout_s=0.3) as hosted, connect(hosted) as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n")
        assert only_response(read_to_end(sock)).status == 405
        sock.setblocking(False)
        while hosted.tracker.visits():
            with contextlib.suppress(OSError):
                sock.send(b"x" * 10_000)
