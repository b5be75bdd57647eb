"""Invitations: valid wherever the password is, for their number of uses, and for nothing more."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chatcore.protocol.invitations import Invitation, Refusal, make_invitation, parse_invitation
from chatcore.server.console.table import carry_out
from tests.integration.secure.conftest import PASSWORD
from tests.support.crowd import at_once
from tests.support.irc import DEADLINE_S, IrcClient, commands, one
from tests.support.peers import peers_of
from tests.support.resuming import CAPS, lose, resume, token_of
from tests.support.sasl import bound_scram, negotiate, plain, scram
from tests.support.trackers import Hosted, hosted_tracker


def _invite(hosted: Hosted, how: str = "") -> Invitation:
    invitation = parse_invitation(carry_out(hosted.tracker, f"invite {how}").data["invitation"])
    assert invitation is not None
    return invitation


def _do(hosted: Hosted, line: str) -> None:
    assert carry_out(hosted.tracker, line).is_done


def _refusal(client: IrcClient, password: str) -> tuple[str, ...]:
    client.send(f"PASS {password}")
    refusal, goodbye = client.receive_rest()
    assert goodbye.command == "ERROR"
    return refusal.params


def test_pass_accepts_an_invitation_and_the_log_names_it(guarded: Hosted) -> None:
    invitation = _invite(guarded)
    ann = guarded.client("ann", password=f" {invitation.text.upper()} ".strip())
    lines = guarded.log_lines()
    at = lines.index(f"invited ann {ann.address} :{invitation.id}")
    assert lines[at - 1].startswith("connect ann ")
    assert invitation.secret not in guarded.log_text()


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["*", "whoever", ""])
def test_sasl_plain_accepts_an_invitation(guarded: Hosted, name: str) -> None:
    invitation, client = _invite(guarded), guarded.connect(wire="tls")
    negotiate(client)
    assert commands(plain(client, name or invitation.identity, invitation.text)) == ["903"]
    assert "001" in commands(client.command("CAP END"))


def test_scram_accepts_an_invitation_and_explains_a_refusal(guarded: Hosted) -> None:
    invitation, client = _invite(guarded), guarded.connect(wire="tls")
    negotiate(client)
    assert commands(scram(client, bound_scram(client, invitation.identity, invitation.text))) == ["903"]
    assert "001" in commands(client.command("CAP END"))
    _do(guarded, f"invite revoke {invitation.id}")
    late = guarded.connect(wire="tls")
    negotiate(late, "late")
    refused = scram(late, bound_scram(late, invitation.identity, invitation.text))  # it checks the tracker's proof
    assert one(refused, "904").params[-1] == Refusal.REVOKED


def test_without_the_secret_the_state_is_not_revealed(guarded: Hosted) -> None:
    invitation, other = _invite(guarded), _invite(guarded)
    _do(guarded, f"invite revoke {invitation.id}")
    wrong = Invitation(invitation.id, other.secret)
    assert _refusal(guarded.connect(), wrong.text)[-1] == "Wrong or missing password"
    client = guarded.connect(wire="tls")
    negotiate(client)
    for text, words in ((wrong.text, "SASL authentication failed"), ("inv-000000-" + other.secret, Refusal.UNKNOWN)):
        said = plain(client, "*", text) + scram(client, bound_scram(client, text[:10], text))
        assert [(reply.command, reply.params[-1]) for reply in said] == [("904", words)] * 2


def test_an_invitation_opens_no_account(guarded: Hosted) -> None:
    invitation, client = _invite(guarded), guarded.connect(wire="tls")
    negotiate(client)
    assert commands(plain(client, "alice", invitation.text)) == ["904"]
    ann = guarded.connect()
    ann.send(f"PASS {invitation.text}")
    assert "433" in commands(ann.command("NICK alice", "USER a 0 * :A"))


def test_one_of_two_gets_in_with_the_last_use(guarded: Hosted) -> None:
    invitation = _invite(guarded, "--uses 1")
    ann, bob = guarded.connect(), guarded.connect()
    for client in (ann, bob):
        assert client.command(f"PASS {invitation.text}") == []
    assert "001" in commands(ann.command("NICK ann", "USER a 0 * :A"))
    bob.send("NICK bob", "USER b 0 * :B")
    assert bob.receive_rest()[0].params[-1] == Refusal.USED_UP
    assert f"refused bob {bob.address} :invitation {invitation.id} is used up" in guarded.log_lines()
    ann.send("QUIT")
    ann.receive_rest()
    guarded.client("ann", password=invitation.text)


def _by_pass(hosted: Hosted, invitation: Invitation, nick: str) -> bool:
    client = hosted.connect()
    client.send(f"PASS {invitation.text}", f"NICK {nick}", f"USER {nick} 0 * :{nick}")
    return client.receive().command == "001"


def _by_sasl(hosted: Hosted, invitation: Invitation, nick: str) -> bool:
    client = hosted.connect(wire="tls")
    negotiate(client, nick)
    is_proven = commands(plain(client, "*", invitation.text)) == ["903"]
    client.send("CAP END")
    return is_proven and client.receive().command == "001"


def _by_scram(hosted: Hosted, invitation: Invitation, nick: str) -> bool:
    client = hosted.connect(wire="tls")
    negotiate(client, nick)
    is_proven = commands(scram(client, bound_scram(client, invitation.identity, invitation.text))) == ["903"]
    client.send("CAP END")
    return is_proven and client.receive().command == "001"


def _by_page(hosted: Hosted, invitation: Invitation, nick: str) -> bool:
    with peers_of(hosted.port) as peers:
        page = peers.page()
        page.send(f"PASS {invitation.text}", f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        return " 001 " in page.receive_line()


def _by_room_endpoint(hosted: Hosted, invitation: Invitation, nick: str) -> bool:
    with peers_of(hosted.port) as peers, contextlib.suppress(InvalidStatus, ConnectionClosed):
        guest = peers.guest("lobby", nick, more=f"&password={invitation.text}")
        guest.say("in")
        return bool(guest.hear_until(f"{nick}: in"))
    return False


def test_simultaneous_logins_do_not_exceed_the_uses(guarded: Hosted) -> None:
    doors = (_by_pass, _by_sasl, _by_scram, _by_page, _by_room_endpoint)
    invitation = _invite(guarded, "--uses 4")
    came = at_once([partial(doors[number % len(doors)], guarded, invitation, f"n{number}") for number in range(15)])
    assert sum(came) == 4
    assert sum(line.startswith("invited ") for line in guarded.log_lines()) == 4
    issued = guarded.tracker.invitations.all()[0][0]
    assert issued.left == 0


def test_other_refusals_cost_no_use(guarded: Hosted) -> None:
    invitation = _invite(guarded, "--uses 1")
    _do(guarded, "ban eve")
    guarded.client("taken", password=PASSWORD)
    eve = guarded.connect()
    assert commands(eve.command(f"PASS {invitation.text}", "NICK eve", "USER e 0 * :E")) == ["432"]
    ann = guarded.connect()
    ann.send(f"PASS {invitation.text}", "USER a 0 * :A")
    assert "433" in commands(ann.command("NICK taken"))
    assert "001" in commands(ann.command("NICK ann"))


def test_users_of_a_revoked_invitation_are_not_shut_out(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, PASSWORD, failures_before_ban=2, trusted_proxies=("127.0.0.1",)) as hosted:
        invitation = _invite(hosted)
        _do(hosted, f"invite revoke {invitation.id}")
        for _ in range(5):
            client = hosted.connect(proxied="192.0.2.7", wire="tls")
            assert _refusal(client, invitation.text)[-1] == Refusal.REVOKED
            client = hosted.connect(proxied="192.0.2.7", wire="tls")
            negotiate(client)
            assert one(plain(client, "*", invitation.text), "904").params[-1] == Refusal.REVOKED
            client.send("CAP END")  # like a program that ignores the refusal
            refusal, goodbye = client.receive_rest()
            assert (refusal.command, refusal.params[-1], goodbye.command) == ("464", Refusal.REVOKED, "ERROR")
        assert [line for line in hosted.log_lines() if "wrong or missing" in line] == []
        client = hosted.connect(proxied="192.0.2.7", wire="tls")
        assert client.command(f"PASS :{PASSWORD}") == []


@pytest.mark.parametrize("password", [PASSWORD, ""])
def test_users_of_an_unknown_invitation_are_not_shut_out(tmp_path: Path, password: str) -> None:
    """An office opens yesterday's link: today's chat is another one, in another folder."""
    other = make_invitation(bytes(20))
    with hosted_tracker(tmp_path, password, failures_before_ban=2, trusted_proxies=("127.0.0.1",)) as hosted:
        for number in range(3):
            client = hosted.connect(proxied="192.0.2.7", wire="tls")
            negotiate(client, f"n{number}")
            said = plain(client, other.identity, other.text)
            said += scram(client, bound_scram(client, other.identity, other.text))
            assert [reply.params[-1] for reply in said] == [Refusal.UNKNOWN] * 2
            client.send("CAP END")  # as the page does: without a server password it would be in
            assert client.receive_until("464" if password else "001")
        if password:
            assert _refusal(hosted.connect(proxied="192.0.2.7", wire="tls"), other.text)[-1] == Refusal.UNKNOWN
        assert list(hosted.tracker.notices) == []


def test_an_invited_visit_can_be_resumed_unless_kicked(guarded: Hosted) -> None:
    """Invited people can resume like others; after a kick they cannot, once the invitation is revoked."""
    invitation = _invite(guarded, "--uses 1")
    ann = guarded.connect()
    token = token_of(ann, "ann", "#room", password=invitation.text)
    _do(guarded, f"invite revoke {invitation.id}")
    lose(guarded, ann)
    ann = guarded.connect()
    seen = resume(ann, token)
    assert one(seen, "JOIN").params[0] == "#room"
    (token,) = (message.params[1] for message in seen if message.params[:1] == ("TOKEN",))
    visit = guarded.tracker.visits()[-1]  # the former may still be closing
    _do(guarded, "kick ann")
    visit.has_left.wait(DEADLINE_S)
    ann = guarded.connect()
    refused = ann.command("CAP LS 302", f"CAP REQ :{CAPS}", f"RESUME {token}")
    assert one(refused, "FAIL").params[1] == "INVALID_TOKEN"
    assert _refusal(ann, invitation.text)[-1] == Refusal.REVOKED


def test_invited_guests_read_the_same_history_as_others(tmp_path: Path) -> None:
    asked = "CHATHISTORY LATEST #room * 10"
    for password, kept in (("one", True), ("two", False)):
        with hosted_tracker(tmp_path, password) as hosted:
            if kept:
                hosted.client("ann", "#room", password=password).command("PRIVMSG #room :of before")
            bob = hosted.client("bob", "#room", password=_invite(hosted).text)
            cat = hosted.client("cat", "#room", password=password)
            seen = [[m.params[-1] for m in client.command(asked) if m.command == "NOTICE"] for client in (bob, cat)]
            assert seen[0] == seen[1]
            assert any("of before" in text for text in seen[0]) == kept


@pytest.mark.thorough
def test_invitations_survive_a_restart_but_not_a_password_change(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, "one") as hosted:
        invitation = _invite(hosted, "--uses 1")
        hosted.client("ann", password=invitation.text)
    with hosted_tracker(tmp_path, "one") as hosted:
        client = hosted.connect()
        client.send(f"PASS {invitation.text}", "NICK bob", "USER b 0 * :B")
        assert client.receive_rest()[0].params[-1] == Refusal.USED_UP
        hosted.client("ann", password=invitation.text)
    with hosted_tracker(tmp_path, "two") as hosted:
        assert _refusal(hosted.connect(), invitation.text)[-1] == Refusal.ENDED
    with hosted_tracker(tmp_path) as hosted:
        client = hosted.connect(wire="tls")
        negotiate(client)
        assert commands(plain(client, "*", invitation.text)) == ["903"], (
            "without a server password the invitation is accepted"
        )
