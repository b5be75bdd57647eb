"""The engine as trackers use it: a real server, which is killed, stopped, set back and misconfigured."""

from __future__ import annotations

import threading
from time import time

import pytest

from chatcore.cluster.engine import FIRST, Batch, Engine, order_of
from chatcore.cluster.valkey_engine import ValkeyEngine
from chatcore.errors import EngineAway
from tests.cluster.opened import opened
from tests.support.cable import Cable
from tests.support.valkey import ValkeyProcess


def test_appended_batches_are_read_in_order_by_all(engine: ValkeyEngine, server: ValkeyProcess) -> None:
    before = time()
    ids = [engine.append(data) for data in (b"a", b"\0\xff", b"")]
    with opened(server.url) as other:
        batches = other.read(FIRST, 10, 0)
    assert batches == [Batch(ids[0], b"a"), Batch(ids[1], b"\0\xff"), Batch(ids[2], b"")]
    assert sorted(ids, key=order_of) == ids
    assert before - 1 < batches[0].time < time() + 1


def test_reading_continues_after_an_id_up_to_the_limit(engine: Engine) -> None:
    ids = [engine.append(b"%d" % n) for n in range(5)]
    assert [batch.data for batch in engine.read(ids[1], 2, 0)] == [b"2", b"3"]
    assert engine.read(ids[-1], 2, 0) == []


def test_chats_on_one_engine_are_separate(engine: ValkeyEngine, server: ValkeyProcess) -> None:
    engine.append(b"a")
    with opened(f"{server.url}-2") as other:
        assert other.read(FIRST, 10, 0) == []
        assert other.new_incarnation() == engine.new_incarnation() == 1


def test_a_foreign_entry_is_read_as_an_empty_batch(engine: Engine, server: ValkeyProcess) -> None:
    with server.client() as client:
        client.execute_command("XADD", "chat:stream", "*", "other", "x")
    assert [batch.data for batch in engine.read(FIRST, 10, 0)] == [b""]


def test_a_reader_waits_for_the_next_batch(engine: Engine) -> None:
    read: list[Batch] = []
    reader = threading.Thread(target=lambda: read.extend(engine.read(FIRST, 10, 30)))
    reader.start()
    engine.append(b"a")
    reader.join(20)
    assert [batch.data for batch in read] == [b"a"]


def test_a_reader_stops_waiting_after_its_timeout(engine: Engine) -> None:
    engine.append(b"a")
    assert engine.read(engine.last_id(), 10, 0.6) == []


def test_confirmed_batches_survive_a_restart_of_the_engine(engine: Engine, server: ValkeyProcess) -> None:
    first = engine.append(b"a")
    server.kill()
    for call in (lambda: engine.append(b"x"), lambda: engine.read(first, 1, 0), engine.last_id):
        with pytest.raises(EngineAway, match=rf"the engine at 127.0.0.1:{server.port} cannot be reached"):
            call()
    server.start()
    engine.check(first)
    engine.append(b"b")
    assert [batch.data for batch in engine.read(FIRST, 10, 0)] == [b"a", b"b"]


@pytest.mark.usefixtures("short_timeout")
def test_a_silent_engine_counts_as_away_and_nothing_hangs(server: ValkeyProcess) -> None:
    with opened(server.url) as engine:
        first = engine.append(b"a")
        server.pause()
        for call in (lambda: engine.append(b"b"), lambda: engine.read(first, 1, 5), lambda: engine.pop("x", 5)):
            with pytest.raises(EngineAway):
                call()
        server.resume()
        # The tracker cannot know whether it was appended; here it was, or will be.
        assert [batch.data for batch in engine.read(first, 1, 20)] == [b"b"]


@pytest.mark.usefixtures("short_timeout")
def test_lost_answers_are_not_mixed_up_with_later_ones(server: ValkeyProcess) -> None:
    cable = Cable(server.port)
    try:
        with opened(f"valkey://127.0.0.1:{cable.port}/chat") as engine:
            engine.append(b"a")
            cable.swallows_down = True
            with pytest.raises(EngineAway):
                engine.append(b"b")
            cable.cut()
            with pytest.raises(EngineAway):
                engine.append(b"b")
            cable.mend()
            last = engine.append(b"c")
            assert engine.read(FIRST, 10, 0)[-1] == Batch(last, b"c")
    finally:
        cable.close()


def test_close_ends_waits_and_later_calls(engine: ValkeyEngine) -> None:
    raised: list[EngineAway] = []

    def wait() -> None:
        try:
            engine.pop("x", 600)
        except EngineAway as error:
            raised.append(error)

    engine.append(b"a")
    waiting = threading.Thread(target=wait)
    waiting.start()
    engine.close()
    engine.close()
    waiting.join(20)
    assert len(raised) == 1
    with pytest.raises(EngineAway, match="closed"):
        engine.append(b"b")


# Snapshots, the chat, numbers


def test_the_newest_two_snapshots_are_kept(engine: Engine) -> None:
    assert engine.snapshots() == []
    for position in (100, 300, 20, 200):  # some tracker may be late
        engine.put_snapshot(position, f"{position}-0", b"state at %d" % position)
    engine.put_snapshot(300, "300-0", b"state at 300")
    assert engine.snapshots() == [(200, "200-0"), (300, "300-0")]
    assert engine.snapshot(200) == ("200-0", b"state at 200")
    assert engine.snapshot(100) is None


def test_the_first_tracker_defines_the_chat(engine: ValkeyEngine, server: ValkeyProcess) -> None:
    assert engine.claim_chat({"id": "x", "version": "1"}) == {"id": "x", "version": "1"}
    with opened(server.url) as other:
        assert other.claim_chat({"id": "y", "more": "z"}) == {"id": "x", "version": "1", "more": "z"}
        other.check(FIRST)
    engine.check(FIRST)


def test_incarnations_are_never_reused(engine: Engine, server: ValkeyProcess) -> None:
    assert [engine.new_incarnation() for _ in range(3)] == [1, 2, 3]
    server.kill()
    with pytest.raises(EngineAway):
        engine.new_incarnation()
    server.start()
    assert engine.new_incarnation() == 4


# Exchange between trackers


def test_questions_are_seen_until_withdrawn(engine: Engine) -> None:
    engine.ask(1, b"one")
    engine.ask(2, b"two")
    assert engine.asks() == {1: b"one", 2: b"two"}
    engine.ask(1, None)
    assert engine.asks() == {2: b"two"}


def test_only_one_tracker_claims_an_answer(engine: ValkeyEngine, server: ValkeyProcess) -> None:
    with opened(server.url) as other:
        assert [engine.claim("7", 60), other.claim("7", 60), other.claim("8", 60)] == [True, False, True]


def test_chunks_come_in_order(engine: Engine) -> None:
    assert [engine.push("7", chunk, 60) for chunk in (b"a", b"b")] == [1, 2]
    assert (engine.length("7"), engine.length("8")) == (2, 0)
    assert [engine.pop("7", wait_s) for wait_s in (0, 1, 0, 0.6)] == [b"a", b"b", None, None]


def test_popping_waits_for_a_chunk(engine: Engine) -> None:
    popped: list[bytes | None] = []
    waiting = threading.Thread(target=lambda: popped.append(engine.pop("7", 30)))
    waiting.start()
    engine.push("7", b"a", 60)
    waiting.join(20)
    assert popped == [b"a"]


def test_questions_claims_and_chunks_expire(engine: ValkeyEngine, server: ValkeyProcess) -> None:
    engine.ask(1, b"one")
    engine.claim("7", 60)
    engine.push("7", b"a", 60)
    with server.client() as client:
        keys: list[bytes] = client.execute_command("KEYS", "*")
        left = [client.execute_command("TTL", key) for key in keys]
    assert len(keys) == 3
    assert all(0 < seconds <= 60 for seconds in left)
