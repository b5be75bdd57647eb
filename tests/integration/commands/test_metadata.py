"""METADATA, as clients see it (https://ircv3.net/specs/extensions/metadata, as proposed for draft/metadata-3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.batches import split_batches
from tests.support.irc import commands, one, only
from tests.support.thorough import first_and_thorough
from tests.support.trackers import Hosted, hosted_tracker

_AWARE = "batch draft/metadata-3"


def test_answers_are_batches_that_name_the_target(hosted: Hosted) -> None:
    """> This parameter contains the target for which the metadata was requested"""
    alice = hosted.client("alice", "#Room", caps=_AWARE)
    alice.command("METADATA #Room SET url :x y", "METADATA * SET note z")
    batches, others = split_batches(alice.command("METADATA #room LIST", "METADATA * GET note url"))
    assert [(batch.kind, batch.opening.params[2]) for batch in batches] == [
        ("metadata", "#Room"),
        ("metadata", "alice"),
    ]
    assert [[message.params for message in batch.inside] for batch in batches] == [
        [("alice", "#Room", "url", "*", "x y")],
        [("alice", "alice", "note", "*", "z"), ("alice", "alice", "url", "Key not set")],
    ]
    assert others == []


def test_subscribers_see_the_changes_of_others(hosted: Hosted) -> None:
    """> Servers MUST send notifications to subscribers the key is visible to"""
    alice, bob = hosted.client("alice", "#room", caps=_AWARE), hosted.client("bob", "#room")
    alice.command("METADATA * SUB url")
    bob.command("METADATA * SET url x", "METADATA * SET note y", "METADATA * SET url")
    seen = alice.sync()
    assert [(message.command, *message.params[:3]) for message in seen] == [
        ("761", "alice", "bob", "url"),
        ("766", "alice", "bob", "url"),
    ]
    assert {message.source for message in seen} == {"tracker.chat"}
    assert bob.sync() == []


def test_metadata_set_before_registration_is_in_the_welcome(hosted: Hosted) -> None:
    """> servers MUST send clients a list of their current metadata [...] as part of the registration burst"""
    client = hosted.connect()
    seen = client.command(
        "CAP LS 302", f"CAP REQ :{_AWARE}", "METADATA * SET url x", "METADATA * SUB url", "METADATA * LIST"
    )
    assert commands(seen)[-6:] == ["CAP", "761", "770", "BATCH", "761", "BATCH"]
    assert seen[-2].tags["batch"] == "1"
    seen = client.command("NICK alice", "USER alice 0 * :x", "CAP END")
    numerics = commands(seen)
    at = numerics.index("761")
    assert numerics.index("001") < at < numerics.index("376")
    assert numerics[at - 1 : at + 2] == ["BATCH", "761", "BATCH"]
    assert seen[at].params == ("alice", "alice", "url", "*", "x")
    assert "metadata * alice url :x" in hosted.log_lines()


def test_without_metadata_the_welcome_has_an_empty_batch(hosted: Hosted) -> None:
    client = hosted.connect()
    seen = client.command(f"CAP REQ :{_AWARE}", "NICK alice", "USER alice 0 * :x", "CAP END")
    (batch,), _ = split_batches(seen)
    assert (batch.kind, batch.opening.params[2], batch.inside) == ("metadata", "alice", [])


def test_all_changes_are_logged(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room")
    alice.command("METADATA #room SET url :x y", "METADATA #room SET url", "METADATA * SET note z", "METADATA * CLEAR")
    assert [line for line in hosted.log_lines() if line.startswith("metadata ")] == [
        "metadata #room alice url :x y",
        "metadata #room alice url",
        "metadata * alice note :z",
        "metadata * alice note",
    ]


def test_metadata_of_a_room_ends_with_the_room(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", caps=_AWARE)
    alice.command("METADATA #room SET url x", "PART #room", "JOIN #room")
    assert only(alice.command("METADATA #room LIST"), "761") == []


def test_metadata_stays_with_a_renamed_room(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", caps=_AWARE)
    alice.command("METADATA #room SET url x", "RENAME #room #other")
    assert one(alice.command("METADATA #other LIST"), "761").params[1:] == ("#other", "url", "*", "x")


def test_metadata_follows_the_person_not_the_nick(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice"), hosted.client("bob")
    alice.command("METADATA * SET url x", "NICK alicia")
    bob.command("NICK alice")
    assert only(bob.command("METADATA alice LIST"), "761") == []
    assert one(bob.command("METADATA alicia LIST"), "761").params[4] == "x"


@pytest.mark.parametrize("size", first_and_thorough(90, 3000))
def test_metadata_of_many_members_is_sent_on_sync(tmp_path: Path, size: int) -> None:
    """More than a hundred lines must be requested by SYNC; then they come complete."""
    with hosted_tracker(tmp_path, max_total_metadata_bytes=0) as hosted:
        crowd = [hosted.client(f"n{number}", "#room") for number in range(size // 15)]
        for client in crowd:
            client.send(*(f"METADATA * SET k{number} :{'x' * 20}" for number in range(15)))
        for client in crowd:
            client.sync()
        alice = hosted.client("alice", caps=_AWARE)
        assert commands(alice.command(f"METADATA * SUB {' '.join(f'k{number}' for number in range(15))}")) == [
            "770",
            "774",
        ]
        seen = alice.command("JOIN #room")
        if len(crowd) * 15 > 100:
            assert one(seen, "774").params[:2] == ("alice", "#room")
            seen = alice.command("METADATA #room SYNC")
        assert len(only(seen, "761")) == len(crowd) * 15
