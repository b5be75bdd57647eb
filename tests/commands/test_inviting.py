"""INVITELINK: who may make an invitation, to which room, and how it is reported."""

from __future__ import annotations

import pytest

from chatcore.commands.refusals import ACCOUNTS_REFUSAL
from chatcore.protocol.invitations import fragment, parse_invitation, parse_link
from chatcore.state.credentials import Right
from chatcore.state.notes import invitation_made, invitation_revoked
from tests.support.stage import Actor, Stage, reply
from tests.support.stage_admission import STARTED_AT

_UNTIL = STARTED_AT + 24 * 3600
_WORDS = "20 people can come in by this link until 2023-11-15 22:13 UTC (invitation {})"


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.services.keys.accounts["dora"] = "secret"
    return stage


@pytest.fixture
def dora(stage: Stage) -> Actor:
    return _dora(stage)


def _dora(stage: Stage, *rooms: str, caps: str = "") -> Actor:
    """Return a client logged in to an account that may invite; the server has a password."""
    stage.services.keys.accounts.pop("dora", None)
    dora = stage.actor("dora", *rooms, caps=caps)
    stage.services.keys.accounts["dora"] = "secret"
    stage.services.keys.rights["dora"] = Right.INVITE
    stage.services.keys.password = "tea"
    dora.client.login = stage.services.keys.account("dora")
    return dora


def test_an_invitation_is_shown_as_links(stage: Stage, dora: Actor) -> None:
    outcome = dora.says("INVITELINK")
    assert stage.services.invitations.made == [("dora", "", 20, 24)]
    invitation = parse_invitation(stage.services.invitations.texts[0])
    assert invitation is not None
    tail = fragment("", invitation)
    assert outcome.replies == [
        ("NOTICE", "dora", f"{_WORDS.format(invitation.id)}:"),
        ("NOTICE", "dora", f"https://10.0.0.1:8000/{tail}"),
        ("NOTICE", "dora", f"https://[fd00::1]:8000/{tail}"),
    ]
    assert outcome.events == (invitation_made(invitation.id, "", "dora", 20, _UNTIL),)
    assert invitation.secret not in repr(outcome.events)


def test_programs_get_the_parts_of_an_invitation(stage: Stage) -> None:
    dora = _dora(stage, "#Dev", caps="standard-replies")
    dora.says("MODE #dev +k key")
    (told,) = dora.says("INVITELINK #dev").replies
    text = stage.services.invitations.texts[0]
    until = "2023-11-15T22:13:20.000Z"
    assert told[:-1] == ("NOTE", "INVITELINK", "INVITATION", text, "#Dev", "20", until, "key")
    assert told[-1] == _WORDS.format(text[4:10])


def test_no_invitation_is_made_without_a_server_password(stage: Stage, dora: Actor) -> None:
    stage.services.keys.password = ""
    outcome = dora.says("INVITELINK")
    assert outcome.replies[1] == ("NOTICE", "dora", "https://10.0.0.1:8000/")
    assert (outcome.events, stage.services.invitations.made) == ((), [])
    program = _dora(Stage(), caps="standard-replies")
    program.ctx.services.keys.password = ""  # type: ignore[attr-defined]
    assert program.says("INVITELINK").replies[0][:-1] == ("NOTE", "INVITELINK", "INVITATION", "*", "*", "*", "*")


def test_inviting_needs_the_right_or_an_irc_operator(stage: Stage, dora: Actor) -> None:
    stage.services.keys.rights.clear()
    refused = dora.says("INVITELINK").replies[0]
    assert refused[:4] == ("FAIL", "INVITELINK", "NO_PRIVILEGES", "*")
    dora.client.login = None
    assert dora.says("INVITELINK").replies[0] == refused
    dora.client.modes |= {"o"}
    assert dora.says("INVITELINK").replies[0][0] == "NOTICE"


def test_unreadable_accounts_are_reported(stage: Stage, dora: Actor) -> None:
    stage.services.keys.is_unavailable = True
    refusal = ("FAIL", "INVITELINK", "TEMPORARILY_UNAVAILABLE", "*", ACCOUNTS_REFUSAL)
    assert dora.says("INVITELINK").replies == [refusal]


@pytest.mark.parametrize("room", ["#secret", "#none"])
def test_a_room_the_inviter_is_not_in_does_not_exist(stage: Stage, room: str) -> None:
    stage.actor("eve", "#secret").says("MODE #secret +s")
    dora = _dora(stage)
    assert dora.says(f"INVITELINK {room}").replies == [reply(f"442 {room} :You are not in that room")]
    dora.client.modes |= {"o"}
    assert dora.says(f"INVITELINK {room}").codes == ["442"]
    assert stage.services.invitations.made == []


def test_only_a_rooms_operator_passes_on_its_key(stage: Stage) -> None:
    eve = stage.actor("eve", "#dev")
    dora = _dora(stage, "#dev")
    eve.says("MODE #dev +k key")
    assert parse_link(dora.says("INVITELINK #dev").replies[1][-1]).room_key == ""
    eve.says("MODE #dev +o dora")
    assert parse_link(dora.says("INVITELINK #dev").replies[1][-1]).room_key == "key"


def test_no_link_is_longer_than_a_line(stage: Stage) -> None:
    room = "#" + "\U00020bb7" * 47
    dora = _dora(stage, room)
    link = parse_link(dora.says(f"INVITELINK {room}").replies[1][-1])
    assert (link.room, link.invitation is not None) == ("", True)


def _made(stage: Stage, dora: Actor) -> str:
    dora.says("INVITELINK")
    return stage.services.invitations.texts[-1][4:10]


def test_an_inviter_revokes_an_invitation(stage: Stage, dora: Actor) -> None:
    invitation_id = _made(stage, dora)
    outcome = dora.says(f"INVITELINK revoke {invitation_id.upper()}")
    words = f"Invitation {invitation_id} is revoked; people who came by it stay"
    assert outcome.replies == [("NOTICE", "dora", words)]
    assert outcome.events == (invitation_revoked(invitation_id, "", "dora"),)


def test_programs_are_told_of_a_revocation(stage: Stage) -> None:
    dora = _dora(stage, caps="standard-replies")
    invitation_id = _made(stage, dora)
    assert dora.says(f"INVITELINK REVOKE {invitation_id}").replies[0][:4] == (
        *("NOTE", "INVITELINK", "REVOKED"),
        invitation_id,
    )


def test_only_irc_operators_revoke_others_invitations(stage: Stage, dora: Actor) -> None:
    stage.services.invitations.made.append(("eve", "", 20, 24))
    others = stage.services.invitations.add(9).id
    refused = dora.says(f"INVITELINK REVOKE {others}").replies[0]
    assert refused[:4] == ("FAIL", "INVITELINK", "NO_SUCH_INVITATION", others)
    dora.client.modes |= {"o"}
    assert dora.says(f"INVITELINK REVOKE {others}").codes == ["NOTICE"]


@pytest.mark.parametrize("line", ["INVITELINK REVOKE", "INVITELINK REVOKE nothing-of-the-kind"])
def test_an_invalid_invitation_id_is_not_echoed(dora: Actor, line: str) -> None:
    assert dora.says(line).replies[0][:4] == ("FAIL", "INVITELINK", "NO_SUCH_INVITATION", "*")


def test_an_invitation_that_cannot_be_made_is_reported(stage: Stage, dora: Actor) -> None:
    stage.services.invitations.problem = "Too many"
    assert dora.says("INVITELINK").replies == [("FAIL", "INVITELINK", "NOT_MADE", "*", "Too many")]
