"""REDACT (https://ircv3.net/specs/extensions/message-redaction)."""

from __future__ import annotations

from tests.support.batches import LABELS
from tests.support.irc import IrcClient, one
from tests.support.trackers import Hosted

_CAPS = f"{LABELS} server-time message-tags echo-message draft/message-redaction"


def _says(client: IrcClient, text: str) -> str:
    client.sync()
    return client.command(f"PRIVMSG #room :{text}")[0].tags["msgid"]


def test_redaction_reaches_only_members_with_the_capability(hosted: Hosted) -> None:
    """> MUST not forward this REDACT to target recipients that have not negotiated this capability"""
    alice, bob = (hosted.client(nick, "#room", caps=_CAPS) for nick in ("alice", "bob"))
    old = hosted.client("carol", "#room", caps="message-tags")
    msgid = _says(bob, "oops")
    for client in (alice, bob, old):
        client.sync()
    echo = one(bob.command(f"REDACT #ROOM {msgid} :wrong room"), "REDACT")
    assert (echo.source, echo.params) == ("bob!bob@127.0.0.1", ("#room", msgid, "wrong room"))
    assert one(alice.sync(), "REDACT") == echo
    assert old.sync() == []
    said, redacted = (
        line.split(" ", 2) for line in hosted.log_text().split("\n") if "oops" in line or "redact" in line
    )
    assert said[1:] == ["message", "#room bob :oops"]
    assert redacted[1:] == ["redact", f"#room bob bob {said[0]} :wrong room"]


def test_result_carries_the_label(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", caps=_CAPS)
    msgid = _says(alice, "oops")
    assert one(alice.command(f"@label=L REDACT #room {msgid}"), "REDACT").tags["label"] == "L"
    assert one(alice.command(f"@label=M REDACT #room {msgid}"), "FAIL").tags["label"] == "M"
