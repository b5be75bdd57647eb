"""The checker follows renamed rooms and people's metadata."""

from __future__ import annotations

import pytest

from tests.faults.cluster.checker import check
from tests.faults.cluster.test_checker import ANN, BOB, log_of, seen
from tests.faults.cluster.transcript import FULL_CAPS, Transcript, Visit


def _renamed() -> Transcript:
    """A room is renamed; clients without the RENAME capability see a PART and a JOIN."""
    log = log_of(
        f"01 connect ann {ANN} :Ann\n02 join #one ann {ANN}\n03 connect bob {BOB} :Bob\n04 join #one bob {BOB}\n"
        "05 message #one ann :old\n06 rename #one ann #two :why\n07 metadata * ann mood :fine\n"
        "08 message #two ann :last"
    )
    ann = "02 ann JOIN #one\n04 bob JOIN #one\n05 ann PRIVMSG #one :old\n06 ann RENAME #one #two :why\n"
    bob = "04 bob JOIN #one\n05 ann PRIVMSG #one :old\n06 bob PART #one :why\n06 bob JOIN #two"
    said_to_bob = [":tracker.chat 761 bob ann mood * :fine", ":ann!u@h PRIVMSG #two :last"]
    return Transcript(
        "seed",
        {"A": log, "B": log},
        [
            Visit("A", "ann", ANN, FULL_CAPS, seen(f"{ann}08 ann PRIVMSG #two :last"), "here"),
            Visit("B", "bob", BOB, "draft/metadata-3", [*seen(bob, tagged=False), *said_to_bob], "here"),
        ],
        "last",
        facts={name: ["NAMES #two ann bob", "NAMES #one "] for name in "AB"},
        histories={"#two": {name: [("05", "ann", "old"), ("08", "ann", "last")] for name in "AB"}},
    )


def test_a_renamed_room_keeps_its_history() -> None:
    assert check(_renamed()) == []


@pytest.mark.parametrize("rule", ["history", "order"])
def test_a_rename_that_is_not_followed_is_found(rule: str) -> None:
    transcript = _renamed()
    if rule == "history":
        del transcript.histories["#two"]["A"][0]
    else:
        del transcript.visits[1].received[2]
    assert {finding.rule for finding in check(transcript)} == {rule}
