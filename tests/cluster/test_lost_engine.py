"""Batches that an engine no longer has: lost, which ends the chat on this tracker, or trimmed on purpose."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatcore.cluster.engine import FIRST, Engine
from chatcore.cluster.valkey_engine import ValkeyEngine
from chatcore.errors import EngineAway, EngineLost, EngineTrimmed
from tests.cluster.opened import opened
from tests.support.valkey import ValkeyProcess


def _set_back(server: ValkeyProcess, where: Path) -> None:
    server.kill()
    server.set_back(where)
    server.start()


def _is_appended(engine: Engine, data: bytes) -> bool:
    """Append to a restarted engine: the first try finds out that the connection has ended."""
    with pytest.raises(EngineAway, match="cannot be reached"):
        engine.append(data)
    return engine.append(data) == engine.last_id()


def test_an_engine_set_back_is_lost_to_readers(engine: Engine, server: ValkeyProcess, tmp_path: Path) -> None:
    first = engine.append(b"a")
    server.copy_data(tmp_path / "copy")
    last = engine.append(b"b")
    _set_back(server, tmp_path / "copy")
    with pytest.raises(EngineLost, match=r"has lost what it had confirmed: batch .*, and all after it"):
        engine.check(last)
    with pytest.raises(EngineLost):
        engine.read(last, 1, 0)
    engine.check(first)


def test_an_engine_set_back_is_lost_even_after_new_batches(
    engine: Engine, server: ValkeyProcess, tmp_path: Path
) -> None:
    engine.append(b"a")
    server.copy_data(tmp_path / "copy")
    last = engine.append(b"b")
    _set_back(server, tmp_path / "copy")
    with opened(server.url) as other:
        other.append(b"c")
    with pytest.raises(EngineLost, match=f"has lost what it had confirmed: batch {last}$"):
        engine.read(last, 1, 0)


def test_the_tracker_that_appended_a_lost_batch_notices_it(
    engine: Engine, server: ValkeyProcess, tmp_path: Path
) -> None:
    first = engine.append(b"a")
    server.copy_data(tmp_path / "copy")
    engine.append(b"b")
    _set_back(server, tmp_path / "copy")
    for words in ("cannot be reached", "has lost", "has lost"):
        with pytest.raises(EngineAway, match=words):
            engine.append(b"c")
    with pytest.raises(EngineLost):
        engine.read(first, 10, 0)


def test_an_engine_that_has_forgotten_everything_is_lost(engine: Engine, server: ValkeyProcess) -> None:
    engine.claim_chat({"id": "x"})
    last = engine.append(b"a")
    server.kill()
    server.forget()
    server.start()
    for batch_id in (last, FIRST):
        with pytest.raises(EngineLost, match="no longer has this chat, but none"):
            engine.check(batch_id)
    with opened(server.url) as other:
        other.claim_chat({"id": "y"})
    with pytest.raises(EngineLost, match="no longer has this chat, but another"):
        engine.check(FIRST)


def test_an_unclaimed_engine_that_lost_a_batch_is_lost_too(engine: Engine, server: ValkeyProcess) -> None:
    last = engine.append(b"a")
    server.kill()
    server.forget()
    server.start()
    engine.check(FIRST)
    with pytest.raises(EngineLost):
        engine.check(last)


def test_an_engine_that_is_no_longer_fit_is_lost(engine: ValkeyEngine, server: ValkeyProcess) -> None:
    last = engine.append(b"a")
    with server.client() as client:
        client.config_set("appendfsync", "everysec")
    with pytest.raises(EngineLost, match="can no longer be used: its appendfsync is 'everysec'"):
        engine.check(last)


# Trimming


def test_trimmed_batches_are_distinguished_from_lost_ones(engine: Engine, server: ValkeyProcess) -> None:
    ids = [engine.append(b"%d" % n) for n in range(5)]
    engine.check(FIRST)
    engine.trim(ids[3])
    assert (engine.first_id(), engine.last_id()) == (ids[3], ids[4])
    engine.check(ids[3])
    for batch_id in (FIRST, ids[0], ids[2]):
        with pytest.raises(EngineTrimmed, match="no longer has all that comes after"):
            engine.check(batch_id)
        with pytest.raises(EngineTrimmed):
            engine.read(batch_id, 10, 0)
    assert [batch.data for batch in engine.read(ids[3], 10, 0)] == [b"4"]
    engine.trim("9999999999999-0")
    server.kill()
    server.start()
    with pytest.raises(EngineAway):
        engine.last_id()
    assert _is_appended(engine, b"5"), "a trimmed batch must not count as lost"


def test_a_reader_behind_the_trim_skips_nothing(engine: Engine) -> None:
    ids = [engine.append(b"%d" % n) for n in range(5)]
    assert [batch.data for batch in engine.read(FIRST, 2, 0)] == [b"0", b"1"]
    engine.trim(ids[3])
    with pytest.raises(EngineTrimmed):
        engine.read(ids[1], 2, 0)


def test_a_trim_just_after_reading_the_end_is_noticed(engine: Engine) -> None:
    """An erasure trims everything at once."""
    last = engine.append(b"0")
    assert [batch.data for batch in engine.read(FIRST, 2, 0)] == [b"0"]
    ids = [engine.append(b"%d" % n) for n in range(1, 4)]
    engine.trim(ids[1])
    with pytest.raises(EngineTrimmed):
        engine.read(last, 2, 0)


def test_everything_may_be_trimmed(engine: Engine, server: ValkeyProcess) -> None:
    last = [engine.append(b"%d" % n) for n in range(3)][-1]
    engine.trim("9999999999999-0")
    assert (engine.first_id(), engine.last_id()) == (FIRST, last)
    for batch_id in (FIRST, last):
        with pytest.raises(EngineTrimmed):
            engine.check(batch_id)


def test_an_empty_stream_has_neither_first_nor_last(engine: Engine) -> None:
    assert (engine.first_id(), engine.last_id()) == (FIRST, FIRST)
    engine.check(FIRST)
