"""SASL over TLS: the server password proven both ways, bound to the certificate.

Accounts: tests/integration/commands/test_authenticate.
"""

from __future__ import annotations

import pytest
from scramp import ScramClient

from chatcore.transport.certificate import load_identity
from tests.integration.secure.conftest import PASSWORD
from tests.support.irc import IrcClient, commands, one
from tests.support.sasl import BINDING, bound_scram, mechanisms, negotiate, plain, plain_lines, scram
from tests.support.trackers import Hosted


@pytest.fixture
def client(guarded: Hosted) -> IrcClient:
    """A client over TLS that is about to register."""
    client = guarded.connect(wire="tls")
    negotiate(client)
    return client


def _comes_in(client: IrcClient) -> bool:
    return "001" in commands(client.command("CAP END"))


def _account(client: IrcClient) -> list[str]:
    """Return what WHOIS says of the client's account."""
    return [message.params[2] for message in client.command(f"WHOIS {client.nick}") if message.command == "330"]


def test_both_sides_prove_the_server_password_without_an_account(client: IrcClient) -> None:
    """`scram` raises if the tracker's own proof is wrong."""
    seen = scram(client, bound_scram(client, "*", PASSWORD))
    assert commands(seen) == ["903"], "without an account there is no 900"
    assert _comes_in(client)
    assert _account(client) == []


def test_any_name_without_an_account_proves_the_server_password(client: IrcClient) -> None:
    assert commands(scram(client, bound_scram(client, "whoever", PASSWORD))) == ["903"]
    assert _comes_in(client)
    assert _account(client) == []


def test_an_accounts_password_logs_in_to_it(client: IrcClient) -> None:
    seen = scram(client, bound_scram(client, "alice", "alice's own"))
    assert commands(seen) == ["900", "903"]
    assert one(seen, "900").params[2] == "Alice"
    assert _comes_in(client)
    assert _account(client) == ["Alice"]


def test_the_server_password_opens_no_account(client: IrcClient) -> None:
    assert commands(scram(client, bound_scram(client, "alice", PASSWORD))) == ["904"]
    assert commands(plain(client, "alice", PASSWORD)) == ["904"]


@pytest.mark.parametrize("name", ["*", "whoever", "alice"])
@pytest.mark.parametrize("password", ["wrong", PASSWORD + "x", PASSWORD.upper(), "x"])
def test_wrong_passwords_are_refused_alike(client: IrcClient, name: str, password: str) -> None:
    assert commands(scram(client, bound_scram(client, name, password))) == ["904"]
    client.send("CAP END")
    assert commands(client.receive_rest()) == ["464", "ERROR"]


def test_a_failed_login_may_be_repeated(client: IrcClient) -> None:
    for _ in range(3):
        assert commands(scram(client, bound_scram(client, "*", "wrong"))) == ["904"]
    assert commands(scram(client, bound_scram(client, "*", PASSWORD))) == ["903"]


def test_five_failed_logins_end_the_connection(client: IrcClient) -> None:
    for _ in range(4):
        assert commands(scram(client, bound_scram(client, "*", "wrong"))) == ["904"]
    client.send(*plain_lines("*", "wrong"), *plain_lines("*", PASSWORD))
    seen = client.receive_rest()
    assert commands(seen) == ["AUTHENTICATE", "904", "ERROR"]
    assert seen[-1].params == ("Closing link: Too many failed logins",)


# The man in the middle


def test_a_proof_for_another_certificate_is_refused(
    client: IrcClient, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The proof that a man in the middle with his own certificate gets from a client, and passes on."""
    other = load_identity(tmp_path_factory.mktemp("other") / "tls.pem", None, None)
    passed_on = ScramClient(["SCRAM-SHA-256-PLUS"], "*", PASSWORD, channel_binding=(BINDING, other.end_point))
    assert commands(scram(client, passed_on)) == ["904"]


def test_a_client_that_was_denied_binding_is_refused(client: IrcClient) -> None:
    """RFC 5802, section 6: flag y, "the client supports channel binding but thinks that the server does not"; the list
    of mechanisms was changed on the way."""
    downgraded = ScramClient(["SCRAM-SHA-256"], "*", PASSWORD, channel_binding=(BINDING, client.sock))
    assert str(downgraded.gs2_header) == "y,,"
    assert commands(scram(client, downgraded)) == ["904"]


def test_plus_without_a_binding_is_refused(client: IrcClient) -> None:
    unbound = ScramClient(["SCRAM-SHA-256"], "*", PASSWORD)
    assert commands(scram(client, unbound, mechanism="SCRAM-SHA-256-PLUS")) == ["904"]


def test_another_type_of_binding_is_refused(client: IrcClient) -> None:
    other = ScramClient(["SCRAM-SHA-256-PLUS"], "*", PASSWORD, channel_binding=("tls-unique", b"x" * 32))
    assert commands(scram(client, other)) == ["904"]


class _Recorder:
    """A login that records the client's messages; without a login it replays the recorded ones."""

    mechanism_name = "SCRAM-SHA-256-PLUS"

    def __init__(self, said: dict[str, str], login: ScramClient | None = None) -> None:
        self._said = said
        self._login = login

    def get_client_first(self) -> str:
        if self._login is not None:
            self._said["first"] = self._login.get_client_first()
        return self._said["first"]

    def set_server_first(self, answer: str) -> None:
        if self._login is not None:
            self._login.set_server_first(answer)

    def get_client_final(self) -> str:
        if self._login is not None:
            self._said["final"] = self._login.get_client_final()
        return self._said["final"]

    def set_server_final(self, answer: str) -> None:
        assert self._login is not None, "the tracker accepted a replayed login"
        self._login.set_server_final(answer)


def test_a_recorded_login_cannot_be_replayed(guarded: Hosted, client: IrcClient) -> None:
    """The client's nonce is the same, but the tracker's differs."""
    said: dict[str, str] = {}
    assert commands(scram(client, _Recorder(said, bound_scram(client, "*", PASSWORD)))) == ["903"]
    thief = guarded.connect(wire="tls")
    negotiate(thief, "thief")
    assert commands(scram(thief, _Recorder(said))) == ["904"]


# Which mechanisms there are


def test_bound_mechanisms_are_offered_only_over_tls(guarded: Hosted) -> None:
    assert mechanisms(guarded.connect(wire="tls")) == ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN"]
    assert mechanisms(guarded.connect(wire="tcp")) == ["SCRAM-SHA-256", "PLAIN"]


def test_bound_mechanisms_do_not_work_without_tls(guarded: Hosted) -> None:
    client = guarded.connect(wire="tcp")
    negotiate(client)
    seen = client.command("AUTHENTICATE SCRAM-SHA-256-PLUS")
    assert one(seen, "908").params[1] == "SCRAM-SHA-256,PLAIN"
    assert "904" in commands(seen)


@pytest.mark.parametrize("wire", ["tls", "tcp"])
@pytest.mark.parametrize("name", ["whoever", "*"])
def test_plain_and_unbound_scram_prove_the_server_password(guarded: Hosted, wire: str, name: str) -> None:
    with_plain, with_scram = guarded.connect(wire=wire), guarded.connect(wire=wire)
    negotiate(with_plain, "ann")
    assert commands(plain(with_plain, name, PASSWORD)) == ["903"]
    assert _comes_in(with_plain)
    negotiate(with_scram, "bob")
    assert commands(scram(with_scram, ScramClient(["SCRAM-SHA-256"], name, PASSWORD))) == ["903"]
    assert _comes_in(with_scram)


@pytest.mark.parametrize("wire", ["tls", "tcp"])
def test_pass_works_as_well(guarded: Hosted, wire: str) -> None:
    assert "001" in commands(guarded.connect(wire=wire).register("ann", password=f":{PASSWORD}"))


# Without a password


def test_without_a_server_password_there_is_nothing_to_prove(hosted: Hosted) -> None:
    client = hosted.connect(wire="tls")
    negotiate(client)
    assert commands(scram(client, bound_scram(client, "*", PASSWORD))) == ["904"]
    for password in ("", "x"):
        assert commands(plain(client, "*", password)) == ["904"]
    assert _comes_in(client), "without a password anybody may come in"
