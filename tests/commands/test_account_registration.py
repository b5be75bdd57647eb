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
    """Return the code of the FAIL that is all that came of a line."""
    ((command, _, code, *rest),) = outcome.replies
    assert command == "FAIL"
    assert len(rest) == 2, "an account and words"
    assert (outcome.events, outcome.end_reason) == ((), None)
    return code


@pytest.fixture
def stage() -> Stage:
    return Stage(registration="open")


@pytest.fixture
def early() -> Stage:
    """A tracker that takes REGISTER before a client is in."""
    return Stage(registration="before-connect")


def _named(stage: Stage, nick: str) -> Actor:
    """Return a client that has named a nick, and is not in."""
    stranger = stage.stranger()
    stranger.says("CAP LS 302")
    stranger.says(f"NICK {nick}")
    return stranger


@pytest.mark.parametrize("account", ["*", "Ann", "aNN"])
def test_an_account_is_made_for_the_nick_and_its_owner_is_logged_in(stage: Stage, account: str) -> None:
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
def test_an_address_is_not_kept_and_whoever_gives_one_is_told(stage: Stage, email: str) -> None:
    ann = stage.actor("ann")
    outcome = ann.says(f"REGISTER * {email} {_PASSWORD}")
    assert ("e-mail" in outcome.replies[0][-1]) == (email != "*")
    assert email == "*" or email not in f"{outcome} {vars(ann.client)}"


def test_where_the_operator_makes_accounts_that_is_said() -> None:
    closed = Stage()
    for actor in (closed.actor("ann"), _named(closed, "bob")):
        for line in (f"REGISTER * * {_PASSWORD}", "VERIFY ann 1"):
            outcome = actor.says(line)
            assert _refusal(outcome) == "DISALLOWED"
            assert "operator of this tracker" in outcome.replies[0][-1]
        assert not any("account-registration" in reply[-1] for reply in actor.says("CAP LS 302").replies)
    assert closed.services.keys.accounts == {}


@pytest.mark.parametrize(("policy", "said"), [("open", ""), ("before-connect", "=before-connect")])
def test_the_capability_says_whether_one_must_be_in(policy: str, said: str) -> None:
    """> `before-connect` - if present, indicates the server supports early registration"""
    stranger = Stage(registration=policy).stranger()
    names = " ".join(reply[-1] for reply in stranger.says("CAP LS 302").replies).split()
    assert f"draft/account-registration{said}" in names
    assert "draft/account-registration" in stranger.says("CAP LS").replies[0][-1].split()


def test_whoever_is_not_in_comes_in_first(stage: Stage) -> None:
    stranger = _named(stage, "ann")
    assert _refusal(stranger.says(f"REGISTER * * {_PASSWORD}")) == "COMPLETE_CONNECTION_REQUIRED"
    assert _refusal(stranger.says("VERIFY ann 1")) == "COMPLETE_CONNECTION_REQUIRED"


def test_before_one_is_in_an_account_is_made_for_the_nick_that_was_named(early: Stage) -> None:
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


def test_it_is_no_way_around_the_server_password(early: Stage) -> None:
    """> Servers should ensure that [...] this functionality cannot be used to bypass any authentication restrictions"""
    early.services.keys.password = "tea"
    stranger = _named(early, "ann")
    assert _refusal(stranger.says(f"REGISTER * * {_PASSWORD}")) == "PASSWORD_REQUIRED"
    assert early.services.keys.accounts == {}
    stranger.says("PASS tea")
    assert stranger.says(f"REGISTER * * {_PASSWORD}").codes == ["REGISTER", "900"]


def test_an_invitation_is_used_up_before_an_account_is_made(early: Stage) -> None:
    early.services.keys.password = "tea"
    invitation = early.services.invitations.add(1)
    stranger = early.stranger()
    for line in (f"PASS {invitation.text}", "CAP LS 302", "NICK ann"):
        stranger.says(line)
    assert _refusal(stranger.says(f"REGISTER * * {_PASSWORD}")) == "COMPLETE_CONNECTION_REQUIRED"
    stranger.says("USER ann 0 * :Ann")
    stranger.says("CAP END")
    assert stranger.says(f"REGISTER * * {_PASSWORD}").codes == ["REGISTER", "900"]


def test_an_account_of_the_own_is_as_good_as_a_password(early: Stage) -> None:
    stranger = _named(early, "ann")
    stranger.says(f"REGISTER * * {_PASSWORD}")
    assert early.services.asked == [("note_proven", str(stranger.client.id))]


def test_another_name_than_ones_nick_is_refused(stage: Stage) -> None:
    assert _refusal(stage.actor("ann").says(f"REGISTER bob * {_PASSWORD}")) == "ACCOUNT_NAME_MUST_BE_NICK"


def test_who_has_an_account_makes_no_other(stage: Stage) -> None:
    ann = stage.actor("ann")
    ann.says(f"REGISTER * * {_PASSWORD}")
    ann.says("NICK bob")
    assert _refusal(ann.says(f"REGISTER * * {_PASSWORD}")) == "ALREADY_AUTHENTICATED"
    assert _refusal(ann.says("VERIFY bob 1")) == "ALREADY_AUTHENTICATED"


def test_nothing_is_ever_to_be_verified(stage: Stage) -> None:
    assert _refusal(stage.actor("ann").says("VERIFY ann 1")) == "INVALID_CODE"


def test_a_name_that_somebody_has_is_not_taken_from_them(early: Stage) -> None:
    early.actor("ann")
    for nick in ("ann", "ANN"):
        assert _refusal(_with_nick(early, nick).says(f"REGISTER * * {_PASSWORD}")) == "ACCOUNT_EXISTS"
    stranger = _named(early, "ann")
    assert stranger.ctx.registration.nick == "", "the nick was refused, as somebody has it"
    assert _refusal(stranger.says(f"REGISTER * * {_PASSWORD}")) == "ACCOUNT_EXISTS"
    early.services.keys.accounts["dora"] = "secret"
    for password in (_PASSWORD, "x"):
        assert _refusal(_named(early, "dora").says(f"REGISTER * * {password}")) == "ACCOUNT_EXISTS"


def _with_nick(stage: Stage, nick: str) -> Actor:
    """Return a client that named its nick before somebody came in with it."""
    stranger = stage.stranger()
    stranger.ctx.registration.nick = nick
    return stranger


def test_a_name_that_somebody_takes_meanwhile_is_theirs(early: Stage) -> None:
    stranger = _named(early, "ann")
    early.services.registrar.while_deriving = lambda: early.actor("ann")
    assert _refusal_after_arrival(early, stranger) == "ACCOUNT_EXISTS"
    assert early.services.keys.accounts == {}


def _refusal_after_arrival(stage: Stage, stranger: Actor) -> str:
    outcome = stranger.says(f"REGISTER * * {_PASSWORD}")
    ((_, _, code, *_),) = outcome.replies
    assert len(stage.stream.appended) == 1, "the arrival alone"
    return code


def test_who_is_banned_makes_no_account(early: Stage) -> None:
    stranger = _named(early, "ann")
    early.services.banned.add("ann")
    outcome = stranger.says(f"REGISTER * * {_PASSWORD}")
    assert _refusal(outcome) == "DISALLOWED"
    assert outcome.replies[0][-1] == "You are banned"


@pytest.mark.parametrize(("password", "code"), [("", "UNACCEPTABLE_PASSWORD"), ("secret", "WEAK_PASSWORD")])
def test_passwords_that_will_not_do(stage: Stage, password: str, code: str) -> None:
    outcome = stage.actor("ann").says(f"REGISTER * * :{password}")
    assert _refusal(outcome) == code
    assert not password or password not in str(outcome)


def test_while_it_cannot_be_done_that_is_said(stage: Stage) -> None:
    ann, line = stage.actor("ann"), f"REGISTER * * {_PASSWORD}"
    stage.services.is_log_writable = False
    assert _refusal(ann.says(line)) == "TEMPORARILY_UNAVAILABLE"
    stage.services.is_log_writable = True
    stage.services.registrar.refusal = "Too many"
    assert ann.says(line).replies == [("FAIL", "REGISTER", "TEMPORARILY_UNAVAILABLE", "ann", "Too many")]
    stage.services.keys.is_unavailable = True
    outcome = ann.says(line)
    assert _refusal(outcome) == "TEMPORARILY_UNAVAILABLE"
    assert "taken them away" not in outcome.replies[0][-1], "that is for the operator"
    stage.services.keys.is_unavailable, stage.services.registrar.refusal = False, ""
    assert ann.says(line).codes == ["REGISTER", "900"]


def test_a_client_pays_for_the_key_and_for_all_who_are_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "LOOKS_PER_TOKEN", 1)
    stage.actor("bob", "#room")
    ann = stage.actor("ann", "#room")
    assert COMMANDS["REGISTER"].cost(ann.ctx, parse("REGISTER * * x")) == 20 + 2


def test_too_few_parameters_are_told_without_the_password(stage: Stage) -> None:
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
def test_whatever_is_given_is_answered_and_the_password_never_told(
    policy: str, is_in: bool, account: str, email: str, rest: str
) -> None:
    stage = Stage(registration=policy)
    ann = stage.actor("ann") if is_in else _named(stage, "ann")
    outcome = ann.says(f"REGISTER {account} {email} :Sw0rdfish{rest}")
    assert outcome.codes in (["FAIL"], ["REGISTER", "900"])
    assert (outcome.codes == ["REGISTER", "900"]) == bool(stage.services.keys.accounts) == bool(outcome.events)
    assert "Sw0rdfish" not in f"{outcome}"
