"""The operator's commands about invitations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatcore.protocol.invitations import parse_invitation, parse_link
from chatcore.server.console.result import Result
from chatcore.server.console.table import carry_out
from tests.support.trackers import Hosted, hosted_tracker

_PASSWORD = "secret tea"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Hosted]:
    with hosted_tracker(tmp_path, _PASSWORD) as hosted:
        yield hosted


def _carried_out(hosted: Hosted, line: str) -> Result:
    result = carry_out(hosted.tracker, line)
    assert result.is_done, result.problem
    return result


def _data(hosted: Hosted, line: str) -> Any:
    return json.loads(json.dumps(_carried_out(hosted, line).data))


def test_an_invitation_to_the_lobby(house: Hosted) -> None:
    result = _carried_out(house, "invite")
    data = result.data
    invitation = parse_invitation(data["invitation"])
    assert invitation is not None
    assert (data["id"], data["room"], data["uses"]) == (invitation.id, "#lobby", 20)
    (link,) = (parse_link(text) for text in data["links"])
    assert (link.host, link.port, link.room, link.invitation) == ("127.0.0.1", house.port, "#lobby", invitation)
    head, *rest = result.lines
    assert head.startswith(f"20 people can join #lobby with invitation {invitation.id} until 20")
    assert rest[:2] == ["In a browser:", f"    {link.text}"]
    assert rest[-2:] == ["With any client, in place of the password:", f"    {invitation.text}"]


def test_all_invitations_by_one_person_are_revoked_together(house: Hosted) -> None:
    """For a member who may no longer invite, and may have made fifty."""
    makers = house.tracker.invitations.make
    (first, _), (second, _), (other, _), (over, _) = (makers(by, "#dev", 2, 1) for by in ("Ann", "Ann", "bob", "Ann"))
    house.tracker.invitations.revoked(over.id)
    house.tracker.invitations.redeem(first.id, "eve", "10.0.0.1")
    house.tracker.invitations.redeem(second.id, "eve", "10.0.0.2")
    result = _carried_out(house, "invite revoke --by ann")
    assert result.data == {"revoked_all": [first.id, second.id], "came": ["eve"]}
    assert result.lines == [
        f"These invitations by ann are revoked: {first.id}, {second.id}",
        "People who came with them stay (eve); kick NAME disconnects them.",
    ]
    assert [line for line in house.log_lines() if line.startswith("invitation-revoked")] == [
        f"invitation-revoked #dev :{invitation.id}" for invitation in (first, second)
    ]
    assert house.tracker.invitations.refusal(other.id, "10.0.0.1") == ""


@pytest.mark.parametrize("line", ["invite dev --uses 1 --hours 2", "invite --hours=2 #dev --uses=1"])
def test_an_invitation_to_a_room_for_one(house: Hosted, line: str) -> None:
    result = _carried_out(house, line)
    assert (result.data["room"], result.data["uses"]) == ("#dev", 1)
    assert result.lines[0].startswith("One person can join #dev with invitation ")
    (issued,) = _data(house, "invites")["invitations"]
    assert float(issued["until"][11:13]) != float(issued["made"][11:13])


def test_the_link_includes_the_key_of_the_room(house: Hosted) -> None:
    ann = house.client("ann", "#dev", password=_PASSWORD)
    ann.command("MODE #dev +k tea,leaf".replace(",", "-"))
    assert parse_link(_data(house, "invite dev")["links"][0]).room_key == "tea-leaf"
    assert parse_link(_data(house, "invite")["links"][0]).room_key == ""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("invite a b", "Usage: invite [ROOM]"),
        ("invite --odd", "Usage: invite [ROOM]"),
        ("invite revoke", "Usage: invite [ROOM]"),
        ("invite --uses", "--uses takes a number from 1 to 1000."),
        ("invite --uses 0", "--uses takes"),
        ("invite --uses ten", "--uses takes"),
        ("invite --uses ²", "--uses takes"),
        ("invite --hours 8761", "--hours takes a number from 1 to 8760."),
        ("invite a,b", "Room names have no"),
        ("invite revoke --by", "There is no valid invitation with that id"),
        ("invite revoke --by eve", "There is no valid invitation by eve;"),
        ("invite revoke k3x9q2", "There is no valid invitation k3x9q2;"),
        ("invite revoke k", "There is no valid invitation with that id"),
        ("invite revoke https://h/#invite=inv-k3x9q2-short", "There is no valid invitation with that id"),
    ],
)
def test_mistakes_are_explained_and_invite_nobody(house: Hosted, line: str, words: str) -> None:
    assert carry_out(house.tracker, line).problem.startswith(words)
    assert _data(house, "invites") == {"invitations": []}


def test_without_a_password_invite_shows_only_the_ways_in(hosted: Hosted) -> None:
    result = _carried_out(hosted, "invite dev")
    assert result.lines[:2] == ["There is no password: everybody can come in.", "In a browser:"]
    assert (result.data["links"], result.data["invitation"]) == ([f"https://127.0.0.1:{hosted.port}/#room=dev"], "")
    assert _carried_out(hosted, "invites").lines == ["There are no invitations."]


def test_no_invitation_is_made_while_the_log_cannot_be_written(house: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as full:
        full.setattr(house.tracker.log, "is_writable", False)
        assert "log cannot be written" in carry_out(house.tracker, "invite").problem


@pytest.mark.parametrize("form", ["{id}", "{upper}", "inv-{id}", "{text}", "https://h:1/#room=x&invite={text}"])
def test_an_invitation_is_revoked_by_id_text_or_link(house: Hosted, form: str) -> None:
    text = _data(house, "invite dev")["invitation"]
    invitation = parse_invitation(text)
    assert invitation is not None
    named = form.format(id=invitation.id, upper=invitation.id.upper(), text=text)
    assert _data(house, f"invite revoke {named}") == {"revoked": invitation.id, "came": []}
    (row,) = _data(house, "invites")["invitations"]
    assert (row["over"], row["left"], row["uses"]) == ("revoked", 0, 20)


def test_guests_are_listed_and_stay_after_revocation(house: Hosted) -> None:
    invitation_id = _data(house, "invite")["id"]
    for number in range(12):
        house.tracker.invitations.redeem(invitation_id, f"n{number}", "10.0.0.1")
    head, row = _carried_out(house, "invites").lines
    assert head.split() == ["ID", "ROOM", "BY", "LEFT", "UNTIL", "WHO", "CAME"]
    assert row.startswith(f"{invitation_id}  #lobby  -   8 ")
    assert row.endswith("n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, and 2 more")
    (data,) = _data(house, "invites")["invitations"]
    assert [guest["nick"] for guest in data["came"]] == [f"n{number}" for number in range(12)]
    first, second = _carried_out(house, f"invite revoke {invitation_id}").lines
    assert first == f"Invitation {invitation_id} is revoked."
    assert second.startswith("People who came with it stay (n2, ")


def test_the_log_has_ids_and_no_secrets(house: Hosted) -> None:
    made = _data(house, "invite dev --uses 3")
    _carried_out(house, f"invite revoke {made['id']}")
    lines = [line for line in house.log_lines() if line.startswith("invitation")]
    assert lines == [
        f"invitation-made #dev :{made['id']}, 3 can come until {made['until']}",
        f"invitation-revoked #dev :{made['id']}",
    ]
    assert made["invitation"].rpartition("-")[2] not in house.log_text()
