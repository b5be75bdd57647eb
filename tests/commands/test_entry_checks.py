"""Which clients may come in: one list of checks, for registration and for the other ways in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatcore.commands.entry_checks import Bar, Barred, Proof, await_free, check_entry, check_login, check_password
from chatcore.commands.refusals import ACCOUNTS_REFUSAL
from chatcore.commands.services import Verdict
from chatcore.errors import AccountsUnavailable
from chatcore.protocol.invitations import Invitation, Refusal, make_invitation
from chatcore.state.client import Client
from chatcore.state.credentials import Credentials
from tests.support.obstacles import OBSTACLES, Obstacle
from tests.support.stage import Stage


def _check(stage: Stage, client: Client) -> None:
    check_entry(stage.services, stage.registry, client, "ann")
    await_free(stage.services, stage.registry, client, "ann")


def test_every_bar_has_an_obstacle() -> None:
    assert {bar for bar, *_ in OBSTACLES} == set(Bar)


@pytest.mark.parametrize(("bar", "put", "words"), OBSTACLES, ids=lambda each: getattr(each, "name", ""))
def test_an_obstacle_is_named(bar: Bar, put: Obstacle, words: str) -> None:
    stage = Stage()
    stranger = stage.stranger().client
    put(stage)
    with pytest.raises(Barred) as barred:
        _check(stage, stranger)
    assert (barred.value.bar, str(barred.value)) == (bar, words)


@pytest.mark.parametrize("first", range(len(OBSTACLES)))
def test_the_first_obstacle_in_the_list_is_named(first: int) -> None:
    """A banned client learns nothing about accounts, and no client waits for a nick's holder in vain."""
    stage = Stage()
    stranger = stage.stranger().client
    for _, put, _ in reversed(OBSTACLES[first:]):
        put(stage)
    with pytest.raises(Barred) as barred:
        _check(stage, stranger)
    assert barred.value.bar is OBSTACLES[first][0]


def test_a_client_without_obstacles_may_come_in() -> None:
    stage = Stage()
    _check(stage, stage.stranger().client)
    stage.actor("ann")
    stage.services.ghosts.add("ann")
    _check(stage, stage.stranger().client)


def test_unreadable_accounts_let_nobody_in() -> None:
    stage = Stage()
    stage.services.keys.is_unavailable = True
    with pytest.raises(AccountsUnavailable):
        _check(stage, stage.stranger().client)


@pytest.mark.parametrize(("bar", "put", "words"), OBSTACLES, ids=lambda each: getattr(each, "name", ""))
def test_registration_names_the_obstacle_in_a_numeric_or_a_goodbye(bar: Bar, put: Obstacle, words: str) -> None:
    stage = Stage()
    ann = stage.stranger()
    ann.says("CAP LS 302")  # so that NICK does not check the owner of the nick yet
    ann.says("NICK ann")
    ann.says("USER a 0 * :A")
    put(stage)
    outcome = ann.says("CAP END")
    assert not ann.client.is_registered
    refused = [reply for reply in outcome.replies if reply[0] in ("433", "465")]
    if bar in (Bar.BAN, Bar.LOG):
        assert outcome.end_reason == words
        assert refused == ([("465", words)] if bar is Bar.BAN else [])
    else:
        assert refused == [("433", "ann", words)]
    assert bool(outcome.events) == (bar is Bar.BAN), "only a ban is logged"


def test_registration_reports_unreadable_accounts() -> None:
    stage = Stage()
    ann = stage.stranger()
    ann.says("USER a 0 * :A")
    stage.services.keys.is_unavailable = True
    assert ann.says("NICK ann").replies[-1] == ("400", "NICK", ACCOUNTS_REFUSAL)


@pytest.mark.parametrize(("password", "is_right"), [("secret", True), ("Secret", False), ("", False)])
def test_the_right_password_is_noted(password: str, is_right: bool) -> None:
    stage = Stage()
    stage.services.keys.password = "secret"
    client = stage.stranger().client
    assert check_password(stage.services, client, password).lets_in == is_right
    assert stage.services.asked == [("note_proven", str(client.id))] * is_right


def test_an_invitation_stands_for_the_password() -> None:
    stage = Stage()
    stage.services.keys.password = "secret"
    invitation, other = stage.services.invitations.add(1), make_invitation(bytes(19) + b"\1")
    client = stage.stranger().client
    proof = check_password(stage.services, client, f" {invitation.text.upper()} ")
    assert (proof.lets_in, proof.invitation, proof.refusal) == (True, invitation.id, "")
    assert stage.services.asked == [("note_proven", str(client.id))]
    wrong = Invitation(invitation.id, other.secret)
    assert check_password(stage.services, client, wrong.text) == Proof(Verdict(False))
    assert check_password(stage.services, client, other.text) == Proof(Verdict(False), other.id, Refusal.UNKNOWN)


def test_an_ended_invitation_is_not_a_wrong_password() -> None:
    stage = Stage()
    stage.services.keys.password = "secret"
    invitation = stage.services.invitations.add(1)
    stage.services.invitations.refusals[invitation.id] = "over"
    proof = check_password(stage.services, stage.stranger().client, invitation.text)
    assert proof == Proof(Verdict(True), invitation.id, "over")
    assert not proof.lets_in
    assert stage.services.asked == []
    stage.services.refusal = "Too many"
    assert check_password(stage.services, stage.stranger().client, invitation.text).refusal == ""


_OF_ANN = "ann's own"


def _stage_of_ann() -> Stage:
    stage = Stage()
    stage.services.keys.password = "secret"
    stage.services.keys.accounts["ann"] = _OF_ANN
    return stage


@pytest.mark.parametrize(
    ("name", "password", "lets_in", "login"),
    [
        ("ann", _OF_ANN, True, "ann"),
        ("ann", "secret", True, None),
        ("ann", "wrong", False, None),
        ("ann", "", False, None),
        ("bob", "secret", True, None),
        ("bob", _OF_ANN, False, None),
        ("bob", "wrong", False, None),
        ("bob", "", False, None),
        ("*", "secret", True, None),
    ],
)
def test_a_name_goes_with_its_accounts_password_or_the_servers(
    name: str, password: str, lets_in: bool, login: str | None
) -> None:
    stage = _stage_of_ann()
    client = stage.stranger().client
    proof = check_login(stage.services, client, name, password)
    assert (proof.lets_in, proof.refusal, proof.invitation) == (lets_in, "", "")
    assert (proof.login.account if proof.login else None) == login
    assert stage.services.asked == [("note_proven", str(client.id))] * lets_in
    assert client.login is None, "the check itself logs nobody in"


@pytest.mark.parametrize("name", ["ann", "bob"])
def test_an_invitation_stands_for_the_password_with_any_name(name: str) -> None:
    stage = _stage_of_ann()
    invitation, other = stage.services.invitations.add(1), make_invitation(bytes(19) + b"\1")
    client = stage.stranger().client
    proof = check_login(stage.services, client, name, invitation.text)
    assert (proof.lets_in, proof.invitation, proof.login) == (True, invitation.id, None)
    stage.services.refusal = "Too many"
    unknown = Proof(Verdict(False), other.id, Refusal.UNKNOWN)
    assert check_login(stage.services, client, name, other.text) == unknown, (
        "an unknown invitation does not count as a guess"
    )
    assert check_login(stage.services, client, name, "x") == Proof(Verdict(False, refusal="Too many"))


@pytest.mark.parametrize("password", ["secret", _OF_ANN, "wrong"])
@pytest.mark.parametrize("name", ["ann", "bob"])
def test_a_login_is_one_guess_and_derives_one_key(monkeypatch: pytest.MonkeyPatch, name: str, password: str) -> None:
    stage = _stage_of_ann()
    keys, guesses, derived = stage.services.keys, list[Client](), list[Credentials]()
    guess, is_proof = stage.services.guess, keys.is_proof

    def count_guess(client: Client, is_right: Callable[[], bool]) -> Verdict:
        guesses.append(client)
        return guess(client, is_right)

    def count_proof(credentials: Credentials, password: str) -> bool:
        derived.append(credentials)
        return is_proof(credentials, password)

    monkeypatch.setattr(stage.services, "guess", count_guess)
    monkeypatch.setattr(keys, "is_proof", count_proof)
    check_login(stage.services, stage.stranger().client, name, password)
    assert len(guesses) == len(derived) == 1
    assert derived[0].account == (name if name == "ann" else None)


def test_a_login_with_unreadable_accounts_is_no_guess() -> None:
    stage = _stage_of_ann()
    stage.services.keys.is_unavailable = True
    for name in ("ann", "bob"):
        with pytest.raises(AccountsUnavailable):
            check_login(stage.services, stage.stranger().client, name, "secret")
    assert stage.services.asked == []


def test_an_owner_takes_the_nick_from_its_holder() -> None:
    stage = Stage()
    stage.services.keys.accounts["ann"] = "secret"
    owner = stage.stranger().client
    owner.login = stage.services.keys.account("ann")
    stage.services.keys.accounts.clear()
    holder = stage.actor("ann")
    _check(stage, owner)
    assert stage.services.asked == [("evict", holder.client.nick, "That username belongs to an account")]
