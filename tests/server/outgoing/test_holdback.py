"""Holdback: nothing is delivered before it is in the log, and nothing that happened is lost, whatever the disk does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatcore.protocol import numerics as num
from chatcore.server.audit.grammar import AuditFormat
from chatcore.server.audit.log import AuditLog
from chatcore.server.outgoing.holdback import Holdback
from chatcore.state import facts, requests
from chatcore.state.events import Event, clients_of
from chatcore.state.notes import Noted, NoteKind
from chatcore.state.stream import Entry
from tests.support.disk import Disk
from tests.support.generated import PROPERTY
from tests.support.readers import connected
from tests.support.thorough import examples


class _Desk:
    """A holdback with its log, and entries numbered as they come."""

    def __init__(self, path: Path, *, fsync: bool = False) -> None:
        self.path = path
        self.log = AuditLog(path, fsync=fsync)
        self._rotated: list[Path] = []
        self.holdback = Holdback(self.log, AuditFormat(log_private=True))
        self._position = 0

    def entry(self, *events: Event) -> Entry:
        self._position += 1
        return Entry(self._position, float(self._position), events)

    def admit(self, *entries: Entry) -> list[Entry]:
        return self.holdback.admit(list(entries), 0.0)

    def rotate(self) -> None:
        """Rename the log as logrotate does, if it has been created again already."""
        if self.path.exists():
            self._rotated.append(self.path.rename(self.path.with_name(f"chat.log.{len(self._rotated)}")))
        self.log.look()

    def text(self) -> str:
        """Return the text of the log and of all earlier ones."""
        files = (path for path in (*self._rotated, self.path) if path.exists())
        return "".join(path.read_text(encoding="utf-8") for path in files)

    def kinds(self) -> list[str]:
        """Return the kinds of the lines in the log."""
        return [line.split()[1] for line in self.path.read_text(encoding="utf-8").splitlines()]

    def close(self) -> None:
        self.log.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[_Desk]:
    """Clients 1, 2 and 3 are connected."""
    desk = _Desk(tmp_path / "chat.log")
    desk.admit(desk.entry(*(connected(number) for number in (1, 2, 3))))
    yield desk
    desk.close()


def _said(client: int, text: str = "hi") -> facts.Said:
    return facts.Said(client, "#room", "PRIVMSG", text)


def _refusal(client: int, command: str = "PRIVMSG") -> requests.Replied:
    return requests.Replied(client, ((num.ERR_UNKNOWNERROR, command, "Not delivered: the log cannot be written"),))


def test_everything_passes_unchanged_while_the_log_can_be_written(desk: _Desk, disk: Disk) -> None:
    entries = [desk.entry(_said(1)), desk.entry(requests.Replied(2, ())), desk.entry(facts.Joined(3, "#room", ""))]
    assert desk.admit(*entries) == entries
    assert desk.kinds() == ["connect"] * 3 + ["message", "join"]
    assert disk.calls == ["write"]


def test_messages_are_refused_while_the_log_cannot_be_written(desk: _Desk, disk: Disk) -> None:
    disk.free = 0
    said = desk.entry(_said(1), facts.SaidPrivately(1, 2, "PRIVMSG", "psst"))
    (refused,) = desk.admit(said)
    assert refused == said._replace(events=(_refusal(1), _refusal(1)))
    disk.free = None
    desk.admit()
    assert desk.kinds() == ["connect"] * 3 + ["log-resumed"]


def test_answers_beside_a_refused_message_stay(desk: _Desk, disk: Disk) -> None:
    disk.free = 0
    answer = requests.Replied(1, ((num.RPL_AWAY, "bob", "tea"),))
    (refused,) = desk.admit(desk.entry(answer, facts.SaidPrivately(1, 2, "PRIVMSG", "psst")))
    assert refused.events == (answer, _refusal(1))


def test_changes_wait_in_order_until_the_log_is_back(desk: _Desk, disk: Disk) -> None:
    disk.free = 0
    changes = [
        desk.entry(facts.Joined(1, "#room", "o")),
        desk.entry(facts.Renamed(1, "eve")),
        desk.entry(facts.Quit(2, "", True)),
    ]
    assert desk.admit(*changes) == []
    assert desk.admit() == []
    disk.free = None
    assert desk.admit() == changes
    assert desk.kinds() == ["connect"] * 3 + ["join", "nick", "lost", "log-resumed"]


def test_a_clients_later_entries_wait_behind_its_change(desk: _Desk, disk: Disk) -> None:
    """A client sees the effects of its own commands in order, and is never closed before it has left."""
    disk.free = 0
    waiting = [
        desk.entry(facts.Quit(1, "bye", False)),
        desk.entry(requests.Closed(1)),
        desk.entry(requests.Replied(1, ())),
    ]
    others = [desk.entry(requests.Replied(2, ())), desk.entry(requests.MonitorChanged(2, ("ann",), ()))]
    assert desk.admit(*waiting, *others) == others
    disk.free = None
    assert desk.admit() == waiting


@pytest.mark.parametrize("request_", [requests.VisitForgotten("1.9"), requests.CapabilitiesChanged(5, 0)], ids=str)
def test_recorded_requests_wait_behind_earlier_changes(desk: _Desk, disk: Disk, request_: Event) -> None:
    """The journal's facts are in the order of the stream: a late one would be skipped as already taken."""
    disk.free = 0
    assert desk.admit(desk.entry(request_)) != [], "without an earlier change, nothing may wait"
    change, request = desk.entry(facts.TopicChanged(1, "#room", "tea", "ann", 7)), desk.entry(request_)
    assert desk.admit(change) == []
    assert desk.admit(request) == []
    disk.free = None
    assert desk.admit() == [change, request]


def test_a_message_behind_a_waiting_change_is_refused_in_order(desk: _Desk, disk: Disk) -> None:
    disk.free = 0
    joined, said = desk.entry(facts.Joined(1, "#room", "")), desk.entry(_said(1))
    assert desk.admit(joined, said) == []
    disk.free = None
    assert desk.admit() == [joined, said._replace(events=(_refusal(1),))]
    assert "message" not in desk.kinds()


def test_the_part_of_a_batch_that_fits_is_delivered(desk: _Desk, disk: Disk) -> None:
    disk.free = 80
    first, second = desk.entry(_said(1, "x" * 20)), desk.entry(_said(2, "y" * 20))
    assert desk.admit(first, second) == [first, second._replace(events=(_refusal(2),))]
    assert desk.kinds() == ["connect"] * 3 + ["message"]


def test_new_entries_follow_those_that_waited(desk: _Desk, disk: Disk) -> None:
    disk.free = 0
    joined = desk.entry(facts.Joined(1, "#room", ""))
    desk.admit(joined)
    disk.free = None
    said = desk.entry(_said(1))
    assert desk.admit(said) == [joined, said]
    assert desk.kinds() == ["connect"] * 3 + ["join", "log-resumed", "message"]
    assert desk.admit(desk.entry(requests.Replied(1, ()))) != []


def test_a_disk_that_fills_up_again_holds_back_the_rest(desk: _Desk, disk: Disk) -> None:
    disk.free = 0
    changes = [desk.entry(facts.Joined(number, "#room", "")) for number in (1, 2, 3)]
    assert desk.admit(*changes) == []
    disk.free = 70
    assert desk.admit() == changes[:1]
    disk.free = None
    assert desk.admit() == changes[1:]
    assert desk.kinds() == ["connect"] * 3 + ["join"] * 3 + ["log-resumed"]


def test_a_client_that_waited_once_does_not_wait_the_next_time(desk: _Desk, disk: Disk) -> None:
    disk.free = 0
    desk.admit(desk.entry(facts.Joined(1, "#room", "")))
    disk.free = None
    desk.admit()
    disk.free = 0
    desk.admit(desk.entry(facts.Joined(2, "#room", "")))
    answer = desk.entry(requests.Replied(1, ()))
    assert desk.admit(answer) == [answer]


def test_a_torn_line_that_cannot_be_cut_keeps_the_log_blocked(desk: _Desk, disk: Disk) -> None:
    """The write fails, and then the cut: nothing is written before the cut succeeds, not even that the log resumed."""
    disk.free, disk.cannot_cut = 10, True
    joined = desk.entry(facts.Joined(1, "#room", ""))
    assert desk.admit(joined) == []
    torn = desk.path.read_text(encoding="utf-8")
    disk.free = None
    said = desk.entry(_said(2))
    assert desk.admit(said) == [said._replace(events=(_refusal(2),))]
    assert desk.admit() == []
    assert not desk.log.is_writable
    assert desk.path.read_text(encoding="utf-8") == torn
    disk.cannot_cut = False
    assert desk.admit() == [joined]
    assert desk.kinds() == ["connect"] * 3 + ["join", "log-resumed"]


def test_pings_and_the_farewell_do_not_wait(desk: _Desk, disk: Disk) -> None:
    """Waiting for the disk must not look like silence, and must not keep the tracker from closing."""
    disk.free = 0
    desk.admit(desk.entry(facts.Joined(1, "#room", "")))
    urgent = [desk.entry(requests.Pinged(1)), desk.entry(facts.Stopped("over"))]
    assert desk.admit(*urgent) == urgent


# Any entries, any disk

_CLIENTS = st.integers(1, 3)
_EVENTS = st.one_of(
    st.builds(lambda client: (_said(client),), _CLIENTS),
    st.builds(lambda client: (requests.Replied(client, ()), _said(client)), _CLIENTS),
    st.builds(lambda client, other: (facts.SaidPrivately(client, other, "NOTICE", "psst"),), _CLIENTS, _CLIENTS),
    st.builds(lambda client: (facts.Joined(client, "#room", ""),), _CLIENTS),
    st.builds(lambda client: (requests.Replied(client, ()), facts.Parted(client, "#room", "")), _CLIENTS),
    st.builds(lambda client: (requests.Replied(client, ()),), _CLIENTS),
    st.builds(lambda client: (requests.CapabilitiesChanged(client, 0),), _CLIENTS),
    st.just((facts.Announced("hello"),)),
    st.just((Noted(NoteKind.BAN, ("eve",)),)),
)


class _Moment(NamedTuple):
    """The state of the disk during a batch, and whether the log was rotated before it."""

    free: int | None = None
    cannot_cut: bool = False
    cannot_sync: bool = False
    is_rotated: bool = False


_MOMENTS = st.builds(_Moment, st.none() | st.integers(0, 300), st.booleans(), st.booleans(), st.booleans())
_BATCHES = st.lists(st.tuples(_MOMENTS, st.lists(_EVENTS, max_size=4)), max_size=8)


def _is_chat(entry: Entry) -> bool:
    return any(isinstance(event, facts.Said | facts.SaidPrivately) for event in entry.events)


def _clients(entry: Entry) -> set[int]:
    return {client for event in entry.events for client in clients_of(event)}


@settings(PROPERTY, max_examples=examples(100))
@given(_BATCHES)
def test_nothing_is_lost_reordered_or_delivered_before_it_is_logged(
    tmp_path_factory: pytest.TempPathFactory, batches: list[tuple[_Moment, list[tuple[Event, ...]]]]
) -> None:
    """Each batch has its own moment; in the end the disk works and has enough room."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # it would only be slow
        disk = Disk(monkeypatch)
        desk = _Desk(tmp_path_factory.mktemp("log") / "chat.log", fsync=True)
        desk.admit(desk.entry(*(connected(number) for number in (1, 2, 3))))
        audit = AuditFormat(log_private=True)
        audit.format(Entry(0, 0.0, tuple(connected(number) for number in (1, 2, 3))))
        given_entries: dict[int, Entry] = {}
        delivered: list[Entry] = []
        for moment, batch in [*batches, (_Moment(), []), (_Moment(), [])]:
            disk.free, disk.cannot_cut, disk.cannot_sync, is_rotated = moment
            if is_rotated:
                desk.rotate()
            entries = [desk.entry(*events) for events in batch]
            given_entries |= {entry.position: entry for entry in entries}
            ready = desk.admit(*entries)
            log = desk.text()
            for entry in ready:
                assert audit.format(entry) in log
            delivered += ready
        lines = desk.text().splitlines(keepends=True)
        desk.close()
    assert sorted(entry.position for entry in delivered) == sorted(given_entries)
    for entry in delivered:
        original = given_entries[entry.position]
        if entry != original:
            assert _is_chat(original)
            assert not _is_chat(entry)
    logged = [text for entry in delivered if (text := audit.format(entry))]
    assert [line for line in lines[3:] if " log-" not in line] == [
        line for text in logged for line in text.splitlines(keepends=True)
    ]
    for client in (1, 2, 3):
        positions = [entry.position for entry in delivered if client in _clients(entry)]
        assert positions == sorted(positions)
    changes = [
        entry.position for entry in delivered if audit.format(entry) and not _is_chat(given_entries[entry.position])
    ]
    assert changes == sorted(changes)
