"""An attacker who gets the key of a record has none of the earlier keys, so earlier records cannot be forged."""

from __future__ import annotations

from dataclasses import replace

from chatcore.server.audit.sealing import records
from chatcore.server.audit.sealing.chain import after
from chatcore.server.audit.sealing.key_file import KeyFile, KeyState
from chatcore.server.audit.sealing.keys import authenticate
from chatcore.server.audit.sealing.records import Span
from tests.server.audit.sealing.conftest import Desk

_TRUE, _FALSE = b"ann", b"eve"


def _log(desk: Desk, *texts: str) -> KeyState:
    """Log and seal texts; return all that is then on disk about the keys."""
    desk.start()
    for text in texts:
        desk.say_and_seal(text)
    state = KeyFile(desk.state / "seal-key").read()
    assert state
    return state


def _forge(desk: Desk, state: KeyState, number: int) -> None:
    """Change an author in the lines of record `number`, and forge it and all later records with this key."""
    lines = desk.seals.read_bytes().splitlines(keepends=True)
    known = [records.parse(line.rpartition(b" mac=")[0]) for line in lines[1:]]
    data = desk.path.read_bytes()
    first = known[number]
    data = data[: first.start] + data[first.start :].replace(_TRUE, _FALSE)
    before = bytes.fromhex(lines[number].rpartition(b"=")[2].decode()) if number else records.origin(state.chain)
    forged = replace(state, number=number, mac=before, stop=0)
    for record in known[number:]:
        span = Span()
        span.add(data[record.start : record.stop])
        about = replace(record, sha256=span.sha256, digests=span.digests) if span.bytes else record
        line, mac = records.sealed(about, forged.key, forged.mac)
        lines[record.number + 1] = line
        forged = after(forged, mac, len(line))
    desk.path.write_bytes(data)
    desk.seals.write_bytes(b"".join(lines))
    KeyFile(desk.state / "seal-key").replace(replace(forged, start=0, stop=len(b"".join(lines))))


def test_no_earlier_record_can_be_forged(desk: Desk) -> None:
    state = _log(desk, "one", "two", "three", "four")
    files = (desk.path, desk.seals, desk.state / "seal-key")
    good = [file.read_bytes() for file in files]
    for number in range(1, state.number):
        _forge(desk, state, number)
        assert desk.verify().problems[0] == f"{desk.seals} line {number + 2} is altered, missing, doubled or reordered"
        assert desk.verify(with_state=False).problems
        for file, data in zip(files, good, strict=True):
            file.write_bytes(data)
    assert desk.verify().problems == []


def test_the_forger_would_succeed_with_the_earlier_key(desk: Desk) -> None:
    """So only the lack of that key stops the forger."""
    early = _log(desk, "one", "two")
    desk.say_and_seal("three")
    _forge(desk, early, early.number)
    assert desk.verify(with_state=False).problems == []


def test_no_trace_of_an_earlier_key_is_left(desk: Desk) -> None:
    state = _log(desk, "one")
    keys = [state.key]
    for text in ("two", "three", "four"):
        desk.say_and_seal(text)
        left = b"".join(file.read_bytes() for file in desk.folder.rglob("*") if file.is_file())
        assert not any(key.hex().encode() in left or key in left for key in keys)
        found = KeyFile(desk.state / "seal-key").read()
        assert found
        assert found.key.hex().encode() in left
        keys.append(found.key)


def test_an_older_key_file_still_fits(desk: Desk) -> None:
    """An earlier key file fits both the present seals and those of its own time."""
    _log(desk, "one")
    slots = (desk.state / "seal-key").read_bytes()
    log, seals = desk.path.read_bytes(), desk.seals.read_bytes()
    desk.say_and_seal("two")
    desk.kill()
    (desk.state / "seal-key").write_bytes(slots)
    assert desk.verify().problems == [], "an older key must verify the later records too"
    desk.path.write_bytes(log)
    desk.seals.write_bytes(seals)
    assert desk.verify().problems == [], "a state that is older as a whole cannot be recognized"


# An attacker with a key continues the chain, and tries to give earlier records another meaning


def _append_forged(desk: Desk, state: KeyState, *forged: records.Record) -> None:
    with desk.seals.open("ab") as file:
        for record in forged:
            line, mac = records.sealed(replace(record, number=state.number), state.key, state.mac)
            file.write(line)
            state = after(state, mac, len(line))


def test_a_file_cannot_be_declared_emptied_afterwards(desk: Desk) -> None:
    """A forged `emptied` record would excuse a missing end of a copy, but that end was sealed long before."""
    _log(desk, "one", "two")
    desk.clock += 3600
    state = _log_more(desk, "three")
    last = _records(desk)[-1]
    emptied = records.Record("emptied", 0, last.time, 1, last.first, last.stop, last.stop, 3, 3)
    _append_forged(desk, state, emptied, records.Record("next", 0, last.time, 2))
    lines = desk.path.read_bytes().splitlines(keepends=True)
    desk.path.with_name("chat.log.1").write_bytes(lines[0])
    desk.path.write_bytes(b"")
    (problem,) = desk.verify().problems
    assert problem.startswith(f"{desk.path.with_name('chat.log.1')} line 2 (")
    assert problem.endswith(" is missing")


def test_a_forged_record_cannot_replace_a_missing_file(desk: Desk) -> None:
    _log(desk, "one")
    desk.rotate("chat.log.1")
    state = _log_more(desk, "two")
    desk.path.with_name("chat.log.1").unlink()
    dummy = desk.path.with_name("chat.log.0")
    dummy.write_bytes(b"2027-01-15T07:00:00.000Z message #lobby eve :hello\n")
    place = records.Record("seal", 0, "2027-01-15T09:00:00.000Z", 1, records.digest_of(dummy.read_bytes()))
    _append_forged(desk, state, place)
    problems = desk.verify().problems
    assert problems[0].endswith("with 1 lines, is missing")
    assert problems[1].endswith(" contradicts what was sealed before")


def test_contradictions_of_earlier_records_are_found(desk: Desk) -> None:
    state = _log(desk, "one", "two")
    good, last = desk.seals.read_bytes(), _records(desk)[-1]
    place = replace(last, start=last.stop, start_line=2, sha256="", digests="")
    for forged in (
        replace(place, start=0),
        replace(place, start_line=0),
        replace(place, first="AAAAAAAA"),
        replace(place, file=3),
        replace(place, file=2),
    ):
        _append_forged(desk, state, forged)
        (problem,) = desk.verify().problems
        assert problem == f"{desk.seals} line 5 contradicts what was sealed before"
        desk.seals.write_bytes(good)
    _append_forged(desk, state, place)
    assert desk.verify().problems == []


def test_a_record_of_a_newer_version_does_not_verify(desk: Desk) -> None:
    state = _log(desk, "one")
    good = desk.seals.read_bytes()
    body = b"erased 2 2027-01-15T09:00:00.000Z file=1"
    line = body + b" mac=" + authenticate(state.key, state.mac, body).hex().encode() + b"\n"
    desk.seals.write_bytes(good + line)
    (problem,) = desk.verify().problems
    what = "cannot be understood by this version: a newer version of chatcore has written it"
    assert problem == f"{desk.seals} line 4 {what}"
    desk.kill()
    desk.start()
    assert "its last seal cannot be read" in desk.told[0]


def test_a_key_that_does_not_follow(desk: Desk) -> None:
    state = _log(desk, "one")
    KeyFile(desk.state / "seal-key").replace(replace(state, key=b"k" * 32))
    assert desk.verify().problems == [f"the tracker's key does not follow from seal 1 of {desk.seals}"]


def _log_more(desk: Desk, text: str) -> KeyState:
    desk.say_and_seal(text)
    state = KeyFile(desk.state / "seal-key").read()
    assert state
    return state


def _records(desk: Desk) -> list[records.Record]:
    lines = desk.seals.read_bytes().splitlines()[1:]
    return [records.parse(line.rpartition(b" mac=")[0]) for line in lines]


def test_a_key_file_with_an_impossible_number(desk: Desk) -> None:
    """Its checksum is not secret: somebody who cuts off the end can write any number into it."""
    state = _log(desk, "one", "two", "three")
    lines = desk.seals.read_bytes().splitlines(keepends=True)
    desk.seals.write_bytes(b"".join(lines[:3]))
    desk.path.write_bytes(desk.path.read_bytes().splitlines(keepends=True)[0])
    assert desk.verify(with_state=False).problems == []
    for number in (-1, state.number, state.number + 1, 10**18):
        KeyFile(desk.state / "seal-key").replace(replace(state, number=number))
        assert desk.verify().problems == [f"{desk.seals} has 2 seals, and {number} were made"]


def test_a_backdated_removal_is_noticed(desk: Desk) -> None:
    _log(desk, "one")
    desk.clock += 86_400
    desk.say_and_seal("two")
    left = desk.rotate("chat.log.1")
    desk.say_and_seal("three")
    latest = records.parse(desk.seals.read_bytes().splitlines()[-1].rpartition(b" mac=")[0])
    state = KeyFile(desk.state / "seal-key").read()
    assert state
    first = records.digest_of(left.read_bytes().splitlines(keepends=True)[0])
    left.unlink()
    forged = replace(latest, kind="removed", number=state.number, time="2026-01-01T00:00:00.000Z", gone=first)
    line, _ = records.sealed(
        replace(forged, start=latest.stop, start_line=latest.stop_line, sha256=""), state.key, state.mac
    )
    desk.seals.write_bytes(desk.seals.read_bytes() + line)
    report = desk.verify(with_state=False)
    assert report.problems == []
    assert report.notes[-1].endswith(f"by the tracker at 2026-01-01T00:00:00.000Z, after {latest.time}")
