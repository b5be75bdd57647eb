"""REGISTER and VERIFY: who may make an account, for which name, and with what effect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.commands import costs
from chatcore.commands.table import COMMANDS
from chatcore.config import REGISTRATION_POLICIES
from chatcore.protocol.message import parse
from chatcore.state.facts import AccountChanged, Connected
from chatcore.state.notes import Noted, NoteKind
from chatcore.state.requests import WaitingRequested
from tests.support.generated import CONTENT, PROPERTY, WORD
from tests.support.stage import Actor, Outcome, Stage

_PASSWORD = "long enough"


def _refusal(outcome: Outcome) -> str:
    """Return the code of the FAIL that is the only effect of a line."""
    ((command, _, code, *rest),) = outcome.replies
    assert command == "FAIL"
    assert len(rest) == 2, "a FAIL has an account and a text"
    assert (outcome.events, outcome.end_reason) == ((), None)
    return code


@pytest.fixture
def stage() -> Stage:
    return Stage(registration="open")


@pytest.fixture
def early() -> Stage:
    """A tracker that accepts REGISTER before a client is registered."""
    return Stage(registration="before-connect")


def _named(stage: Stage, nick: str) -> Actor:
    """Return an unregistered client that has requested a nick."""
    stranger = stage.stranger()
    stranger.says("CAP LS 302")
    stranger.says(f"NICK {nick}")
    return stranger


@pytest.mark.parametrize("account", ["*", "Ann", "aNN"])
def test_register_makes_an_account_for_the_nick_and_logs_in(stage: Stage, account: str) -> None:
    ann = stage.actor("Ann")
    outcome = ann.says(f"REGISTER {account} * {_PASSWORD}")
    assert [reply[:3] for reply in outcome.replies] == [
        ("REGISTER", "SUCCESS", "Ann"),
        ("900", ann.client.source, "Ann"),
    ]
    assert outcome.events == (
        Noted(NoteKind.REGISTER, ("Ann", ann.client.address)),
        AccountChanged(ann.client.id, "Ann", "id-of-Ann"),
        WaitingRequested(ann.client.id),
    )
    assert (ann.client.account, stage.services.keys.accounts) == ("Ann", {"Ann": _PASSWORD})


@pytest.mark.parametrize(("words", "password"), [("two words", "two words"), (":two words", "two words")])
def test_a_password_is_the_rest_of_the_line(stage: Stage, words: str, password: str) -> None:
    stage.actor("ann").says(f"REGISTER * * {words}")
    assert stage.services.keys.accounts == {"ann": password}


@pytest.mark.parametrize("email", ["*", "ann@example.org", "nonsense"])
def test_an_email_address_is_discarded_with_a_notice(stage: Stage, email: str) -> None:
    ann = stage.actor("ann")
    outcome = ann.says(f"REGISTER * {email} {_PASSWORD}")
    assert ("e-mail" in outcome.replies[0][-1]) == (email != "*")
    assert email == "*" or email not in f"{outcome} {vars(ann.client)}"


def test_closed_registration_refers_to_the_operator() -> None:
    closed = Stage()
    for actor in (closed.actor("ann"), _named(closed, "bob")):
        for line in (f"REGISTER * * {_PASSWORD}", "VERIFY ann 1"):
            outcome = actor.says(line)
            assert _refusal(outcome) == "DISALLOWED"
            assert "operator of this tracker" in outcome.replies[0][-1]
        assert not any("account-registration" in reply[-1] for reply in actor.says("CAP LS 302").replies)
    assert closed.services.keys.accounts == {}


@pytest.mark.parametrize(("policy", "said"), [("open", ""), ("before-connect", "=before-connect")])
def test_the_capability_value_announces_early_registration(policy: str, said: str) -> None:
    """> `before-connect` - if present, indicates the server supports early registration"""
    stranger = Stage(registration=policy).stranger()
    names = " ".join(reply[-1] for reply in stranger.says("CAP LS 302").replies).split()
    assert f"draft/account-registration{said}" in names
    assert "draft/account-registration" in stranger.says("CAP LS").replies[0][-1].split()


def test_the_connection_must_be_complete_first(stage: Stage) -> None:
    stranger = _named(stage, "ann")
    assert _refusal(stranger.says(f"REGISTER * * {_PASSWORD}")) == "COMPLETE_CONNECTION_REQUIRED"
    assert _refusal(stranger.says("VERIFY ann 1")) == "COMPLETE_CONNECTION_REQUIRED"


def test_early_registration_is_for_the_requested_nick(early: Stage) -> None:
    ann = early.stranger()
    ann.says("CAP LS 302")
    assert _refusal(ann.says(f"REGISTER * * {_PASSWORD}")) == "NEED_NICK"
    ann.says("NICK ann")
    outcome = ann.says(f"REGISTER ann * {_PASSWORD}")
    assert outcome.codes == ["REGISTER", "900"]
    assert outcome.replies[1][1:3] == ("ann!*@192.0.2.1", "ann")
    assert outcome.events == (Noted(NoteKind.REGISTER, ("ann", ann.client.address)),)
    ann.says("USER ann 0 * :Ann")
    (connected, *_) = ann.says("CAP END").events
    assert isinstance(connected, Connected)
    assert (connected.nick, connected.account, connected.account_id) == ("ann", "ann", "id-of-ann")


def test_register_does_not_bypass_the_server_password(early: Stage) -> None:
    """> Servers should ensure that [...] this functionality cannot be used to bypass any authentication restrictions"""
    early.services.keys.password = "tea"
    stranger = _named(early, "ann")
    assert _refusal(stranger.says(f"REGISTER * * {_PASSWORD}")) == "PASSWORD_REQUIRED"
    assert early.services.keys.accounts == {}
    stranger.says("PASS tea")
    assert stranger.says(f"REGISTER * * {_PASSWORD}").codes == ["REGISTER", "900"]


def test_an_invited_client_must_complete_its_connection_first(early: Stage) -> None:
    early.services.keys.password = "tea"
    invitation = early.services.invitations.add(1)
    stranger = early.stranger()
    for line in (f"PASS {invitation.text}", "CAP LS 302", "NICK ann"):
        stranger.says(line)
    assert _refusal(stranger.says(f"REGISTER * * {_PASSWORD}")) == "COMPLETE_CONNECTION_REQUIRED"
    stranger.says("USER ann 0 * :Ann")
    stranger.says("CAP END")
    assert stranger.says(f"REGISTER * * {_PASSWORD}").codes == ["REGISTER", "900"]


def test_a_new_account_counts_as_proof(early: Stage) -> None:
    stranger = _named(early, "ann")
    stranger.says(f"REGISTER * * {_PASSWORD}")
    assert early.services.asked == [("note_proven", str(stranger.client.id))]


def test_an_account_name_other_than_the_nick_is_refused(stage: Stage) -> None:
    assert _refusal(stage.actor("ann").says(f"REGISTER bob * {_PASSWORD}")) == "ACCOUNT_NAME_MUST_BE_NICK"


def test_a_logged_in_client_cannot_register(stage: Stage) -> None:
    ann = stage.actor("ann")
    ann.says(f"REGISTER * * {_PASSWORD}")
    ann.says("NICK bob")
    assert _refusal(ann.says(f"REGISTER * * {_PASSWORD}")) == "ALREADY_AUTHENTICATED"
    assert _refusal(ann.says("VERIFY bob 1")) == "ALREADY_AUTHENTICATED"


def test_verify_never_succeeds(stage: Stage) -> None:
    assert _refusal(stage.actor("ann").says("VERIFY ann 1")) == "INVALID_CODE"


def test_a_name_in_use_cannot_be_registered(early: Stage) -> None:
    early.actor("ann")
    for nick in ("ann", "ANN"):
        assert _refusal(_with_nick(early, nick).says(f"REGISTER * * {_PASSWORD}")) == "ACCOUNT_EXISTS"
    stranger = _named(early, "ann")
    assert stranger.ctx.registration.nick == "", "a nick in use is refused"
    assert _refusal(stranger.says(f"REGISTER * * {_PASSWORD}")) == "ACCOUNT_EXISTS"
    early.services.keys.accounts["dora"] = "secret"
    for password in (_PASSWORD, "x"):
        assert _refusal(_named(early, "dora").says(f"REGISTER * * {password}")) == "ACCOUNT_EXISTS"


def _with_nick(stage: Stage, nick: str) -> Actor:
    """Return a client that requested its nick before another client came in with it."""
    stranger = stage.stranger()
    stranger.ctx.registration.nick = nick
    return stranger


def test_a_name_taken_while_the_key_is_derived_is_refused(early: Stage) -> None:
    stranger = _named(early, "ann")
    early.services.registrar.while_deriving = lambda: early.actor("ann")
    assert _refusal_after_arrival(early, stranger) == "ACCOUNT_EXISTS"
    assert early.services.keys.accounts == {}


def _refusal_after_arrival(stage: Stage, stranger: Actor) -> str:
    outcome = stranger.says(f"REGISTER * * {_PASSWORD}")
    ((_, _, code, *_),) = outcome.replies
    assert len(stage.stream.appended) == 1, "only the arrival is published"
    return code


def test_a_banned_client_cannot_register(early: Stage) -> None:
    stranger = _named(early, "ann")
    early.services.banned.add("ann")
    outcome = stranger.says(f"REGISTER * * {_PASSWORD}")
    assert _refusal(outcome) == "DISALLOWED"
    assert outcome.replies[0][-1] == "You are banned"


@pytest.mark.parametrize(("password", "code"), [("", "UNACCEPTABLE_PASSWORD"), ("secret", "WEAK_PASSWORD")])
def test_empty_and_weak_passwords_are_refused(stage: Stage, password: str, code: str) -> None:
    outcome = stage.actor("ann").says(f"REGISTER * * :{password}")
    assert _refusal(outcome) == code
    assert not password or password not in str(outcome)


def test_a_temporary_failure_is_reported(stage: Stage) -> None:
    ann, line = stage.actor("ann"), f"REGISTER * * {_PASSWORD}"
    stage.services.is_log_writable = False
    assert _refusal(ann.says(line)) == "TEMPORARILY_UNAVAILABLE"
    stage.services.is_log_writable = True
    stage.services.registrar.refusal = "Too many"
    assert ann.says(line).replies == [("FAIL", "REGISTER", "TEMPORARILY_UNAVAILABLE", "ann", "Too many")]
    stage.services.keys.is_unavailable = True
    outcome = ann.says(line)
    assert _refusal(outcome) == "TEMPORARILY_UNAVAILABLE"
    assert "taken them away" not in outcome.replies[0][-1], "details are for the operator only"
    stage.services.keys.is_unavailable, stage.services.registrar.refusal = False, ""
    assert ann.says(line).codes == ["REGISTER", "900"]


def test_registration_costs_the_key_and_one_look_per_member(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "LOOKS_PER_TOKEN", 1)
    stage.actor("bob", "#room")
    ann = stage.actor("ann", "#room")
    assert COMMANDS["REGISTER"].cost(ann.ctx, parse("REGISTER * * x")) == 20 + 2


def test_an_incomplete_register_does_not_echo_the_password(stage: Stage) -> None:
    outcome = stage.actor("ann").says("REGISTER ann Sw0rdfish")
    assert outcome.codes == ["461"]
    assert "Sw0rdfish" not in str(outcome)


@PROPERTY
@given(
    st.sampled_from(REGISTRATION_POLICIES),
    st.booleans(),
    st.one_of(st.sampled_from(["*", "ann"]), WORD.filter(lambda word: not word.startswith(":"))),
    WORD.filter(lambda word: not word.startswith(":")),
    st.text(CONTENT, max_size=20),
)
def test_any_register_is_answered_without_the_password(
    policy: str, is_in: bool, account: str, email: str, rest: str
) -> None:
    stage = Stage(registration=policy)
    ann = stage.actor("ann") if is_in else _named(stage, "ann")
    outcome = ann.says(f"REGISTER {account} {email} :Sw0rdfish{rest}")
    assert outcome.codes in (["FAIL"], ["REGISTER", "900"])
    assert (outcome.codes == ["REGISTER", "900"]) == bool(stage.services.keys.accounts) == bool(outcome.events)
    assert "Sw0rdfish" not in f"{outcome}"
