"""How many places there are for people who come by ssh."""

from chatcore.ssh.places import Places


def test_there_are_so_many_and_one_that_is_given_back_is_free() -> None:
    places = Places(2)
    assert [places.take() for _ in range(3)] == [True, True, False]
    places.give()
    assert [places.take() for _ in range(2)] == [True, False]


def test_none_is_no_bound() -> None:
    places = Places(0)
    assert all(places.take() for _ in range(1000))
