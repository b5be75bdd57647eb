"""chat.log: what is logged, in the grammar that chatcore/server/audit/grammar documents, and what cannot be forged."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import NamedTuple

import pytest

from chatcore.protocol.escape import unescape_log
from chatcore.state.facts import Announced
from chatcore.state.notes import Noted, NoteKind
from tests.support.trackers import Hosted, hosted_tracker

_LINE = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (?P<kind>[a-z-]+)(?P<words>(?: [^ :][^ ]*)*)(?: :(?P<text>.*))?"
)
_DANGEROUS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\xad\u200b\u3164\U000e0000-\U000e0fff]"
)
NASTY = "\x1b[2J\x1b]0;x\x07\r\x08\x7f\x85\x9b31m\u2028\u2029\u202e\u2066\u200f\\n\\x1b\u200b\xad\u3164\U000e0041"


class Logged(NamedTuple):
    """One line of the log, taken apart; words and text are as they were before they were escaped."""

    kind: str
    words: tuple[str, ...]
    text: str | None = None


def read_log(content: str) -> list[Logged]:
    """Parse a log; fail on a line that breaks the grammar and on times that go back."""
    lines = []
    times = []
    assert content.endswith("\n")
    for line in content[:-1].split("\n"):
        found = _LINE.fullmatch(line)
        assert found, f"not in the grammar: {line!r}"
        assert not _DANGEROUS.search(line), f"a control character: {line!r}"
        words = tuple(unescape_log(word) for word in found["words"].split())
        text = None if found["text"] is None else unescape_log(found["text"])
        lines.append(Logged(found["kind"], words, text))
        times.append(found["time"])
    assert times == sorted(times)
    return lines


def _since(hosted: Hosted, count: int) -> list[Logged]:
    return read_log(hosted.log_text())[count:]


def test_every_kind_of_event_has_its_form(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    count = len(read_log(hosted.log_text()))
    alice.command(
        "PRIVMSG #room :said: aloud", "NOTICE #room :noted", "PRIVMSG bob :psst", f"NOTICE {bob.address} :hey"
    )
    alice.command("TOPIC #room :tea", "TOPIC #room :", "MODE #room +ov-n bob bob", "INVITE carol #room", "NICK alicia")
    hosted.client("carol")
    alice.command("INVITE carol #room", "AWAY :tea", "AWAY", "KICK #room bob :out", "PART #room :bye", "JOIN #other")
    assert [line for line in _since(hosted, count) if "carol" not in line.words[:1]] == [
        Logged("message", ("#room", "alice"), "said: aloud"),
        Logged("notice", ("#room", "alice"), "noted"),
        Logged("private-message", ("alice", "bob"), "psst"),
        Logged("private-notice", ("alice", "bob"), "hey"),
        Logged("topic", ("#room", "alice"), "tea"),
        Logged("topic", ("#room", "alice"), ""),
        Logged("mode", ("#room", "alice", "+ov-n", "bob", "bob")),
        Logged("nick", ("alice", "alicia")),
        Logged("invite", ("#room", "alicia", "carol")),
        Logged("away", ("alicia",), "tea"),
        Logged("away", ("alicia",)),
        Logged("kick", ("#room", "alicia", "bob"), "out"),
        Logged("part", ("#room", "alicia"), "bye"),
        Logged("join", ("#other", "alicia", alice.address)),
    ]


def test_joins_and_departures_are_logged(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    address = alice.address
    alice.sync()
    alice.close()
    bob.receive_until("QUIT")
    bob.send("QUIT :bye")
    bob.receive_rest()
    assert read_log(hosted.log_text()) == [
        Logged("start", (), f"127.0.0.1:{hosted.port}"),
        Logged("connect", ("alice", address), "Real alice"),
        Logged("join", ("#room", "alice", address)),
        Logged("connect", ("bob", bob.address), "Real bob"),
        Logged("join", ("#room", "bob", bob.address)),
        Logged("lost", ("alice", address), "Connection closed"),
        Logged("quit", ("bob", bob.address), "Quit: bye"),
    ]


def test_start_stop_and_operator_actions_are_logged(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        hosted.tracker.publish(Announced("closing soon"))
        hosted.tracker.publish(Noted(NoteKind.BAN, ("10.0.0.0/8",)))
        where = f"127.0.0.1:{hosted.port}"
    assert read_log((tmp_path / "chat.log").read_bytes().decode()) == [
        Logged("start", (), where),
        Logged("announce", (), "closing soon"),
        Logged("ban", ("10.0.0.0/8",)),
        Logged("stop", (), "the tracker has left"),
    ]


def test_second_start_appends(tmp_path: Path) -> None:
    for _ in range(2):
        with hosted_tracker(tmp_path):
            pass
    assert [line.kind for line in read_log((tmp_path / "chat.log").read_bytes().decode())] == ["start", "stop"] * 2
    assert stat.S_IMODE((tmp_path / "chat.log").stat().st_mode) == 0o600


def test_queries_pings_refusals_and_typing_are_not_logged(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", caps="message-tags")
    count = len(read_log(hosted.log_text()))
    alice.command("WHOIS alice", "NAMES #room", "LIST", "PING x", "FOO", "JOIN room", "@+typing=active TAGMSG #room")
    alice.command("MODE #room", "TOPIC #room", "PRIVMSG #nowhere :x", "CHATHISTORY LATEST #room * 5", "MODE #room +n")
    assert _since(hosted, count) == []


def test_refused_login_is_logged_without_the_password(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, "right") as hosted:
        client = hosted.connect()
        client.send("NICK mallory", "PASS wrong")
        client.receive_rest()
        text = hosted.log_text()
        assert Logged("refused", ("mallory", client.address), "wrong or missing password") in read_log(text)
        assert " wrong\n" not in text
        assert "right" not in text


def test_text_of_private_messages_can_be_left_out(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, log_private=False) as hosted:
        alice, _ = hosted.client("alice", "#room"), hosted.client("bob")
        alice.command("PRIVMSG bob :secret", "NOTICE bob :secret", "PRIVMSG #room :open")
        lines = read_log(hosted.log_text())
    assert Logged("private-message", ("alice", "bob")) in lines
    assert Logged("private-notice", ("alice", "bob")) in lines
    assert Logged("message", ("#room", "alice"), "open") in lines
    assert "secret" not in (tmp_path / "chat.log").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "letter", sorted(set(NASTY) - {"\r"} - set("[]2Jx;31mn0b")), ids=lambda letter: f"U+{ord(letter):04X}"
)
def test_texts_cannot_move_a_cursor_or_forge_a_line(hosted: Hosted, letter: str) -> None:
    text = f"a{letter}2026-01-01T00:00:00.000Z message #room bob :forged{letter}"
    alice, _ = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    count = len(read_log(hosted.log_text()))
    alice.command(f"PRIVMSG #room :{text}", f"NOTICE bob :{text}", f"TOPIC #room :{text}", f"AWAY :{text}")
    alice.command(f"KICK #room bob :{text}", f"PART #room :{text}")
    alice.send(f"QUIT :{text}")
    alice.receive_rest()
    lines = _since(hosted, count)
    assert [line.kind for line in lines] == ["message", "private-notice", "topic", "away", "kick", "part", "quit"]
    assert [line.text for line in lines] == [text] * 6 + [f"Quit: {text}"]
    written = hosted.log_text()
    assert len(written.splitlines()) == count + len(lines), "no logged character is a line break to any program"
    assert letter.isprintable() or letter not in written


def test_names_and_masks_cannot_forge_words(hosted: Hosted) -> None:
    client = hosted.connect()
    client.command("NICK alice", f"USER alice 0 * :{NASTY.replace(chr(13), '')}")
    count = len(read_log(hosted.log_text()))
    client.command("JOIN #\\x0a", "JOIN #a\\b", "MODE #a\\b +b *!*@x:\x1b[2J", "MODE #a\\b +k \\:")
    lines = _since(hosted, count)
    assert [line.words[0] for line in lines] == ["#\\x0a", "#a\\b", "#a\\b"]
    assert lines[2].words[2:] == ("+b", "*!*@x:\x1b[2J")
    assert "\x1b" not in hosted.log_text()


def test_log_is_in_the_order_of_delivery(hosted: Hosted) -> None:
    alice, bob = (
        hosted.client("alice", "#room", caps="echo-message"),
        hosted.client("bob", "#room", caps="echo-message"),
    )
    count = len(read_log(hosted.log_text()))
    for number in range(50):
        alice.send(f"PRIVMSG #room :a{number}")
        bob.send(f"PRIVMSG #room :b{number}")
    seen = {alice: alice.sync(), bob: bob.sync()}
    seen[alice] += alice.sync()
    logged = [line.text for line in _since(hosted, count)]
    assert len(logged) == 100
    for messages in seen.values():
        assert [message.params[-1] for message in messages if message.command == "PRIVMSG"] == logged
