"""CHATHISTORY: every query, by id and by time, of rooms and of conversations.

https://ircv3.net/specs/extensions/chathistory. LATEST by itself: tests/integration/commands/test_chathistory.py; who
may read what: test_chathistory_access.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from chatcore.protocol.message import Message
from tests.support.batches import LABELS, ask, split_batches
from tests.support.irc import IrcClient, commands, one
from tests.support.trackers import Hosted, hosted_tracker

CAPS = f"{LABELS} server-time echo-message draft/chathistory"
TARGETS = ["#room", "bob"]
KINDS = ["msgid", "timestamp"]


def _talk(hosted: Hosted, target: str, count: int = 10) -> tuple[IrcClient, list[Message]]:
    """Return a client that has said 0, 1, 2... there, and its messages."""
    alice = hosted.client("alice", "#room", caps=CAPS)
    hosted.client("bob", "#room")
    alice.sync()
    said = alice.command(*(f"PRIVMSG {target} :{number}" for number in range(count)))
    assert [message.params for message in said] == [(target, str(number)) for number in range(count)]
    return alice, said


def _reference(kind: str, message: Message) -> str:
    return f"msgid={message.tags['msgid']}" if kind == "msgid" else f"timestamp={message.tags['time']}"


def _texts(client: IrcClient, question: str) -> str:
    """Return the texts that CHATHISTORY returns, one digit each."""
    return "".join(message.params[-1] for message in ask(client, f"CHATHISTORY {question}"))


_QUESTIONS = {
    "BEFORE 5 limit 3": "234",
    "BEFORE 5 limit 99": "01234",
    "BEFORE 0 limit 5": "",
    "AFTER 5 limit 3": "678",
    "AFTER 5 limit 99": "6789",
    "AFTER 9 limit 5": "",
    "LATEST * limit 4": "6789",
    "LATEST 5 limit 2": "89",
    "LATEST 5 limit 99": "6789",
    "BETWEEN 2 7 limit 3": "345",
    "BETWEEN 2 7 limit 99": "3456",
    "BETWEEN 7 2 limit 3": "456",
    "BETWEEN 7 2 limit 99": "3456",
    "BETWEEN 3 3 limit 9": "",
    "BETWEEN 3 4 limit 9": "",
    "AROUND 5 limit 1": "5",
    "AROUND 5 limit 99": "0123456789",
}
"""Queries, with numbers of messages as references, and the texts that they return."""


@pytest.mark.usefixtures("ticking")
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_query_excludes_its_references_except_around(hosted: Hosted, kind: str, target: str) -> None:
    """> BEFORE: Request up to `limit` number of messages before and excluding the given `timestamp` or `msgid`."""
    alice, said = _talk(hosted, target)
    at = [_reference(kind, message) for message in said]
    for question, given in _QUESTIONS.items():
        words, _, limit = question.partition(" limit ")
        subcommand, *numbers = words.split()
        references = " ".join("*" if number == "*" else at[int(number)] for number in numbers)
        assert _texts(alice, f"{subcommand} {target} {references} {limit}") == given, question
    around = _texts(alice, f"AROUND {target} {at[5]} 5")
    assert len(around) == 5
    assert "5" in around
    assert around in "0123456789"


@pytest.mark.usefixtures("ticking")
def test_kinds_of_references_can_be_mixed(hosted: Hosted) -> None:
    alice, said = _talk(hosted, "#room")
    first, second = _reference("msgid", said[2]), _reference("timestamp", said[6])
    assert _texts(alice, f"BETWEEN #room {first} {second} 9") == "345"
    assert _texts(alice, f"between #room {second} {first} 2") == "45"


@pytest.mark.usefixtures("ticking")
@pytest.mark.parametrize(
    ("when", "before", "after"),
    [
        ("1970-01-01T00:00:00.000Z", "", "0123456789"),
        ("9999-12-31T23:59:59.999Z", "0123456789", ""),
        ("0001-01-01T00:00:00.000Z", "", "0123456789"),
    ],
)
def test_references_may_be_times_long_past_or_future(hosted: Hosted, when: str, before: str, after: str) -> None:
    alice, _ = _talk(hosted, "#room")
    assert _texts(alice, f"BEFORE #room timestamp={when} 10") == before
    assert _texts(alice, f"AFTER #room timestamp={when} 10") == after


@pytest.mark.parametrize("target", TARGETS)
def test_whole_history_is_read_page_by_page_both_ways(hosted: Hosted, target: str) -> None:
    """Many messages share a millisecond: ids tell them apart, so that no page repeats or omits one."""
    alice, said = _talk(hosted, target, 100)
    ids = [message.tags["msgid"] for message in said]
    backwards: list[str] = []
    reference = "*"
    while page := ask(alice, f"CHATHISTORY {'LATEST' if reference == '*' else 'BEFORE'} {target} {reference} 7"):
        backwards = [*(message.tags["msgid"] for message in page), *backwards]
        reference = f"msgid={backwards[0]}"
    assert backwards == ids
    forwards = [ids[0]]
    while page := ask(alice, f"CHATHISTORY AFTER {target} msgid={forwards[-1]} 30"):
        forwards.extend(message.tags["msgid"] for message in page)
    assert forwards == ids


def test_id_from_another_target_stands_for_its_time(hosted: Hosted) -> None:
    alice, _ = _talk(hosted, "#room")
    note = alice.command("PRIVMSG alice :note")[0]
    alice.command("PRIVMSG #room :x")
    assert _texts(alice, f"BEFORE #room msgid={note.tags['msgid']} 3") == "789"
    assert _texts(alice, f"AFTER #room msgid={note.tags['msgid']} 3") == "x"


@pytest.mark.parametrize(("asked", "named"), [("#ROOM", "#room"), ("#room", "#room"), ("BOB", "BOB"), ("bob", "bob")])
def test_batch_names_its_target(hosted: Hosted, asked: str, named: str) -> None:
    """> take a single additional parameter, the canonical name of the target being queried

    But a person is named as in the query, as the conformance suite has it.
    """
    alice, _ = _talk(hosted, asked.lower(), 1)
    (batch,), others = split_batches(alice.command(f"CHATHISTORY LATEST {asked} * 5"))
    assert batch.opening.params[1:] == ("chathistory", named)
    assert len(batch.inside) == 1
    assert others == []


_ID = "0" * 26
_THEN = "2020-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    "question",
    [
        *("FOO #room * 10", "LATEST", "LATEST #room", "LATEST #room *", "LATEST #room * 10 more"),
        *("LATEST #room * 0", "LATEST #room * -5", "LATEST #room * ten", "LATEST #room * 1.5", "LATEST #room * ٣"),
        *("BEFORE #room * 10", f"BEFORE #room {_ID} 10", "BEFORE #room msgid= 10", "BEFORE #room msgid=x 10"),
        *("AFTER #room timestamp=yesterday 10", "AFTER #room timestamp= 10", f"AFTER #room time={_THEN} 10"),
        *("AROUND #room 5 10", "AROUND #room timestamp=2020-13-01T00:00:00.000Z 10", f"AROUND #room MSGID={_ID} 10"),
        *(f"BETWEEN #room msgid={_ID} 10", f"BETWEEN #room * msgid={_ID} 10", f"BETWEEN #room msgid={_ID} * 10"),
        *(f"TARGETS timestamp={_THEN} 10", f"TARGETS msgid={_ID} timestamp={_THEN} 10", "TARGETS * * 10"),
        *(f"TARGETS timestamp={_THEN} timestamp={_THEN} 0", f"TARGETS timestamp={_THEN} timestamp={_THEN} 1 more"),
    ],
)
def test_invalid_query_is_refused(hosted: Hosted, question: str) -> None:
    """> If the server receives a syntactically invalid CHATHISTORY command, e.g., an unknown subcommand, missing
    parameters, excess parameters, or parameters that cannot be parsed, the INVALID_PARAMS error code SHOULD be
    returned"""
    alice, _ = _talk(hosted, "#room", 1)
    refusal = one(ask(alice, f"CHATHISTORY {question}"), "FAIL")
    assert refusal.params[:3] == ("CHATHISTORY", "INVALID_PARAMS", question.partition(" ")[0])


@pytest.mark.parametrize("history", [0, 1, 4])
def test_history_in_memory_is_limited_as_announced(tmp_path: Path, history: int) -> None:
    with hosted_tracker(tmp_path, history=history, history_days=0) as hosted:
        alice, said = _talk(hosted, "#room")
        tokens = [word for message in alice.command("VERSION") for word in message.params]
        assert f"CHATHISTORY={history}" in tokens
        for question in ("LATEST #room * 99", f"AROUND #room msgid={said[8].tags['msgid']} 999999999"):
            assert _texts(alice, question) == "0123456789"[10 - history :]
        assert _texts(alice, f"BEFORE #room msgid={said[5].tags['msgid']} 9") == ""


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("LATEST #room * 1000", range(180, 200)),
        ("BEFORE #room 100 1000", range(80, 100)),
        ("AFTER #room 100 1000", range(101, 121)),
        ("AROUND #room 100 100", range(90, 110)),
        ("LATEST #room * 7", range(193, 200)),
    ],
)
def test_answers_of_long_lines_fit_the_send_queue(tmp_path: Path, question: str, expected: range) -> None:
    """Half of what may wait for a client; with more, the answer would disconnect the client that asked."""
    with hosted_tracker(tmp_path, max_sendq_bytes=22_700) as hosted:
        alice = hosted.client("alice", "#room", caps=CAPS)
        said = []
        for start in range(0, 200, 20):
            said += alice.command(*(f"PRIVMSG #room :{number:03} {'x' * 400}" for number in range(start, start + 20)))
        asked = question.replace(" 100 ", f" msgid={said[100].tags['msgid']} ", 1)
        given = [int(message.params[-1][:3]) for message in ask(alice, f"CHATHISTORY {asked}")]
        assert given == list(expected)


def test_messages_keep_their_authors_and_tags(hosted: Hosted) -> None:
    """Nicks, accounts and tags stay, in rooms and conversations, whatever has changed since."""
    alice = hosted.client("alice", "#room", caps=f"{CAPS} account-tag")
    bob = hosted.client("bob", "#room", caps=CAPS)
    alice.sync()
    bob.command("@+x=1 PRIVMSG #room :one", "@+x=2 NOTICE alice :two", "NICK robert")
    live = [message for message in alice.sync() if message.command in ("PRIVMSG", "NOTICE")]
    kept = [*ask(alice, "CHATHISTORY LATEST #room * 5"), *ask(alice, "CHATHISTORY LATEST robert * 5")]
    for before, now in zip(live, kept, strict=True):
        assert now._replace(tags={}) == before._replace(tags={})
        assert now.tags == {**before.tags, "batch": now.tags["batch"]}


@pytest.mark.parametrize("history", [1, 4])
def test_each_answer_is_limited_as_announced(tmp_path: Path, history: int) -> None:
    with hosted_tracker(tmp_path, history=history) as hosted:
        alice, said = _talk(hosted, "#room")
        assert _texts(alice, "LATEST #room * 99") == "0123456789"[10 - history :]
        assert _texts(alice, f"BEFORE #room msgid={said[5].tags['msgid']} 99") == "01234"[5 - history :]
        assert _texts(alice, f"AFTER #room msgid={said[2].tags['msgid']} 99") == "3456789"[:history]


def test_answers_without_batches_are_single_lines(hosted: Hosted) -> None:
    """> limited functionality is available to clients without support for these CAPs"""
    alice = hosted.client("alice", "#room", caps="draft/chathistory draft/event-playback")
    alice.command("PRIVMSG #room :said", "TOPIC #room :new")
    (notice,) = alice.command("CHATHISTORY LATEST #room * 5")
    assert notice.command == "NOTICE"
    assert notice.params[1].endswith("<alice> said")
    times = "timestamp=2000-01-01T00:00:00.000Z timestamp=2999-01-01T00:00:00.000Z"
    (row,) = alice.command(f"CHATHISTORY TARGETS {times} 5")
    assert row.params[:2] == ("TARGETS", "#room")
    assert commands(alice.command("CHATHISTORY LATEST nobody * 5")) == []
