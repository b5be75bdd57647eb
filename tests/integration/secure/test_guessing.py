"""Guessing passwords: slow, counted before comparing, and then impossible for a while.

The parts: tests/server/access/test_doorkeeper and test_local_guesses.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus
from itertools import cycle
from pathlib import Path
from time import monotonic
from urllib.parse import quote

import pytest
from scramp import ScramClient

from chatcore.server.access import local_guesses
from chatcore.server.access.keyring import Keyring
from tests.integration.secure.http import ask
from tests.support.crowd import at_once
from tests.support.irc import DEADLINE_S, IrcClient, commands, one
from tests.support.operators import hashed
from tests.support.sasl import bound_scram, negotiate, plain, plain_lines, scram
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker

PASSWORD = "correct hörse"
UPGRADE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)
SHUT_OUT = "Too many wrong passwords from your address, try again later"
pytestmark = pytest.mark.usefixtures("from_elsewhere")


def _refusal(port: int) -> str:
    """Return the reason with which a connection is refused before it sends anything."""
    with IrcClient(port) as client:
        return one(client.receive_rest(), "ERROR").params[0]


def _tries(hosted: Hosted, password: str) -> list[str]:
    with IrcClient(hosted.port) as client:
        client.send(f"PASS :{password}")
        return commands(client.receive_rest())


def test_wrong_passwords_lead_to_a_temporary_ban(tmp_path: Path) -> None:
    limits = {"failures_before_delay": 99, "failures_before_ban": 4, "failure_ban_s": 1.0}
    with hosted_tracker(tmp_path, PASSWORD, **limits) as hosted:
        inside = hosted.client("inside", password=f":{PASSWORD}")
        choosing, idle = hosted.connect(), hosted.connect()
        choosing.command(f"PASS :{PASSWORD}")
        idle.command("CAP LS 302")
        for _ in range(3):
            assert _tries(hosted, "guess") == ["464", "ERROR"]
        assert list(hosted.tracker.notices) == []
        assert _tries(hosted, "guess") == ["464", "ERROR"]
        banned_at = monotonic()
        (notice,) = hosted.tracker.notices
        assert notice.startswith("127.0.0.1 tried too many wrong passwords")
        assert one(idle.receive_rest(), "ERROR").params[0].endswith("Too many wrong passwords from your address")
        assert inside.command("PRIVMSG inside :who is in stays in")
        assert one(choosing.register("chosen"), "001"), "a client that has proven the password may still register"
        if monotonic() < banned_at + 0.5:
            assert "Too many wrong passwords" in _refusal(hosted.port)
        assert "shut-out 127.0.0.1 :too many wrong passwords" in hosted.log_lines()
        wait_until(lambda: _is_let_in(hosted))


def test_the_network_of_one_ipv6_host_is_shut_out_together(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, PASSWORD, host="::1", failures_before_delay=99, failures_before_ban=1) as hosted:
        with IrcClient(hosted.port, host="::1") as idle:
            idle.command("CAP LS 302")
            with IrcClient(hosted.port, host="::1") as guesser:
                guesser.send("PASS :guess")
                guesser.receive_rest()
            assert one(idle.receive_rest(), "ERROR").params[0].endswith("Too many wrong passwords from your address")
        (notice,) = hosted.tracker.notices
        assert notice.startswith("::/64 tried too many wrong passwords")


def _is_let_in(hosted: Hosted) -> bool:
    with IrcClient(hosted.port) as client:
        client.send(f"PASS :{PASSWORD}", "NICK again", "USER again 0 * :Again", "QUIT")
        with contextlib.suppress(OSError):
            return "001" in commands(client.receive_rest())
    return False


@pytest.mark.parametrize("wire", ["tcp", "tls"])
def test_sasl_and_oper_count_as_guesses(tmp_path: Path, wire: str) -> None:
    limits = {"failures_before_delay": 99, "failures_before_ban": 9}
    with hosted_tracker(tmp_path, PASSWORD, **limits) as hosted:
        client = hosted.connect(wire=wire)
        negotiate(client)
        for _ in range(4):
            assert commands(plain(client, "*", "guess")) == ["904"]
        member = hosted.client("member", password=f":{PASSWORD}", wire=wire)  # this does not reset the count
        for _ in range(4):
            assert commands(member.command("OPER root guess")) == ["464"]
        client.send(*plain_lines("*", "guess"))
        client.receive_rest()
        assert len(hosted.tracker.notices) == 1


@pytest.mark.parametrize(("tries", "is_last"), [(1, True), (3, True), (0, False)])
def test_tries_per_connection_are_limited(tmp_path: Path, tries: int, is_last: bool) -> None:
    with hosted_tracker(tmp_path, PASSWORD, max_failed_logins=tries) as hosted:
        guesser = hosted.connect()
        negotiate(guesser)
        for _ in range((tries or 10) - 1):
            assert commands(plain(guesser, "*", "guess")) == ["904"]
        guesser.send(*plain_lines("*", "guess"), *([] if is_last else ["QUIT"]))
        goodbye = guesser.receive_rest()[-1].params[0]
        assert goodbye.endswith("Too many failed logins" if is_last else "Quit")


@pytest.mark.parametrize("password", [PASSWORD, ""])
def test_a_right_password_does_not_hide_guesses_at_another(tmp_path: Path, password: str) -> None:
    """Knowing the server's password, or needing none, does not permit guessing an account's."""
    limits = {"failures_before_delay": 99, "failures_before_ban": 4}
    with hosted_tracker(tmp_path, password, **limits) as hosted:
        hosted.tracker.keys.accounts.add("alice", "secret")
        for _ in range(2):
            guesser = hosted.connect()
            negotiate(guesser)
            for _ in range(2):
                guesser.send(f"PASS :{password or 'anything'}", *plain_lines("alice", "guess"))
        wait_until(lambda: hosted.tracker.notices)


def test_only_answers_to_wrong_passwords_are_delayed(tmp_path: Path) -> None:
    limits = {"failures_before_delay": 1, "failures_before_ban": 99, "max_failure_delay_s": 0.4}
    with hosted_tracker(tmp_path, PASSWORD, **limits) as hosted:
        assert _tries(hosted, "guess") == ["464", "ERROR"]
        with IrcClient(hosted.port) as guesser:
            began = monotonic()
            guesser.send("PASS :guess")
            with IrcClient(hosted.port, source="127.0.0.2") as other:
                assert one(other.register("other", password=f":{PASSWORD}"), "001")
            assert commands(guesser.receive_rest()) == ["464", "ERROR"]
            assert monotonic() - began >= 0.4


def test_a_delayed_answer_does_not_outlive_its_client(tmp_path: Path) -> None:
    """Stopping the tracker does not wait for the answer either."""
    limits = {"failures_before_delay": 0, "failures_before_ban": 99, "max_failure_delay_s": 600.0}
    with hosted_tracker(tmp_path, PASSWORD, failure_memory_s=600.0, **limits) as hosted:
        for _ in range(11):
            hosted.tracker.services.doorkeeper.guess(
                "127.0.0.1", lambda: False, lambda _: True
            )  # half an hour from here
        began = monotonic()
        with IrcClient(hosted.port) as guesser:
            guesser.send("PASS :guess")
            wait_until(lambda: [visit for visit in hosted.tracker.visits() if visit.client.credit.is_waiting])
    assert monotonic() - began < DEADLINE_S


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the comparisons, whatever asks for them."""
    seen: list[str] = []
    for name in ("is_password", "is_operator", "is_proof"):
        real = getattr(Keyring, name)

        def compare(keys: Keyring, *given: str, name: str = name, real: Callable[..., bool] = real) -> bool:
            seen.append(name)
            return real(keys, *given)

        monkeypatch.setattr(Keyring, name, compare)
    return seen


@pytest.mark.parametrize("way", ["PASS", "PLAIN", "room", "mixed"])
def test_simultaneous_guesses_count_like_consecutive_ones(tmp_path: Path, compared: list[str], way: str) -> None:
    """Each from its own connection, all at the same moment: before a ban no more are compared than in a row."""
    with hosted_tracker(tmp_path, PASSWORD, failures_before_ban=15) as hosted, ExitStack() as stack:
        clients = [stack.enter_context(IrcClient(hosted.port)) for _ in range(60)]
        ways = ["PASS", "PLAIN", "room"] if way == "mixed" else [way]
        for client, its_way in zip(clients, cycle(ways), strict=False):
            if its_way == "PLAIN":
                negotiate(client)
        at_once([partial(_guess, client, its_way) for client, its_way in zip(clients, cycle(ways), strict=False)])
        assert len(compared) == 15
        assert len(hosted.tracker.notices) == 1


def _guess(client: IrcClient, way: str) -> None:
    """Send a wrong guess; return when the connection ends."""
    with contextlib.suppress(OSError):
        if way == "PASS":
            client.send("PASS :guess")
        elif way == "PLAIN":
            client.send(*plain_lines("*", "guess"), "QUIT")
        else:
            client.send("GET /ws/chat/dev/?nickname=ann&password=guess HTTP/1.1", "Host: localhost", *UPGRADE, "")
        while client.sock.recv(65536):
            pass


def test_passwords_from_a_shut_out_address_are_not_compared(tmp_path: Path, compared: list[str]) -> None:
    """Not even right passwords, by any way, on older connections either; but registered clients stay connected."""
    limits = {"failures_before_delay": 99, "failures_before_ban": 15, "max_failed_logins": 5}
    operators = {"root": hashed("s3cret")}
    with hosted_tracker(tmp_path, PASSWORD, operators=operators, **limits) as hosted:
        hosted.tracker.keys.accounts.add("alice", "alice's own")
        member = hosted.client("member", password=f":{PASSWORD}", caps="sasl", wire="tls")
        coming = hosted.connect()
        negotiate(coming)
        assert commands(plain(coming, "*", PASSWORD)) == ["903"]
        for _ in range(15):
            assert _tries(hosted, "guess") == ["464", "ERROR"]
        compared.clear()
        assert SHUT_OUT in _refusal(hosted.port)
        for _ in range(8):  # this does not count as their failures
            assert one(member.command("OPER root s3cret"), "464").params[-1] == SHUT_OUT
            assert one(plain(member, "alice", "alice's own"), "904").params[-1] == SHUT_OUT
        for login in (
            ScramClient(["SCRAM-SHA-256"], "alice", "alice's own"),
            bound_scram(member, "alice", "alice's own"),
        ):
            assert one(scram(member, login), "904").params[-1] == SHUT_OUT
        assert one(plain(coming, "alice", "alice's own"), "904").params[-1] == SHUT_OUT
        coming.send(f"PASS :{PASSWORD}")
        seen = coming.receive_rest()
        assert one(seen, "464").params[-1] == SHUT_OUT
        assert SHUT_OUT in one(seen, "ERROR").params[0]
        assert compared == []
        assert member.command("PRIVMSG member :still in")
        assert "refused member" in "".join(line for line in hosted.log_lines() if "not compared" in line)


@pytest.mark.thorough
@pytest.mark.parametrize("is_plus", [False, True])
def test_right_scram_logins_do_not_count_as_guesses(tmp_path: Path, is_plus: bool) -> None:
    with hosted_tracker(tmp_path, "", failures_before_delay=99, failures_before_ban=3) as hosted:
        hosted.tracker.keys.accounts.add("alice", "alice's own")
        for password, result in [("alice's own", "903"), ("guess", "904")] * 2 + [("alice's own", "903")] * 5:
            client = hosted.connect(wire="tls")
            negotiate(client)
            login = bound_scram if is_plus else _plain_scram
            assert commands(scram(client, login(client, "alice", password)))[-1] == result
        assert list(hosted.tracker.notices) == []
        client = hosted.connect(wire="tls")
        negotiate(client)
        client.send("AUTHENTICATE SCRAM-SHA-256", "AUTHENTICATE bm9uc2Vuc2U=")
        client.receive_rest()
        assert len(hosted.tracker.notices) == 1


def _plain_scram(client: IrcClient, name: str, password: str) -> ScramClient:
    return ScramClient(["SCRAM-SHA-256"], name, password)


class TestHere:
    """From this machine: one wrong guess per second overall, ten waiting, and nobody shut out."""

    @pytest.fixture
    def from_elsewhere(self) -> None:
        """Override the fixture: here people come from this machine."""

    def test_this_machine_is_never_shut_out(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(local_guesses, "_INTERVAL_S", 0.01)
        with hosted_tracker(tmp_path, PASSWORD, failures_before_ban=3) as hosted:
            for _ in range(40):
                assert _tries(hosted, "guess") == ["464", "ERROR"]
            assert one(hosted.connect().register("member", password=f":{PASSWORD}"), "001")
            assert list(hosted.tracker.notices) == []

    @pytest.mark.thorough
    def test_guesses_from_all_loopback_addresses_queue_up(self, tmp_path: Path) -> None:
        """IPv4 and IPv6, on any loopback address: one per second, so four take three seconds."""
        with hosted_tracker(tmp_path, PASSWORD, listen=("::1:0",), failures_before_ban=3) as hosted:
            began = monotonic()
            for (host, port), source in zip(hosted.tracker.addresses * 2, ("", "", "127.0.0.2", ""), strict=True):
                with IrcClient(port, host=host, source=source) as client:
                    client.send("PASS :guess")
                    assert commands(client.receive_rest()) == ["464", "ERROR"]
            assert monotonic() - began >= 3.0

    def test_guesses_beyond_ten_in_the_queue_are_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compared: list[str]
    ) -> None:
        """A member is refused too, but stays connected."""
        monkeypatch.setattr(local_guesses, "_INTERVAL_S", 3600.0)
        operators = {"root": hashed("s3cret")}
        with (
            hosted_tracker(tmp_path, PASSWORD, operators=operators, failures_before_ban=3) as hosted,
            ExitStack() as stack,
        ):
            member = hosted.client("member", password=f":{PASSWORD}")
            assert _tries(hosted, "guess") == ["464", "ERROR"]
            for _ in range(10):
                stack.enter_context(IrcClient(hosted.port)).send("PASS :guess")
            visits = hosted.tracker.visits
            wait_until(lambda: sum(visit.client.credit.is_waiting for visit in visits()) == 10)
            compared.clear()
            assert "try again in a moment" in one(member.command("OPER root s3cret"), "464").params[-1]
            with IrcClient(hosted.port) as client:
                client.send(f"PASS :{PASSWORD}")
                assert "try again in a moment" in one(client.receive_rest(), "ERROR").params[0]
            target = f"/ws/chat/dev/?nickname=ann&password={quote(PASSWORD)}"
            answer = ask(hosted, f"GET {target} HTTP/1.1", "Host: localhost", *UPGRADE)
            assert (answer.status, answer.headers["Retry-After"]) == (HTTPStatus.TOO_MANY_REQUESTS, "60")
            assert "try again in a moment" in answer.body
            assert compared == []
