"""A name has one hue, wherever it is shown."""

from __future__ import annotations

from chatcore.protocol.nick_colour import HUES, hue_index, nick_colour


def test_the_hue_of_a_name_is_stable() -> None:
    # The values are part of the promise: another client, in another language, computes the same.
    assert [hue_index(name) for name in ("alice", "bob", "carol", "日本")] == [11, 8, 2, 9]
    assert hue_index("ALICE") == hue_index("alice")
    assert nick_colour("bob") == "38;5;136"


def test_hues_are_spread() -> None:
    hues = [hue_index(f"user{number}") for number in range(600)]
    assert len(set(hues)) == len(HUES)
    assert max(hues.count(hue) for hue in set(hues)) < 100


def test_no_customizable_colour_is_used() -> None:
    assert all(22 <= number <= 231 for hue in HUES for number in hue)
    for which in range(3):
        assert len({hue[which] for hue in HUES}) == len(HUES)
