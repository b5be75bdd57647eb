"""The number of places for people who come by ssh."""

from chatcore.ssh.places import Places


def test_places_are_limited_and_returned_ones_are_free() -> None:
    places = Places(2)
    assert [places.take() for _ in range(3)] == [True, True, False]
    places.give()
    assert [places.take() for _ in range(2)] == [True, False]


def test_zero_means_no_limit() -> None:
    places = Places(0)
    assert all(places.take() for _ in range(1000))
