"""Any combination of capabilities: a client gets everything that it negotiated, and nothing else.

People with random capabilities, which they change as they go, do random things one after the other. A model says what
each hears; and each line is checked against what was negotiated at its place in the client's own stream.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from chatcore.protocol.capabilities import NEGOTIABLE
from chatcore.protocol.message import Message, parse_source
from chatcore.protocol.multiline import join
from tests.integration.ircv3.deeds import DEEDS, do
from tests.integration.ircv3.room_deeds import FURTHER, TAKEN_BACK
from tests.integration.ircv3.world import Deed, Heard, Markers, Person, World
from tests.support.batches import split_batches
from tests.support.composed import parts_of
from tests.support.crowd import Witness, settled
from tests.support.sasl_client import plain
from tests.support.thorough import examples
from tests.support.trackers import Hosted, hosted_tracker

PEOPLE = 4
_NAMES = sorted(name for name in NEGOTIABLE if name != "chatcore/trackers")  # only trackers of a cluster have it
_COMMON = {"compose": 6, "talk": 8, "join": 6, "negotiate": 5, "quit": 0.2}


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker that has all capabilities."""
    with hosted_tracker(tmp_path, registration="open") as hosted:
        yield hosted


def _caps(choose: random.Random) -> frozenset[str]:
    """Return some of the capabilities: few, half of them, or nearly all."""
    share = choose.choice((0.15, 0.5, 0.85))
    return frozenset(name for name in _NAMES if choose.random() < share)


def _script(choose: random.Random) -> list[Deed]:
    """Return random deeds, common ones more often, beginning with everybody joining a room."""
    kinds = choose.choices([*DEEDS], [_COMMON.get(kind, 3) for kind in DEEDS], k=50)
    rest = [
        Deed(kind, choose.randrange(PEOPLE), choose.randrange(4), choose.randrange(8), _caps(choose)) for kind in kinds
    ]
    return [*(Deed("join", number, 0, 0, frozenset()) for number in range(PEOPLE)), *rest]


_NEEDS = {
    "ACCOUNT": "account-notify",
    "AWAY": "away-notify",
    "MARKREAD": "draft/read-marker",
    "REDACT": "draft/message-redaction",
    "RENAME": "draft/channel-rename",
    "RESUME": "chatcore/resume",
    "SETNAME": "setname",
    "TAGMSG": "message-tags",
    "760": "draft/metadata-3",
    "770": "draft/metadata-3",
    "774": "draft/metadata-3",
}
_METADATA = ("761", "766")
_TAG_NEEDS = {"time": "server-time", "msgid": "message-tags", "account": "account-tag", "batch": "batch"}


def _begin(
    hosted: Hosted, stack: ExitStack, nick: str, caps: set[str], watched: str, account: str, *, is_away: bool
) -> Person:
    """Register somebody, who may be away from the beginning."""
    client = stack.enter_context(Witness(hosted.port))
    client.nick = nick
    login = ("CAP REQ :sasl", *plain(account, "pw"), "CAP REQ :-sasl") if account else ()
    words = " ".join(sorted(caps))
    early = ("AWAY tea",) if is_away else ()
    client.command("CAP LS 302", *login, f"CAP REQ :{words}", *early)
    client.command(f"NICK {nick}", f"USER u 0 * :Real {nick}", "CAP END")
    client.command(f"MONITOR + {watched}")
    return Person(client, nick, caps | {"cap-notify"}, account, watched, f"Real {nick}", is_away)


def _with_capabilities(received: list[Message]) -> Iterator[tuple[Message, set[str]]]:
    """Yield each message except acknowledgements, with the capabilities that its reader had at that place."""
    caps = {"cap-notify"}
    for message in received:
        if message.command == "CAP" and message.params[1] == "ACK":
            for word in message.params[2].split():
                (caps.discard if word.startswith("-") else caps.add)(word.removeprefix("-"))
        else:
            yield message, caps


def _assert_negotiated(person: Person, message: Message, caps: set[str], *, is_registered: bool) -> None:
    """Check one line by itself."""
    if message.command in ("PRIVMSG", "NOTICE") and message.tags.get("batch", "").startswith("m"):
        assert {"batch", "draft/multiline"} <= caps, message
        assert message.tags.keys() <= {"batch", "draft/multiline-concat"}, message
        return
    for tag in message.tags:
        if tag == "label":
            assert {"labeled-response", "batch"} <= caps, message
        else:
            assert _TAG_NEEDS.get(tag, "message-tags") in caps, (tag, message)
    is_from_people = "!" in (message.source or "")
    assert ("time" in message.tags) == ("server-time" in caps and is_registered), message
    is_first = message.params[-1:] != (FURTHER,)
    assert not ("message-tags" in caps and is_from_people and is_first) or "msgid" in message.tags, message
    assert _NEEDS.get(message.command, "cap-notify") in caps, message
    if message.command in ("BATCH", "ACK"):
        assert "batch" in caps, message
        assert "draft/multiline" in caps or "draft/multiline" not in message.params, message
        assert message.command == "BATCH" or "labeled-response" in caps, message
    if message.command == "353":
        assert "no-implicit-names" not in caps, message
        for word in message.params[-1].split():
            assert ("!" in word) == ("userhost-in-names" in caps), message
            assert not word.startswith("@+") or "multi-prefix" in caps, message


def _assert_recalled_as_negotiated(received: list[Message]) -> set[int]:
    """Check the batches of history; return the messages in them (by id()), and those in batches of metadata."""
    recalled = set()
    caps_at = {id(message): set(caps) for message, caps in _with_capabilities(received)}
    batches, _ = split_batches(received)
    for batch in batches:
        if batch.kind == "metadata":
            recalled |= {id(message) for message in batch.inside}
        elif batch.kind == "chathistory":
            recalled |= {id(message) for message in batch.inside}
            assert all(message.params[-1:] != (TAKEN_BACK,) for message in batch.inside)
            assert not any("+draft/react" in message.tags for message in batch.inside)
            if "draft/event-playback" not in caps_at[id(batch.opening)]:
                assert {message.command for message in batch.inside} <= {"PRIVMSG", "NOTICE", "BATCH"}
        elif id(batch.opening) in recalled:
            recalled |= {id(message) for message in batch.inside}
    return recalled


def _heard(received: list[Message], recalled: set[int]) -> list[Heard]:
    """Return messages from people, changes of metadata and read markers, without answers to queries.

    A message of several lines is one.
    """
    live = [message for message in received if id(message) not in recalled]
    wholes = {
        id(batch.opening): (batch.inside[0].command, join(parts_of(batch.inside)))
        for batch in split_batches(received)[0]
        if batch.kind == "draft/multiline"
    }
    found: list[Heard] = []
    for message in live:
        if not message.source or ("!" not in message.source and message.command not in ("MARKREAD", *_METADATA)):
            continue
        nick = parse_source(message.source).nick
        if message.command == "BATCH":
            found.append(("BATCH", nick, message.params[2], *wholes[id(message)]))
        elif not message.tags.get("batch", "").startswith("m"):
            found.append((message.command, nick, *message.params))
    return found


def _assert_all_as_negotiated(person: Person, client: Witness, expected: list[Heard]) -> None:
    """Check everything that came on one connection."""
    received = client.received
    is_registered = False
    for message, caps in _with_capabilities(received):
        is_registered = is_registered or message.command == "001"
        if is_registered or message.command != "CAP":
            _assert_negotiated(person, message, caps, is_registered=is_registered)
    heard = _heard(received, _assert_recalled_as_negotiated(received))
    same = next((n for n, pair in enumerate(zip(heard, expected, strict=False)) if pair[0] != pair[1]), len(heard))
    assert heard == expected, (person.nick, heard[same : same + 3], expected[same : same + 3])


def test_clients_receive_exactly_what_they_negotiated(hosted: Hosted) -> None:
    for number in range(2):
        hosted.tracker.keys.accounts.add(f"account{number}", "pw")
    numbers = iter(range(1_000_000))
    markers: Markers = {}
    by_accounts: dict[str, str] = {}

    # A failing example is not shrunk: that takes minutes, and the model says at which message it failed.
    @settings(max_examples=examples(30), derandomize=True, phases=[Phase.generate])
    @given(st.integers(0, 2**32))
    def lives(seed: int) -> None:
        choose = random.Random(seed)
        example = next(numbers)
        nicks = [f"n{example}x{number}-9" for number in range(PEOPLE)]
        with ExitStack() as stack:

            def connect() -> Witness:
                return stack.enter_context(Witness(hosted.port))

            world = World([], (f"#a{example}", f"#b{example}"), markers, by_accounts, connect)
            for number in range(PEOPLE):
                caps = set(_caps(choose))
                person = _begin(
                    *(hosted, stack, nicks[number], caps, nicks[(number + 1) % PEOPLE]),
                    f"account{number % 2}" if choose.random() < 0.5 else "",
                    is_away="draft/pre-away" in caps and choose.random() < 0.5,
                )
                world.enter(person)
            for deed in _script(choose):
                do(world, deed)
            settled([person.client for person in world.people if person.is_here])
        for person in world.people:
            for client, expected in (*person.earlier, (person.client, person.expected)):
                _assert_all_as_negotiated(person, client, expected)

    lives()
