"""Segments from another tracker: the same bytes or none, and nothing left in the engine."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatcore.cluster import peers as module
from chatcore.cluster.chain import Held
from chatcore.cluster.engine import Batch
from chatcore.cluster.peers import CHUNK_BYTES, MAX_WAITING, Peers, Transfer
from chatcore.cluster.segment_file import Head, SegmentUnusable
from chatcore.cluster.segment_upkeep import SegmentUpkeep
from chatcore.cluster.segments import Segments
from chatcore.cluster.valkey_engine import ValkeyEngine
from chatcore.errors import EngineAway
from tests.cluster.opened import opened
from tests.support.valkey import ValkeyProcess

_DEADLINE_S = 30.0


class Table:
    """An engine in memory that stores questions and chunks. Waiting for a chunk calls `turns`."""

    def __init__(self) -> None:
        self.questions: dict[int, bytes] = {}
        self.claims: set[str] = set()
        self.chunks: defaultdict[str, deque[bytes]] = defaultdict(deque)
        self.turns: list[Callable[[], None]] = []
        self.clock = 0.0
        self.most = 0

    def ask(self, number: int, data: bytes | None) -> None:
        if data is None:
            self.questions.pop(number, None)
            self.chunks.pop(str(number), None)
        else:
            self.questions[number] = data

    def asks(self) -> dict[int, bytes]:
        return dict(self.questions)

    def claim(self, key: str, ttl_s: int) -> bool:
        is_new = key not in self.claims
        self.claims.add(key)
        return is_new

    def push(self, key: str, chunk: bytes, ttl_s: int) -> int:
        assert ttl_s == 60
        assert len(chunk) <= CHUNK_BYTES
        self.chunks[key].append(chunk)
        self.most = max(self.most, len(self.chunks[key]))
        return len(self.chunks[key])

    def length(self, key: str) -> int:
        return len(self.chunks[key])

    def pop(self, key: str, wait_s: float) -> bytes | None:
        if not self.chunks[key]:
            for turn in self.turns:
                turn()
        if self.chunks[key]:
            return self.chunks[key].popleft()
        self.clock += wait_s
        return None


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "fetched").mkdir()
    return tmp_path / "fetched"


@pytest.fixture
def segments(tmp_path: Path) -> Iterator[Segments]:
    segments = Segments(tmp_path / "bob", print)
    _write_segments(segments, 3)
    yield segments
    segments.close()


def _write_segments(segments: Segments, count: int, batch: bytes = b"batch") -> None:
    """Write `count` segments of three batches."""
    for number in range(count):
        segments.roll(Head(number * 10, f"{number * 3}-0", number, "chat", "bob's"), b"snapshot %d" % number)
        segments.write([Batch(f"{number * 3 + index}-0", batch) for index in (1, 2, 3)])


def _read(peers: Peers, held: Held) -> tuple[bytes, list[str]]:
    with peers.fetch(held) as opened:
        return opened.snapshot(), [batch.id for batch in opened.batches()]


def test_answers_of_all_peers_are_collected(table: Table, folder: Path, segments: Segments, tmp_path: Path) -> None:
    other = Segments(tmp_path / "carol", print)
    _write_segments(other, 1)
    table.turns = [Transfer(table, segments, "bob").look, Transfer(table, other, "carol").look]
    held = Peers(table, folder, lambda: table.clock).held()
    assert [(found.whose, found.head.position, found.end, found.head.place) for found in held] == [
        *[("bob", 0, "3-0", ""), ("bob", 10, "6-0", ""), ("bob", 20, "9-0", "")],
        ("carol", 0, "3-0", ""),
    ]
    assert table.clock == 1.0
    assert table.questions == {}
    other.close()


def test_without_answers_no_segment_is_held(table: Table, folder: Path) -> None:
    assert Peers(table, folder, lambda: table.clock).held() == []
    assert table.clock == 5.0


def test_malformed_answers_are_skipped(table: Table, folder: Path) -> None:
    def answer() -> None:
        for number in table.questions:
            for chunk in (b"\xff", b"[]", b"1", b'["bob", [[{"nothing": 1}, "1-0"]]]', b'["bob", []]'):
                table.push(str(number), chunk, 60)
        table.turns = []

    table.turns = [answer]
    assert Peers(table, folder, lambda: table.clock).held() == []


def test_a_segment_is_fetched_unchanged_from_one_of_its_holders(table: Table, folder: Path, segments: Segments) -> None:
    table.turns = [Transfer(table, segments, name).look for name in ("bob", "also bob")]
    peers = Peers(table, folder, lambda: table.clock)
    for number, held in enumerate(peers.held()[:3]):
        expected = b"snapshot %d" % number, [f"{number * 3 + index}-0" for index in (1, 2, 3)]
        assert _read(peers, held) == expected
        assert _read(peers, held) == expected
    assert len(table.claims) == 3  # the segment fetched last is still there
    assert table.questions == {}
    peers.forget()
    peers.forget()
    assert list(folder.iterdir()) == []


def test_a_compressed_segment_can_be_fetched(table: Table, folder: Path, segments: Segments) -> None:
    SegmentUpkeep(segments, days=30, max_bytes=1 << 30, tell=print, now=lambda: 0.0).tidy()
    table.turns = [Transfer(table, segments, "bob").look]
    peers = Peers(table, folder, lambda: table.clock)
    assert _read(peers, peers.held()[0]) == (b"snapshot 0", ["1-0", "2-0", "3-0"])


def test_segments_erased_or_to_be_rewritten_are_not_offered(table: Table, folder: Path, segments: Segments) -> None:
    table.turns = [Transfer(table, segments, "bob").look]
    peers = Peers(table, folder, lambda: table.clock)
    segments.forget_before(10)
    segments.resume(segments.all()[0])
    assert [held.head.position for held in peers.held()] == [10]


def test_a_question_is_answered_later_if_answering_failed(
    table: Table, segments: Segments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For example, when a file was just compressed."""
    transfer = Transfer(table, segments, "bob")
    table.questions = {1: json.dumps({"what": "held"}).encode()}
    with monkeypatch.context() as patched:
        patched.setattr(segments, "all", lambda: (_ for _ in ()).throw(FileNotFoundError()))
        with pytest.raises(FileNotFoundError):
            transfer.look()
    transfer.look()
    assert len(table.chunks["1"]) == 1


@pytest.mark.parametrize("wanted", [("0-0", 0, "4-0"), ("1-0", 0, "3-0"), ("0-0", 1, "3-0")])
def test_a_segment_that_nobody_has_cannot_be_fetched(
    table: Table, folder: Path, segments: Segments, wanted: tuple[str, int, str]
) -> None:
    table.turns = [Transfer(table, segments, "bob").look]
    peers = Peers(table, folder, lambda: table.clock)
    after, position, end = wanted
    held = Held(Head(position, after, 0.0), end, "bob")
    with pytest.raises(SegmentUnusable, match="did not come from bob"):
        peers.fetch(held)
    assert (table.claims, table.questions) == (set(), {})


def test_an_interrupted_or_corrupted_transfer_is_retried(
    table: Table, folder: Path, segments: Segments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transfer loses a chunk, another gets a corrupted one."""
    monkeypatch.setattr(module, "CHUNK_BYTES", 100)
    transfer = Transfer(table, segments, "bob")
    table.turns = [transfer.look]
    peers = Peers(table, folder, lambda: table.clock)
    held = peers.held()[0]
    faults: list[Callable[[deque[bytes]], object]] = [deque.pop, lambda chunks: chunks.__setitem__(0, b"dx")]

    def look() -> None:
        transfer.look()
        for number in table.questions:
            if faults and table.chunks[str(number)]:
                faults.pop()(table.chunks[str(number)])

    table.turns = [look]
    assert _read(peers, held) == (b"snapshot 0", ["1-0", "2-0", "3-0"])
    assert len(table.claims) == 3
    assert table.clock == 1.0 + 30.0


def test_few_chunks_wait_while_other_questions_are_answered(
    table: Table, folder: Path, segments: Segments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK_BYTES", 10)
    monkeypatch.setattr(module, "_LOOK_S", 0.0)
    transfer = Transfer(table, segments, "bob")
    table.questions = {1: json.dumps({"what": "segment", "position": 0, "after": "0-0", "end": "3-0"}).encode()}
    sending = threading.Thread(target=transfer.look)
    sending.start()
    _wait_for(lambda: len(table.chunks["1"]) == MAX_WAITING)
    table.questions[2] = json.dumps({"what": "held"}).encode()
    table.questions[3] = table.questions[1]
    _wait_for(lambda: len(table.chunks["2"]) == 1)
    while sending.is_alive():
        if table.chunks["1"]:
            table.chunks["1"].popleft()
    sending.join()
    assert table.most == MAX_WAITING
    assert not table.chunks["3"]


@pytest.mark.parametrize("why", ["taken back", "stopped", "forgotten"])
def test_a_transfer_that_nobody_takes_is_abandoned(
    table: Table, segments: Segments, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    monkeypatch.setattr(module, "CHUNK_BYTES", 10)
    transfer = Transfer(table, segments, "bob")
    table.questions = {1: json.dumps({"what": "segment", "position": 0, "after": "0-0", "end": "3-0"}).encode()}
    if why == "forgotten":
        monkeypatch.setattr(module, "TTL_S", 0.01)
        monkeypatch.setattr(table, "push", lambda key, chunk, ttl_s: table.chunks[key].append(chunk))
    sending = threading.Thread(target=transfer.look)
    sending.start()
    _wait_for(lambda: len(table.chunks["1"]) == MAX_WAITING)
    if why == "taken back":
        table.questions.clear()
        table.chunks["1"].popleft()
    elif why == "stopped":
        transfer.stop()
    sending.join(_DEADLINE_S)
    assert not sending.is_alive()


@pytest.mark.parametrize("question", [b"\xff", b"[]", b"{}", b'{"what": "else"}', b'{"what": "segment"}'])
def test_malformed_questions_are_skipped(table: Table, segments: Segments, question: bytes) -> None:
    table.questions = {1: question}
    transfer = Transfer(table, segments, "bob")
    transfer.look()
    transfer.look()
    assert not any(table.chunks.values())


def _wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + _DEADLINE_S
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.001)


def test_segments_travel_through_a_real_engine(
    server: ValkeyProcess, engine: ValkeyEngine, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK_S", 0.01)
    segments = Segments(tmp_path / "large", print)
    _write_segments(segments, 2, batch=bytes(5 << 20))
    with opened(server.url) as other:
        transfer = Transfer(other, segments, "bob")
        transfer.start()
        peers = Peers(engine, folder)
        held = peers.held()
        assert [found.head.position for found in held] == [0, 10]
        assert _read(peers, held[1]) == (b"snapshot 1", ["4-0", "5-0", "6-0"])
        assert engine.asks() == {}
        transfer.stop()
    segments.close()


def test_an_engine_that_is_away_is_asked_again(
    table: Table, segments: Segments, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK_S", 0.001)
    failures = [EngineAway("away")]
    asks = table.asks

    def fail_once() -> dict[int, bytes]:
        if failures:
            raise failures.pop()
        return asks()

    monkeypatch.setattr(table, "asks", fail_once)
    table.questions = {1: json.dumps({"what": "held"}).encode()}
    transfer = Transfer(table, segments, "bob")
    transfer.start()
    _wait_for(lambda: len(table.chunks["1"]) == 1)
    transfer.stop()


def test_a_merged_segment_fails_without_waiting(table: Table, folder: Path, segments: Segments) -> None:
    held = Held(Head(5, "5-0", 1.0, "chat"), "9-0", "bob")
    table.turns = [Transfer(table, segments, "ann").look, Transfer(table, segments, "bob").look]
    with pytest.raises(SegmentUnusable, match="did not come from bob"):
        Peers(table, folder, lambda: table.clock).fetch(held)
    assert table.clock == 0.0
