"""Redacted messages (https://ircv3.net/specs/extensions/message-redaction)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatcore.errors import ArchiveUnavailable
from chatcore.protocol.message import Message
from chatcore.server.archive.storage import writer
from tests.support.batches import LABELS, ask
from tests.support.irc import IrcClient, commands, one, only
from tests.support.sasl_client import logged_in, plain
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker

_CAPS = f"{LABELS} server-time message-tags echo-message draft/message-redaction"
_HISTORY = f"{_CAPS} draft/chathistory draft/event-playback soju.im/search"


def _says(client: IrcClient, text: str, to: str = "#room") -> str:
    """Have somebody say something; return its id."""
    client.sync()
    return client.command(f"PRIVMSG {to} :{text}")[0].tags["msgid"]


def _past(client: IrcClient, place: str = "#room") -> list[tuple[str, ...]]:
    client.sync()
    history = ask(client, f"CHATHISTORY LATEST {place} * 50")
    return [(message.command, *message.params) for message in history if message.command in ("PRIVMSG", "REDACT")]


def _found(client: IrcClient, text: str) -> list[Message]:
    client.sync()
    return ask(client, f"SEARCH text={text}")


def test_history_and_search_drop_a_redacted_message(hosted: Hosted) -> None:
    """> chathistory responses SHOULD [...] exclude it entirely"""
    alice = hosted.client("alice", "#room", caps=_HISTORY)
    kept, msgid = _says(alice, "good tea"), _says(alice, "bad tea")
    assert len(_found(alice, "tea")) == 2
    alice.command(f"REDACT #room {msgid}")
    assert [message.tags["msgid"] for message in _found(alice, "tea")] == [kept]
    told = ("REDACT", "#room", msgid)
    assert _past(alice) == [("PRIVMSG", "#room", "good tea"), told]
    late = hosted.client("late", "#room", caps=_HISTORY)
    assert told in _past(late)
    late.command("CAP REQ -draft/message-redaction")
    assert _past(late) == [("PRIVMSG", "#room", "good tea")]
    alice.sync()
    assert commands(alice.command(f"REDACT #room {msgid}")) == ["FAIL"], "a message is redacted only once"
    redact = [message for message in ask(alice, "CHATHISTORY LATEST #room * 50") if message.command == "REDACT"]
    assert commands(alice.command(f"REDACT #room {redact[0].tags['msgid']}")) == ["FAIL"], (
        "a redaction cannot be redacted"
    )


@pytest.mark.parametrize("history", [1000, 4])
def test_redactions_hold_across_a_restart(tmp_path: Path, history: int) -> None:
    settings: dict[str, Any] = {"history": history, "keep_alive": True}
    with hosted_tracker(tmp_path, **settings) as hosted:
        alice = hosted.client("alice", "#room", caps=_HISTORY)
        bob = logged_in(hosted, "bob", caps=_HISTORY)
        bob.command("JOIN #room")
        first, second = _says(bob, "first tea"), _says(bob, "second tea")
        for number in range(3):
            _says(alice, f"tea {number}")
        assert one(bob.command(f"REDACT #room {first}"), "REDACT").params == ("#room", first)
    with hosted_tracker(tmp_path, **settings) as hosted:
        again = logged_in(hosted, "bob", caps=_HISTORY)
        again.command("JOIN #room")
        texts = [message.params[-1] for message in _found(again, "tea")]
        assert texts == ["second tea", "tea 0", "tea 1", "tea 2"]
        assert one(again.command(f"REDACT #room {second}"), "REDACT").params == ("#room", second)
        assert [message.params[-1] for message in _found(again, "tea")] == ["tea 0", "tea 1", "tea 2"]
        eve = hosted.client("eve", "#room", caps=_HISTORY)
        assert second not in {message.tags["msgid"] for message in ask(eve, "CHATHISTORY LATEST #room * 50")}


def test_the_next_holder_of_a_nick_cannot_redact(hosted: Hosted) -> None:
    """A nick alone does not prove authorship."""
    hosted.client("op", "#room")
    bob = hosted.client("bob", "#room", caps=_CAPS)
    msgid = _says(bob, "mine")
    bob.send("QUIT")
    bob.receive_rest()
    other = hosted.client("bob", "#room", caps=_CAPS)
    assert one(other.command(f"REDACT #room {msgid}"), "FAIL").params[1] == "REDACT_FORBIDDEN"


def test_errors_do_not_reveal_unreadable_messages(hosted: Hosted) -> None:
    """> consider whether errors returned on REDACT may leak a message's existence"""
    alice, bob = (hosted.client(nick, "#room", caps=_CAPS) for nick in ("alice", "bob"))
    eve = hosted.client("eve", "#hers", caps=_CAPS)
    private = _says(alice, "psst", "bob")
    said = _says(alice, "here")
    for target, msgid in (("alice", private), ("bob", private), ("#hers", private), ("#hers", said), ("alice", said)):
        assert one(eve.command(f"REDACT {target} {msgid}"), "FAIL").params[1] == "UNKNOWN_MSGID"
    assert one(eve.command(f"REDACT #room {said}"), "FAIL").params[1] == "INVALID_TARGET"
    assert one(bob.command(f"REDACT #room {private}"), "FAIL").params[1] == "UNKNOWN_MSGID"
    assert "redact" not in hosted.log_text()


def test_private_messages_can_be_redacted_by_their_author(hosted: Hosted) -> None:
    alice, bob = (hosted.client(nick, caps=_HISTORY) for nick in ("alice", "bob"))
    msgid = _says(alice, "psst", "bob")
    assert one(bob.command(f"REDACT alice {msgid}"), "FAIL").params[1] == "REDACT_FORBIDDEN"
    assert one(alice.command(f"REDACT BOB {msgid} :sorry"), "REDACT").params == ("BOB", msgid, "sorry")
    assert one(bob.sync(), "REDACT").params == ("bob", msgid, "sorry")
    assert _past(bob, "alice") == [("REDACT", "BOB", msgid, "sorry")]
    assert _past(alice, "bob") == [("REDACT", "BOB", msgid, "sorry")]
    assert [line.split(" ")[:3] for line in hosted.log_lines() if "redact" in line] == [
        ["private-redact", "alice", "BOB"]
    ]
    note = _says(alice, "to myself", "alice")
    assert len(only(alice.command(f"REDACT alice {note}"), "REDACT")) == 1


def test_a_waiting_message_can_be_redacted(hosted: Hosted) -> None:
    hosted.tracker.keys.accounts.add("Bob", "pw")
    alice = hosted.client("alice", caps=_CAPS)
    msgid = one(alice.command("PRIVMSG bob :oops"), "PRIVMSG").tags["msgid"]
    alice.command("PRIVMSG bob :see you")
    assert one(alice.command(f"REDACT bob {msgid}"), "REDACT").params == ("bob", msgid)
    bob = hosted.connect()
    seen = bob.command(f"CAP REQ :sasl {_CAPS}", *plain("bob", "pw"), "NICK bob", "USER bob 0 * :Real", "CAP END")
    assert [message.params[-1] for message in only(seen, "PRIVMSG")] == ["see you"]


def test_an_irc_operator_can_redact_from_outside(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", caps=_CAPS)
    boss = hosted.client("boss", caps=_CAPS)
    hosted.visit_of("boss").client.modes |= {"o"}
    msgid = _says(alice, "spam")
    assert one(boss.command(f"REDACT #room {msgid}"), "REDACT").params == ("#room", msgid)
    assert one(alice.sync(), "REDACT").source == "boss!boss@127.0.0.1"
    assert "override #room boss" in hosted.log_lines()


def test_without_an_archive_messages_in_memory_can_be_redacted(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, history_days=0) as hosted:
        alice = hosted.client("alice", "#room", caps=_CAPS)
        msgid = _says(alice, "oops")
        assert one(alice.command(f"REDACT #room {msgid}"), "REDACT").params == ("#room", msgid)
        assert one(alice.command(f"REDACT #room {msgid}"), "FAIL").params[1] == "UNKNOWN_MSGID"


def test_a_message_of_several_lines_is_redacted_as_one(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", caps=f"{_HISTORY} draft/multiline")
    opening = alice.command(
        "BATCH +b draft/multiline #room", "@batch=b PRIVMSG #room :good", "@batch=b PRIVMSG #room :tea", "BATCH -b"
    )[0]
    assert len(_found(alice, "good")) == 1
    assert one(alice.command(f"REDACT #room {opening.tags['msgid']}"), "REDACT").params[0] == "#room"
    assert _found(alice, "good") == []
    assert [message.command for message in ask(alice, "CHATHISTORY LATEST #room * 5")] == ["JOIN", "REDACT"]


def test_messages_can_be_redacted_after_a_rename(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", caps=f"{_HISTORY} draft/channel-rename")
    msgid = _says(alice, "oops")
    alice.command("RENAME #room #tea")
    assert one(alice.command(f"REDACT #tea {msgid}"), "REDACT").params == ("#tea", msgid)
    assert _found(alice, "oops") == []


@pytest.mark.thorough
def test_redactions_hold_while_the_archive_cannot_be_written(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = hosted.client("alice", "#room", caps=_HISTORY)
    msgid = _says(alice, "bad tea")
    assert len(_found(alice, "tea")) == 1

    def fail(*args: object) -> None:
        raise ArchiveUnavailable("the disk is full")

    monkeypatch.setattr(writer, "amend", fail)
    alice.command(f"REDACT #room {msgid}")
    assert _found(alice, "tea") == []
    assert _past(alice) == [("REDACT", "#room", msgid)]
    monkeypatch.undo()
    wait_until(lambda: not hosted.tracker.holdings.archivist.problem)
    assert _found(alice, "tea") == []
