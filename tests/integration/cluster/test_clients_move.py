"""Two trackers, one chat: our clients move from one to the other, keep their visit, and miss nothing."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from chatcore.terminal.arguments import Options
from chatcore.terminal.chat import Chat
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.local import Local
from chatcore.terminal.session.returning import RESUMED
from chatcore.terminal.session.session import Session
from chatcore.transport.fingerprint import format_fingerprint
from tests.support.clustered import clustered_pair
from tests.support.irc import IrcClient
from tests.support.seen import SeenScreen
from tests.support.thorough import first_and_thorough
from tests.support.together import wait_until


@contextmanager
def visiting(port: int, password: str, screen: SeenScreen) -> Iterator[None]:
    """Have ann visit with the terminal client, until the block ends."""
    screen.type_first(password)
    login = Login(Options("127.0.0.1", port, "ann"), screen)
    handshake, welcome = login.register(login.enter())
    session = Session("ann", handshake.capabilities, shows_all=False)
    chat = Chat(session, handshake, screen, login, Local(Path(), Path()))
    thread = threading.Thread(target=chat.run, args=(welcome,))
    thread.start()
    try:
        yield
    finally:
        screen.type("/quit")
        thread.join()


@pytest.mark.parametrize(("password", "number"), first_and_thorough(("secret", signal.SIGKILL), ("", signal.SIGTERM)))
def test_a_terminal_client_moves_to_the_other_tracker(tmp_path: Path, password: str, number: int) -> None:
    screen = SeenScreen()
    with clustered_pair(tmp_path, password) as pair, IrcClient(pair.second.port) as bob:
        bob.register("bob", password=password)
        bob.send("CAP REQ chatcore/trackers")
        while not (told := bob.receive_until("TRACKERS").params[-1]):
            pass  # it has not heard of the other yet
        assert f"127.0.0.1:{pair.first.port};certfp=" in told
        bob.join("#lobby")
        with visiting(pair.first.port, password, screen):
            screen.wait_for("* in #lobby: ann, @bob")
            bob.send("PRIVMSG #lobby :before")
            screen.wait_for("[#lobby] <bob> before")
            pair.first.process.send_signal(number)
            bob.send("PRIVMSG #lobby :meanwhile")
            wait_until(
                lambda: any(line.endswith(f"; you are now at 127.0.0.1:{pair.second.port}") for line in screen.shown)
            )
            assert any(RESUMED in line for line in screen.shown)
            while bob.receive_until("TRACKERS").params != ("",):
                pass
            screen.type("and after")
            screen.wait_for("[#lobby] <ann> and after")
            bob.receive_until("PRIVMSG", "and after")
    texts = [line.rpartition("<bob> ")[2] for line in screen.shown if "<bob> " in line]
    assert texts == ["before", "meanwhile"]


@pytest.mark.thorough
def test_a_new_certificate_is_announced(tmp_path: Path) -> None:
    pem = tmp_path / "tls.pem"
    _issue(pem)
    with (
        clustered_pair(tmp_path, "", "--tls-cert", str(pem)) as pair,
        IrcClient(pair.first.port) as client,
    ):
        client.register("ann")
        client.send("CAP REQ chatcore/trackers")
        expected = [_pin(pem), _issue(pem)]
        while expected:
            told = client.receive_until("TRACKERS").params[-1]
            if f";certfp={expected[0]}" in told:
                del expected[0]


def _issue(path: Path) -> str:
    """Write a new certificate there; return its fingerprint."""
    issued = trustme.CA().issue_cert("localhost", "127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(path)
    return _pin(path)


def _pin(path: Path) -> str:
    return format_fingerprint(load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER))


@pytest.mark.thorough
def test_a_terminal_client_returns_from_a_tracker_that_was_cut_off(tmp_path: Path) -> None:
    screen = SeenScreen()
    with clustered_pair(tmp_path) as pair, IrcClient(pair.second.port) as bob:
        bob.register("bob")
        bob.join("#lobby")
        with visiting(pair.first.port, "", screen):
            screen.wait_for("* in #lobby: ann, @bob")
            pair.first.process.send_signal(signal.SIGSTOP)
            try:
                bob.receive_until("QUIT")
                bob.send("PRIVMSG #lobby :meanwhile")
            finally:
                pair.first.process.send_signal(signal.SIGCONT)
            wait_until(lambda: any(line.startswith("* back in the chat") for line in screen.shown))
            wait_until(lambda: any(line.endswith("<bob> meanwhile") for line in screen.shown))
            screen.type("and after")
            bob.receive_until("PRIVMSG", "and after")
