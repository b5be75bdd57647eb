"""Two people behind one proxy that sends their requests over one connection: each gets the right answers.

This holds whatever one of them sends. The tracker itself: tests/integration/secure/test_smuggling.py.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chatcore.server.incoming.reception import ACCEPTED
from tests.programs.proxies import certificate, recipe, running
from tests.support.irc import DEADLINE_S
from tests.support.ports import LOOPBACK, free_ports
from tests.support.smuggling import CORPUS
from tests.support.tls import client_context
from tests.support.trackers import Hosted, hosted_tracker

Program = Callable[[str], Path]
_ANSWER_S = 0.1  # the wait for an attacker's answer, which may not come
_ROBOTS = b"User-agent: *\nDisallow: /\n"
_NGINX = """\
daemon off; master_process off; pid {folder}/nginx.pid; error_log /dev/null;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
    upstream tracker {{ server 127.0.0.1:{tracker}; keepalive 1; keepalive_timeout 9s; }}
    server {{
        listen 127.0.0.1:{port};
        ignore_invalid_headers off;
        underscores_in_headers on;
        location / {{
            proxy_pass http://tracker;
            proxy_http_version 1.1;
            proxy_request_buffering {buffering};
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto https;
        }}
    }}
}}
"""


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker behind a proxy, with persistent connections."""
    with hosted_tracker(tmp_path, trusted_proxies=(LOOPBACK,), http_idle_timeout_s=10.0) as hosted:
        yield hosted


@contextmanager
def _nginx(program: Program, folder: Path, hosted: Hosted, buffering: str) -> Iterator[int]:
    """Run nginx with lax settings and one connection to the tracker."""
    (port,) = free_ports(1)
    config = folder / "nginx.conf"
    config.write_text(_NGINX.format(folder=folder, tracker=hosted.port, port=port, buffering=buffering))
    with running([program("nginx"), "-e", "/dev/null", "-p", folder, "-c", config], port):
        yield port


@contextmanager
def _haproxy(program: Program, folder: Path, hosted: Hosted) -> Iterator[int]:
    """Run haproxy as in contrib/, but with connections to the tracker shared among all clients."""
    (port,) = free_ports(1)
    changes = {
        "maxconn 2000": "maxconn 2000\n    nbthread 1",  # each thread has its own connections
        "bind :443 ssl crt /etc/ssl/chat.pem": f"bind 127.0.0.1:{port} ssl crt {certificate(folder)}",
        "mode http\n    option httpchk GET /health": "mode http\n    http-reuse always",
        "127.0.0.1:8000 check": f"127.0.0.1:{hosted.port}",
    }
    config = folder / "haproxy.cfg"
    config.write_text(recipe("haproxy.cfg", changes, "global", "defaults", "frontend web", "backend tracker-web"))
    with running([program("haproxy"), "-db", "-f", config], port):
        yield port


def _connect(port: int, *, tls: bool) -> socket.socket:
    sock = socket.create_connection((LOOPBACK, port), DEADLINE_S)
    return client_context().wrap_socket(sock) if tls else sock


def _attack(port: int, sent: bytes, *, tls: bool) -> bytes:
    """Send bytes, and return the response."""
    received = b""
    with _connect(port, tls=tls) as sock:
        sock.sendall(sent)
        sock.settimeout(_ANSWER_S)
        with contextlib.suppress(OSError):
            while more := sock.recv(65536):
                received += more
    return received


def _expect_own_answer(port: int, *, tls: bool) -> None:
    """Request a file as another person, and check that exactly this file arrives."""
    with _connect(port, tls=tls) as sock:
        sock.sendall(b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        received = b""
        while more := sock.recv(65536):
            received += more
    assert received.startswith(b"HTTP/1.1 200 "), received
    assert received.count(b"HTTP/1.1") == 1, received
    assert received.partition(b"\r\n\r\n")[2] == _ROBOTS, received


def _connections(hosted: Hosted) -> int:
    return hosted.tracker.reception.counts.read()[ACCEPTED]


def _expect_nothing_found(port: int, hosted: Hosted, *, tls: bool) -> None:
    for _ in range(2):
        _expect_own_answer(port, tls=tls)
    before = _connections(hosted)
    for _ in range(3):
        _expect_own_answer(port, tls=tls)
    assert _connections(hosted) == before, "all requests share one connection"
    for name, sent in CORPUS.items():
        answered = _attack(port, sent, tls=tls)
        assert b"chatcore_clients" not in answered, name
        for _ in range(2):
            _expect_own_answer(port, tls=tls)


@pytest.mark.parametrize("buffering", ["on", "off"])
def test_nginx_mixes_up_no_answers(program: Program, tmp_path: Path, hosted: Hosted, buffering: str) -> None:
    with _nginx(program, tmp_path, hosted, buffering) as port:
        _expect_nothing_found(port, hosted, tls=False)


def test_haproxy_mixes_up_no_answers(program: Program, tmp_path: Path, hosted: Hosted) -> None:
    with _haproxy(program, tmp_path, hosted) as port:
        _expect_nothing_found(port, hosted, tls=True)
