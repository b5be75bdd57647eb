"""Ignored people and muted rooms, and how they are saved."""

import json

import pytest

from chatcore.terminal.session import quiet as quiet_module
from chatcore.terminal.session.quiet import Quiet


def _changed(kept: str, tracker: str, *names: str) -> str:
    quiet = Quiet(kept, tracker)
    for name in names:
        assert quiet.add(name)
    return quiet.merged_into(kept)


def test_each_tracker_has_its_own_list() -> None:
    kept = _changed(_changed("", "one:8000", "bob", "#Garden"), "two:8000", "eve")
    one = Quiet(kept, "one:8000")
    assert (one.people, one.rooms) == (["bob"], ["#Garden"])
    assert (one.has("BOB"), one.has("#garden"), one.has("eve")) == (True, True, False)
    assert one.remove("Bob")
    assert not one.remove("Bob")
    assert one.remove("#garden")
    assert json.loads(one.merged_into(kept)) == {"two:8000": ["eve"]}


def test_two_clients_at_one_tracker_keep_each_others_changes() -> None:
    kept = _changed("", "one", "bob", "eve")
    first, second = Quiet(kept, "one"), Quiet(kept, "one")
    assert first.add("#garden")
    assert first.remove("bob")
    assert second.add("dan")
    kept = second.merged_into(first.merged_into(kept))
    assert Quiet(kept, "one").people == ["eve", "dan"]
    assert Quiet(kept, "one").rooms == ["#garden"]


def test_a_new_name_of_an_ignored_person_is_ignored_but_not_saved() -> None:
    quiet = Quiet("", "one")
    quiet.add("bob")
    quiet.rename("bob", "rob")
    quiet.rename("rob", "robert")
    quiet.rename("eve", "eva")
    assert (quiet.has("Robert"), quiet.has("eva")) == (True, False)
    assert not Quiet(quiet.merged_into(""), "one").has("robert")
    assert quiet.remove("robert")
    assert not quiet.has("robert")


@pytest.mark.parametrize("kept", ["{", "[]", "1", '{"one": 1}', '{"one": [1, null]}', "[" * 100_000])
def test_an_invalid_file_counts_as_empty(kept: str) -> None:
    assert Quiet(kept, "one").people == []
    assert json.loads(_changed(kept, "one", "bob"))["one"] == ["bob"]


def test_names_and_trackers_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quiet_module, "MOST_NAMES", 2)
    monkeypatch.setattr(quiet_module, "MOST_TRACKERS", 3)
    quiet = Quiet("", "one")
    assert [quiet.add(name) for name in ("a", "b", "c", "#x")] == [True, True, False, True]
    kept = ""
    for number in range(5):
        kept = _changed(kept, f"tracker {number}", "bob")
    assert list(json.loads(kept)) == ["tracker 2", "tracker 3", "tracker 4"]
