"""Rows that are the same on all trackers."""

from __future__ import annotations

from chatcore.cluster.shelves import Shelves
from chatcore.state.records import RowsSet
from chatcore.state.shelf import Rows


def _shelves_with(*records: RowsSet) -> Shelves:
    shelves = Shelves()
    for record in records:
        shelves.apply(record)
    return shelves


def test_rows_are_set_replaced_and_removed() -> None:
    shelves = _shelves_with(RowsSet("bans", (("a", b"1"), ("b", b"2"))))
    assert shelves.apply(RowsSet("bans", (("a", None), ("b", b"3"), ("never", None))))
    assert shelves.rows("bans") == {"b": b"3"}
    assert (shelves.value("bans", "a"), shelves.value("bans", "b"), shelves.value("other", "b")) == (None, b"3", None)


def test_a_change_applies_only_if_the_rows_are_as_expected() -> None:
    shelves = _shelves_with(RowsSet("accounts", (("ann", b"1"),)))
    new = RowsSet("accounts", (("ann", b"2"),), (("ann", None),))
    assert not shelves.apply(new)
    assert not shelves.apply(new._replace(rows=(("bob", b"2"),), expected=(("bob", None), ("ann", b"0"))))
    assert shelves.rows("accounts") == {"ann": b"1"}
    assert shelves.apply(new._replace(expected=(("ann", b"1"), ("bob", None))))
    assert shelves.rows("accounts") == {"ann": b"2"}


def test_rows_keep_the_order_of_insertion() -> None:
    shelves = _shelves_with(RowsSet("bans", (("z", b""), ("a", b""))), RowsSet("bans", (("z", b"1"), ("m", b""))))
    assert list(shelves.rows("bans")) == ["z", "a", "m"]


def test_equal_rows_give_equal_states_whatever_came_before() -> None:
    one = _shelves_with(RowsSet("b", (("x", b"1"),)), RowsSet("a", (("y", b"2"),)))
    other = _shelves_with(RowsSet("gone", (("x", b""),)), RowsSet("a", (("y", b"2"),)), RowsSet("b", (("x", b"1"),)))
    other.apply(RowsSet("gone", (("x", None),)))
    other.apply(RowsSet("never", (("x", None),)))
    assert one.state() == other.state() == (("a", (("y", b"2"),)), ("b", (("x", b"1"),)))


def test_the_state_is_restored_in_order() -> None:
    before = _shelves_with(RowsSet("bans", (("z", b"1"), ("a", b"2"))))
    after = _shelves_with(RowsSet("old", (("k", b"v"),)))
    after.restore(before.state())
    assert after.state() == before.state()
    assert after.rows("old") == {}


def test_readers_get_a_copy_of_the_rows() -> None:
    shelves = _shelves_with(RowsSet("bans", (("a", b"1"),)))
    shelves.rows("bans").clear()
    assert shelves.rows("bans") == {"a": b"1"}


def test_listeners_get_existing_rows_and_changes() -> None:
    shelves, told = _shelves_with(RowsSet("bans", (("a", b"1"),))), list[Rows]()
    shelves.watch("bans", told.append)
    shelves.apply(RowsSet("bans", (("b", b"2"),)))
    shelves.apply(RowsSet("bans", (("c", b"3"),), (("b", b"no"),)))
    shelves.apply(RowsSet("other", (("a", b"1"),)))
    assert told == [(("a", b"1"),), (("b", b"2"),)]


def test_listeners_get_the_changes_of_a_snapshot() -> None:
    shelves, told = _shelves_with(RowsSet("bans", (("a", b"1"), ("b", b"2")))), list[Rows]()
    shelves.watch("bans", told.append)
    shelves.restore([("bans", [("b", b"3")])])
    shelves.restore([])
    assert told[1:] == [(("a", None), ("b", b"3")), (("b", None),)]


def test_a_listener_may_read_the_rows() -> None:
    shelves, seen = Shelves(), list[dict[str, bytes]]()
    shelves.watch("bans", lambda rows: seen.append(shelves.rows("bans")))
    shelves.apply(RowsSet("bans", (("a", b"1"),)))
    assert seen == [{}, {"a": b"1"}]
