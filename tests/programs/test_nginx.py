"""nginx in front of a tracker, with the samples in contrib/."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from tests.programs.proxies import ANN, BOB, PASSWORD, address_of, certificate, get, nginx, page, recipe, until
from tests.support.irc import IrcClient, one
from tests.support.ports import LOOPBACK, free_ports
from tests.support.trackers import Hosted, hosted_tracker

Program = Callable[[str], Path]

_PLAIN = "listen 443 ssl;", "ssl_certificate /etc/ssl/chat.pem;", "ssl_certificate_key /etc/ssl/chat.key;"
_EDGE = ("X-Forwarded-For", ANN)
"""A header from another proxy on this machine, which is trusted too."""


@contextmanager
def _site(program: Program, folder: Path, hosted: Hosted, *, tls: bool, upstream: str = "http") -> Iterator[int]:
    """Run the recipe for a site; yield its port."""
    (port,) = free_ports(1)
    changes = {"proxy_pass http://127.0.0.1:8000": f"proxy_pass {upstream}://127.0.0.1:{hosted.port}"}
    if tls:
        pem = str(certificate(folder))
        changes |= {"listen 443": f"listen {LOOPBACK}:{port}", "/etc/ssl/chat.pem": pem, "/etc/ssl/chat.key": pem}
    else:
        changes |= {_PLAIN[0]: f"listen {LOOPBACK}:{port};", _PLAIN[1]: "", _PLAIN[2]: ""}
    with nginx(program, folder, port, recipe("nginx.conf", changes)):
        yield port


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker behind a proxy on this machine."""
    limits = {"failures_before_ban": 15, "max_failure_delay_s": 0.0}
    with hosted_tracker(tmp_path, PASSWORD, trusted_proxies=(LOOPBACK,), **limits) as hosted:
        yield hosted


@pytest.mark.parametrize("upstream", ["http", "https"])
@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_nginx_serves_a_site(program: Program, tmp_path: Path, hosted: Hosted, tls: bool, upstream: str) -> None:
    with _site(program, tmp_path, hosted, tls=tls, upstream=upstream) as port:
        status, text = get(port, tls=tls, source="127.0.0.2")
        assert status == 200
        assert f"wss://localhost:{port}" in text
        for name in ("app.js", "style.css", "icon.svg"):
            assert get(port, path=f"/{name}", tls=tls)[0] == 200
        here = hosted.client("here", password=PASSWORD)
        with page(port, "ann", tls=tls, source="127.0.0.2") as ann:
            assert address_of(here, "ann") == "127.0.0.2"
            here.send("PRIVMSG ann :hello")
            assert until(ann, "PRIVMSG") == ("ann", "hello")
        if tls:
            with page(port, "bob", _EDGE, tls=tls):
                assert address_of(here, "bob") == ANN
            with page(port, "eve", _EDGE, tls=tls, source="127.0.0.2"):
                assert address_of(here, "eve") == "127.0.0.2", "an untrusted peer cannot claim another address"
        assert list(hosted.tracker.notices) == []


def test_a_remote_person_without_tls_is_redirected(program: Program, tmp_path: Path, hosted: Hosted) -> None:
    with _site(program, tmp_path, hosted, tls=False) as port:
        status, text = get(port, f"X-Forwarded-For: {ANN}")
        assert (status, f"\r\nLocation: https://localhost:{port}/\r\n" in text) == (307, True)


@pytest.mark.parametrize("trusted", [(LOOPBACK,), ()], ids=["trusted", "not trusted"])
@pytest.mark.parametrize("upstream", ["http", "https"])
def test_metrics_through_a_proxy_need_tls_and_the_token(
    program: Program, tmp_path: Path, trusted: tuple[str, ...], upstream: str
) -> None:
    """A client of a proxy on this machine does not count as a program on this machine."""
    token = "0123456789abcdef"
    with (
        hosted_tracker(tmp_path, trusted_proxies=trusted, metrics_token=token) as hosted,
        _site(program, tmp_path, hosted, tls=True, upstream=upstream) as port,
    ):
        assert get(hosted.port, path="/metrics")[0] == 200
        assert get(port, path="/health", tls=True)[0] == 200
        is_encrypted = bool(trusted) or upstream == "https"
        assert get(port, path="/metrics", tls=True)[0] == (401 if is_encrypted else 403)
        status, text = get(port, f"Authorization: Bearer {token}", path="/metrics", tls=True)
        assert (status, "chatcore_clients" in text) == ((200, True) if is_encrypted else (403, False))


def test_nginx_serves_a_path(program: Program, tmp_path: Path, hosted: Hosted) -> None:
    (port,) = free_ports(1)
    location = recipe("nginx-path.conf", {"127.0.0.1:8000": f"127.0.0.1:{hosted.port}"})
    with nginx(program, tmp_path, port, f"server {{ listen {LOOPBACK}:{port};\n{location} }}\n"):
        assert get(port, path="/chat/")[0] == 200
        assert get(port, path="/chat/app.js")[0] == 200
        here = hosted.client("here", password=PASSWORD)
        with page(port, "ann", path="/chat/ws", source="127.0.0.2"):
            assert address_of(here, "ann") == "127.0.0.2"


@pytest.mark.parametrize("path", ["", "/chat"])
def test_the_page_works_in_a_browser(program: Program, tmp_path: Path, hosted: Hosted, path: str) -> None:
    """The browser's headers claim, as another proxy would, that it is on another machine."""
    from tests.support.browser import Company, chromium

    (port,) = free_ports(1)
    pem = str(certificate(tmp_path))
    name = "nginx-path.conf" if path else "nginx.conf"
    changes = {"127.0.0.1:8000": f"127.0.0.1:{hosted.port}"}
    listen = {"listen 443": f"listen {LOOPBACK}:{port}", "/etc/ssl/chat.pem": pem, "/etc/ssl/chat.key": pem}
    text = recipe(name, changes if path else changes | listen)
    if path:
        text = f"server {{ listen {LOOPBACK}:{port} ssl; ssl_certificate {pem}; ssl_certificate_key {pem};\n{text} }}\n"
    bob = hosted.client("bob", "#lobby", password=PASSWORD)
    with nginx(program, tmp_path, port, text), chromium() as browser:
        company = Company(browser)
        ann = company.person(f"https://{LOOPBACK}:{port}{path}", extra_http_headers=dict([_EDGE]))
        ann.enter("ann", PASSWORD)
        assert address_of(bob, "ann") == ANN
        bob.send("PRIVMSG #lobby :hello through nginx")
        ann.expect_said("hello through nginx")
        company.leave()
    assert list(hosted.tracker.notices) == []


def test_connections_are_passed_through(program: Program, tmp_path: Path, hosted: Hosted) -> None:
    """In the test the clients give their address in a PROXY header, as another proxy would."""
    (port,) = free_ports(1)
    changes = {
        "listen 6697;": f"listen {LOOPBACK}:{port} proxy_protocol; set_real_ip_from {LOOPBACK};",
        "127.0.0.1:8000": f"127.0.0.1:{hosted.port}",
    }
    with nginx(program, tmp_path, port, recipe("nginx-stream.conf", changes)):
        here = hosted.client("here", password=PASSWORD)
        for nick, host in (("ann", ANN), ("bob", BOB)):
            with IrcClient(port, wire="tls", proxied=host) as client:
                assert one(client.register(nick, password=PASSWORD), "001")
                assert address_of(here, nick) == host
        with IrcClient(port, wire="tcp", proxied=ANN) as plain:
            plain.send("NICK eve")
            assert "connect with TLS" in one(plain.receive_rest(), "ERROR").params[0]


def test_fifteen_wrong_passwords_shut_out_one_person(program: Program, tmp_path: Path, hosted: Hosted) -> None:
    guess = "/ws/chat/room/?nickname=eve&password=guess"
    upgrade = ("Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
    with _site(program, tmp_path, hosted, tls=True) as port:
        seen = [get(port, *upgrade, f"X-Forwarded-For: {ANN}", path=guess, tls=True)[0] for _ in range(15)]
        assert seen == [401] * 15
        status, text = get(port, f"X-Forwarded-For: {ANN}", tls=True)
        assert (status, "\r\nRetry-After: " in text) == (429, True)
        assert get(port, f"X-Forwarded-For: {BOB}", tls=True)[0] == 200
        with (
            pytest.raises(ConnectionClosed, match="Too many wrong passwords") as closed,
            page(port, "eve", _EDGE, tls=True),
        ):
            pass
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == CloseCode.TRY_AGAIN_LATER
        with page(port, "bob", ("X-Forwarded-For", BOB), tls=True):
            hosted.client("here", password=PASSWORD)


def test_an_untrusted_proxy_is_reported(program: Program, tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, PASSWORD) as hosted, _site(program, tmp_path, hosted, tls=True) as port:
        for _ in range(2):
            status, text = get(port, tls=True)
            assert (status, "This chat is encrypted" in text) == (403, True), (
                "an untrusted proxy may forward for anybody"
            )
        (notice,) = hosted.tracker.notices
        assert 'trusted_proxies = ["127.0.0.1"]' in notice
