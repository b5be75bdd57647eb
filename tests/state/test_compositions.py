"""Messages that clients have begun to send: the limits of each, and their memory in total."""

from __future__ import annotations

from chatcore.protocol.multiline import MAX_BYTES, MAX_LINES, Part
from chatcore.state.compositions import Composition, Compositions

_HELLO = Part("hello", False)
_WIDE = Part("x" * 1000 + "\N{HOT BEVERAGE}\N{CROISSANT}", False)


def test_lines_and_bytes_are_limited_and_joints_are_free() -> None:
    composition = Composition("1")
    for _ in range(MAX_LINES):
        assert composition.excess(_HELLO) is None
        composition.note(_HELLO)
    assert composition.excess(_HELLO) == ("MULTILINE_MAX_LINES", MAX_LINES)
    composition = Composition("1")
    composition.note(Part("é" * (MAX_BYTES // 2 - 1), False))
    assert composition.excess(Part("x", False)) is None
    assert composition.excess(Part("xx", False)) == ("MULTILINE_MAX_BYTES", MAX_BYTES)
    assert composition.excess(Part("xx", True)) is None


def test_a_blank_message_is_recognized() -> None:
    composition = Composition("1")
    composition.note(Part("", False))
    assert composition.is_blank
    composition.note(Part(" ", False))
    composition.note(Part("", False))
    assert not composition.is_blank


def test_parts_are_returned_once_in_order() -> None:
    compositions, one = Compositions(), Composition("1")
    compositions.begin(one, (("+x", "y"),))
    parts = [Part("a", False), Part("b", True)]
    assert [compositions.add(one, part) for part in parts] == [True, True]
    assert compositions.end(one) == ((("+x", "y"),), parts)
    assert compositions.end(one) == ((), [])
    assert compositions.used_bytes == 0


def test_the_oldest_message_is_evicted() -> None:
    compositions = Compositions(4000)
    first, second, third = (Composition(name) for name in "123")
    compositions.begin(first)
    compositions.begin(second)
    assert compositions.add(first, _HELLO)
    compositions.begin(third)
    assert compositions.add(third, Part("x" * 1000, False)), "the first message must make room"
    assert not compositions.add(first, _HELLO)
    assert compositions.add(second, _HELLO)
    assert compositions.used_bytes <= 4000
    assert [len(compositions.end(each).parts) for each in (first, second, third)] == [0, 1, 1]
    assert compositions.used_bytes == 0


def test_memory_stays_bounded_and_no_message_evicts_itself() -> None:
    compositions = Compositions(100_000)
    composing = [Composition(str(number)) for number in range(10_000)]
    for each in composing:
        compositions.begin(each)
        assert compositions.add(each, Part("x" * 1000, False))
        assert compositions.used_bytes <= 100_000
        assert compositions.add(each, _WIDE)
        assert compositions.used_bytes <= 100_000
    alone = Compositions(10)
    alone.begin(composing[0])
    assert alone.add(composing[0], _HELLO), "the only message is not evicted"


def test_memory_is_counted_as_it_is_used() -> None:
    compositions, one = Compositions(), Composition("1")
    compositions.begin(one, (("+x", "y" * 4000),))
    assert compositions.used_bytes > 4000, "tags are counted"
    before = compositions.used_bytes
    compositions.add(one, _WIDE)
    assert compositions.used_bytes - before > 4000, "each character takes four bytes"
