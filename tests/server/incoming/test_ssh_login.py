"""Login by ssh, without ssh: who is admitted, to which account, and which refusals are logged."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import pytest

from chatcore.commands.entry_checks import WRONG_PASSWORD
from chatcore.commands.refusals import ACCOUNTS_REFUSAL
from chatcore.commands.services import Verdict
from chatcore.protocol.invitations import Refusal, make_invitation
from chatcore.server.incoming.arrival import Arrival, UsedKey
from chatcore.server.incoming.ssh_login import (
    KEY_UNKNOWN,
    Answer,
    by_key,
    by_password,
    knows_key,
    needs_proof,
)
from chatcore.state.client import Client
from chatcore.state.credentials import Credentials
from chatcore.state.credit import Credit
from chatcore.state.events import Event
from chatcore.state.notes import LoginProblem, logged_in_by_key, login_refused
from tests.server.visiting import gate_of
from tests.support.ssh_keys import key
from tests.support.stage import Stage

_YES = Answer(lets_in=True)
_KEY = key(1).blob


class _Door:
    """The door on the stage of handlers, where Ann has an account and a key; `noted` has the events for the log."""

    def __init__(self, password: str = "secret") -> None:
        self.stage = Stage()
        self.keys = self.stage.services.keys
        self.keys.password, self.keys.accounts["ann"], self.keys.public["ann"] = password, "ann's own", _KEY
        self.client = self.stage.stranger().client
        self.arrival = Arrival(self.client, 60)
        self.noted: list[Event] = []
        self.gate = gate_of(
            self.stage.config, services=self.stage.services, registry=self.stage.registry, publish=self.noted.append
        )

    def by_password(self, name: str, password: str) -> Answer:
        return by_password(self.gate, self.arrival, name, password)

    def by_key(self, name: str, blob: bytes) -> Answer:
        return by_key(self.gate, self.arrival, name, blob)

    @property
    def is_proven(self) -> bool:
        return self.stage.services.asked == [("note_proven", str(self.client.id))]

    def refused(self, reason: str, nick: str = "ann", problem: LoginProblem = LoginProblem.PASSWORD) -> list[Event]:
        return [login_refused(problem, nick, self.client.address, reason)]


@pytest.fixture
def door() -> _Door:
    return _Door()


@pytest.mark.parametrize(
    ("name", "password", "account"),
    [("ann", "ann's own", "ann"), ("ann", "secret", None), ("bob", "secret", None)],
)
def test_a_right_password_admits_and_that_of_an_account_logs_in(
    door: _Door, name: str, password: str, account: str | None
) -> None:
    assert door.by_password(name, password) == _YES
    assert (door.client.account, door.arrival.key, door.is_proven, door.noted) == (account, None, True, [])


@pytest.mark.parametrize(
    ("name", "password", "nick"),
    [
        ("ann", "wrong", "ann"),
        ("bob", "ann's own", "bob"),
        ("bob", "", "bob"),
        ("two words", "x", "*"),
        ("", "x", "*"),
        ("ann", "x" * 100_000, "ann"),
    ],
)
def test_a_wrong_password_is_refused_and_logged(door: _Door, name: str, password: str, nick: str) -> None:
    assert door.by_password(name, password) == Answer(False, WRONG_PASSWORD)
    assert door.noted == door.refused("ssh: wrong or missing password", nick)
    assert (door.client.login, door.stage.services.asked) == (None, [])


def test_an_overlong_password_is_not_checked_but_counts_as_a_guess(
    door: _Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def note(credentials: Credentials, password: str) -> bool:
        tried.append(password)
        return False

    monkeypatch.setattr(door.keys, "is_proof", note)
    door.by_password("ann", "é" * 500)
    door.by_password("ann", "é" * 501)
    assert tried == ["é" * 500, "\0"]


def test_the_answer_to_a_wrong_password_is_delayed(door: _Door, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[float] = []

    def pause(_: Credit, seconds: float) -> bool:
        held.append(seconds)
        return True

    def guess(client: Client, is_right: Callable[[], bool]) -> Verdict:
        return Verdict(is_right(), hold_s=4.0)

    monkeypatch.setattr(door.stage.services, "guess", guess)
    monkeypatch.setattr(Credit, "pause", pause)
    door.by_password("ann", "wrong")
    assert held == [4.0]


def test_a_login_that_is_not_compared_gets_its_reason(door: _Door) -> None:
    door.stage.services.refusal = "Too many"
    assert door.by_password("ann", "ann's own") == Answer(False, "Too many")
    assert door.noted == door.refused("ssh: wrong or missing password (not compared)")


def test_a_valid_invitation_counts_as_the_password(door: _Door) -> None:
    invitation, other = door.stage.services.invitations.add(1), make_invitation(bytes(19) + b"\1")
    assert door.by_password("bob", invitation.text) == _YES
    door.stage.services.invitations.refusals[invitation.id] = "That invitation is over: ask"
    assert door.by_password("bob", invitation.text) == Answer(False, "That invitation is over: ask")
    assert door.by_password("bob", other.text) == Answer(False, Refusal.UNKNOWN)
    assert door.noted == [
        *door.refused(f"ssh: invitation {invitation.id} is over", "bob", LoginProblem.INVITATION),
        *door.refused(f"ssh: invitation {other.id} is not known here", "bob", LoginProblem.INVITATION),
    ]


def test_an_invitation_given_as_a_name_is_not_logged(door: _Door) -> None:
    invitation = door.stage.services.invitations.add(1)
    door.by_password(invitation.text, "x")
    assert invitation.secret not in repr(door.noted)


@pytest.mark.parametrize(
    ("password", "name", "needed"), [("secret", "bob", True), ("", "bob", False), ("", "ann", True)]
)
def test_a_server_password_or_an_account_needs_proof(password: str, name: str, needed: bool) -> None:
    door = _Door(password)
    assert needs_proof(door.gate, name) == needed
    door.keys.is_unavailable = True
    assert needs_proof(door.gate, name)


@pytest.mark.parametrize(
    ("name", "password"),
    [("bob", ""), ("bob", "anything"), ("ann", "")],
    ids=["none needed", "not needed", "not given"],
)
def test_without_a_server_password_only_accounts_are_proven(name: str, password: str) -> None:
    """A client admitted without proof may be anybody: it is not present yet, but has time to choose another name."""
    door = _Door("")
    before = door.arrival.overdue(monotonic() + 100)
    assert door.by_password(name, password) == _YES
    assert (door.client.login, door.noted, door.stage.services.asked) == (None, [], [])
    assert before is not None
    assert door.arrival.overdue(monotonic() + 250) is None
    assert door.arrival.overdue(monotonic() + 301) == "No username chosen in time"


def test_an_account_is_proven_without_a_server_password() -> None:
    door = _Door("")
    assert door.by_password("ann", "wrong") == Answer(False, WRONG_PASSWORD)
    assert door.noted == door.refused("ssh: wrong or missing password")
    assert door.by_password("ann", "ann's own") == _YES
    assert (door.client.account, door.is_proven) == ("ann", True)


def test_a_key_logs_in_to_its_account(door: _Door) -> None:
    assert knows_key(door.gate, "ann", _KEY)
    assert door.stage.services.asked == []
    assert door.by_key("ann", _KEY) == _YES
    assert (door.client.account, door.arrival.key) == ("ann", UsedKey("id-of-ann", _KEY))
    assert door.is_proven
    assert door.noted == [logged_in_by_key("ann", door.client.address, key(1).fingerprint)]


@pytest.mark.parametrize(("name", "number"), [("ann", 2), ("bob", 1), ("bob", 2)])
def test_an_unknown_key_or_name_does_not_count_as_a_guess(door: _Door, name: str, number: int) -> None:
    assert not knows_key(door.gate, name, key(number).blob)
    assert door.by_key(name, key(number).blob) == Answer(False, KEY_UNKNOWN)
    assert (door.client.login, door.arrival.key, door.noted, door.stage.services.asked) == (None, None, [], [])


def test_while_accounts_are_unreadable_nobody_is_admitted(door: _Door) -> None:
    door.keys.is_unavailable = True
    for name in ("ann", "bob"):
        assert door.by_password(name, "secret") == Answer(False, ACCOUNTS_REFUSAL)
        assert not knows_key(door.gate, name, _KEY)
        assert door.by_key(name, _KEY) == Answer(False, ACCOUNTS_REFUSAL)
    assert (door.client.login, door.noted, door.stage.services.asked) == (None, [], [])
