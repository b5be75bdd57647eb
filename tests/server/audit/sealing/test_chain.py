"""A chain continues if its seals fit its key; otherwise a new one begins, and the operator is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from chatcore.errors import ConfigError, StateTooNew
from chatcore.server.audit.sealing import key_file
from chatcore.server.audit.sealing.key_file import SLOT_BYTES, KeyFile, KeyState, version_of
from chatcore.server.audit.sealing.sealer import open_sealer
from chatcore.server.audit.sealing.seals import find_seals
from tests.server.audit.sealing.conftest import Desk


def _lines(desk: Desk) -> list[bytes]:
    return desk.seals.read_bytes().splitlines(keepends=True)


def _cut(desk: Desk) -> None:
    desk.seals.write_bytes(b"".join(_lines(desk)[:-1]))


def _change_last(desk: Desk) -> None:
    desk.seals.write_bytes(desk.seals.read_bytes()[:-2] + b"x\n")


def _change_header(desk: Desk) -> None:
    desk.seals.write_bytes(desk.seals.read_bytes().replace(b"chain=", b"chain=0", 1))


def _change_the_chain_id(desk: Desk) -> None:
    data = desk.seals.read_bytes()
    desk.seals.write_bytes(re.sub(rb"chain=\w+", b"chain=0123456789abcdef", data, count=1))


def _garble(desk: Desk) -> None:
    desk.seals.write_bytes(b"\xff" + desk.seals.read_bytes()[1:])


def _append(desk: Desk) -> None:
    with desk.seals.open("ab") as file:
        file.write(b"seal 9 of somebody else\n")


def _remove(desk: Desk) -> None:
    desk.seals.unlink()


def _remove_key(desk: Desk) -> None:
    (desk.state / "seal-key").unlink()


def _damage_key(desk: Desk) -> None:
    (desk.state / "seal-key").write_bytes(b"\0" * 2 * SLOT_BYTES)


def _append_a_newer_format(desk: Desk) -> None:
    """The last record has the format of a future version, and the key fits it."""
    lines = _lines(desk)
    lines[-1] = b"erased" + lines[-1].removeprefix(b"end")
    keys = KeyFile(desk.state / "seal-key")
    state = keys.read()
    assert state
    desk.seals.write_bytes(b"".join(lines))
    keys.replace(replace(state, stop=state.stop + 3))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_cut, "chat.log.seal does not fit its key: it has fewer seals than were made"),
        (_change_last, "chat.log.seal does not fit its key: its last seal is a different one"),
        (_change_header, "chat.log.seal does not fit its key: it cannot be read: not a header of seals"),
        (_change_the_chain_id, "chat.log.seal does not fit its key: it belongs to another chain"),
        (_garble, "chat.log.seal does not fit its key: it cannot be read: "),
        (_append, "chat.log.seal does not fit its key: what follows its last seal is not a seal"),
        (_append_a_newer_format, "chat.log.seal does not fit its key: its last seal cannot be read: a newer version"),
        (_remove, "chat.log.seal does not fit its key: it is missing"),
        (_remove_key, "seal-key is missing"),
        (_damage_key, "seal-key is damaged"),
    ],
)
def test_a_new_chain_begins(small: Desk, change: Callable[[Desk], None], reason: str) -> None:
    before = small.key
    change(small)
    seals = small.seals.read_bytes() if small.seals.exists() else b""
    small.start()
    small.say_and_seal("five")
    (told,) = small.told
    assert reason in told
    assert told.startswith("The chain of seals cannot continue, as ")
    assert small.key != before
    report = small.verify()
    assert report.problems == []
    assert f"unsealed: {small.path} lines 1-4, found there at 2027-01-15T08:01:30.006Z" in report.notes
    aside = list(small.path.parent.glob("chat.log.seal-*"))
    assert [path.read_bytes() for path in aside] == [seals] * bool(seals)
    assert not aside or f"the old seals are kept as {aside[0]}" in told


def test_set_aside_seals_are_found_by_their_key(small: Desk) -> None:
    key = small.key
    _remove_key(small)
    small.start()
    small.end()
    _remove_key(small)
    small.start()
    first, second = sorted(small.path.parent.glob("chat.log.seal-*"))
    assert find_seals(small.seals, key) == first
    assert find_seals(small.seals, small.key) == small.seals
    assert find_seals(small.seals, b"x" * 32) is None
    assert find_seals(Path("/nonexistent/chat.log.seal"), key) is None
    assert second.exists()


def test_a_torn_record_is_cut_off(small: Desk) -> None:
    with small.seals.open("ab") as file:
        file.write(b"seal 9 2027-01-15T")
    assert small.verify().problems == []
    small.start()
    assert small.told == []
    assert small.verify().problems == []


def test_a_chain_ahead_of_its_key_continues(desk: Desk) -> None:
    """As when only the state folder is restored from a snapshot: the older key verifies the later records."""
    desk.start()
    desk.say_and_seal("one")
    slots = (desk.state / "seal-key").read_bytes()
    desk.say_and_seal("two")
    desk.say_and_seal("three")
    desk.kill()
    (desk.state / "seal-key").write_bytes(slots)
    desk.start()
    desk.say_and_seal("four")
    assert (desk.told, desk.verify().problems, desk.verify().notes) == ([], [], [])


def test_nothing_is_written_before_the_key_is_made(tmp_path: Path) -> None:
    sealer = open_sealer(tmp_path / "chat.log", tmp_path, lambda text: None)
    assert sealer.needs_key
    sealer.close()
    assert list(tmp_path.iterdir()) == []


def test_a_log_must_be_a_regular_file_to_be_sealed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^--seal needs the log to be a file, and /dev/null is not one$"):
        open_sealer(Path("/dev/null"), tmp_path, lambda text: None)


def test_an_unreadable_key_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "seal-key").mkdir()
    with pytest.raises(ConfigError, match=r"^cannot read the seals: .*seal-key: Is a directory$"):
        open_sealer(tmp_path / "chat.log", tmp_path, lambda text: None)


# The key file

_STATE = KeyState("0123456789abcdef", 7, b"k" * 32, b"m" * 32, 100, 200)


def test_one_slot_holds_the_key_and_the_other_is_blank(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "seal-key")
    assert keys.read() is None
    for number in range(4):
        state = KeyState("0123456789abcdef", number, bytes([number]) * 32, b"m" * 32, 100, 200)
        keys.replace(state)
        data = keys.path.read_bytes()
        slots = [data[:SLOT_BYTES].strip(), data[SLOT_BYTES:].strip()]
        assert slots[1 - number % 2] == b""
        assert state.key.hex().encode() in slots[number % 2]
        assert KeyFile(keys.path).read() == state
    assert keys.path.stat().st_mode & 0o777 == 0o600


def test_of_two_keys_the_later_one_counts(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "seal-key")
    keys.replace(_STATE)
    first = keys.path.read_bytes()[:SLOT_BYTES]
    keys.replace(KeyState("0123456789abcdef", 8, b"n" * 32, b"m" * 32, 200, 300))
    keys.path.write_bytes(first + keys.path.read_bytes()[SLOT_BYTES:])
    found = KeyFile(keys.path).read()
    assert found
    assert found.number == 8


def test_a_changed_slot_is_ignored(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "seal-key")
    keys.replace(_STATE)
    good = keys.path.read_bytes()
    for place in range(len(good[:SLOT_BYTES].rstrip())):
        changed = bytearray(good)
        changed[place] ^= 1
        keys.path.write_bytes(changed)
        try:
            assert KeyFile(keys.path).read() is None
        except StateTooNew:
            assert place == len("chatcore-seal-key "), "only a changed version may raise StateTooNew"


def test_a_key_file_of_a_newer_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = KeyFile(tmp_path / "seal-key")
    monkeypatch.setattr(key_file, "VERSION", 2)
    keys.replace(_STATE)
    monkeypatch.undo()
    with pytest.raises(StateTooNew):
        KeyFile(keys.path).read()


def test_the_version_of_a_key_file(tmp_path: Path) -> None:
    path = tmp_path / "seal-key"
    path.write_bytes(b"")
    assert version_of(path) == 0
    path.write_bytes(b"chatcore-seal-key 99 whatever")
    assert version_of(path) == 99
    with pytest.raises(StateTooNew):
        KeyFile(path).read()
