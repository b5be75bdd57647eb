"""The latest speakers, and how many of them are remembered."""

from chatcore.terminal.session.effects import Said
from chatcore.terminal.session.talkers import MOST_IN_A_PLACE, MOST_PLACES, Talkers


def test_only_the_latest_speakers_of_a_place_are_remembered() -> None:
    talkers = Talkers()
    for number in range(MOST_IN_A_PLACE + 5):
        talkers.note(Said(f"p{number}", "hi", "#lobby"), None, is_own=False)
    names = talkers.in_room("#LOBBY")
    assert (len(names), names[0], names[-1]) == (MOST_IN_A_PLACE, "p104", "p5")


def test_only_the_latest_places_are_remembered() -> None:
    talkers = Talkers()
    for number in range(MOST_PLACES):
        talkers.note(Said("bob", "hi", f"#{number}"), None, is_own=False)
    talkers.note(Said("bob", "hi", "#0"), None, is_own=False)
    talkers.note(Said("bob", "hi", "#more"), None, is_own=False)
    assert (talkers.in_room("#0"), talkers.in_room("#1"), talkers.in_room("#more")) == (["bob"], [], ["bob"])


def test_a_renamed_speaker_keeps_the_position() -> None:
    talkers = Talkers()
    for nick in ("ann", "bob", "cleo"):
        talkers.note(Said(nick, "hi", "#lobby"), None, is_own=False)
    talkers.rename("BOB", "zoe")
    talkers.rename("dan", "eve")
    assert talkers.in_room("#lobby") == ["cleo", "zoe", "ann"]
