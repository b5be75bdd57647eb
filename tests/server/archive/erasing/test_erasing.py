"""What is erased from the archive's files and what stays; no byte of erased text remains in the folder."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.protocol.names import casefold
from chatcore.server.archive.erasing import erasing
from chatcore.server.archive.erasing.erasing import Erased, erase
from chatcore.state.erasure import Erasure
from chatcore.state.history import Kinds
from tests.server.archive.conftest import MakeShelf
from tests.server.archive.shelf import ALL, DAY_MS, NOON_MS, Shelf, closed_room, dialog, open_room, said, seeker
from tests.support.generated import PROPERTY

_ANN = seeker({"#a": 7, "#b": 8}, account_id="ann")
_NEWEST = 1 << 62
_IS_DAMAGED = "in the state folder is damaged and may still contain erased messages: delete it if you can spare it"


def _erase(shelf: Shelf, erasure: Erasure, up_to: int = _NEWEST) -> Erased:
    return erase(shelf.files, shelf.writer, erasure, up_to, lambda done, files, is_free: None)


def _on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


@pytest.fixture
def filled(shelf: Shelf) -> Shelf:
    """Two months with lines of every kind."""
    shelf.now_ms = NOON_MS
    shelf.enter("#a", "ann")
    for ms in (NOON_MS, NOON_MS + DAY_MS):
        shelf.say("open wort 秘密", open_room("#A"), by="Eve", ms=ms)
        shelf.say("closed wort", closed_room("#a"), by="bert", account="EVE", ms=ms)
        shelf.say("other room", open_room("#b", instance=8), by="eve", ms=ms)
        shelf.say("harmless", open_room("#a"), by="bob", ms=ms)
        shelf.say("to bob", dialog("account ann", "account bob"), by="eve", ms=ms)
        shelf.say("from bob", dialog("account ann", "account bob"), by="bob", ms=ms)
        shelf.say("", open_room("#a"), event="TOPIC #a :topicwort", by="eve", ms=ms)
    return shelf


def test_all_messages_of_a_person_go_by_nick_or_account(filled: Shelf) -> None:
    newest = filled.writer.newest_id
    assert _erase(filled, Erasure("eve")) == Erased(8, ())
    assert filled.room(_ANN, "#a", kinds=Kinds.EVENTS) == ["harmless"] * 2
    assert filled.room(_ANN, "#b") == []
    assert filled.dialog(_ANN, "account bob") == ["from bob"] * 2
    assert filled.search(_ANN, "wort") == []
    assert filled.reader.room_past(_ANN, "#a", ALL, Kinds.EVENTS | Kinds.TAGMSGS).up_to == newest
    for gone in ("wort", "秘密", "other room", "to bob", "Eve", "bert", "EVE"):
        assert gone.encode() not in _on_disk(filled.folder), gone


def test_erasing_a_room_erases_its_events_and_visits(filled: Shelf) -> None:
    filled.enter("#a", "zed")
    filled.leave("#a", "zed")
    assert _erase(filled, Erasure(room="#a")) == Erased(6, ())
    assert filled.room(_ANN, "#a", kinds=Kinds.EVENTS) == []
    assert filled.room(_ANN, "#b") == ["other room"] * 2
    assert filled.dialog(_ANN, "account bob") == ["to bob", "from bob"] * 2
    assert b"harmless" not in _on_disk(filled.folder)
    assert b"zed" not in _on_disk(filled.folder)


def test_members_of_an_erased_room_can_read_later_messages(filled: Shelf, make_shelf: MakeShelf) -> None:
    _erase(filled, Erasure(room="#a"))
    filled.say("later", closed_room("#a", instance=9), ms=NOON_MS + DAY_MS)
    filled.leave("#a", "ann")
    assert filled.room(seeker({"#a": 5}, account_id="ann"), "#a") == ["later"]
    filled.close()
    assert make_shelf().room(seeker({"#a": 5}, account_id="ann"), "#a") == ["later"]


def test_a_room_known_only_by_its_visits_is_forgotten_too(filled: Shelf) -> None:
    filled.enter("#quiet", "zed")
    filled.leave("#quiet", "zed")
    assert _erase(filled, Erasure(room="#quiet")) == Erased(0, ())
    assert b"quiet" not in _on_disk(filled.folder)
    assert len(filled.room(_ANN, "#b")) == 2


def test_erasing_by_day_removes_emptied_files(filled: Shelf) -> None:
    assert _erase(filled, Erasure(before_ms=NOON_MS + 1)) == Erased(6, ())
    assert [file.path.name for file in filled.files.all()] == ["history-2026-11.sqlite"]
    assert _erase(filled, Erasure(before_ms=NOON_MS + DAY_MS + 1)) == Erased(6, ())
    assert [file.path.name for file in filled.files.all()] == ["history-2026-11.1.sqlite"], (
        "the file being written is kept even if empty"
    )
    assert filled.room(_ANN, "#a", kinds=Kinds.EVENTS) == []


def test_later_messages_stay(filled: Shelf) -> None:
    up_to = filled.writer.newest_id
    filled.say("later wort", open_room("#a"), by="eve", ms=NOON_MS + DAY_MS)
    assert _erase(filled, Erasure("eve"), up_to) == Erased(8, ())
    assert filled.search(_ANN, "wort") == ["later wort"]


def test_combined_conditions_narrow_the_erasure(filled: Shelf) -> None:
    assert _erase(filled, Erasure("eve", "#a", NOON_MS + 1)) == Erased(2, ())
    assert filled.room(_ANN, "#a") == ["harmless", "open wort 秘密", "closed wort", "harmless"]
    assert _erase(filled, Erasure("nobody")) == Erased(0, ())
    assert [file.revision for file in filled.files.all()] == [1, 0]


def test_erasing_a_large_file_leaves_writing_possible(filled: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "MANY_ROWS", 3)
    monkeypatch.setattr(erasing, "_STEP_ROWS", 1)
    seen: list[float] = []

    def step(done: float, files: int, is_free: bool) -> None:
        assert (files, is_free) == (2, True)
        if not seen:
            filled.say("meanwhile", open_room("#a"), ms=NOON_MS + DAY_MS)
        seen.append(done)

    assert erase(filled.files, filled.writer, Erasure("eve"), _NEWEST, step) == Erased(8, ())
    assert filled.room(_ANN, "#a") == ["harmless", "harmless", "meanwhile"]
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)


def test_erasing_a_small_file_holds_up_writing(filled: Shelf) -> None:
    seen: list[bool] = []
    erase(filled.files, filled.writer, Erasure("eve"), _NEWEST, lambda done, files, is_free: seen.append(is_free))
    assert seen == [True, False]


def test_an_interruption_leaves_each_file_whole(filled: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "_STEP_ROWS", 1)

    def step(done: float, files: int, is_free: bool) -> None:
        if done > 0.6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        erase(filled.files, filled.writer, Erasure("eve"), _NEWEST, step)
    assert filled.room(_ANN, "#a") == ["harmless", "open wort 秘密", "closed wort", "harmless"]
    assert [path.name for path in filled.folder.glob("*.new*")] == []
    assert _erase(filled, Erasure("eve")) == Erased(4, ())


def test_damaged_files_are_reported_and_others_erased(filled: Shelf, make_shelf: MakeShelf) -> None:
    filled.close()
    (filled.folder / "history-2026-09.sqlite").write_bytes(b"eve" * 1000)
    shelf = make_shelf()
    problem = f"history-2026-09.sqlite.aside {_IS_DAMAGED}"
    assert _erase(shelf, Erasure("eve")) == Erased(8, (problem,))


def test_damage_found_while_erasing_is_reported(filled: Shelf) -> None:
    old = filled.files.all()[0].path
    filled.questions.close()
    data = bytearray(old.read_bytes())
    data[4096 : 4096 * 20] = bytes(4096 * 19)
    old.write_bytes(data)
    erased = _erase(filled, Erasure("eve"))
    assert erased.messages == 4
    assert "history-2026-10.sqlite cannot be read: " in erased.problems[0]


def test_files_that_cannot_be_rewritten_are_reported(filled: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(erasing, "rewrite", fail)
    assert _erase(filled, Erasure("eve")) == Erased(0, ("[Errno 28] No space left on device",) * 2)


_LINES = st.lists(
    st.tuples(st.sampled_from(["Ann", "bob"]), st.sampled_from([None, "ann"]), st.integers(0, 2), st.integers(0, 3)),
    max_size=12,
)


@PROPERTY
@given(_LINES, st.sampled_from(["", "ann"]), st.sampled_from(["", "#a"]), st.sampled_from([None, 0, 2]), st.booleans())
def test_exactly_the_matching_lines_are_erased(
    lines: list[tuple[str, str | None, int, int]], nick: str, room: str, day: int | None, is_all: bool
) -> None:
    if not (nick or room) and day is None:
        return
    erasure = Erasure(nick, room, None if day is None else NOON_MS + day * DAY_MS)
    places = [open_room("#A"), closed_room("#b"), dialog("account ann", "account bob")]
    with tempfile.TemporaryDirectory() as name, closing(Shelf(Path(name))) as shelf:
        up_to, kept = _NEWEST, []
        for number, (by, account, place, after) in enumerate(lines):
            text, ms = f"text{number}:", NOON_MS + after * DAY_MS
            record = shelf.say(text, places[place], by=by, account=account, ms=ms)
            up_to = up_to if is_all or number else record.line.id
            is_gone = (
                record.line.id <= up_to
                and (not nick or nick in (casefold(by), account))
                and (not room or place == 0)
                and (day is None or after < day)
            )
            kept += [] if is_gone else [text]
        _erase(shelf, erasure, up_to)
        found: list[str] = []
        everyone = seeker({"#a": 7, "#b": 7}, account_id="ann")
        for where in ("#a", "#b"):
            found += [said(line) for line in shelf.reader.room_past(everyone, where, ALL, Kinds.EVENTS).lines]
        found += shelf.dialog(everyone, "account bob")
        assert sorted(found) == sorted(kept)
        on_disk = _on_disk(Path(name))
        assert {text for text in map("text{}:".format, range(len(lines))) if text.encode() in on_disk} == {*kept}
