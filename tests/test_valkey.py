"""The Valkey engine that tests start: it keeps confirmed data and obeys the tests."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from tests.support.valkey import ValkeyProcess, valkey_process


def _append(server: ValkeyProcess, value: str) -> None:
    with server.client() as client:
        client.rpush("list", value)


def _values(server: ValkeyProcess) -> list[bytes]:
    with server.client() as client:
        return list(client.execute_command("LRANGE", "list", 0, -1))


def test_confirmed_data_survives_a_kill_and_the_port_stays(tmp_path: Path) -> None:
    with valkey_process(tmp_path / "engine") as server:
        port = server.port
        for value in "ab":
            _append(server, value)
            server.kill()
            server.start()
        assert (_values(server), server.port) == ([b"a", b"b"], port)


def test_data_can_be_set_back_or_forgotten(tmp_path: Path) -> None:
    with valkey_process(tmp_path / "engine") as server:
        _append(server, "a")
        server.copy_data(tmp_path / "copy")
        _append(server, "b")
        server.stop()
        server.set_back(tmp_path / "copy")
        server.start()
        assert _values(server) == [b"a"]
        server.stop()
        server.forget()
        server.start()
        assert _values(server) == []


def test_a_paused_engine_answers_nobody(tmp_path: Path) -> None:
    with valkey_process(tmp_path / "engine") as server, server.client(timeout_s=0.1) as client:
        server.pause()
        with pytest.raises(redis.TimeoutError):
            client.execute_command("PING")
        server.resume()
    with valkey_process(tmp_path / "engine") as server:
        server.pause()  # a paused engine still ends well


def test_settings_may_differ(tmp_path: Path) -> None:
    with valkey_process(tmp_path / "engine", appendfsync="everysec") as server, server.client() as client:
        assert list(client.config_get("appendfsync").values()) == ["everysec"]
    with pytest.raises(AssertionError, match=r"(?s)did not start.*sometimes"):
        ValkeyProcess(tmp_path / "other", appendfsync="sometimes").start()
