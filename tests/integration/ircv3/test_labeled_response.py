"""Labels: which answer belongs to which command (https://ircv3.net/specs/extensions/labeled-response)."""

from __future__ import annotations

from functools import partial

import pytest

from tests.support.batches import EVERYTHING, LABELS, ask, labeled, split_batches
from tests.support.crowd import at_once
from tests.support.irc import IrcClient, commands, one, only
from tests.support.trackers import Hosted

_WHEN = "timestamp=2000-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z"


@pytest.fixture
def alice(hosted: Hosted) -> IrcClient:
    """A client with every capability, the operator of #room, where bob and she have talked."""
    client = hosted.client("alice", "#room", caps=EVERYTHING)
    bob = hosted.client("bob", "#room")
    bob.command("PRIVMSG #room :said", "PRIVMSG alice :to you")
    client.command("TOPIC #room :what it is about")
    return client


_ANSWERS = {
    "PING x": "PONG",
    "PONG x": "ACK",
    "TIME": "391",
    "VERSION": "351 005 005 005",
    "HELP JOIN": "704 705 706",
    "FOO x": "421",
    "USER a 0 * :A": "462",
    "PASS x": "462",
    "KILL bob :x": "481",
    "PRIVMSG #room :hi": "PRIVMSG",
    "NOTICE bob :hi": "NOTICE",
    "PRIVMSG nobody :hi": "401",
    "PRIVMSG #room": "412",
    "NOTICE nobody :hi": "ACK",
    "TAGMSG bob": "ACK",
    "@+typing=active TAGMSG #room": "TAGMSG",
    "PRIVMSG #room,nobody,bob,#nowhere :hi": "401 403 PRIVMSG PRIVMSG",
    "JOIN #new": "JOIN MARKREAD 353 366 BATCH",
    "JOIN #one,#two,nowhere": "403 JOIN MARKREAD 353 366 BATCH JOIN MARKREAD 353 366 BATCH",
    "JOIN #room": "ACK",
    "PART #room": "PART",
    "PART #room,#nowhere :bye": "403 PART",
    "KICK #room bob,nobody :out": "401 KICK",
    "TOPIC #room": "332 333",
    "TOPIC #room :new": "TOPIC",
    "NICK alicia": "NICK",
    "NICK bob": "433",
    "MODE #room": "324 329",
    "MODE #room +mx-n": "472 MODE",
    "MODE #room +m-m": "MODE",
    "MODE #room +b": "368",
    "MODE alice +w": "MODE",
    "AWAY :tea": "306",
    "SETNAME :Another": "SETNAME",
    "SETNAME :": "FAIL",
    "NAMES #room": "353 366",
    "WHO bob": "352 315",
    "WHOWAS nobody": "406 369",
    "USERHOST bob": "302",
    "ISON bob": "303",
    "LIST": "321 322 323",
    "METADATA #room SET url :x": "761",
    "METADATA bob SET url :x": "FAIL",
    "METADATA #room GET url note": "766 766",
    "METADATA #room CLEAR": "",
    "METADATA * SUB url ?": "WARN 770 774",
    "METADATA * SUBS": "",
    "METADATA *ALL SYNC": "",
    "MONITOR + bob,carol": "730 731 BATCH",
    "MONITOR - bob": "ACK",
    "MONITOR L": "733",
    "CAP LIST": "CAP",
    "CAP REQ :-away-notify": "CAP",
    "AUTHENTICATE PLAIN": "AUTHENTICATE",
    "CHATHISTORY LATEST #room * 10": "JOIN JOIN PRIVMSG TOPIC",
    "CHATHISTORY LATEST bob * 10": "PRIVMSG",
    "CHATHISTORY LATEST nobody * 10": "",
    "CHATHISTORY LATEST #nowhere * 10": "FAIL",
    f"CHATHISTORY TARGETS {_WHEN} 5": "CHATHISTORY CHATHISTORY",
}


@pytest.mark.parametrize("line", _ANSWERS)
def test_every_answer_has_the_label_once(alice: IrcClient, line: str) -> None:
    """> Servers MUST include the tag in exactly one logical message. [...] If a response consists of more than one
    message, a batch MUST be used to group them into a single logical response."""
    assert commands(ask(alice, line)) == _ANSWERS[line].split()


def test_invite_is_answered_with_the_label(hosted: Hosted, alice: IrcClient) -> None:
    hosted.client("carol")
    assert commands(ask(alice, "INVITE carol #room")) == ["341"]


def test_label_goes_on_an_existing_batch(alice: IrcClient) -> None:
    """> The batch type MUST be one of: An existing type applicable to the entire response [...]"""
    for line, kind in (("LATEST #room * 9", "chathistory"), (f"TARGETS {_WHEN} 9", "draft/chathistory-targets")):
        (batch,), others = split_batches(alice.command(f"@label=x CHATHISTORY {line}"))
        assert (batch.kind, batch.opening.tags["label"]) == (kind, "x")
        assert others == []


@pytest.mark.parametrize("text", ["see BATCH +foo", "BATCH +foo", ":alice BATCH +x labeled-response"])
def test_text_that_looks_like_a_batch_is_not_one(alice: IrcClient, text: str) -> None:
    alice.command("JOIN #other", f"TOPIC #room :{text}")
    for line in (f"PRIVMSG #room,#other :{text}", "TOPIC #room"):
        assert len(ask(alice, line)) == 2


def test_message_to_oneself_has_the_label_only_on_its_echo(hosted: Hosted) -> None:
    """> When a client sends a message to itself, the server MUST NOT include the label tag, except for any
    acknowledgment sent with the echo-message mechanism."""
    echoed = hosted.client("echoed", caps=f"{LABELS} echo-message")
    first, second = echoed.command("@label=L PRIVMSG echoed :note")
    assert (first.tags.get("label"), second.tags.get("label")) == ("L", None)
    assert first.params == second.params == ("echoed", "note")
    assert first.tags["msgid"] == second.tags["msgid"]
    plain = hosted.client("plain", caps=LABELS)
    first, second = plain.command("@label=L PRIVMSG plain :note")
    assert (first.command, first.tags.get("label")) == ("ACK", "L")
    assert (second.params, second.tags.get("label")) == (("plain", "note"), None)


def test_message_to_oneself_and_others_has_labeled_echoes(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", caps=f"{LABELS} echo-message")
    seen = alice.command("@label=L PRIVMSG #room,alice,nobody :hi")
    assert commands(labeled(seen, "L")) == ["401", "PRIVMSG", "PRIVMSG"]
    _, others = split_batches(seen)
    assert [message.params for message in others] == [("alice", "hi")]


def test_others_see_neither_labels_nor_batches(hosted: Hosted, alice: IrcClient) -> None:
    other = hosted.client("other", "#room", caps=EVERYTHING)
    alice.sync()
    for line in ("PRIVMSG #room :hi", "NICK alicia", "JOIN #x,#y", "PRIVMSG other :hi", "TOPIC #room :x"):
        ask(alice, line)
    seen = other.sync()
    assert commands(seen) == ["PRIVMSG", "NICK", "PRIVMSG", "TOPIC"]
    assert all(message.tags.keys().isdisjoint({"label", "batch"}) for message in seen)


def test_pipelined_commands_are_answered_in_order(alice: IrcClient) -> None:
    lines = ["TIME", "WHOIS bob", "PRIVMSG #room :hi", "PONG", "JOIN #a,#b", "PING x", "PART #a", "NOPE", "WHO #room"]
    seen = alice.command(*(f"@label=n{number} {line}" for number, line in enumerate(lines)))
    in_order = [message.tags["label"] for message in seen if "label" in message.tags]
    assert in_order == [f"n{number}" for number in range(len(lines))]
    assert [commands(labeled(seen, label))[0] for label in in_order] == [
        *("391", "311", "PRIVMSG", "ACK", "JOIN", "PONG", "PART", "421", "352")
    ]
    single = [message for message in seen if "label" in message.tags and message.command != "BATCH"]
    assert split_batches(seen)[1] == single, "there are no other messages"


def test_answers_stay_whole_and_in_order_while_others_talk(hosted: Hosted) -> None:
    """A JOIN and its names are one answer, whatever others say in the room."""
    talkers = [hosted.client(f"talker{number}", "#room") for number in range(3)]
    alice = hosted.client("alice", caps=EVERYTHING)
    joins = [line for number in range(20) for line in (f"@label=j{number} JOIN #room", f"@label=p{number} PART #room")]
    talk = [f"PRIVMSG #room :{number}" for number in range(60)]
    *_, seen = at_once([*(partial(talker.command, *talk) for talker in talkers), partial(alice.command, *joins)])
    for number in range(20):
        joined = labeled(seen, f"j{number}")
        assert commands(joined) == ["JOIN", "MARKREAD", "353", "366", "BATCH"]
        names = {name.partition("!")[0] for name in one(joined, "353").params[3].split()}
        assert names == {"@talker0", "talker1", "talker2", "alice"}
        assert commands(labeled(seen, f"p{number}")) == ["PART"]
    is_inside = False
    for message in seen:
        if "label" in message.tags:
            is_inside = message.command == "BATCH"
        assert message.command != "PRIVMSG" or is_inside, "heard while not in the room"


@pytest.mark.parametrize("label", [r"a\sb\:c\\d", "0", "x" * 64, "é漢😀", "+@!"])
def test_label_is_returned_as_sent(alice: IrcClient, label: str) -> None:
    """> The tag value is chosen by the client and MUST be treated as an opaque identifier."""
    alice.send(f"@label={label} TIME")
    assert alice.receive_line().startswith(f"@label={label};")


@pytest.mark.parametrize("tags", ["label", "label=", "+label=x", "Label=x"])
def test_invalid_label_is_ignored(alice: IrcClient, tags: str) -> None:
    """> This specification adds the `label` message tag, which has a required value."""
    (answer,) = alice.command(f"@{tags} TIME")
    assert "label" not in answer.tags


@pytest.mark.parametrize("caps", ["labeled-response message-tags", "batch message-tags", "labeled-response", ""])
def test_label_needs_both_capabilities(hosted: Hosted, caps: str) -> None:
    """> This specification depends on the batch capability which MUST be negotiated to use labeled responses."""
    client = hosted.client("client", "#room", caps=caps)
    seen = client.command("@label=x WHOIS client", "@label=y PONG", "@label=z JOIN #other")
    assert "BATCH" not in commands(seen)
    assert "ACK" not in commands(seen)
    assert all(message.tags.keys().isdisjoint({"label", "batch"}) for message in seen)


def test_capability_changes_apply_from_then_on(alice: IrcClient) -> None:
    assert commands(ask(alice, "CAP REQ :-message-tags -server-time")) == ["CAP"]
    (answer,) = alice.command("@label=x TIME")
    assert answer.tags == {"label": "x"}
    alice.command("CAP REQ :-batch")
    assert one(alice.command("@label=x TIME"), "391").tags == {}
    alice.command("CAP REQ :batch")
    assert one(alice.command("@label=x TIME"), "391").tags == {"label": "x"}


def test_quit_is_answered_by_error_alone(alice: IrcClient) -> None:
    alice.send("@label=x QUIT :bye", "@label=y TIME")
    rest = alice.receive_rest()
    assert rest[-1].command == "ERROR"
    assert only(rest, "391") == []
