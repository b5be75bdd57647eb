"""haproxy in front of a tracker, with the recipes of contrib/haproxy.cfg.

In the tests the clients give their address in a PROXY header, as another proxy would (`accept-proxy`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.programs.proxies import ANN, BOB, PASSWORD, address_of, certificate, get, page, recipe, running, until
from tests.support.irc import IrcClient, commands, one
from tests.support.ports import LOOPBACK, free_ports
from tests.support.sasl import mechanisms
from tests.support.trackers import Hosted, hosted_tracker

Program = Callable[[str], Path]


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker behind a proxy on this machine."""
    limits = {"failures_before_ban": 15, "max_failure_delay_s": 0.0}
    with hosted_tracker(tmp_path, PASSWORD, trusted_proxies=(LOOPBACK,), **limits) as hosted:
        yield hosted


@contextmanager
def _haproxy(
    program: Program, folder: Path, hosted: Hosted, frontend: str, changes: Mapping[str, str]
) -> Iterator[int]:
    """Run a recipe; yield its port, which is PORT in the changes."""
    (port,) = free_ports(1)
    changed = {before: after.replace("PORT", str(port)) for before, after in changes.items()}
    backend = frontend.replace("chat", "tracker").replace("web", "tracker-web")
    changed["127.0.0.1:8000"] = f"127.0.0.1:{hosted.port}"
    text = recipe("haproxy.cfg", changed, "global", "defaults", f"frontend {frontend}", f"backend {backend}")
    config = folder / "haproxy.cfg"
    config.write_text(text)
    with running([program("haproxy"), "-db", "-f", config], port):
        yield port


@pytest.mark.parametrize("version", ["send-proxy", "send-proxy-v2"])
def test_connections_are_passed_through(program: Program, tmp_path: Path, hosted: Hosted, version: str) -> None:
    changes = {"bind :6697": "bind 127.0.0.1:PORT accept-proxy", "send-proxy-v2": version}
    with _haproxy(program, tmp_path, hosted, "chat", changes) as port:
        here = hosted.client("here", password=PASSWORD)
        for nick, host in (("ann", ANN), ("bob", BOB)):
            with IrcClient(port, wire="tls", proxied=host) as client:
                assert "SCRAM-SHA-256-PLUS" in mechanisms(client), "TLS is between client and tracker"
                client.send("CAP END")
                assert one(client.register(nick, password=PASSWORD), "001")
                assert address_of(here, nick) == host
        with IrcClient(port, wire="tcp", proxied=ANN) as plain:
            plain.send("NICK eve")
            assert "connect with TLS" in one(plain.receive_rest(), "ERROR").params[0]
        for _ in range(15):
            with IrcClient(port, wire="tls", proxied=ANN) as guesser:
                guesser.send("PASS guess")
                assert commands(guesser.receive_rest()) == ["464", "ERROR"]
        with IrcClient(port, wire="tls", proxied=ANN) as shut_out:
            shut_out.send("CAP LS 302")
            assert "Too many wrong passwords" in one(shut_out.receive_rest(), "ERROR").params[0]
        with IrcClient(port, wire="tls", proxied=BOB) as client:
            assert one(client.register("bob", password=PASSWORD), "001")


def test_haproxy_terminates_tls(program: Program, tmp_path: Path, hosted: Hosted) -> None:
    pem = str(certificate(tmp_path))
    changes = {"bind :6698": "bind 127.0.0.1:PORT accept-proxy", "/etc/ssl/chat.pem": pem}
    with _haproxy(program, tmp_path, hosted, "chat-tls", changes) as port:
        here = hosted.client("here", password=PASSWORD)
        with IrcClient(port, wire="tls", proxied=ANN) as ann:
            assert "SCRAM-SHA-256-PLUS" not in mechanisms(ann)
            ann.send("CAP END")
            assert one(ann.register("ann", password=PASSWORD), "001")
            assert address_of(here, "ann") == ANN
    plain = {**changes, f"accept-proxy ssl crt {pem}": "accept-proxy"}
    without_tls = _haproxy(program, tmp_path, hosted, "chat-tls", plain)
    with without_tls as port, IrcClient(port, wire="tcp", proxied=ANN) as eve:
        eve.send("NICK eve")
        assert "connect with TLS" in one(eve.receive_rest(), "ERROR").params[0]


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_haproxy_serves_a_site(program: Program, tmp_path: Path, hosted: Hosted, tls: bool) -> None:
    """Another proxy on this machine sends X-Forwarded-For; haproxy adds a second such header."""
    pem = str(certificate(tmp_path))
    changes = {"bind :443": "bind 127.0.0.1:PORT", "/etc/ssl/chat.pem": pem}
    if not tls:
        changes[f" ssl crt {pem}"] = ""
    with _haproxy(program, tmp_path, hosted, "web", changes) as port:
        here = hosted.client("here", password=PASSWORD)
        assert get(port, tls=tls, source="127.0.0.2")[0] == 200
        with page(port, "ann", tls=tls, source="127.0.0.2") as ann:
            assert address_of(here, "ann") == "127.0.0.2"
            here.send("PRIVMSG ann :hello")
            assert until(ann, "PRIVMSG") == ("ann", "hello")
        status, text = get(port, f"X-Forwarded-For: {ANN}", tls=tls)
        assert (status, "This chat is encrypted" in text) == (200 if tls else 307, not tls)
        if tls:
            with page(port, "bob", ("X-Forwarded-For", BOB), tls=tls):
                assert address_of(here, "bob") == BOB
        hosted.tracker.bans.add(ANN)
        assert get(port, f"X-Forwarded-For: {ANN}", tls=tls)[0] == 403
        assert list(hosted.tracker.notices) == []
