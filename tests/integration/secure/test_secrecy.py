"""The password is in no log, no traceback, no repr of an object, and no list of processes."""

from __future__ import annotations

import contextlib
import gc
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from chatcore.commands import registration, sasl
from chatcore.server.access import keyring
from chatcore.server.access.accounts import AccountStore
from chatcore.server.access.registrar import AccountRegistrar
from chatcore.server.incoming import http_door
from chatcore.server.services import TrackerServices
from chatcore.server.tracker import Tracker
from tests.support.irc import IrcClient, one
from tests.support.sasl import bound_scram, negotiate, plain, plain_lines, scram
from tests.support.trackers import Hosted, hosted_tracker, tracker_process

PASSWORD = "Sw0rdfish-hörbar"
GUESS = "Cr0codile-tränen"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Hosted]:
    with hosted_tracker(tmp_path, PASSWORD, registration="open") as hosted:
        yield hosted


def _log_in_every_way(hosted: Hosted, password: str) -> None:
    """Send the password in every possible way, over TLS and without."""
    for wire in ("tls", "tcp"):
        with IrcClient(hosted.port, wire=wire) as client:
            client.send(f"PASS :{password}", "PASS", f"PASS {password} and more", "QUIT")
            client.receive_rest()
        with IrcClient(hosted.port, wire=wire) as client:
            negotiate(client, "ann")
            plain(client, "*", password)
            plain(client, "ann", password)
            client.send("QUIT")
            client.receive_rest()
        with IrcClient(hosted.port, wire=wire) as client:
            _by_http(client, password)
            assert _rest(client).startswith(b"HTTP/1.1 ")
    with IrcClient(hosted.port, wire="tls") as client:
        negotiate(client, "bob")
        scram(client, bound_scram(client, "*", password))
        client.send("CAP END", f"OPER root {password}", f"JOIN #room {password}")
        client.send(f"REGISTER * * {password}", f"REGISTER * * {password}!", f"REGISTER {password} * x", "QUIT")
        client.receive_rest()


def _all_logs(hosted: Hosted, caplog: pytest.LogCaptureFixture) -> str:
    return caplog.text + hosted.log_text()


@pytest.mark.parametrize("password", [PASSWORD, GUESS])
def test_neither_right_nor_wrong_passwords_are_logged(
    guarded: Hosted, caplog: pytest.LogCaptureFixture, password: str
) -> None:
    caplog.set_level(logging.DEBUG)
    _log_in_every_way(guarded, password)
    kept = _all_logs(guarded, caplog)
    assert "refused" in kept
    assert password not in kept
    assert password.split("-", maxsplit=1)[0] not in kept


class TestFaults:
    """Whatever fails while a password is handled leaves a traceback without the password."""

    @pytest.fixture
    def no_faults(self) -> None:
        """Override the fixture: here faults are wanted."""

    @pytest.mark.parametrize(
        "where",
        [
            (keyring.Keyring, "is_password"),
            (keyring.Keyring, "is_proof"),
            (keyring.Keyring, "login"),
            (keyring.Keyring, "is_operator"),
            (TrackerServices, "guess"),
            (AccountRegistrar, "make"),
            (keyring, "new_credentials"),
            (AccountStore, "keep"),
            (TrackerServices, "note_proven"),
            (registration, "refuse_password"),
            (sasl, "_fail"),
            (http_door, "admit_guest"),
        ],
        ids=lambda where: where[1],
    )
    def test_tracebacks_do_not_contain_the_password(
        self,
        guarded: Hosted,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
        where: tuple[object, str],
    ) -> None:
        def fail(*arguments: object) -> object:
            raise ZeroDivisionError("a fault that a test made")

        caplog.set_level(logging.DEBUG)
        with monkeypatch.context() as faulty:
            faulty.setattr(*where, fail)
            for password in (PASSWORD, GUESS):
                for way in (_by_pass, _by_plain, _by_http, _by_oper, _by_register):
                    with IrcClient(guarded.port) as client:
                        way(client, password)
                        _rest(client)
        kept = _all_logs(guarded, caplog)
        assert "ZeroDivisionError" in kept
        for password in (PASSWORD, GUESS):
            assert password not in kept


def _rest(client: IrcClient) -> bytes:
    """Return everything that comes until the tracker closes."""
    received = bytearray()
    with contextlib.suppress(ConnectionError):
        while more := client.sock.recv(65536):
            received += more
    return bytes(received)


def _by_pass(client: IrcClient, password: str) -> None:
    client.send(f"PASS :{password}", "NICK ann", "USER ann 0 * :Ann", "QUIT")


def _by_plain(client: IrcClient, password: str) -> None:
    client.send("CAP REQ sasl", *plain_lines("*", password), "QUIT")


def _by_http(client: IrcClient, password: str) -> None:
    head = ("Host: localhost", "Upgrade: websocket", "Connection: Upgrade", "")
    client.send(f"GET /ws/chat/room?nickname=ann&password={quote(password)} HTTP/1.1", *head)


def _by_oper(client: IrcClient, password: str) -> None:
    client.send(f"PASS :{PASSWORD}", "NICK ann", "USER ann 0 * :Ann", f"OPER root {password}", "QUIT")


def _by_register(client: IrcClient, password: str) -> None:
    client.send(f"PASS :{PASSWORD}", "NICK ann", "USER ann 0 * :Ann", f"REGISTER * * {password}+", "QUIT")


def test_no_repr_contains_the_password(guarded: Hosted) -> None:
    client = guarded.connect(wire="tls")
    negotiate(client)
    scram(client, bound_scram(client, "*", PASSWORD))
    client.command("CAP END")
    gc.unfreeze()  # also look at objects from before the first test (tests/conftest.py)
    # Some classes of libraries have a descriptor where their module's name should be.
    ours = [thing for thing in gc.get_objects() if str(type(thing).__module__).startswith("chatcore.")]
    gc.freeze()
    assert any(isinstance(thing, Tracker) for thing in ours)
    assert [type(thing) for thing in ours if PASSWORD in repr(thing)] == []


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_password_is_not_in_the_process_list(tmp_path: Path) -> None:
    """It comes on standard input, from the terminal or in a file: no option and no variable takes it."""
    with tracker_process(tmp_path, password=PASSWORD) as tracker, IrcClient(tracker.port, wire="tls") as client:
        assert one(client.register("ann", password=f":{PASSWORD}"), "001")
        listed = Path(f"/proc/{tracker.process.pid}")
        assert PASSWORD.encode() not in (listed / "cmdline").read_bytes() + (listed / "environ").read_bytes()
        tracker.stop()
        assert PASSWORD not in "\n".join(tracker.output)
