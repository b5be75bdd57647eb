"""Messages of several lines, from one client to every kind of reader (https://ircv3.net/specs/extensions/multiline)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from chatcore.protocol.message import Message
from chatcore.protocol.multiline import Part, as_read, join
from tests.support.batches import labeled, split_batches
from tests.support.composed import CAPS, PARTS, batch_lines, parts_of, whole
from tests.support.generated import PROPERTY
from tests.support.irc import IrcClient, one, only
from tests.support.sasl_client import logged_in, plain
from tests.support.trackers import Hosted, hosted_tracker

_PARTS = [Part("hello", False), Part("", False), Part("how is ev", False), Part("eryone?", True)]
_READ = ["hello", "how is ev", "eryone?"]
_WHOLE = f"{CAPS} server-time account-tag echo-message"
_HISTORY = f"{_WHOLE} draft/chathistory soju.im/search"


def _texts(seen: list[Message], command: str = "PRIVMSG") -> list[str]:
    return [message.params[-1] for message in only(seen, command)]


def _in_history(seen: list[Message]) -> list[list[Part]]:
    """Return the messages in an answer, each as its parts; a message of one line has one part."""
    batches, _ = split_batches(seen)
    inner = {batch.opening.params[0][1:]: parts_of(batch.inside) for batch in batches[1:]}
    return [
        inner[message.params[0][1:]] if message.command == "BATCH" else parts_of([message])
        for message in batches[0].inside
    ]


def test_each_reader_gets_what_its_capabilities_allow(hosted: Hosted) -> None:
    ann = hosted.client("ann", "#room", caps=_WHOLE)
    bob = hosted.client("bob", "#room", caps=f"{CAPS} server-time")
    carol = hosted.client("carol", "#room", caps="message-tags server-time")
    dora = hosted.client("dora", "#room", caps="draft/multiline")
    first, *lines = batch_lines(_PARTS, "#room")
    echo, parts = whole(ann.command(f"@+x=y {first}", *lines))
    opening, told = whole(bob.sync())
    assert parts == told == _PARTS
    assert opening.tags == {key: echo.tags[key] for key in ("time", "msgid", "+x")}
    assert (opening.source, opening.params[1:]) == (echo.source, ("draft/multiline", "#room"))
    seen = only(carol.sync(), "PRIVMSG")
    assert [message.params for message in seen] == [("#room", text) for text in _READ]
    assert [message.tags.get("msgid") for message in seen] == [echo.tags["msgid"], None, None]
    assert {(message.tags["time"], message.tags["+x"]) for message in seen} == {(echo.tags["time"], "y")}
    seen = only(dora.sync(), "PRIVMSG")
    assert [message.params[-1] for message in seen] == _READ
    assert not any(message.tags for message in seen), "dora negotiated neither tags nor batches"
    assert hosted.log_lines()[-1] == r"message #room ann :hello\n\nhow is everyone?"


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
@pytest.mark.parametrize("target", ["bob", "ann", "@#room"])
def test_people_oneself_and_operators_can_be_addressed(hosted: Hosted, target: str, command: str) -> None:
    bob = hosted.client("bob", "#room", caps=_WHOLE)
    ann = hosted.client("ann", "#room", caps=_WHOLE)
    seen = ann.command(*batch_lines(_PARTS, target, command=command))
    batches, _ = split_batches(seen)
    assert len(batches) == (2 if target == "ann" else 1), "ann gets the message and its echo"
    for batch in batches:
        assert (batch.opening.params[2], parts_of(batch.inside)) == (target, _PARTS)
        assert {message.command for message in batch.inside} == {command}
    if target != "ann":
        assert whole(bob.sync())[1] == _PARTS


def test_the_label_is_on_the_echo(hosted: Hosted) -> None:
    ann = hosted.client("ann", "#room", caps=f"{_WHOLE} labeled-response")
    first, *lines = batch_lines(_PARTS, "#room")
    seen = ann.command(f"@label=L {first}", *lines)
    assert whole(seen)[0].tags["label"] == "L"
    assert parts_of(labeled(seen, "L")) == _PARTS
    seen = ann.command(f"@label=M {first}", *lines[:2], "CAP REQ -draft/multiline", *lines[2:])
    assert _texts(labeled(seen, "M")) == _READ, "a labeled answer is a batch without the capability too"
    seen = hosted.client("bob", "#room", caps=f"{CAPS} labeled-response").command(f"@label=N {first}", *lines)
    assert one(seen, "ACK").tags["label"] == "N"


def test_history_and_search_treat_it_as_one_message(tmp_path: Path) -> None:
    for run in range(2):
        with hosted_tracker(tmp_path) as hosted:
            ann = logged_in(hosted, "ann", caps=_HISTORY)
            ann.join("#room")
            if not run:
                ann.command("PRIVMSG #room :before", *batch_lines(_PARTS, "#room"), "PRIVMSG #room :after")
            before, after = [Part("before", False)], [Part("after", False)]
            assert _in_history(ann.command("CHATHISTORY LATEST #room * 2")) == [_PARTS, after]
            seen = ann.command("CHATHISTORY LATEST #room * 9")
            assert _in_history(seen) == [before, _PARTS, after]
            msgid = whole(seen)[0].tags["msgid"]
            assert _in_history(ann.command(f"CHATHISTORY AFTER #room msgid={msgid} 9")) == [after]
            for words in ("everyone hello", '"hello how"'):
                assert _in_history(ann.command(f"SEARCH text={words.replace(' ', chr(92) + 's')}")) == [_PARTS]
            hosted.tracker.stop()


def test_clients_without_batches_read_history_line_by_line(hosted: Hosted) -> None:
    ann = hosted.client("ann", "#room", caps=_WHOLE)
    bob = hosted.client("bob", "#room", caps="message-tags")
    ann.command(*batch_lines([*_PARTS, Part("x" * 450, False), Part("y" * 450, True)], "#room"))
    bob.sync()
    texts = _texts(bob.command("CHATHISTORY LATEST #room * 9"), "NOTICE")
    assert [text.partition("] ")[2] for text in texts[:2]] == ["<ann> hello", "<ann> how is everyone?"]
    assert "".join(texts[2:]).partition("<ann>")[2].strip() == "x" * 450 + "y" * 450
    bob.command("CAP REQ soju.im/search")
    found = _texts(bob.command("SEARCH text=hello"), "NOTICE")
    assert [text.partition("] ")[2] for text in found][:2] == ["#room <ann> hello", "#room <ann> how is everyone?"]


@pytest.mark.parametrize("caps", [_WHOLE, "message-tags"])
def test_it_waits_for_an_absent_account(hosted: Hosted, caps: str) -> None:
    hosted.tracker.keys.accounts.add("bob", "pw")
    hosted.client("ann", caps=_WHOLE).command(*batch_lines(_PARTS, "bob"))
    bob = hosted.connect()
    bob.nick = "bob2"
    seen = _come_in(bob, caps)
    if caps == _WHOLE:
        opening, parts = whole(seen)
        assert (opening.params[2], parts) == ("bob2", _PARTS)
    else:
        first, *others = _texts(seen)
        assert first.endswith("Z] hello")
        assert others == _READ[1:]


def _come_in(client: IrcClient, caps: str) -> list[Message]:
    client.command(f"CAP REQ :sasl {caps}", *plain("bob", "pw"))
    return client.command(f"NICK {client.nick}", "USER u 0 * :Real", "CAP END")


def test_replay_on_joining_shows_it_as_one(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, replay=5) as hosted:
        hosted.client("ann", "#room", caps=_WHOLE).command(*batch_lines(_PARTS, "#room"))
        assert _in_history(hosted.client("bob", caps=_WHOLE).join("#room")) == [_PARTS]
        assert _texts(hosted.client("carol", caps="batch").join("#room")) == _READ


def test_lines_too_long_with_their_source_are_wrapped(hosted: Hosted) -> None:
    ann = hosted.client("ann", "#room", caps=_WHOLE)
    bob = hosted.client("bob", "#room", caps="message-tags")
    parts = [Part("word " * 94, False), Part("x" * 480, False), Part("é" * 240, True)]
    _, told = whole(ann.command(*batch_lines(parts, "#room")))
    assert as_read(join(told)) == as_read(join(parts))
    assert len(told) > len(parts)
    assert _texts(bob.sync()) == [part.text for part in told]


@pytest.mark.thorough
def test_any_composition_arrives_alike_everywhere(hosted: Hosted) -> None:
    ann = hosted.client("ann", "#room", caps=_HISTORY)
    bob = hosted.client("bob", "#room", caps=_WHOLE)
    carol = hosted.client("carol", "#room")

    @PROPERTY
    @given(PARTS)
    def arrives(parts: list[Part]) -> None:
        seen = [whole(ann.command(*batch_lines(parts, "#room"))), whole(bob.sync())]
        assert [told for _, told in seen] == [parts, parts]
        assert _texts(carol.sync()) == [part.text for part in parts if part.text]
        assert _in_history(ann.command("CHATHISTORY LATEST #room * 1")) == [parts]

    arrives()


def test_unfinished_message_of_a_lost_connection_is_forgotten(hosted: Hosted) -> None:
    ann = hosted.client("ann", "#room", caps=_WHOLE)
    bob = hosted.client("bob", "#room", caps=_WHOLE)
    ann.command(*batch_lines(_PARTS, "#room")[:-1])
    compositions = hosted.tracker.registry.compositions
    assert compositions.used_bytes > 0
    visit = hosted.visit_of("ann")
    ann.close()
    bob.receive_until("QUIT")
    visit.is_over.wait(60)
    assert compositions.used_bytes == 0
    assert not _texts(bob.sync())


@pytest.mark.thorough
def test_reactions_and_redactions_concern_the_whole_message(tmp_path: Path) -> None:
    """Reactions come with it, and a redaction leaves no line of it, before and after a restart."""
    caps = f"{_HISTORY} draft/message-redaction draft/event-playback"
    ids: list[str] = []
    for run in range(2):
        with hosted_tracker(tmp_path) as hosted:
            ann = logged_in(hosted, "ann", caps=caps)
            ann.join("#room")
            if not run:
                first, _ = whole(ann.command(*batch_lines(_PARTS, "#room")))
                second, _ = whole(ann.command(*batch_lines([*_PARTS, Part("again", False)], "#room")))
                ids = [opening.tags["msgid"] for opening in (first, second)]
                ann.command(f"@+draft/react=:);+draft/reply={ids[1]} TAGMSG #room", f"REDACT #room {ids[0]}")
            for line in ("CHATHISTORY LATEST #room * 9", "SEARCH text=everyone"):
                (opening, parts), reactions = whole(seen := ann.command(line)), only(seen, "TAGMSG")
                assert (opening.tags["msgid"], parts[-1].text) == (ids[1], "again")
                assert [reaction.tags["+draft/reply"] for reaction in reactions] == [ids[1]] * len(reactions)
                assert reactions or line.startswith("SEARCH")
            hosted.tracker.stop()
