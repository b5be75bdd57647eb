"""A tracker's view of one shelf: it reads the shared rows, and proposes changes."""

from __future__ import annotations

import pytest

from chatcore.cluster.shared_shelf import SharedShelf
from chatcore.cluster.shelves import Shelves
from chatcore.errors import ChatError, StreamClosed
from chatcore.state.records import RowsSet
from chatcore.state.shelf import Rows


class _House:
    """A shelf whose records wait until the test applies them."""

    def __init__(self) -> None:
        self.shelves = Shelves()
        self.is_closed = False
        self.on_their_way: list[RowsSet] = []
        self.bans = SharedShelf("bans", self.shelves, self._propose, self._post)

    def _propose(self, record: RowsSet) -> bool:
        self._post(record)
        return self.shelves.apply(self.on_their_way.pop())

    def _post(self, record: RowsSet) -> None:
        if self.is_closed:
            raise StreamClosed
        self.on_their_way.append(record)


def test_a_shelf_has_only_its_own_rows() -> None:
    house, told = _House(), list[Rows]()
    house.bans.watch(told.append)
    house.shelves.apply(RowsSet("bans", (("a", b"1"),)))
    house.shelves.apply(RowsSet("other", (("b", b"1"),)))
    assert house.bans.rows() == {"a": b"1"}
    assert (house.bans.value("a"), house.bans.value("b")) == (b"1", None)
    assert told == [(), (("a", b"1"),)]


def test_a_proposal_returns_whether_it_was_accepted() -> None:
    house = _House()
    assert house.bans.propose((("a", b"1"),), (("a", None),))
    assert not house.bans.propose((("a", b"2"),), (("a", None),))
    assert house.bans.rows() == {"a": b"1"}


def test_a_posted_change_takes_effect_later() -> None:
    house = _House()
    house.bans.post((("a", b"1"),), (("a", None),))
    assert house.bans.rows() == {}
    assert house.on_their_way == [RowsSet("bans", (("a", b"1"),), (("a", None),))]


def test_a_put_takes_effect_at_once_without_a_record() -> None:
    house = _House()
    house.bans.put((("a", b"1"),))
    assert (house.bans.rows(), house.on_their_way) == ({"a": b"1"}, [])


def test_a_tracker_that_ends_changes_nothing() -> None:
    house = _House()
    house.is_closed = True
    house.bans.post((("a", b"1"),))
    with pytest.raises(ChatError, match="ends"):
        house.bans.propose((("a", b"1"),))
