"""Redacted messages: what each reader sees, and what a thread that looks one up learns."""

from __future__ import annotations

import pytest

from chatcore.protocol.capabilities import MESSAGE_REDACTION, MESSAGE_TAGS
from chatcore.server.outgoing.memory_history import MemoryHistory
from chatcore.state import facts, requests
from chatcore.state.history import RoomPlace, Utterance, line_id, msgid_of
from tests.server.rendered import Rendered
from tests.support.readers import connected

_CAPS = MESSAGE_REDACTION | MESSAGE_TAGS
_ID = line_id(4, 0)


@pytest.fixture
def scene() -> Rendered:
    """Ann, and bob with two clients; the fourth entry will be a message."""
    rendered = Rendered()
    rendered.enter(1, "ann", "#room", capabilities=_CAPS)
    for client, nick in ((2, "bob"), (3, "phone")):
        arrival = connected(client, nick, capabilities=_CAPS)
        rendered.apply(arrival._replace(account="bob", account_id="id of bob"))
    while rendered.position < 3:
        rendered.apply()
    rendered.position = 3
    rendered.read_all()
    return rendered


def _told(rendered: Rendered) -> dict[int, list[tuple[str, ...]]]:
    """Return the redactions that each reader sees."""
    return {
        client: [message.params for message in messages if message.command == "REDACT"]
        for client, messages in rendered.read_all().items()
    }


def test_a_redaction_reaches_all_clients_of_the_recipient_under_their_nicks(scene: Rendered) -> None:
    scene.apply(facts.SaidPrivately(1, 2, "PRIVMSG", "oops"))
    people = frozenset(("visit 1", "account id of bob"))
    scene.apply(requests.UtteranceSought(1, 7, people, _ID))
    assert scene.host.recalled[7] == Utterance(_ID, 4000, "visit 1", "ann")
    scene.apply(facts.RedactedPrivately(1, "account id of bob", "Bob", _ID, 4000, ""))
    msgid = msgid_of(_ID, "")
    assert _told(scene) == {1: [("Bob", msgid)], 2: [("bob", msgid)], 3: [("phone", msgid)]}
    scene.apply(requests.UtteranceSought(1, 8, people, _ID))
    assert scene.host.recalled[8] is None


def test_a_redaction_of_an_archived_message_is_passed_on(scene: Rendered) -> None:
    scene.apply(facts.RedactedPrivately(1, "visit 9", "Zoe", _ID, 4000, "sorry"))
    assert _told(scene) == {1: [("Zoe", msgid_of(_ID, ""), "sorry")]}
    assert scene.view.dialogs.find("visit 1", "visit 9") is not None


def test_messages_are_found_only_in_the_same_instance_of_the_room(scene: Rendered) -> None:
    scene.apply(facts.Said(1, "#room", "NOTICE", "oops"))
    instance = scene.view.rooms["#room"].instance
    for number, place in enumerate((RoomPlace("#room", instance), RoomPlace("#room", 99), RoomPlace("#other", 1))):
        scene.apply(requests.UtteranceSought(1, number, place, _ID))
    assert [scene.host.recalled[number] for number in range(3)] == [
        Utterance(_ID, 4000, "visit 1", "ann", instance),
        None,
        None,
    ]


def test_a_failed_lookup_is_still_answered(scene: Rendered, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: MemoryHistory, id_: int) -> None:
        raise ValueError("planted")

    monkeypatch.setattr(MemoryHistory, "find", fail)
    scene.apply(requests.UtteranceSought(1, 7, RoomPlace("#room", scene.view.rooms["#room"].instance), _ID))
    assert scene.host.recalled == {7: None}
    assert [client for client, _ in scene.host.lost] == [1]
