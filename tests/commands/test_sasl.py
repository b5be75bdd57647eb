"""AUTHENTICATE: mechanisms, parts, aborting, and the result of a login. With real clients: tests/integration."""

from __future__ import annotations

import base64

import pytest
from scramp import ScramClient, ScramMechanism

from chatcore.config import Limits
from chatcore.protocol.invitations import Refusal, make_invitation
from chatcore.protocol.sasl import CHUNK_CHARS
from chatcore.state.credentials import Credentials
from chatcore.state.facts import AccountChanged
from chatcore.state.notes import LoginProblem, login_refused
from chatcore.state.requests import WaitingRequested
from tests.support.stage import Actor, Outcome, Stage


def _plain(name: str, password: str, authzid: str = "") -> str:
    return base64.b64encode(f"{authzid}\0{name}\0{password}".encode()).decode()


@pytest.fixture
def stage() -> Stage:
    stage = Stage(limits=Limits(max_failed_logins=2))
    stage.services.keys.password = "tea"
    stage.services.keys.accounts["dora"] = "secret"
    return stage


@pytest.fixture
def stranger(stage: Stage) -> Actor:
    stranger = stage.stranger()
    stranger.says("CAP REQ sasl")
    return stranger


@pytest.mark.parametrize(
    ("name", "password", "codes", "account"),
    [
        ("dora", "secret", ["900", "903"], "dora"),
        ("dora", "wrong", ["904"], None),
        ("*", "tea", ["903"], None),
        ("anybody", "tea", ["903"], None),
        ("dora", "tea", ["904"], None),
    ],
)
def test_plain_proves_an_account_or_the_server_password(
    stranger: Actor, name: str, password: str, codes: list[str], account: str | None
) -> None:
    assert stranger.says("AUTHENTICATE plain").replies == [("AUTHENTICATE", "+")]
    outcome = stranger.says(f"AUTHENTICATE {_plain(name, password)}")
    assert outcome.codes == codes
    assert stranger.client.account == account
    assert stranger.ctx.registration.is_proven == (codes != ["904"])
    reason = f"SASL: wrong password for {name}"
    note = login_refused(LoginProblem.ACCOUNT, "*", stranger.client.address, reason)
    assert outcome.events == ((note,) if codes == ["904"] else ())


@pytest.mark.parametrize("name", ["*", "anybody", "{identity}"])
def test_an_invitation_does_where_the_server_password_would(stage: Stage, stranger: Actor, name: str) -> None:
    invitation = stage.services.invitations.add(1)
    stranger.says("AUTHENTICATE PLAIN")
    message = _plain(name.format(identity=invitation.identity), invitation.text.upper())
    assert stranger.says(f"AUTHENTICATE {message}").codes == ["903"]
    assert stranger.client.account is None
    assert stranger.ctx.registration.invitation == invitation.id


def test_an_invitation_opens_no_account(stage: Stage, stranger: Actor) -> None:
    invitation = stage.services.invitations.add(1)
    stranger.says("AUTHENTICATE PLAIN")
    assert stranger.says(f"AUTHENTICATE {_plain('dora', invitation.text)}").codes == ["904"]


def test_one_that_is_over_is_refused_in_words_and_not_for_ever(stage: Stage, stranger: Actor) -> None:
    invitation = stage.services.invitations.add(1)
    stage.services.invitations.refusals[invitation.id] = "That invitation is over: ask"
    for end in (None, "Too many failed logins"):  # each is a line of the log
        stranger.says("AUTHENTICATE PLAIN")
        outcome = stranger.says(f"AUTHENTICATE {_plain('*', invitation.text)}")
        assert (outcome.replies, outcome.end_reason) == ([("904", "That invitation is over: ask")], end)
        reason = f"invitation {invitation.id} is over"
        assert outcome.events == (login_refused(LoginProblem.INVITATION, "*", stranger.client.address, reason),)
    assert not stranger.ctx.registration.is_proven


def test_one_from_elsewhere_is_no_guess(stage: Stage, stranger: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage.services, "guess", pytest.fail)
    other = make_invitation(bytes(20))
    stranger.says("AUTHENTICATE PLAIN")
    outcome = stranger.says(f"AUTHENTICATE {_plain('*', other.text)}")
    assert (outcome.replies, outcome.end_reason) == ([("904", Refusal.UNKNOWN)], None)
    reason = f"invitation {other.id} is not known here"
    assert outcome.events == (login_refused(LoginProblem.INVITATION, "*", stranger.client.address, reason),)
    assert stranger.ctx.registration.sasl is None


def test_an_account_may_have_a_password_like_an_invitation(stage: Stage, stranger: Actor) -> None:
    """It was given the password before invitations existed."""
    stage.services.keys.accounts["dora"] = make_invitation(bytes(20)).text
    stranger.says("AUTHENTICATE PLAIN")
    assert stranger.says(f"AUTHENTICATE {_plain('dora', make_invitation(bytes(20)).text)}").codes == ["900", "903"]


def test_a_secret_in_the_place_of_a_name_is_not_noted(stage: Stage, stranger: Actor) -> None:
    invitation = stage.services.invitations.add(1)
    stranger.says("AUTHENTICATE PLAIN")
    (note,) = stranger.says(f"AUTHENTICATE {_plain(invitation.text, 'milk')}").events
    reason = f"SASL: wrong password for inv-{invitation.id}-…"
    assert note == login_refused(LoginProblem.ACCOUNT, "*", stranger.client.address, reason)


@pytest.mark.parametrize("message", ["AA==", "!", _plain("dora", ""), _plain("dora", "secret", "alice"), "/w=="])
def test_what_is_no_login_is_a_failure(stranger: Actor, message: str) -> None:
    stranger.says("AUTHENTICATE PLAIN")
    assert stranger.says(f"AUTHENTICATE {message}").codes == ["904"]
    assert stranger.says("AUTHENTICATE PLAIN").replies == [("AUTHENTICATE", "+")], "one may try again"


def test_too_many_failures_end_the_visit(stranger: Actor) -> None:
    for reason in (None, "Too many failed logins"):
        stranger.says("AUTHENTICATE PLAIN")
        assert stranger.says(f"AUTHENTICATE {_plain('dora', 'wrong')}").end_reason == reason


def test_mechanisms_are_named_to_who_asks_for_another(stranger: Actor) -> None:
    assert stranger.says("AUTHENTICATE X").replies[0][:2] == ("908", "SCRAM-SHA-256,PLAIN")
    stranger.ctx.channel_binding = b"end point"
    assert stranger.says("AUTHENTICATE X").replies[0][:2] == ("908", "SCRAM-SHA-256-PLUS,SCRAM-SHA-256,PLAIN")


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"])
def test_an_exchange_is_aborted_by_its_client(stranger: Actor, mechanism: str) -> None:
    stranger.ctx.channel_binding = b"end point"
    assert stranger.says(f"AUTHENTICATE {mechanism}").codes == ["AUTHENTICATE"]
    assert stranger.says("AUTHENTICATE *").codes == ["906"]
    assert stranger.ctx.registration.sasl is None


def test_without_the_capability_there_is_none(stage: Stage) -> None:
    assert stage.stranger().says("AUTHENTICATE PLAIN").codes == ["904"]


def test_a_message_comes_in_parts_and_is_bounded(stranger: Actor) -> None:
    whole = _plain("dora", "x" * 400)
    stranger.says("AUTHENTICATE PLAIN")
    assert stranger.says(f"AUTHENTICATE {whole[:CHUNK_CHARS]}").replies == []
    assert stranger.says(f"AUTHENTICATE {whole[CHUNK_CHARS:]}").codes == ["904"]
    stranger.says("AUTHENTICATE PLAIN")
    assert stranger.says(f"AUTHENTICATE {'A' * (CHUNK_CHARS + 1)}").codes == ["905"]
    stranger.says("AUTHENTICATE PLAIN")
    codes = [stranger.says(f"AUTHENTICATE {'A' * CHUNK_CHARS}").codes for _ in range(10)]
    assert codes == [*[[]] * 9, ["904"]]


def test_who_is_in_and_logs_in_is_told_of(stage: Stage) -> None:
    stage.services.keys.password = ""
    ann = stage.actor("ann", caps="sasl")
    ann.says("AUTHENTICATE PLAIN")
    outcome = ann.says(f"AUTHENTICATE {_plain('dora', 'secret')}")
    assert outcome.events == (AccountChanged(ann.client.id, "dora", "id-of-dora"), WaitingRequested(ann.client.id))
    assert outcome.codes == ["900", "903"]
    stage.services.is_log_writable = False
    assert ann.says("AUTHENTICATE PLAIN").codes == ["904"]


def test_accounts_that_cannot_be_read_are_no_failure(stage: Stage, stranger: Actor) -> None:
    stage.services.keys.is_unavailable = True
    stranger.says("AUTHENTICATE PLAIN")
    outcome = stranger.says(f"AUTHENTICATE {_plain('dora', 'secret')}")
    assert (outcome.codes, outcome.events) == (["400", "904"], ())
    assert stranger.ctx.registration.failed_logins == 0
    for line in ("NICK dora", "USER d 0 * :Dora"):
        stranger.says(line)
    assert stranger.says("CAP END").end_reason == "Accounts cannot be read just now, try again in a moment"


def test_cap_end_ends_an_exchange_that_the_client_forgot(stage: Stage, stranger: Actor) -> None:
    stranger.says("PASS tea")
    for line in ("AUTHENTICATE PLAIN", "NICK ann", "USER ann 0 * :Ann"):
        stranger.says(line)
    assert stranger.says("CAP END").codes[:2] == ["906", "001"]


@pytest.fixture
def by_scram(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Actor:
    """A client that may prove dora's password by SCRAM, over TLS with a known end point."""
    salt, stored_key, server_key, iterations = ScramMechanism("SCRAM-SHA-256").make_auth_info("secret", 4096)
    credentials = Credentials("dora", salt, stored_key, server_key, iterations, "id-of-dora")
    monkeypatch.setattr(stage.services.keys, "login", lambda name: credentials)
    stranger = stage.stranger()
    stranger.ctx.channel_binding = b"end point"
    stranger.says("CAP REQ sasl")
    return stranger


def _scram(actor: Actor, login: ScramClient) -> Outcome:
    """Log in; return the outcome of the last line."""
    assert actor.says(f"AUTHENTICATE {login.mechanism_name}").replies == [("AUTHENTICATE", "+")]
    first = actor.says(f"AUTHENTICATE {_encoded(login.get_client_first())}")
    login.set_server_first(base64.b64decode(first.replies[0][1]).decode())
    final = actor.says(f"AUTHENTICATE {_encoded(login.get_client_final())}")
    if final.codes != ["AUTHENTICATE"]:
        return final
    login.set_server_final(base64.b64decode(final.replies[0][1]).decode())
    return actor.says("AUTHENTICATE +")


def _encoded(message: str) -> str:
    return base64.b64encode(message.encode()).decode()


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"])
@pytest.mark.parametrize(("password", "codes"), [("secret", ["900", "903"]), ("wrong", ["904"])])
def test_scram_proves_an_account(by_scram: Actor, mechanism: str, password: str, codes: list[str]) -> None:
    binding = ("tls-server-end-point", b"end point") if mechanism.endswith("PLUS") else None
    outcome = _scram(by_scram, ScramClient([mechanism], "dora", password, channel_binding=binding))
    assert outcome.codes == codes
    assert (by_scram.client.account == "dora") == (password == "secret")


def test_scram_bound_to_another_connection_is_a_failure(by_scram: Actor) -> None:
    login = ScramClient(["SCRAM-SHA-256-PLUS"], "dora", "secret", channel_binding=("tls-server-end-point", b"other"))
    assert _scram(by_scram, login).codes == ["904"]


def test_scram_says_when_the_accounts_cannot_be_read(stage: Stage, stranger: Actor) -> None:
    stage.services.keys.is_unavailable = True
    login = ScramClient(["SCRAM-SHA-256"], "dora", "secret")
    stranger.says("AUTHENTICATE SCRAM-SHA-256")
    assert stranger.says(f"AUTHENTICATE {_encoded(login.get_client_first())}").codes == ["400", "904"]
    stranger.says("AUTHENTICATE SCRAM-SHA-256")
    assert stranger.says(f"AUTHENTICATE {_encoded('nonsense')}").codes == ["904"]
