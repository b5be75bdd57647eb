"""The PROXY protocol, and limits per person behind a proxy. Forwarded requests: test_forwarded."""

from __future__ import annotations

import ipaddress
import struct
from pathlib import Path
from typing import Any

import pytest

from tests.integration.secure.http import UPGRADE, ask, closing
from tests.integration.secure.proxied import ANN, BOB, GET, whois_address
from tests.support.irc import IrcClient, commands, one, proxy_line
from tests.support.sasl import mechanisms
from tests.support.tls import encrypted
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker

PASSWORD = "correct hörse"
HERE = "127.0.0.1"


def _binary(host: str, *, is_tls: bool = False, command: int = 0x21) -> bytes:
    """Return a PROXY header of version 2."""
    source = ipaddress.ip_address(host)
    body = source.packed + bytes(len(source.packed)) + struct.pack("!HH", 4711, 8000)
    body += b"\x20\0\x05\x01\0\0\0\0" if is_tls else b""
    return (
        b"\r\n\r\n\0\r\nQUIT\n" + struct.pack("!BBH", command, 0x11 if source.version == 4 else 0x21, len(body)) + body
    )


def _behind(hosted: Hosted, header: bytes, *, tls: bool = False) -> IrcClient:
    """Return a client whose connection begins with this header."""
    client = IrcClient(hosted.port, wire="tcp")
    client.send_bytes(header)
    if tls:
        client.sock = encrypted(client.sock)
    return client


# PROXY protocol


@pytest.mark.parametrize("host", [ANN, BOB])
def test_the_address_in_the_header_is_used_everywhere(proxied: Hosted, host: str) -> None:
    ann = proxied.client("ann", "#room", wire="tls", proxied=host)
    bob = proxied.client("bob", "#room")
    address = ann.address
    assert whois_address(bob, "ann") == address
    assert one(bob.command("WHO ann"), "352").params[3] == host
    bob.send(f"PRIVMSG {address} :hello there")
    assert ann.receive_until("PRIVMSG").params == ("ann", "hello there")
    assert any(line.startswith(f"connect ann {address} ") for line in proxied.log_lines())
    ann.send("PRIVMSG #room :from ann")
    assert f"@{host}" in (bob.receive_until("PRIVMSG").source or "")


@pytest.mark.parametrize("is_tls", [False, True])
@pytest.mark.parametrize("host", [ANN, BOB])
def test_version_2_header_may_precede_tls(proxied: Hosted, host: str, is_tls: bool) -> None:
    with _behind(proxied, _binary(host, is_tls=is_tls), tls=True) as ann:
        assert one(ann.register("ann"), "001")
        assert whois_address(ann, "ann") == (f"[{host}]:4711" if ":" in host else f"{host}:4711")


@pytest.mark.parametrize("header", [proxy_line(ANN), _binary(ANN)])
def test_the_persons_address_decides_on_plaintext(proxied: Hosted, header: bytes) -> None:
    with _behind(proxied, header) as ann:
        ann.send("NICK ann")
        assert "connect with TLS" in one(ann.receive_rest(), "ERROR").params[0]
    with _behind(proxied, proxy_line("127.0.0.9")) as bob:
        assert one(bob.register("bob"), "001")


def test_a_proxy_may_vouch_for_tls_but_offers_no_binding(proxied: Hosted) -> None:
    """But the client has not seen our certificate: there is nothing to bind a login to."""
    with _behind(proxied, _binary(ANN, is_tls=True)) as ann:
        assert "SCRAM-SHA-256-PLUS" not in mechanisms(ann)
        ann.send("CAP END")
        assert one(ann.register("ann"), "001")
    with _behind(proxied, _binary(ANN, is_tls=True), tls=True) as bob:
        assert "SCRAM-SHA-256-PLUS" not in mechanisms(bob)
    with _behind(proxied, _binary(ANN), tls=True) as eve:
        assert "SCRAM-SHA-256-PLUS" in mechanisms(eve)


@pytest.mark.parametrize(
    "header", [b"PROXY UNKNOWN\r\n", _binary(ANN, command=0x20), b"\r\n\r\n\0\r\nQUIT\n\x21\0\0\0", b""]
)
def test_the_proxys_own_connections_keep_its_address(proxied: Hosted, header: bytes) -> None:
    with _behind(proxied, header) as check:
        assert one(check.register("check"), "001")
        assert whois_address(check, "check") == check.address


@pytest.mark.parametrize("header", [proxy_line(ANN), _binary(ANN)])
def test_a_header_may_arrive_in_pieces(proxied: Hosted, header: bytes) -> None:
    with IrcClient(proxied.port, wire="tcp") as ann:
        for byte in header:
            ann.send_bytes(bytes([byte]))
        ann.sock = encrypted(ann.sock)
        ann.register("ann")
        assert whois_address(ann, "ann").startswith(ANN)


def test_a_second_header_is_read_as_irc(proxied: Hosted) -> None:
    """Whatever follows the first header is invalid IRC."""
    with _behind(proxied, _binary(ANN, is_tls=True) + proxy_line(BOB)) as ann:
        assert "421" in commands(ann.register("ann")) or "451" in commands(ann.sync())
        assert whois_address(ann, "ann").startswith(ANN)


@pytest.mark.parametrize("header", [b"PROXY TCP4 x\r\n", b"PROXY " + b"x" * 120, _binary(ANN, command=0x22)])
def test_a_malformed_header_ends_the_connection(proxied: Hosted, header: bytes) -> None:
    with _behind(proxied, header) as broken:
        assert "PROXY header" in one(broken.receive_rest(), "ERROR").params[0]


def test_half_a_header_has_a_deadline(tmp_path: Path) -> None:
    limits: dict[str, Any] = {"first_byte_timeout_s": 0.1, "trusted_proxies": (HERE,)}
    with hosted_tracker(tmp_path, **limits) as hosted, _behind(hosted, b"PROXY TCP4 ") as broken:
        assert broken.receive_rest() == []


def test_a_header_from_others_is_read_as_irc(hosted: Hosted) -> None:
    with _behind(hosted, proxy_line(ANN)) as ann:
        assert one(ann.register("ann"), "001")
        assert whois_address(ann, "ann") == ann.address
    with _behind(hosted, _binary(BOB)) as bob:
        assert one(bob.receive_rest(), "ERROR").params == ("Closing link: Quit",), "a header read as IRC contains QUIT"


def test_only_the_trusted_proxy_address_is_believed(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, trusted_proxies=("127.0.0.2",)) as hosted:
        with IrcClient(hosted.port, source="127.0.0.2", proxied="127.0.0.3") as ann:
            ann.register("ann")
            assert whois_address(ann, "ann") == ann.address
        with IrcClient(hosted.port, source="127.0.0.4", proxied="127.0.0.3") as bob:
            bob.register("bob")
            assert whois_address(bob, "bob").startswith("127.0.0.4:")


# Limits


def test_a_guesser_shuts_out_nobody_else(tmp_path: Path) -> None:
    limits = {"failures_before_ban": 3, "failures_before_delay": 9, "trusted_proxies": (HERE,)}
    with hosted_tracker(tmp_path, PASSWORD, **limits) as hosted:
        waiting = hosted.connect(wire="tls", proxied=BOB)
        waiting.sync()
        for _ in range(3):
            with IrcClient(hosted.port, wire="tls", proxied=ANN) as guesser:
                guesser.send("PASS :guess")
                assert commands(guesser.receive_rest()) == ["464", "ERROR"]
        with IrcClient(hosted.port, wire="tls", proxied=ANN) as guesser:
            guesser.send(f"PASS :{PASSWORD}")
            assert "Too many wrong passwords" in one(guesser.receive_rest(), "ERROR").params[0]
        assert f"shut-out {ANN} :too many wrong passwords" in hosted.log_lines()
        assert hosted.tracker.notices[0].startswith(f"{ANN} tried too many wrong passwords")
        assert one(waiting.register("bob", password=f":{PASSWORD}"), "001")
        assert one(hosted.connect().register("here", password=f":{PASSWORD}"), "001")
        assert ask(hosted, *GET, f"X-Forwarded-For: {BOB}", "X-Forwarded-Proto: https").status == 200
        assert ask(hosted, *GET, f"X-Forwarded-For: {ANN}", "X-Forwarded-Proto: https").status == 429
        assert closing(hosted, f"X-Forwarded-For: {ANN}", "X-Forwarded-Proto: https")[0] == 1013


def test_guesses_through_http_count_for_the_person(tmp_path: Path) -> None:
    limits = {"failures_before_ban": 2, "failures_before_delay": 9, "trusted_proxies": (HERE,)}
    with hosted_tracker(tmp_path, PASSWORD, **limits) as hosted:
        room = "GET /ws/chat/room/?nickname=eve&password=guess HTTP/1.1"
        for _ in range(2):
            assert ask(hosted, room, *UPGRADE, f"X-Forwarded-For: {ANN}", "X-Forwarded-Proto: https").status == 401
        assert closing(hosted, f"X-Forwarded-For: {ANN}", "X-Forwarded-Proto: https")[0] == 1013
        assert ask(hosted, room, *UPGRADE, f"X-Forwarded-For: {BOB}", "X-Forwarded-Proto: https").status == 401


def test_connections_are_counted_per_person_until_they_end(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, trusted_proxies=(HERE,), max_clients_per_address=2) as hosted:
        for host in (ANN, BOB):
            for _ in range(2):
                hosted.connect(wire="tls", proxied=host).sync()
            with IrcClient(hosted.port, wire="tls", proxied=host) as third:
                third.send("CAP LS 302")
                assert "Too many connections from your address" in one(third.receive_rest(), "ERROR").params[0]
        for _ in range(2):
            hosted.connect().sync()
        hosted.close_clients()
        wait_until(lambda: not hosted.tracker.visits())
        assert hosted.tracker.reception._admissions._by_address == {}
        assert len(hosted.tracker.reception._admissions) == 0


@pytest.mark.usefixtures("short_stay")
def test_new_connections_are_rate_limited_per_person(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, trusted_proxies=(HERE,), connections_per_minute=2) as hosted:
        for host in (ANN, BOB):
            for _ in range(2):
                with IrcClient(hosted.port, wire="tls", proxied=host) as client:
                    client.sync()
            with IrcClient(hosted.port, wire="tls", proxied=host) as client:
                assert "Too many new connections" in one(client.receive_rest(), "ERROR").params[0]


@pytest.mark.usefixtures("short_stay")
def test_the_overall_limit_applies_before_the_header(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, trusted_proxies=(HERE,), max_clients=1) as hosted:
        hosted.connect().sync()
        with IrcClient(hosted.port, wire="tcp", proxied=ANN) as second:
            assert "The tracker is full" in one(second.receive_rest(), "ERROR").params[0]


@pytest.mark.usefixtures("short_stay")
def test_a_ban_hits_the_person_not_the_proxy(proxied: Hosted) -> None:
    proxied.tracker.bans.add(ANN)
    with IrcClient(proxied.port, wire="tls", proxied=ANN) as banned:
        assert "You are banned" in one(banned.receive_rest(), "ERROR").params[0]
    assert ask(proxied, *GET, f"X-Forwarded-For: {ANN}").status == 403
    assert one(proxied.connect(wire="tls", proxied=BOB).register("bob"), "001")


@pytest.mark.usefixtures("short_stay")
def test_the_person_with_most_waiting_clients_gives_way(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, trusted_proxies=(HERE,), max_unregistered=3) as hosted:
        crowd = [hosted.connect(wire="tls", proxied=ANN) for _ in range(3)]
        for client in crowd:
            client.command("CAP LS 302")
        newcomer = hosted.connect(wire="tls", proxied=BOB)
        assert commands(newcomer.command("CAP LS")) == ["CAP"]
        assert "Too many are connecting" in one(crowd[0].receive_rest(), "ERROR").params[0]
        with IrcClient(hosted.port, wire="tls", proxied=ANN) as refused:
            assert "Too many are connecting" in one(refused.receive_rest(), "ERROR").params[0]
