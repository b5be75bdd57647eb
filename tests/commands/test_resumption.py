"""RESUME: what it checks, its effect, and what is recorded about clients that may come back."""

from __future__ import annotations

import pytest

from chatcore.errors import AccountsUnavailable
from chatcore.protocol.modes import ModeChange
from chatcore.state.client import Client
from chatcore.state.credentials import Credentials
from chatcore.state.facts import AwayChanged, Connected
from chatcore.state.kept_visit import KeptVisit
from chatcore.state.notes import LoginProblem, Noted, NoteKind, login_refused
from chatcore.state.requests import CapabilitiesChanged, Replied, UserModesChanged
from tests.support.stage import Actor, Outcome, Stage, reply

_ANN = KeptVisit("9.4", "ann", "annie", "Ann A.", "192.0.2.9", None, "", "tea", "iw")


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.services.keys.password = "pw"
    stage.services.resumption.visits["token"] = _ANN
    return stage


def _comes_back(stage: Stage, *between: str, token: str = "token") -> tuple[Actor, Outcome]:
    actor = stage.stranger()
    for line in ("CAP REQ :chatcore/resume", f"RESUME {token}", *between):
        actor.says(line)
    return actor, actor.says("CAP END")


def test_a_token_proves_the_password_and_restores_the_identity(stage: Stage) -> None:
    actor, outcome = _comes_back(stage, "NICK other", "USER other 0 * :Other")
    client = actor.client
    assert (client.visit, client.nick, client.user, client.realname) == ("9.4", "ann", "annie", "Ann A.")
    assert (client.away, client.modes) == ("tea", frozenset("iw"))
    assert stage.services.asked == [("note_proven", "1")]
    assert outcome.events == (
        Noted(NoteKind.RESUME, ("ann", client.address, "ann")),
        Connected(client.id, "ann", "annie", client.host, client.address, "Ann A.", client.capabilities, visit="9.4"),
        UserModesChanged(client.id, (ModeChange(True, "i"), ModeChange(True, "w"))),
        AwayChanged(client.id, "tea"),
    )
    assert outcome.replies[-1] == ("RESUME", "TOKEN", "token-of-ann")
    assert "306" in outcome.codes
    assert stage.services.resumption.noted == [("arrive", "ann")]


def test_a_new_away_message_replaces_the_kept_one(stage: Stage) -> None:
    actor = stage.stranger()
    for line in ("CAP REQ :chatcore/resume draft/pre-away", "RESUME token", "AWAY :lunch", "CAP END"):
        actor.says(line)
    assert actor.client.away == "lunch"


def test_the_account_is_restored(stage: Stage) -> None:
    login = Credentials("ann", b"secret", b"", b"", 4096, "id-of-ann")
    stage.services.resumption.login = login
    stage.services.resumption.visits["token"] = _ANN._replace(account="ann", proof="p")
    actor, _ = _comes_back(stage)
    assert actor.client.login is login


def test_an_earlier_login_stays_if_the_visit_had_none(stage: Stage) -> None:
    actor = stage.stranger()
    login = Credentials("dora", b"secret", b"", b"", 4096, "id-of-dora")
    actor.client.login, actor.ctx.registration.is_proven = login, True
    actor.says("CAP REQ :chatcore/resume")
    assert actor.says("RESUME token").codes == ["RESUME"]
    assert actor.client.login is login
    assert stage.services.asked == [], "a proven client is not noted again"


def test_a_second_token_is_refused(stage: Stage) -> None:
    stage.services.resumption.visits["second"] = _ANN
    actor = stage.stranger()
    actor.says("CAP REQ :chatcore/resume")
    actor.says("RESUME token")
    assert actor.says("RESUME second").replies[0][:3] == ("FAIL", "RESUME", "INVALID_TOKEN")
    assert "second" in stage.services.resumption.visits


def test_a_wrong_token_is_noted_as_a_refused_login(stage: Stage) -> None:
    stranger = stage.stranger()
    stranger.says("CAP REQ :chatcore/resume")
    outcome = stranger.says("RESUME wrong")
    assert outcome.replies == [reply("FAIL RESUME INVALID_TOKEN :There is no visit to resume: go on as a new visitor")]
    note = login_refused(LoginProblem.RESUME, "*", stranger.client.address, "RESUME: no such token")
    assert outcome.events == (note,)
    assert not stranger.ctx.registration.is_proven


def test_an_outdated_token_is_refused_without_a_note(stage: Stage) -> None:
    stranger = stage.stranger()
    stranger.says("CAP REQ :chatcore/resume")
    outcome = stranger.says("RESUME old-one")
    assert outcome.replies[0][:3] == ("FAIL", "RESUME", "INVALID_TOKEN")
    assert outcome.events == ()
    assert not stranger.ctx.registration.is_proven


def test_unreadable_accounts_do_not_make_a_token_wrong(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(token: str, client: Client) -> KeptVisit | None:
        raise AccountsUnavailable("a test has taken them away")

    monkeypatch.setattr(stage.services.resumption, "find", fail)
    stranger = stage.stranger()
    stranger.says("CAP REQ :chatcore/resume")
    outcome = stranger.says("RESUME token")
    assert outcome.replies[0][:2] == ("400", "RESUME")
    assert (outcome.events, outcome.end_reason) == ((), None)


def test_a_shut_out_address_is_refused_before_its_token_is_read(stage: Stage) -> None:
    stage.services.refusal = "Too many"
    stranger = stage.stranger()
    stranger.says("CAP REQ :chatcore/resume")
    assert stranger.says("RESUME token").replies == [reply("FAIL RESUME INVALID_TOKEN :Too many")]
    assert stage.services.resumption.used == set()


def test_a_return_to_an_ended_visit_is_refused(stage: Stage) -> None:
    stage.services.resumption.is_over = True
    actor, outcome = _comes_back(stage)
    assert [found[:3] for found in outcome.replies] == [("FAIL", "RESUME", "INVALID_TOKEN")]
    assert outcome.end_reason is not None
    assert "has ended" in outcome.end_reason
    assert not actor.client.is_registered
    assert outcome.events == ()


def test_no_token_is_given_when_none_can_be_kept(stage: Stage) -> None:
    stage.services.resumption.is_full = True
    actor, outcome = _comes_back(stage)
    assert actor.client.is_registered
    assert "RESUME" not in outcome.codes


def test_another_nick_can_be_chosen_if_the_old_one_is_taken(stage: Stage) -> None:
    holder = stage.stranger()
    for line in ("PASS pw", "NICK ann", "USER a 0 * :A"):
        holder.says(line)
    actor, outcome = _comes_back(stage)
    assert outcome.codes == ["433"]
    outcome = actor.says("NICK anna")
    assert (actor.client.nick, actor.client.visit) == ("anna", "9.4")
    assert outcome.events[0] == Noted(NoteKind.RESUME, ("ann", actor.client.address, "anna"))


@pytest.mark.parametrize("line", ["NICK anna", "AWAY :lunch", "MODE ann +i", "SETNAME :Ann B."])
def test_changes_of_resumable_clients_are_recorded(stage: Stage, line: str) -> None:
    stage.services.keys.password = ""
    ann, bob = stage.actor("ann", caps="chatcore/resume setname"), stage.actor("bob", caps="setname")
    stage.services.resumption.noted.clear()
    ann.says(line)
    assert stage.services.resumption.noted == [("note", ann.client.nick)]
    bob.says(line.replace("ann", "bob"))
    assert len(stage.services.resumption.noted) == 1


def test_a_login_and_a_new_account_are_recorded() -> None:
    stage = Stage(registration="open")
    stage.services.keys.accounts["dora"] = "secret"
    ann = stage.actor("ann", caps="chatcore/resume sasl draft/account-registration")
    stage.services.resumption.noted.clear()
    ann.says("REGISTER * * :some password")
    assert ann.client.account == "ann"
    assert stage.services.resumption.noted == [("note", "ann")]
    ann.says("AUTHENTICATE PLAIN")
    ann.says("AUTHENTICATE AGRvcmEAc2VjcmV0")
    assert ann.client.account == "dora"
    assert stage.services.resumption.noted == [("note", "ann")] * 2


def test_a_later_capability_request_gives_a_token(stage: Stage) -> None:
    stage.services.keys.password = ""
    ann = stage.actor("ann")
    outcome = ann.says("CAP REQ :chatcore/resume")
    assert outcome.codes == ["CAP"]
    assert isinstance(outcome.events[0], CapabilitiesChanged)
    assert stage.stream.appended[-1][-1] == Replied(
        ann.client.id, (("RESUME", "TOKEN", "token-of-ann"),), is_answer=False
    )
    ann.says("CAP REQ :-chatcore/resume")
    assert stage.services.resumption.noted == [("arrive", "ann"), ("end", "ann")]


def test_resume_needs_the_capability_and_comes_before_registration(stage: Stage) -> None:
    stage.services.keys.password = ""
    assert stage.stranger().says("RESUME token").replies[0][2] == "NOT_NEGOTIATED"
    assert stage.actor("ann", caps="chatcore/resume").says("RESUME token").replies[0][2] == "REGISTRATION_IS_COMPLETED"
