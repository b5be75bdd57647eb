"""REDACT: who may redact whose messages, and for how long."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from chatcore.errors import ArchiveUnavailable
from chatcore.state.facts import Redacted, RedactedPrivately
from chatcore.state.history import Conversation, Place, RoomPlace, Seeker, Utterance
from chatcore.state.notes import Noted, NoteKind
from tests.support.stage import Actor, Outcome, Stage
from tests.support.stage_admission import STARTED_AT
from tests.support.stage_services import StageArchive

_CAPS = "draft/message-redaction message-tags"
_ID = 5 << 16
_MSGID = "00000000000500000123456789"
_OTHER_MSGID = "00000000000600000123456789"
_NOW_MS = int(STARTED_AT * 1000)
_MINUTE_MS = 60_000


class _Silent(StageArchive):
    """An archive that does not answer."""

    def conversations(self, seeker: Seeker) -> list[Conversation]:
        raise ArchiveUnavailable("try again")


class _House(NamedTuple):
    stage: Stage
    alice: Actor
    bob: Actor
    asked: list[tuple[Seeker, Place, int]]

    def said(self, by: Actor, *, ago_ms: int = 0, room: str = "") -> None:
        """Give the sought message this author, in the requested room or in an open room of this name."""

        def recalled(seeker: Seeker, place: Place, id_: int) -> Utterance:
            self.asked.append((seeker, place, id_))
            instance = place.instance if isinstance(place, RoomPlace) and not room else 0
            return Utterance(id_, _NOW_MS - ago_ms, f"visit {by.client.visit}", by.client.nick, instance, room)

        self.stage.services.recalled = recalled


def _house(**settings: object) -> _House:
    stage = Stage(**settings)
    return _House(stage, stage.actor("alice", "#Tea", caps=_CAPS), stage.actor("bob", "#Tea", caps=_CAPS), [])


@pytest.fixture
def house() -> _House:
    """Alice is the operator of #Tea, in which bob is too."""
    return _house()


def _code(outcome: Outcome) -> tuple[str, ...]:
    assert outcome.events == ()
    ((fail, command, *rest),) = outcome.replies
    assert (fail, command) == ("FAIL", "REDACT")
    return tuple(rest[:-1])


def test_an_author_redacts_a_message_in_its_room(house: _House) -> None:
    house.said(house.bob)
    (event,) = house.bob.says(f"REDACT #tea {_MSGID} :oh, no").events
    assert event == Redacted(house.bob.client.id, "#Tea", _ID, "bob", _NOW_MS, "oh, no")
    ((seeker, place, id_),) = house.asked
    channel = house.stage.registry.channel("#tea")
    assert channel is not None
    assert (place, id_) == (RoomPlace("#Tea", channel.instance), _ID)
    assert seeker.client == house.bob.client.id


def test_an_operator_redacts_messages_of_any_author_and_age(house: _House) -> None:
    house.stage.services.time += 3600
    house.said(house.bob)
    assert house.alice.says(f"REDACT #tea {_MSGID}").events == (
        Redacted(house.alice.client.id, "#Tea", _ID, "bob", _NOW_MS, ""),
    )


@pytest.mark.parametrize("target", ["#tea", "alice"])
def test_a_message_is_redacted_once(house: _House, target: str) -> None:
    """An operator, or another client of the same account, may redact it at the same moment."""
    house.said(house.bob)
    assert house.bob.says(f"REDACT {target} {_MSGID}").events
    assert _code(house.bob.says(f"REDACT {target} {_MSGID}")) == ("UNKNOWN_MSGID", target, _MSGID)


def test_a_member_cannot_redact_others_messages(house: _House) -> None:
    house.said(house.alice)
    assert _code(house.bob.says(f"REDACT #tea {_MSGID}")) == ("REDACT_FORBIDDEN", "#tea", _MSGID)


def test_an_authors_window_expires(house: _House) -> None:
    house.said(house.bob, ago_ms=15 * _MINUTE_MS)
    assert house.bob.says(f"REDACT #tea {_MSGID}").events
    house.said(house.bob, ago_ms=15 * _MINUTE_MS + 1)
    assert _code(house.bob.says(f"REDACT #tea {_MSGID}")) == ("REDACT_WINDOW_EXPIRED", "#tea", _MSGID, "900")


def test_authors_cannot_redact_where_it_is_disabled() -> None:
    house = _house(redact_minutes=0)
    house.said(house.bob)
    assert _code(house.bob.says(f"REDACT #tea {_MSGID}")) == ("REDACT_FORBIDDEN", "#tea", _MSGID)
    assert _code(house.bob.says(f"REDACT alice {_MSGID}")) == ("REDACT_FORBIDDEN", "alice", _MSGID)
    assert house.alice.says(f"REDACT #tea {_MSGID}").events


def test_a_room_operator_cannot_redact_messages_older_than_the_room(house: _House) -> None:
    """Otherwise the first to enter an empty room with an old name could remove that name's past."""
    for ago_ms in (1000, 0, -999):  # a room's creation time is in whole seconds
        house.said(house.bob, ago_ms=ago_ms, room="#tea")
        assert _code(house.alice.says(f"REDACT #tea {_MSGID}")) == ("REDACT_FORBIDDEN", "#tea", _MSGID)
    house.said(house.bob, ago_ms=-1000, room="#tea")
    assert house.alice.says(f"REDACT #tea {_MSGID}").events
    house.said(house.bob, ago_ms=1000)  # the clock was set back afterwards
    assert house.alice.says(f"REDACT #tea {_OTHER_MSGID}").events


def test_a_room_operator_cannot_redact_a_new_names_past(house: _House) -> None:
    """Otherwise anybody could give their room the name of an empty one, and remove the past of that."""
    later = f"{(house.stage.stream.position + 10) << 16:016x}{_MSGID[16:]}"
    assert house.alice.says("RENAME #tea #coffee").events
    for room, msgid, may in (("#coffee", _MSGID, False), ("#tea", _MSGID, True), ("#coffee", later, True)):
        house.said(house.bob, ago_ms=-1000, room=room)
        assert bool(house.alice.says(f"REDACT #coffee {msgid}").events) is may, (room, msgid)


def test_an_irc_operator_redacts_in_any_room_with_a_note(house: _House) -> None:
    boss = house.stage.actor("boss", caps=_CAPS)
    house.said(house.bob, ago_ms=1000, room="#tea")
    assert _code(boss.says(f"REDACT #tea {_MSGID}")) == ("INVALID_TARGET", "#tea")
    boss.client.modes |= {"o"}
    note, event = boss.says(f"REDACT #tea {_MSGID} :spam").events
    assert note == Noted(NoteKind.OVERRIDE, ("#Tea", "boss"))
    assert isinstance(event, Redacted)
    ((seeker, _, _),) = house.asked
    assert seeker.rooms.keys() == {"#tea"}, "the archive is asked as it would be for a member"


@pytest.mark.parametrize("target", ["#nowhere", "#Secret", "nobody"])
def test_an_unknown_target_is_refused(house: _House, target: str) -> None:
    house.stage.actor("zoe", "#secret").says("MODE #secret +s")
    house.said(house.bob)
    assert _code(house.bob.says(f"REDACT {target} {_MSGID}")) == ("INVALID_TARGET", target)
    assert house.asked == []


@pytest.mark.parametrize(
    "msgid",
    ["nonsense", "0" * 26, "00000000000500009876543210", f"{_MSGID}0", "é" * 26, "-" * 26, "f" * 16 + _MSGID[16:]],
)
def test_an_invalid_message_id_is_unknown(house: _House, msgid: str) -> None:
    assert _code(house.bob.says(f"REDACT #tea {msgid}")) == ("UNKNOWN_MSGID", "#tea", msgid)
    assert _code(house.bob.says(f"REDACT alice {msgid}")) == ("UNKNOWN_MSGID", "alice", msgid)


def test_only_the_author_redacts_a_private_message(house: _House) -> None:
    house.said(house.bob)
    (event,) = house.bob.says(f"REDACT Alice {_MSGID} :oh").events
    assert event == RedactedPrivately(
        house.bob.client.id, f"visit {house.alice.client.visit}", "Alice", _ID, _NOW_MS, "oh"
    )
    assert house.asked[-1][1] == frozenset(f"visit {actor.client.visit}" for actor in (house.alice, house.bob))
    house.alice.client.modes |= {"o"}
    assert _code(house.alice.says(f"REDACT bob {_MSGID}")) == ("REDACT_FORBIDDEN", "bob", _MSGID)
    house.said(house.bob, ago_ms=16 * _MINUTE_MS)
    assert _code(house.bob.says(f"REDACT alice {_MSGID}"))[0] == "REDACT_WINDOW_EXPIRED"


def test_a_muted_member_cannot_give_a_reason(house: _House) -> None:
    house.alice.says("MODE #tea +m")
    house.said(house.bob)
    (event,) = house.bob.says(f"REDACT #tea {_MSGID} :listen to me").events
    assert isinstance(event, Redacted)
    assert event.reason == ""


def test_redaction_needs_the_capability_and_a_writable_log(house: _House) -> None:
    house.said(house.bob)
    house.stage.services.is_log_writable = False
    assert house.bob.says(f"REDACT #tea {_MSGID}").codes == ["400"]
    house.stage.services.is_log_writable = True
    house.bob.client.capabilities = 0
    assert _code(house.bob.says(f"REDACT #tea {_MSGID}")) == ("NEED_CAPABILITY",)


@pytest.mark.parametrize("target", ["#tea", "alice"])
def test_an_archive_failure_is_an_internal_error(house: _House, target: str) -> None:
    def fail(seeker: Seeker, place: Place, id_: int) -> Utterance | None:
        raise ArchiveUnavailable("try again")

    house.stage.services.recalled = fail
    outcome = house.bob.says(f"REDACT {target} {_MSGID}")
    assert _code(outcome) == ("INTERNAL_ERROR", target, _MSGID)
    assert outcome.replies[0][-1] == "try again"


def test_a_member_removed_during_the_lookup_is_refused(house: _House) -> None:
    def put_out(seeker: Seeker, place: Place, id_: int) -> Utterance:
        channel = house.stage.registry.channel("#tea")
        assert channel is not None
        with channel.lock:
            channel.remove_locked(house.bob.client)
        return Utterance(id_, _NOW_MS, seeker.identity, "bob")

    house.stage.services.recalled = put_out
    assert _code(house.bob.says(f"REDACT #tea {_MSGID}")) == ("INVALID_TARGET", "#tea")


def test_redaction_has_a_price(house: _House) -> None:
    house.said(house.bob)
    assert house.bob.says(f"REDACT #tea {_MSGID}").tokens == 4


def test_a_failed_partner_lookup_is_an_internal_error(house: _House) -> None:
    house.stage.services.archive = _Silent()
    assert _code(house.bob.says(f"REDACT zoe {_MSGID}")) == ("INTERNAL_ERROR", "zoe", _MSGID)
