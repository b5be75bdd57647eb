"""A name has one colour, wherever it is shown."""

from __future__ import annotations

from chatcore.protocol.nick_colour import NICK_COLOURS, nick_colour


def test_colour_of_a_name_is_the_same_everywhere() -> None:
    # The values are part of the promise: another client, in another language, computes the same.
    assert nick_colour("alice") == "38;5;172"
    assert nick_colour("ALICE") == nick_colour("alice")
    assert nick_colour("bob") == "38;5;136"
    assert nick_colour("日本") == nick_colour("日本")


def test_colours_are_spread() -> None:
    colours = [nick_colour(f"user{number}") for number in range(600)]
    assert len(set(colours)) == len(NICK_COLOURS)
    assert max(colours.count(colour) for colour in set(colours)) < 100
