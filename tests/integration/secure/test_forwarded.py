"""Forwarded requests: what a trusted proxy says of them is believed, what others say is not."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from websockets.sync.client import ClientConnection, connect

from chatcore.protocol.message import Message, parse
from tests.integration.secure.http import UPGRADE, ask
from tests.integration.secure.proxied import ANN, BOB, ENCRYPTED, GET, whois_address
from tests.support.irc import DEADLINE_S, one
from tests.support.trackers import Hosted, hosted_tracker

PASSWORD = "correct hörse"
HERE = "127.0.0.1"


def _page(hosted: Hosted, stack: ExitStack, nick: str, *headers: tuple[str, str]) -> ClientConnection:
    """Return a registered WebSocket client that a proxy has forwarded with these headers."""
    url = f"ws://127.0.0.1:{hosted.port}/ws"
    # With a bounded queue the library stops reading when it is full, even before the answer to its close frame.
    page = stack.enter_context(connect(url, additional_headers=headers, compression=None, max_queue=None))
    page.send(f"NICK {nick}")
    page.send(f"USER {nick} 0 * :{nick}")
    _until(page, "001")
    return page


def _until(page: ClientConnection, command: str) -> Message:
    while (message := parse(str(page.recv(timeout=DEADLINE_S)))).command != command:
        pass
    return message


def test_forwarded_addresses_identify_the_person(proxied: Hosted) -> None:
    with ExitStack() as stack:
        asker = proxied.client("asker")
        https = ("X-Forwarded-Proto", "https")
        _page(proxied, stack, "ann", ("X-Forwarded-For", f"192.0.2.1, {ANN}"), https)
        _page(proxied, stack, "bob", ("X-Forwarded-For", f"{BOB}, 10.1.2.3"), https)
        _page(proxied, stack, "eve", ("X-Forwarded-For", f"{ANN}:4711"), https)
        _page(proxied, stack, "many", ("X-Forwarded-For", ANN), ("X-Forwarded-For", BOB), https)
        assert whois_address(asker, "ann").startswith(f"{ANN}:")
        assert whois_address(asker, "bob").startswith(f"[{BOB}]:")
        assert whois_address(asker, "eve") == f"{ANN}:4711"
        assert whois_address(asker, "many").startswith(f"[{BOB}]:")
        assert any(line.startswith(f"connect eve {ANN}:4711 ") for line in proxied.log_lines())
        assert list(proxied.tracker.notices) == []


def test_people_without_a_forwarded_port_have_unique_addresses(proxied: Hosted) -> None:
    headers = ("X-Forwarded-For", ANN), ("X-Forwarded-Proto", "https")
    with ExitStack() as stack:
        pages = {nick: _page(proxied, stack, nick, *headers) for nick in ("ann", "bob")}
        asker = proxied.client("asker")
        for nick, page in pages.items():
            asker.send(f"PRIVMSG {whois_address(asker, nick)} :hello {nick}")
            assert _until(page, "PRIVMSG").params == (nick, f"hello {nick}")


@pytest.mark.parametrize(
    ("headers", "is_served"),
    [
        ((f"X-Forwarded-For: {ANN}", "X-Forwarded-Proto: https"), True),
        ((f"X-Forwarded-For: {ANN}", "X-Forwarded-Proto: http"), False),
        ((f"X-Forwarded-For: {ANN}",), False),
        (("X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: http"), True),
        (("X-Forwarded-For: 127.0.0.1",), True),
        (("X-Forwarded-Proto: https",), True),
        (("X-Forwarded-Proto: http",), False),
        (("X-Forwarded-For: unknown",), False),
        (("X-Real-IP: 127.0.0.1",), False),
        ((), True),
    ],
)
def test_forwarded_proto_decides_whether_the_way_is_encrypted(
    proxied: Hosted, headers: tuple[str, ...], is_served: bool
) -> None:
    """Only people known to come without TLS are redirected: others may be at the encrypted page already."""
    page = ask(proxied, *GET, *headers)
    assert (ENCRYPTED in page.body) is not is_served
    assert page.status == (200 if is_served else 307 if headers[-1] == "X-Forwarded-Proto: http" else 403)
    room = ask(proxied, "GET /ws/chat/room/ HTTP/1.1", *UPGRADE, *headers)
    assert room.status == (400 if is_served else 403), room.body


@pytest.mark.parametrize(("proto", "is_served"), [("https", True), ("http", False), ("", True)])
def test_forwarded_proto_outweighs_tls_from_the_proxy(proxied: Hosted, proto: str, is_served: bool) -> None:
    headers = (f"X-Forwarded-For: {ANN}", *([f"X-Forwarded-Proto: {proto}"] if proto else []))
    assert (ENCRYPTED in ask(proxied, *GET, *headers, tls=True).body) is not is_served


def test_a_proxy_behind_a_trusted_proxy_is_believed(proxied: Hosted) -> None:
    """If the PROXY header names a trusted proxy, the request's headers count; otherwise only the PROXY header does."""
    headers = (f"X-Forwarded-For: {ANN}", "X-Forwarded-Proto: https")
    assert ENCRYPTED not in ask(proxied, *GET, *headers, proxied="10.1.1.1").body
    assert list(proxied.tracker.notices) == []
    assert ENCRYPTED in ask(proxied, *GET, *headers, proxied=BOB).body
    (notice,) = proxied.tracker.notices
    assert notice.startswith(BOB)
    proxied.tracker.bans.add(ANN)
    assert ask(proxied, *GET, *headers, proxied="10.1.1.1").status == 403
    assert ENCRYPTED in ask(proxied, *GET, *headers, proxied=BOB).body


# Others


@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-For: 127.0.0.1",
        "X-Forwarded-Proto: https",
        "Forwarded: for=127.0.0.1;proto=https",
        "X-Real-IP: 127.0.0.1",
        "X-Forwarded-Host: localhost",
        "Via: 1.1 proxy",
    ],
)
def test_untrusted_proxies_are_not_believed_and_reported_once(hosted: Hosted, header: str) -> None:
    for _ in range(2):
        assert ENCRYPTED in ask(hosted, *GET, header).body
        assert ask(hosted, "GET /ws HTTP/1.1", *UPGRADE, header).status == 403
    assert ENCRYPTED not in ask(hosted, *GET, header, tls=True).body
    (notice,) = hosted.tracker.notices
    assert notice.startswith("127.0.0.1 forwards requests for others")
    assert 'trusted_proxies = ["127.0.0.1"]' in notice
    assert ENCRYPTED not in ask(hosted, *GET).body, "a request without a proxy is from this machine"


def test_guesses_through_an_untrusted_proxy_do_not_shut_out_this_machine(tmp_path: Path) -> None:
    limits = {"failures_before_ban": 2, "failures_before_delay": 9, "plaintext": "anywhere"}
    with hosted_tracker(tmp_path, PASSWORD, **limits) as hosted:
        for _ in range(2):
            room = "GET /ws/chat/room/?nickname=eve&password=guess HTTP/1.1"
            assert ask(hosted, room, *UPGRADE, f"X-Forwarded-For: {ANN}").status == 401
        assert ask(hosted, *GET, f"X-Forwarded-For: {BOB}").status == 429
        assert ask(hosted, *GET).status == 200
        assert one(hosted.connect().register("here", password=f":{PASSWORD}"), "001")
        assert "shut-out via-127.0.0.1 :too many wrong passwords" in hosted.log_lines()


def test_notices_about_unknown_proxies_are_limited(hosted: Hosted) -> None:
    for number in range(30):
        hosted.tracker.gate.tell_of_proxy(f"192.0.2.{number}", "It passes on requests.")
    assert len(hosted.tracker.notices) == 20
    for _ in range(2):
        hosted.tracker.gate.tell_of_proxy(HERE, "This is no stranger.")
    assert hosted.tracker.notices[-1] == "This is no stranger."
    assert len(hosted.tracker.notices) == 21


@pytest.mark.parametrize("header", [f"X-Real-IP: {ANN}", "X-Forwarded-For: unknown", "X-Forwarded-Proto: https"])
def test_a_proxy_that_names_no_client_is_reported_once(proxied: Hosted, header: str) -> None:
    for _ in range(2):
        assert ask(proxied, *GET, header).status == (200 if header.endswith("https") else 403)
    (notice,) = proxied.tracker.notices
    assert notice.startswith("127.0.0.1 forwards requests without saying whose they are")
