"""SEARCH: finding earlier messages (https://git.sr.ht/~emersion/soju/tree/master/item/doc/ext/search.md).

Who may read what is tested with the history: a search sees the same.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from chatcore.protocol.message import Message
from tests.support.batches import LABELS, ask, split_batches
from tests.support.irc import IrcClient, commands, one, only
from tests.support.sasl_client import logged_in
from tests.support.trackers import Hosted, hosted_tracker

CAPS = f"{LABELS} server-time echo-message soju.im/search draft/chathistory"


def _search(client: IrcClient, attributes: str) -> list[Message]:
    """Return the messages found; check that they come as one batch."""
    client.sync()
    (batch,), others = split_batches(client.command(f"SEARCH {attributes}"))
    assert (batch.kind, batch.opening.params[2:], others) == ("soju.im/search", (), [])
    return batch.inside


def _texts(client: IrcClient, attributes: str) -> list[str]:
    return [message.params[-1] for message in _search(client, attributes)]


def _refusal(client: IrcClient, attributes: str) -> tuple[str, ...]:
    return one(client.command(f"SEARCH {attributes}"), "FAIL").params


def test_original_messages_are_found(hosted: Hosted) -> None:
    """> The order of returned messages within the batch [...] SHOULD be ascending time order [...] the msgid tag that
    identifies each individual message in a response MUST be the msgid tag as originally sent by the IRC server."""
    alice, bob = hosted.client("alice", "#room", caps=CAPS), hosted.client("bob", "#room", caps=CAPS)
    bob.command("PRIVMSG #room :tea?", "PRIVMSG #room :no", "@+x=y PRIVMSG #room :Tea it is", "NOTICE #room :cold tea")
    live = [message for message in alice.sync() if "tea" in message.params[-1].lower()]
    found = _search(alice, "text=tea")
    assert [message.params[-1] for message in found] == ["tea?", "Tea it is", "cold tea"]
    for old, new in zip(found, live, strict=True):
        assert (old.command, old.source, old.params) == (new.command, new.source, new.params)
        assert {**old.tags, "batch": ""} == {**new.tags, "batch": ""}


def test_a_message_is_found_right_after_it_was_said(hosted: Hosted) -> None:
    """Even if another said it: everybody who has read it can search for it."""
    alice, bob = hosted.client("alice", "#room", caps=CAPS), hosted.client("bob", "#room", caps=CAPS)
    for number in range(20):
        bob.send(f"PRIVMSG #room :word{number}")
        alice.receive_until("PRIVMSG")
        assert _texts(alice, f"text=word{number}") == [f"word{number}"]


def test_all_attributes_must_match(hosted: Hosted) -> None:
    """> messages matching all the specified attributes"""
    alice, bob = hosted.client("alice", "#room", "#other", caps=CAPS), hosted.client("bob", "#room", "#other")
    alice.command("PRIVMSG #room :tea from alice", "PRIVMSG #other :tea elsewhere")
    bob.command("PRIVMSG #room :tea from bob", "PRIVMSG #room :cake from bob", "PRIVMSG alice :tea in private")
    assert _texts(alice, "text=tea;in=#ROOM;from=BOB") == ["tea from bob"]
    assert _texts(alice, "text=tea;from=bob") == ["tea from bob", "tea in private"]
    assert _texts(alice, "text=tea;in=bob") == ["tea in private"]
    assert _texts(alice, r"text=bob\scake") == ["cake from bob"]
    assert _texts(alice, "from=bob;limit=2") == ["cake from bob", "tea in private"]
    assert _texts(alice, "text=coffee") == []


def test_time_limits_are_inclusive_and_set_the_direction(hosted: Hosted) -> None:
    """> If after is specified, messages SHOULD be searched from that time. Otherwise, messages SHOULD be searched from
    the before time, which defaults to the current server time."""
    alice = hosted.client("alice", "#room", caps=CAPS)
    said: list[tuple[str, str]] = []
    while len({time for time, _ in said}) < 4:
        (echo,) = only(alice.command(f"PRIVMSG #room :tea {len(said)}"), "PRIVMSG")
        said.append((echo.tags["time"], echo.params[1]))
    texts = [text for _, text in said]
    assert _texts(alice, "text=tea;limit=2") == texts[-2:]
    for time in sorted({time for time, _ in said}):
        until, since = ([text for at, text in said if at <= time], [text for at, text in said if at >= time])
        assert _texts(alice, f"text=tea;limit=1000;before={time}") == until
        assert _texts(alice, f"text=tea;limit=1000;after={time}") == since
        assert _texts(alice, f"text=tea;limit=2;before={time}") == until[-2:]
        assert _texts(alice, f"text=tea;limit=2;after={time}") == since[:2]
        assert _texts(alice, f"text=tea;limit=1000;after={time};before={time}") == [t for t in until if t in since]


def test_answer_carries_the_label(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", caps=CAPS)
    alice.command("PRIVMSG #room :tea")
    assert [message.params[-1] for message in ask(alice, "SEARCH text=tea")] == ["tea"]
    assert ask(alice, "SEARCH text=coffee") == []
    assert commands(ask(alice, "SEARCH before=x")) == ["FAIL"]


def test_without_batches_results_come_as_notices(hosted: Hosted) -> None:
    """> limited functionality is available to clients without support for these CAPs"""
    alice = hosted.client("alice", "#room", caps="soju.im/search")
    alice.command("PRIVMSG #room :tea", "PRIVMSG alice :tea")
    first, second = alice.command("SEARCH text=tea;in=#room", "SEARCH text=coffee")
    assert (first.command, first.source, first.params[0]) == ("NOTICE", "tracker.chat", "alice")
    assert first.params[1].endswith("Z] #room <alice> tea")
    assert second.params == ("alice", "Nothing was found")


@pytest.mark.parametrize(
    ("attributes", "named"),
    [("before=x", "before"), ("limit=x", "limit"), ("regex=.*", "regex"), ("text=?!", "text"), ("limit=5", "text")],
)
def test_invalid_parameters_are_refused(hosted: Hosted, attributes: str, named: str) -> None:
    """> If the selectors were invalid, the INVALID_PARAMS error code SHOULD be returned.
    > FAIL SEARCH INVALID_PARAMS [invalid_parameters] :Invalid parameters"""
    alice = hosted.client("alice", "#room", caps=CAPS)
    assert _refusal(alice, attributes)[:3] == ("SEARCH", "INVALID_PARAMS", named)


def test_search_needs_the_capability(hosted: Hosted) -> None:
    """> The soju.im/search capability MUST be negotiated."""
    alice = hosted.client("alice", "#room")
    assert _refusal(alice, "text=tea")[:2] == ("SEARCH", "NEED_CAPABILITY")


def test_rooms_and_conversations_of_others_are_not_searched(hosted: Hosted) -> None:
    alice, bob, eve = (hosted.client(nick, "#room", caps=CAPS) for nick in ("alice", "bob", "eve"))
    alice.command("JOIN #secret", "PRIVMSG #secret :tea", "PRIVMSG bob :tea")
    bob.sync()
    for attributes in (
        "text=tea",
        "text=tea;in=#secret",
        "text=tea;in=bob",
        "text=tea;in=alice",
        "text=tea;from=alice",
    ):
        assert _texts(eve, attributes) == []
    assert _texts(bob, "text=tea") == ["tea"]
    alice.command("PART #secret")
    assert _texts(alice, "text=tea;in=#secret") == [], "without an account a former member finds nothing"


def test_a_conversation_with_a_departed_person_is_found_by_name(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", caps=CAPS), logged_in(hosted, "bob", nick="bobby", caps=CAPS)
    carol = hosted.client("carol")
    bob.command("PRIVMSG alice :tea with bob")
    carol.command("PRIVMSG alice :tea with carol")
    for client in (bob, carol):
        client.send("QUIT")
        client.receive_rest()
    alice.sync()
    assert _texts(alice, "text=tea;in=bob") == ["tea with bob"]
    assert _texts(alice, "text=tea;in=carol") == ["tea with carol"]
    assert _texts(alice, "text=tea;in=dora") == []
    hosted.client("carol")
    assert _texts(alice, "text=tea;in=carol") == [], "a new holder of the nick is somebody else"


def test_messages_keep_their_ids_over_a_restart(tmp_path: Path) -> None:
    found = []
    for number in range(2):
        with hosted_tracker(tmp_path) as hosted:
            alice = hosted.client(f"alice{number}", "#room", caps=CAPS)
            alice.command(f"PRIVMSG #room :tea {number}")
            found.append([message.tags["msgid"] for message in _search(alice, "text=tea;in=#room")])
    assert found[1][:1] == found[0]
    assert len({*found[1]}) == 2


def test_search_is_unavailable_without_an_archive(tmp_path: Path) -> None:
    """> If the search cannot be run due to an internal error, the INTERNAL_ERROR error code SHOULD be returned."""
    with hosted_tracker(tmp_path, history_days=0) as hosted:
        alice = hosted.client("alice", "#room")
        offered = " ".join(message.params[-1] for message in alice.command("CAP LS 302"))
        assert "draft/chathistory" in offered
        assert "soju.im/search" not in offered
        assert [message.params[1] for message in alice.command("CAP REQ soju.im/search")] == ["NAK"]
        assert _refusal(alice, "text=tea")[:2] == ("SEARCH", "INTERNAL_ERROR")
