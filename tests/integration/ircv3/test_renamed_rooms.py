"""The past of a renamed room: what its members can read, and what strangers cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatcore.protocol.message import Message
from chatcore.server.access.accounts import ACCOUNTS_FILE, AccountStore
from tests.support.batches import split_batches
from tests.support.irc import IrcClient, commands, one, only
from tests.support.sasl_client import plain
from tests.support.trackers import Hosted, hosted_tracker

_CAPS = "draft/channel-rename draft/chathistory draft/event-playback batch message-tags server-time soju.im/search"
_NO_RENAME = _CAPS.removeprefix("draft/channel-rename ")


def _recall(client: IrcClient, room: str, question: str = "LATEST {room} * 50") -> list[Message]:
    batches, _ = split_batches(client.command(f"CHATHISTORY {question.format(room=room)}"))
    (batch,) = batches
    return batch.inside


def _texts(messages: list[Message]) -> list[tuple[str, ...]]:
    return [message.params for message in messages if message.command == "PRIVMSG"]


def test_members_read_the_past_under_the_new_name(hosted: Hosted) -> None:
    ann = hosted.client("ann", "#old", caps=_CAPS)
    ann.command("PRIVMSG #old :one", "PRIVMSG #old :two", "RENAME #old #New", "PRIVMSG #new :three")
    assert _texts(_recall(ann, "#new")) == [("#New", text) for text in ("one", "two", "three")]
    assert _texts(ann.command("SEARCH from=ann")) == [("#New", text) for text in ("one", "two", "three")]


def test_the_archive_keeps_the_past_of_a_renamed_room(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, history=1, replay=1) as hosted:
        ann = hosted.client("ann", "#old", caps=_CAPS)
        ann.command("MODE #old +i", "PRIVMSG #old :one", "PRIVMSG #old :two", "RENAME #old #New", "PRIVMSG #new :three")
        latest = _recall(ann, "#new", "BEFORE {room} timestamp=2100-01-01T00:00:00.000Z 1")[-1]
        before = _recall(ann, "#new", f"BEFORE {{room}} msgid={latest.tags['msgid']} 1")
        assert before[0].command == "RENAME"
        before = _recall(ann, "#new", f"BEFORE {{room}} msgid={before[0].tags['msgid']} 1")
        assert _texts(before) == [("#New", "two")]


def test_a_name_that_would_overfill_a_line_is_not_inserted(hosted: Hosted) -> None:
    ann = hosted.client("ann", "#x", caps=_CAPS)
    ann.command("PRIVMSG #x :" + "e" * 450, f"RENAME #x #{'long' * 10}")
    ((room, text),) = _texts(_recall(ann, f"#{'long' * 10}"))
    assert (room, text) == ("#x", "e" * 450)


def test_event_playback_shows_the_rename_with_the_capability(hosted: Hosted) -> None:
    ann = hosted.client("ann", "#old", caps=_CAPS)
    bob = hosted.client("bob", "#old", caps=_NO_RENAME)
    ann.command("TOPIC #old :tea", "RENAME #old #new :better")
    events = _recall(ann, "#new")
    assert ("RENAME", ("#old", "#new", "better")) in [(event.command, event.params) for event in events]
    assert ("TOPIC", ("#new", "tea")) in [(event.command, event.params) for event in events]
    bob.sync()
    assert "RENAME" not in [event.command for event in _recall(bob, "#new")]


def test_a_new_room_of_the_old_name_reveals_nothing(hosted: Hosted) -> None:
    ann = hosted.client("ann", "#old", caps=_CAPS)
    ann.command("PRIVMSG #old :open", "MODE #old +s", "PRIVMSG #old :closed", "RENAME #old #new :psst")
    ann.command("PRIVMSG #new :later")
    eve = hosted.client("eve", "#old", caps=_CAPS)
    recalled = _recall(eve, "#old")
    assert _texts(recalled) == [("#old", "open")]
    assert not any("#new" in message.params or "psst" in message.params for message in recalled)
    assert _texts(eve.command("SEARCH text=open")) == [("#old", "open")]
    assert _texts(eve.command("SEARCH text=later", "SEARCH text=closed")) == []


def test_a_renamed_room_keeps_its_past_over_a_restart(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o700)
    AccountStore(tmp_path / "state" / ACCOUNTS_FILE).add("ann", "pw")
    with hosted_tracker(tmp_path) as hosted:
        ann = _member(hosted)
        ann.command("JOIN #old", "MODE #old +i", "PRIVMSG #old :closed", "RENAME #old #new", "PRIVMSG #new :later")
        hosted.tracker.stop()
    with hosted_tracker(tmp_path, replay=1) as hosted:
        eve = hosted.client("eve", "#old", caps=_CAPS)
        assert _texts(_recall(eve, "#old")) == []
        assert commands(eve.command("JOIN #new")) == ["473"]
        ann = _member(hosted)
        assert one(ann.command("JOIN #new"), "353").params[-1] == "@ann"
        assert _texts(_recall(ann, "#new")) == [("#new", "closed"), ("#new", "later")]


def _member(hosted: Hosted) -> IrcClient:
    client = hosted.connect()
    client.nick = "ann"
    client.command("CAP LS 302", f"CAP REQ :sasl {_CAPS}", *plain("ann", "pw"), "NICK ann", "USER a 0 * :a", "CAP END")
    return client


@pytest.mark.parametrize("kept", [100, 1])
def test_old_messages_can_be_reacted_to_and_redacted(tmp_path: Path, kept: int) -> None:
    """Even if only the archive has them, but then without the reaction, which was not said under the old name."""
    with hosted_tracker(tmp_path, history=kept) as hosted:
        ann = hosted.client("ann", "#old", caps=f"{_CAPS} echo-message draft/message-redaction")
        (said,) = only(ann.command("PRIVMSG #old :one"), "PRIVMSG")
        msgid = said.tags["msgid"]
        ann.command("RENAME #old #new", "PRIVMSG #new :two", "PRIVMSG #new :three")
        around = f"AROUND {{room}} msgid={msgid} 1"
        ann.command(f"@+draft/react=x;+draft/reply={msgid} TAGMSG #new")
        recalled = [message.command for message in _recall(ann, "#new", around)]
        assert recalled == ["PRIVMSG", *(["TAGMSG"] if kept > 1 else [])]
        assert one(ann.command(f"REDACT #new {msgid} :oops"), "REDACT").params == ("#new", msgid, "oops")
        assert _texts(_recall(ann, "#new", around)) == []
        assert _texts(ann.command("SEARCH text=one")) == []
        eve = hosted.client("eve", "#old", caps=_CAPS)
        assert _texts(_recall(eve, "#old")) == []


def test_metadata_and_read_markers_move_with_the_room(hosted: Hosted) -> None:
    caps = f"{_CAPS} draft/metadata-3 draft/read-marker"
    ann = hosted.client("ann", "#old", caps=caps)
    ann.command(
        "METADATA #old SET url :http://x", "MARKREAD #old timestamp=2026-01-02T03:04:05.006Z", "RENAME #old #new"
    )
    assert one(ann.command("METADATA #new GET url"), "761").params[-1] == "http://x"
    assert one(ann.command("MARKREAD #new"), "MARKREAD").params == ("#new", "timestamp=2026-01-02T03:04:05.006Z")
    eve = hosted.client("eve", "#old", caps=caps)
    assert "761" not in commands(eve.command("METADATA #old GET url"))
