"""PASS, NICK, USER, SETNAME, PING, QUIT: which clients come in, under which nick, and which are refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatcore.commands.context import Context, Local
from chatcore.commands.costs import LOOKS_PER_TOKEN
from chatcore.errors import CommandError
from chatcore.protocol.invitations import Refusal, make_invitation
from chatcore.state.ban_effects import LOOKS_PER_MASK
from chatcore.state.client import Client
from chatcore.state.facts import Connected, RealnameChanged, Renamed
from chatcore.state.notes import LoginProblem, invited, login_refused
from chatcore.state.requests import WaitingRequested
from chatcore.state.steps import Step
from tests.support.stage import Actor, Stage, reply


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def stranger(stage: Stage) -> Actor:
    return stage.stranger()


def _come_in(actor: Actor, nick: str) -> tuple[object, ...]:
    actor.says(f"NICK {nick}")
    return actor.says(f"USER {nick} 0 * :Real Name").events


def test_nick_and_user_register_in_any_order(stage: Stage) -> None:
    ann, bob = stage.stranger(), stage.stranger()
    ann.says("NICK ann")
    outcome = ann.says("USER ann 0 * :Ann")
    client = ann.client
    arrived = Connected(client.id, "ann", "ann", client.host, client.address, "Ann", 0, visit=client.visit)
    assert outcome.events == (arrived,)
    assert outcome.codes[:3] == ["001", "002", "003"]
    assert {"005", "251", "376"} <= set(outcome.codes)
    bob.says("USER b 0 * :Bob")
    assert isinstance(bob.says("NICK bob").events[0], Connected)
    assert stage.registry.client("BOB") is bob.client


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("NICK", "431"),
        ("NICK :", "431"),
        ("NICK #a", "432"),
        ("NICK banned", "432"),
        ("NICK taken", "433"),
        ("NICK dora", "433"),
        ("PING", "409"),
        ("PING :", "409"),
    ],
)
@pytest.mark.parametrize("is_in", [False, True])
def test_invalid_nicks_and_pings_are_refused_in_any_state(stage: Stage, line: str, code: str, is_in: bool) -> None:
    stage.actor("taken")
    actor = stage.actor("alice") if is_in else stage.stranger()
    stage.services.banned.add("banned")
    stage.services.keys.accounts["dora"] = "secret"
    actor.ctx.registration.user = "user"
    outcome = actor.says(line)
    assert (outcome.codes, outcome.events) == ([code], ())


def test_user_needs_a_realname_and_is_refused_a_second_time(stage: Stage, stranger: Actor) -> None:
    assert stranger.says("USER u 0 * :").codes == ["461"]
    assert stage.actor("alice").says("USER u 0 * :Other").codes == ["462"]


def test_the_password_comes_first_and_a_wrong_one_ends_the_visit(stage: Stage) -> None:
    stage.services.keys.password = "tea"
    right, wrong, none = stage.stranger(), stage.stranger(), stage.stranger()
    assert right.says("PASS tea")[:2] == ([], ())
    assert stage.services.asked == [("note_proven", str(right.client.id))]
    assert isinstance(_come_in(right, "ann")[0], Connected)
    note = login_refused(LoginProblem.PASSWORD, "*", wrong.client.address, "wrong or missing password")
    words = "Wrong or missing password"
    assert wrong.says("PASS milk") == ([("464", words)], (note,), 0.0, words)
    none.says("NICK bob")
    assert none.says("USER bob 0 * :Bob").end_reason == words
    assert right.says("PASS tea").codes == ["462"]
    assert Stage().stranger().says("PASS whatever")[:2] == ([], ())


def _invited(stage: Stage, number: int = 1) -> tuple[Actor, str]:
    """Return a stranger that has proven an invitation, and its id."""
    stage.services.keys.password = "tea"
    invitation = stage.services.invitations.add(number)
    actor = stage.stranger()
    assert actor.says(f"PASS {invitation.text}")[:2] == ([], ())
    return actor, invitation.id


def test_an_invitation_counts_once_its_guest_is_in(stage: Stage) -> None:
    stage.actor("taken")
    guest, invitation_id = _invited(stage)
    guest.says("USER ann 0 * :Ann")
    assert guest.says("NICK taken").codes == ["433"]
    assert stage.services.invitations.guests == {}
    arrived, note = guest.says("NICK ann").events
    assert isinstance(arrived, Connected)
    assert note == invited("ann", guest.client.address, invitation_id)
    assert stage.services.invitations.guests == {invitation_id: "ann"}


def test_the_second_guest_of_a_last_use_is_refused(stage: Stage) -> None:
    first, invitation_id = _invited(stage)
    second, _ = _invited(stage)
    assert isinstance(_come_in(first, "ann")[0], Connected)
    second.says("USER bob 0 * :Bob")
    outcome = second.says("NICK bob")
    words = "That invitation is used up: ask"
    assert (outcome.replies, outcome.end_reason) == ([("464", words)], words)
    reason = f"invitation {invitation_id} is used up"
    assert outcome.events == (login_refused(LoginProblem.INVITATION, "bob", second.client.address, reason),)
    assert not second.client.is_registered


def test_an_ended_invitation_ends_the_visit_at_once(stage: Stage) -> None:
    stage.services.keys.password = "tea"
    invitation = stage.services.invitations.add(1)
    stage.services.invitations.refusals[invitation.id] = "That invitation is over: ask"
    stranger = stage.stranger()
    outcome = stranger.says(f"PASS {invitation.text}")
    assert (outcome.replies, outcome.end_reason) == (
        [("464", "That invitation is over: ask")],
        "That invitation is over: ask",
    )


def test_a_missing_password_is_no_guess(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address must not be shut out because many people there have no password yet."""
    stage.services.keys.password = "tea"
    monkeypatch.setattr(stage.services, "guess", pytest.fail)
    stranger = stage.stranger()
    stranger.says("NICK bob")
    outcome = stranger.says("USER bob 0 * :Bob")
    assert (outcome.codes, outcome.end_reason) == (["464"], "Wrong or missing password")
    assert stage.stranger().says("PASS :").end_reason == "Wrong or missing password"


def test_an_unknown_invitation_is_no_guess(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.services.keys.password = "tea"
    monkeypatch.setattr(stage.services, "guess", pytest.fail)
    stranger, other = stage.stranger(), make_invitation(bytes(20))
    outcome = stranger.says(f"PASS {other.text}")
    assert (outcome.codes, outcome.end_reason) == (["464"], Refusal.UNKNOWN)
    reason = f"invitation {other.id} is not known here"
    assert outcome.events == (login_refused(LoginProblem.INVITATION, "*", stranger.client.address, reason),)


def test_a_nick_lost_at_the_last_moment_gives_the_use_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    guest, _ = _invited(stage)
    guest.says("USER ann 0 * :Ann")
    claims = [False, True]
    claim = stage.registry.claim_nick
    used: list[int] = []

    def claim_late(client: Client, nick: str, publish: Callable[[], None]) -> bool:
        used.append(len(stage.services.invitations.guests))
        return claims.pop(0) and claim(client, nick, publish)

    monkeypatch.setattr(stage.registry, "claim_nick", claim_late)
    given_back = _given_back(monkeypatch, stage)
    assert isinstance(guest.says("NICK ann").events[0], Connected)
    assert (used, given_back) == ([1, 1], ["ann"])


def test_a_guest_refused_at_the_last_moment_may_try_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def carry_late(ctx: Context, step: Step, local: Local | None) -> bool:
        if not tried:
            tried.append(step)
            raise CommandError("400", "*", "Not just now")
        return carry(ctx, step, local)

    carry, tried = stage.carry, list[Step]()
    monkeypatch.setattr(stage, "carry", carry_late)
    guest, _ = _invited(stage)
    guest.says("USER ann 0 * :Ann")
    given_back = _given_back(monkeypatch, stage)
    assert guest.says("NICK ann").codes == ["400"]
    assert (given_back, stage.services.resumption.noted) == (["ann"], [("withdraw", "")])
    assert isinstance(guest.says("NICK ann").events[0], Connected)


def _given_back(monkeypatch: pytest.MonkeyPatch, stage: Stage) -> list[str]:
    """Return a list that collects the nicks whose use of an invitation is given back."""
    given: list[str] = []
    give_back = stage.services.invitations.give_back

    def note(invitation_id: str, nick: str, block: str) -> None:
        given.append(nick)
        give_back(invitation_id, nick, block)

    monkeypatch.setattr(stage.services.invitations, "give_back", note)
    return given


@pytest.mark.parametrize("order", ["{invitation} tea", "tea {invitation}"])
def test_a_client_with_the_password_uses_no_invitation(stage: Stage, order: str) -> None:
    stage.services.keys.password = "tea"
    invitation = stage.services.invitations.add(1)
    actor = stage.stranger()
    for password in order.format(invitation=invitation.text).split():
        actor.says(f"PASS {password}")
    assert isinstance(_come_in(actor, "ann")[0], Connected)
    assert stage.services.invitations.guests == {}


def test_an_uncompared_guess_is_no_failed_login(stage: Stage, stranger: Actor) -> None:
    stage.services.keys.password, stage.services.refusal = "tea", "Too many at once"
    outcome = stranger.says("PASS tea")
    assert outcome.end_reason == "Too many at once"
    assert stranger.ctx.registration.failed_logins == 0


def test_a_stranger_does_not_learn_which_nicks_are_taken(stage: Stage) -> None:
    stage.actor("taken")
    stage.services.keys.password = "tea"
    stage.services.banned.add("banned")
    stranger = stage.stranger()
    assert stranger.says("NICK taken")[:2] == stranger.says("NICK banned")[:2] == ([], ())


def test_a_ban_set_before_registration_refuses_the_client(stage: Stage, stranger: Actor) -> None:
    stranger.says("NICK ann")
    stage.services.banned.add("ann")
    outcome = stranger.says("USER ann 0 * :Ann")
    assert (outcome.codes, outcome.end_reason) == (["465"], "You are banned")
    assert outcome.events == (login_refused(LoginProblem.BAN, "ann", stranger.client.address, "banned"),)


def test_a_ban_set_during_registration_ends_the_visit(
    stage: Stage, stranger: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ban did not exist when the nick was checked, and KLINE did not find the client yet."""
    claim = stage.registry.claim_nick

    def ban_and_claim(client: Client, nick: str, publish: Callable[[], None]) -> bool:
        stage.services.banned.add("ann")
        return claim(client, nick, publish)

    monkeypatch.setattr(stage.registry, "claim_nick", ban_and_claim)
    stranger.says("NICK ann")
    outcome = stranger.says("USER ann 0 * :Ann")
    assert [type(event) for event in outcome.events] == [Connected]
    assert outcome.end_reason == "You are banned"


def test_no_client_comes_in_while_the_log_cannot_be_written(stage: Stage, stranger: Actor) -> None:
    stranger.says("NICK ann")
    stage.services.is_log_writable = False
    outcome = stranger.says("USER ann 0 * :Ann")
    assert outcome.end_reason == "Nothing is accepted while the log cannot be written"
    assert stage.registry.client("ann") is None


def test_the_nick_of_a_dead_connection_is_free(stage: Stage, stranger: Actor) -> None:
    stage.actor("ann")
    stage.services.ghosts.add("ann")
    assert isinstance(_come_in(stranger, "ann")[0], Connected)
    assert stage.registry.client("ann") is stranger.client


def test_a_nick_change_does_not_wait_for_the_holder(stage: Stage) -> None:
    stage.actor("ann")
    bob = stage.actor("bob")
    assert bob.says("NICK ANN").replies == [reply("433 ANN :That username is taken")]
    assert stage.services.asked == [("probe", "ann")]


def test_a_client_changes_its_nick(stage: Stage) -> None:
    bob = stage.actor("bob", "#room")
    assert bob.says("NICK Bob").events == (Renamed(bob.client.id, "Bob"),)
    assert bob.says("NICK Bob")[:2] == ([], ()), "an unchanged nick gets no reply and no event"
    assert bob.says("NICK rob").events == (Renamed(bob.client.id, "rob"),)
    assert (stage.registry.client("bob"), stage.registry.client("rob")) == (None, bob.client)
    assert [departed.nick for departed in stage.registry.whowas.find("bob", 0)] == ["Bob", "bob"]


def test_nick_changes_are_limited(stage: Stage) -> None:
    bob = stage.actor("bob")
    stage.services.may_rename = False
    assert (bob.says("NICK rob").codes, bob.client.nick) == (["438"], "bob")


@pytest.mark.parametrize("mask", ["bob", "m:bob"])
def test_a_banned_or_muted_member_cannot_change_its_nick(stage: Stage, mask: str) -> None:
    alice, bob = stage.actor("alice", "#Room"), stage.actor("bob", "#other", "#room")
    alice.says(f"MODE #room +{'b' * 20} {mask} {' '.join(f'x{number}' for number in range(19))}")
    outcome = bob.says("NICK rob")
    words = "You cannot change your username while you are banned or muted in that room (+b)"
    assert (outcome.replies, outcome.events) == ([reply(f"435 rob #Room :{words}")], ())
    assert outcome.tokens == pytest.approx(20 * LOOKS_PER_MASK / LOOKS_PER_TOKEN + 3 / LOOKS_PER_TOKEN, abs=0.001)
    assert stage.registry.client("bob") is bob.client
    alice.says("MODE #room +e m:bob")
    alice.says("MODE #room +e bob")
    assert bob.says("NICK rob").codes == []


def test_an_account_owner_takes_the_nick_from_its_holder(stage: Stage) -> None:
    stage.actor("dora")
    stage.services.keys.accounts["dora"] = "secret"
    owner = stage.stranger()
    for line in ("CAP REQ sasl", "NICK dora", "AUTHENTICATE PLAIN", "AUTHENTICATE AGRvcmEAc2VjcmV0"):
        owner.says(line)
    owner.says("USER d 0 * :Dora")
    arrival, waiting = owner.says("CAP END").events
    assert isinstance(arrival, Connected)
    assert waiting == WaitingRequested(owner.client.id)
    assert (arrival.nick, arrival.account, arrival.account_id) == ("dora", "dora", "id-of-dora")
    assert ("evict", "dora", "That username belongs to an account") in stage.services.asked


def test_unreadable_accounts_refuse_a_nick(stage: Stage, stranger: Actor) -> None:
    stage.services.keys.is_unavailable = True
    stranger.says("NICK ann")
    assert stranger.says("USER ann 0 * :Ann").codes == ["400"]
    assert not stranger.client.is_registered


def test_the_length_of_a_realname_is_limited(stage: Stage) -> None:
    ann = stage.actor("ann")
    assert ann.says("SETNAME :Ann Other").events == (RealnameChanged(ann.client.id, "Ann Other"),)
    assert ann.client.realname == "Ann Other"
    for name in ("", "x" * 101):
        outcome = ann.says(f"SETNAME :{name}")
        assert (outcome.replies[0][:3], outcome.events) == (("FAIL", "SETNAME", "INVALID_REALNAME"), ())


def test_a_ping_is_answered_and_a_pong_is_not(stage: Stage, stranger: Actor) -> None:
    assert stranger.says("PING :the token").replies == [("PONG", "tracker.chat", "the token")]
    assert stranger.says("PONG x")[:2] == ([], ())


@pytest.mark.parametrize(
    ("line", "reason"), [("QUIT", "Quit"), ("QUIT :tea", "Quit: tea"), (f"QUIT :{'x' * 300}", f"Quit: {'x' * 200}")]
)
def test_quit_ends_the_visit(stranger: Actor, line: str, reason: str) -> None:
    assert stranger.says(line)[:2] == ([], ())
    assert stranger.says(line).end_reason == reason
