"""StripedDict: atomic verbs, alone against a model and together in many threads."""

from __future__ import annotations

import contextlib
import threading
from functools import partial
from random import Random
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.state.striped import StripedDict
from tests.support.generated import PROPERTY
from tests.support.together import run_together, started

_STRIPES = 4  # the stripe of an int is its remainder


class _Value:
    """A value that equals every other, so that only identity distinguishes two."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Value)

    def __hash__(self) -> int:
        return 0


@pytest.fixture
def striped() -> StripedDict[int, _Value]:
    return StripedDict(_STRIPES)


def test_an_absent_key_has_no_value(striped: StripedDict[int, _Value]) -> None:
    assert striped.get(1) is None
    assert len(striped) == 0
    assert striped.snapshot() == []


def test_the_first_value_put_wins(striped: StripedDict[int, _Value]) -> None:
    first, second = _Value(), _Value()
    assert striped.put_if_absent(1, first) is first
    assert striped.put_if_absent(1, second) is first
    assert striped.get(1) is first
    assert len(striped) == 1


def test_only_the_same_object_is_removed(striped: StripedDict[int, _Value]) -> None:
    value = _Value()
    striped.put_if_absent(1, value)
    assert not striped.remove_if(1, _Value())
    assert not striped.remove_if(1 + _STRIPES, value)
    assert striped.get(1) is value
    assert striped.remove_if(1, value)
    assert striped.get(1) is None
    assert not striped.remove_if(1, value)


# To the same stripe, a higher one, a lower one, and itself: each takes the locks differently.
@pytest.mark.parametrize(("old", "new"), [(1, 1 + _STRIPES), (1, 3), (3, 1), (1, 1)])
def test_move_takes_the_value_along(striped: StripedDict[int, _Value], old: int, new: int) -> None:
    value = _Value()
    striped.put_if_absent(old, value)
    assert striped.move(old, new, value)
    assert striped.get(new) is value
    assert striped.get(old) is (value if old == new else None)
    assert len(striped) == 1


@pytest.mark.parametrize(("old", "new"), [(1, 1 + _STRIPES), (1, 3), (3, 1)])
def test_move_to_a_taken_key_changes_nothing(striped: StripedDict[int, _Value], old: int, new: int) -> None:
    value, holder = _Value(), _Value()
    striped.put_if_absent(old, value)
    striped.put_if_absent(new, holder)
    assert not striped.move(old, new, value)
    assert striped.get(old) is value
    assert striped.get(new) is holder


@pytest.mark.parametrize(("old", "new"), [(1, 1 + _STRIPES), (1, 3), (3, 1), (1, 1)])
def test_move_of_another_object_changes_nothing(striped: StripedDict[int, _Value], old: int, new: int) -> None:
    value = _Value()
    striped.put_if_absent(old, value)
    assert not striped.move(old, new, _Value())
    assert not striped.move(new + 2 * _STRIPES, new, value)
    assert striped.get(old) is value
    assert len(striped) == 1


@pytest.mark.parametrize(("old", "new"), [(1, 1 + _STRIPES), (1, 3), (3, 1), (1, 1)])
def test_a_move_is_not_seen_before_its_follow_up_is_done(striped: StripedDict[int, _Value], old: int, new: int) -> None:
    value = _Value()
    striped.put_if_absent(old, value)
    with contextlib.ExitStack() as observers:

        def follow() -> None:
            for key in (old, new):
                observer = observers.enter_context(started(partial(striped.get, key)))
                observer.join(0.01)
                assert observer.is_alive()

        assert striped.move(old, new, value, follow)


def test_a_removed_key_is_not_free_before_its_follow_up_is_done(striped: StripedDict[int, _Value]) -> None:
    value, successor = _Value(), _Value()
    striped.put_if_absent(1, value)
    with contextlib.ExitStack() as claimers:

        def follow() -> None:
            claimer = claimers.enter_context(started(lambda: striped.put_if_absent(1, successor)))
            claimer.join(0.01)
            assert claimer.is_alive()

        assert striped.remove_if(1, value, follow)
    assert striped.get(1) is successor


def test_a_new_key_is_not_seen_before_its_follow_up_is_done(striped: StripedDict[int, _Value]) -> None:
    with contextlib.ExitStack() as observers:

        def follow() -> None:
            observer = observers.enter_context(started(partial(striped.get, 1)))
            observer.join(0.01)
            assert observer.is_alive()

        value = _Value()
        assert striped.put_if_absent(1, value, follow) is value


def test_a_failed_verb_has_no_follow_up(striped: StripedDict[int, _Value]) -> None:
    value = _Value()
    striped.put_if_absent(1, value)
    done: list[str] = []
    assert striped.put_if_absent(1, _Value(), lambda: done.append("put")) is value
    assert not striped.remove_if(1, _Value(), lambda: done.append("removed"))
    assert not striped.move(1, 2, _Value(), lambda: done.append("moved"))
    assert done == []


def test_snapshot_is_a_copy(striped: StripedDict[int, _Value]) -> None:
    values = [striped.put_if_absent(key, _Value()) for key in range(10)]
    snapshot = striped.snapshot()
    striped.remove_if(0, values[0])
    assert sorted(map(id, snapshot)) == sorted(map(id, values))


_KEYS = st.integers(-3, 6)
_OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["get", "put", "remove", "move"]), _KEYS, _KEYS, st.integers(0, 2)), max_size=60
)
_Verb = Literal["get", "put", "remove", "move"]


@PROPERTY
@given(st.integers(1, 5), _OPERATIONS)
def test_behaves_like_one_dictionary(stripes: int, operations: list[tuple[_Verb, int, int, int]]) -> None:
    striped: StripedDict[int, _Value] = StripedDict(stripes)
    model: dict[int, _Value] = {}
    values = [_Value() for _ in range(3)]
    for verb, key, other, index in operations:
        value = values[index]
        holds = model.get(key) is value
        if verb == "get":
            assert striped.get(key) is model.get(key)
        elif verb == "put":
            assert striped.put_if_absent(key, value) is model.setdefault(key, value)
        elif verb == "remove":
            assert striped.remove_if(key, value) is holds
            if holds:
                del model[key]
        else:
            moves = holds and (key == other or other not in model)
            assert striped.move(key, other, value) is moves
            if moves:
                model[other] = model.pop(key)
        assert len(striped) == len(model)
        assert sorted(map(id, striped.snapshot())) == sorted(map(id, model.values()))


def test_one_of_many_threads_wins_each_key() -> None:
    striped: StripedDict[int, int] = StripedDict(_STRIPES)
    won: list[list[int]] = [[] for _ in range(8)]

    def claim(number: int) -> None:
        for key in Random(number).sample(range(300), 300):
            if striped.put_if_absent(key, number) == number:
                won[number].append(key)

    run_together(*(lambda number=number: claim(number) for number in range(8)))
    assert sorted(key for keys in won for key in keys) == list(range(300))
    assert all(striped.get(key) == number for number, keys in enumerate(won) for key in keys)


def test_concurrent_moves_neither_lose_nor_double_values() -> None:
    """Moves in both directions between the same stripes would deadlock without a fixed order of the locks."""
    striped: StripedDict[int, _Value] = StripedDict(_STRIPES)
    at = [(key, striped.put_if_absent(key, _Value())) for key in range(6)]
    values = [value for _, value in at]

    def wander(key: int, value: _Value) -> None:
        random = Random(key)
        for _ in range(1500):
            target = random.randrange(9)
            if striped.move(key, target, value):
                key = target
            assert striped.get(key) is value

    run_together(*(lambda key=key, value=value: wander(key, value) for key, value in at))
    assert len(striped) == len(values)
    assert sorted(map(id, striped.snapshot())) == sorted(map(id, values))


def test_a_contested_key_is_held_by_one_thread_at_a_time() -> None:
    striped: StripedDict[str, object] = StripedDict(_STRIPES)
    inside = threading.Lock()
    entries = []

    def compete(own: object) -> None:
        for _ in range(300):
            if striped.put_if_absent("key", own) is own:
                assert inside.acquire(blocking=False), "two threads hold one key"
                entries.append(own)
                inside.release()
                assert striped.remove_if("key", own)

    run_together(*(lambda own=own: compete(own) for own in (object(), object(), object(), object())))
    assert entries
    assert len(striped) == 0
