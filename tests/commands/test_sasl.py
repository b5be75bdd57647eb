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
def test_an_invitation_stands_for_the_server_password(stage: Stage, stranger: Actor, name: str) -> None:
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


def test_an_ended_invitation_is_refused_with_its_reason(stage: Stage, stranger: Actor) -> None:
    invitation = stage.services.invitations.add(1)
    stage.services.invitations.refusals[invitation.id] = "That invitation is over: ask"
    for end in (None, "Too many failed logins"):  # each attempt is a line of the log
        stranger.says("AUTHENTICATE PLAIN")
        outcome = stranger.says(f"AUTHENTICATE {_plain('*', invitation.text)}")
        assert (outcome.replies, outcome.end_reason) == ([("904", "That invitation is over: ask")], end)
        reason = f"invitation {invitation.id} is over"
        assert outcome.events == (login_refused(LoginProblem.INVITATION, "*", stranger.client.address, reason),)
    assert not stranger.ctx.registration.is_proven


def test_an_unknown_invitation_is_no_guess(stage: Stage, stranger: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage.services, "guess", pytest.fail)
    other = make_invitation(bytes(20))
    stranger.says("AUTHENTICATE PLAIN")
    outcome = stranger.says(f"AUTHENTICATE {_plain('*', other.text)}")
    assert (outcome.replies, outcome.end_reason) == ([("904", Refusal.UNKNOWN)], None)
    reason = f"invitation {other.id} is not known here"
    assert outcome.events == (login_refused(LoginProblem.INVITATION, "*", stranger.client.address, reason),)
    assert stranger.ctx.registration.sasl is None


def test_an_account_password_may_look_like_an_invitation(stage: Stage, stranger: Actor) -> None:
    """The account may be older than invitations."""
    stage.services.keys.accounts["dora"] = make_invitation(bytes(20)).text
    stranger.says("AUTHENTICATE PLAIN")
    assert stranger.says(f"AUTHENTICATE {_plain('dora', make_invitation(bytes(20)).text)}").codes == ["900", "903"]


def test_an_invitation_given_as_a_name_is_masked_in_the_log(stage: Stage, stranger: Actor) -> None:
    invitation = stage.services.invitations.add(1)
    stranger.says("AUTHENTICATE PLAIN")
    (note,) = stranger.says(f"AUTHENTICATE {_plain(invitation.text, 'milk')}").events
    reason = f"SASL: wrong password for inv-{invitation.id}-…"
    assert note == login_refused(LoginProblem.ACCOUNT, "*", stranger.client.address, reason)


@pytest.mark.parametrize("message", ["AA==", "!", _plain("dora", ""), _plain("dora", "secret", "alice"), "/w=="])
def test_a_malformed_login_fails(stranger: Actor, message: str) -> None:
    stranger.says("AUTHENTICATE PLAIN")
    assert stranger.says(f"AUTHENTICATE {message}").codes == ["904"]
    assert stranger.says("AUTHENTICATE PLAIN").replies == [("AUTHENTICATE", "+")], "a client may try again"


def test_too_many_failures_end_the_visit(stranger: Actor) -> None:
    for reason in (None, "Too many failed logins"):
        stranger.says("AUTHENTICATE PLAIN")
        assert stranger.says(f"AUTHENTICATE {_plain('dora', 'wrong')}").end_reason == reason


def test_an_unknown_mechanism_is_answered_with_the_list(stranger: Actor) -> None:
    assert stranger.says("AUTHENTICATE X").replies[0][:2] == ("908", "SCRAM-SHA-256,PLAIN")
    stranger.ctx.channel_binding = b"end point"
    assert stranger.says("AUTHENTICATE X").replies[0][:2] == ("908", "SCRAM-SHA-256-PLUS,SCRAM-SHA-256,PLAIN")


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"])
def test_a_client_aborts_its_exchange(stranger: Actor, mechanism: str) -> None:
    stranger.ctx.channel_binding = b"end point"
    assert stranger.says(f"AUTHENTICATE {mechanism}").codes == ["AUTHENTICATE"]
    assert stranger.says("AUTHENTICATE *").codes == ["906"]
    assert stranger.ctx.registration.sasl is None


def test_authenticate_needs_the_capability(stage: Stage) -> None:
    assert stage.stranger().says("AUTHENTICATE PLAIN").codes == ["904"]


def test_a_message_arrives_in_chunks_of_limited_size(stranger: Actor) -> None:
    whole = _plain("dora", "x" * 400)
    stranger.says("AUTHENTICATE PLAIN")
    assert stranger.says(f"AUTHENTICATE {whole[:CHUNK_CHARS]}").replies == []
    assert stranger.says(f"AUTHENTICATE {whole[CHUNK_CHARS:]}").codes == ["904"]
    stranger.says("AUTHENTICATE PLAIN")
    assert stranger.says(f"AUTHENTICATE {'A' * (CHUNK_CHARS + 1)}").codes == ["905"]
    stranger.says("AUTHENTICATE PLAIN")
    codes = [stranger.says(f"AUTHENTICATE {'A' * CHUNK_CHARS}").codes for _ in range(10)]
    assert codes == [*[[]] * 9, ["904"]]


def test_a_login_after_registration_is_published(stage: Stage) -> None:
    stage.services.keys.password = ""
    ann = stage.actor("ann", caps="sasl")
    ann.says("AUTHENTICATE PLAIN")
    outcome = ann.says(f"AUTHENTICATE {_plain('dora', 'secret')}")
    assert outcome.events == (AccountChanged(ann.client.id, "dora", "id-of-dora"), WaitingRequested(ann.client.id))
    assert outcome.codes == ["900", "903"]
    stage.services.is_log_writable = False
    assert ann.says("AUTHENTICATE PLAIN").codes == ["904"]


def test_unreadable_accounts_are_no_failed_login(stage: Stage, stranger: Actor) -> None:
    stage.services.keys.is_unavailable = True
    stranger.says("AUTHENTICATE PLAIN")
    outcome = stranger.says(f"AUTHENTICATE {_plain('dora', 'secret')}")
    assert (outcome.codes, outcome.events) == (["400", "904"], ())
    assert stranger.ctx.registration.failed_logins == 0
    for line in ("NICK dora", "USER d 0 * :Dora"):
        stranger.says(line)
    assert stranger.says("CAP END").end_reason == "Accounts cannot be read just now, try again in a moment"


def test_cap_end_aborts_an_open_exchange(stage: Stage, stranger: Actor) -> None:
    stranger.says("PASS tea")
    for line in ("AUTHENTICATE PLAIN", "NICK ann", "USER ann 0 * :Ann"):
        stranger.says(line)
    assert stranger.says("CAP END").codes[:2] == ["906", "001"]


@pytest.fixture
def by_scram(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Actor:
    """A client that can prove dora's password by SCRAM, over TLS with a known end point."""
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


def test_scram_bound_to_another_connection_fails(by_scram: Actor) -> None:
    login = ScramClient(["SCRAM-SHA-256-PLUS"], "dora", "secret", channel_binding=("tls-server-end-point", b"other"))
    assert _scram(by_scram, login).codes == ["904"]


def test_scram_reports_unreadable_accounts(stage: Stage, stranger: Actor) -> None:
    stage.services.keys.is_unavailable = True
    login = ScramClient(["SCRAM-SHA-256"], "dora", "secret")
    stranger.says("AUTHENTICATE SCRAM-SHA-256")
    assert stranger.says(f"AUTHENTICATE {_encoded(login.get_client_first())}").codes == ["400", "904"]
    stranger.says("AUTHENTICATE SCRAM-SHA-256")
    assert stranger.says(f"AUTHENTICATE {_encoded('nonsense')}").codes == ["904"]
