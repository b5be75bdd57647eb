"""The engine itself: Valkey, or Redis from version 7 on.

Keys of a chat called NAME (only this module knows their form):
    NAME:stream               the stream; a batch is the field "b" of an entry
    NAME:chat                 what the first tracker said about the chat
    NAME:incarnation          the last one assigned
    NAME:snapshots            positions of the existing snapshots
    NAME:snapshot:POSITION    one of them: id of the last batch in it, and bytes
    NAME:asks, NAME:held:..., NAME:sent:...   what trackers send each other; it expires
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chatcore.cluster.engine import FIRST, Batch, order_of
from chatcore.cluster.engine_connection import EngineConnection, EngineRefused
from chatcore.cluster.engine_fitness import ACL_COMMANDS, SETTINGS, misfits, parse_info
from chatcore.cluster.engine_url import parse_engine_url
from chatcore.errors import ConfigError, EngineAway, EngineLost, EngineTrimmed

_KEPT_SNAPSHOTS = 2
_ROUND_S = 0.5  # waits at the engine consist of these, so that `close` need not wait long
_ASK_S = 60
_FIELD = b"b"


class ValkeyEngine:
    """See Engine. Whatever may wait has a connection of its own: reading, appending, taking chunks."""

    def __init__(self, url: str) -> None:
        """Take an address in the form of `--cluster`; connect later. Raises ConfigError."""
        self.address = address = parse_engine_url(url)
        self._reading = EngineConnection(address)
        self._appending = EngineConnection(address)
        self._popping = EngineConnection(address)
        self._other = EngineConnection(address)
        self._stream = self._key("stream")
        self._chat: dict[str, str] = {}
        self._confirmed = FIRST  # id of the batch appended last
        self._lost = ""  # why nothing more can be appended

    def check_fit(self) -> None:
        """Raise ConfigError, for the operator to read, if the engine may lose what it has confirmed."""
        try:
            found = self._misfits()
        except EngineAway as error:
            raise ConfigError(str(error)) from error
        if found:
            raise ConfigError(f"the engine at {self.address.shown} cannot be used: {'; '.join(found)}")

    def append(self, data: bytes) -> str:
        """See Engine."""
        if self._appending.connect() and self._confirmed != FIRST:
            try:
                self._check_batch(self._appending, self._confirmed)
            except EngineTrimmed:
                pass  # long ago, and everybody has read it
            except EngineLost as error:
                self._lost = str(error)
        if self._lost:
            raise EngineAway(self._lost)  # `read` tells it to whoever can act on it
        self._confirmed = self._appending.call("XADD", self._stream, "*", _FIELD, data).decode()
        return self._confirmed

    def read(self, after: str, limit: int, wait_s: float) -> list[Batch]:
        """See Engine."""
        while True:
            if self._lost:
                raise EngineLost(self._lost)
            round_s, wait_s = min(wait_s, _ROUND_S), wait_s - _ROUND_S
            wait = ("BLOCK", round(round_s * 1000)) if round_s > 0 else ()
            found, there = self._reading.call_all(
                [
                    ("XREAD", "COUNT", limit, *wait, "STREAMS", self._stream, after),
                    ("XRANGE", self._stream, after, after),
                ]
            )
            if not there:
                self._check_batch(self._reading, after)
            if found or wait_s <= 0:
                return [Batch(each.decode(), dict(_pairs(fields)).get(_FIELD, b"")) for each, fields in _entries(found)]

    def check(self, last: str) -> None:
        """See Engine."""
        self._check_batch(self._reading, last)
        found = self._misfits()
        if found:
            raise EngineLost(f"the engine at {self.address.shown} can no longer be used: {'; '.join(found)}")

    def first_id(self) -> str:
        """See Engine."""
        return _first(self._facts(self._other))

    def last_id(self) -> str:
        """See Engine."""
        return _last(self._facts(self._other))

    def put_snapshot(self, position: int, batch_id: str, data: bytes) -> None:
        """See Engine."""
        positions = self._key("snapshots")
        *_, old = self._other.transact(
            ("HSET", self._snapshot_key(position), "id", batch_id, "bytes", data),
            ("ZADD", positions, position, position),
            ("ZRANGE", positions, 0, -1 - _KEPT_SNAPSHOTS),
        )
        self._remove_snapshots(map(int, old))

    def drop_snapshots(self, before: int) -> None:
        """See Engine."""
        self._remove_snapshots([position for position, _ in self.snapshots() if position < before])

    def _remove_snapshots(self, positions: Iterable[int]) -> None:
        for each in positions:
            self._other.transact(("ZREM", self._key("snapshots"), each), ("DEL", self._snapshot_key(each)))

    def snapshots(self) -> list[tuple[int, str]]:
        """See Engine."""
        positions = [int(each) for each in self._other.call("ZRANGE", self._key("snapshots"), 0, -1)]
        ids = self._other.call_all([("HGET", self._snapshot_key(each), "id") for each in positions])
        return [(position, found.decode()) for position, found in zip(positions, ids, strict=True) if found is not None]

    def snapshot(self, position: int) -> tuple[str, bytes] | None:
        """See Engine."""
        found = dict(_pairs(self._other.call("HGETALL", self._snapshot_key(position))))
        return (found[b"id"].decode(), found[b"bytes"]) if found else None

    def trim(self, before_id: str) -> None:
        """See Engine."""
        self._other.call("XTRIM", self._stream, "MINID", before_id)

    def claim_chat(self, fields: Mapping[str, str]) -> dict[str, str]:
        """See Engine."""
        key = self._key("chat")
        *_, found = self._other.transact(*[("HSETNX", key, *field) for field in fields.items()], ("HGETALL", key))
        self._chat = _texts(found)
        return dict(self._chat)

    def new_incarnation(self) -> int:
        """See Engine."""
        return int(self._other.call("INCR", self._key("incarnation")))

    def ask(self, number: int, data: bytes | None) -> None:
        """See Engine."""
        key = self._key("asks")
        if data is None:
            self._other.call("HDEL", key, number)
        else:
            self._other.transact(("HSET", key, number, data), ("EXPIRE", key, _ASK_S))

    def asks(self) -> dict[int, bytes]:
        """See Engine."""
        return {int(number): data for number, data in _pairs(self._other.call("HGETALL", self._key("asks")))}

    def claim(self, key: str, ttl_s: int) -> bool:
        """See Engine."""
        return self._other.call("SET", self._key("held", key), 1, "NX", "EX", ttl_s) is not None

    def push(self, key: str, chunk: bytes, ttl_s: int) -> int:
        """See Engine."""
        key = self._key("sent", key)
        return int(self._other.transact(("RPUSH", key, chunk), ("EXPIRE", key, ttl_s))[0])

    def length(self, key: str) -> int:
        """See Engine."""
        return int(self._other.call("LLEN", self._key("sent", key)))

    def pop(self, key: str, wait_s: float) -> bytes | None:
        """See Engine."""
        while True:
            round_s, wait_s = min(wait_s, _ROUND_S), wait_s - _ROUND_S
            found = self._popping.call("BLPOP", self._key("sent", key), f"{max(round_s, 0.001):.3f}")  # 0 means forever
            if found or wait_s <= 0:
                return bytes(found[1]) if found else None

    def close(self) -> None:
        """See Engine."""
        for connection in (self._reading, self._appending, self._popping, self._other):
            connection.close()

    def _misfits(self) -> list[str]:
        """Return the reasons against using this engine. Raises EngineAway."""
        try:
            info = parse_info(self._other.call("INFO").decode())
            settings = _texts(self._other.call("CONFIG", "GET", *SETTINGS))
            tried = "HSETNX", self._key("chat"), "id", ""
            rights = self._other.call("ACL", "DRYRUN", "default", *tried).decode()
        except EngineRefused as error:
            return [f"it does not say whether it keeps what it confirms ({error.words}): its ACL needs {ACL_COMMANDS}"]
        return misfits(info, settings, rights)

    def _check_batch(self, connection: EngineConnection, last: str) -> None:
        """Check as `check` does, except for fitness."""
        shown = self.address.shown
        chat = _texts(connection.call("HGETALL", self._key("chat")))
        if any(chat.get(name) != value for name, value in self._chat.items()):
            raise EngineLost(f"the engine at {shown} no longer has this chat, but {'another' if chat else 'none'}")
        if last != FIRST and connection.call("XRANGE", self._stream, last, last):
            return
        facts = self._facts(connection)
        if order_of(last) > order_of(_last(facts)):
            raise EngineLost(f"the engine at {shown} has lost what it had confirmed: batch {last}, and all after it")
        if _is_trimmed(facts, last):
            raise EngineTrimmed(f"the engine at {shown} no longer has all that comes after batch {last}")
        if last != FIRST:
            raise EngineLost(f"the engine at {shown} has lost what it had confirmed: batch {last}")

    def _facts(self, connection: EngineConnection) -> dict[str, Any]:
        """Return what XINFO says of the stream; {} if there is none."""
        try:
            return {name.decode(): value for name, value in _pairs(connection.call("XINFO", "STREAM", self._stream))}
        except EngineRefused as error:
            if error.words == "no such key":
                return {}
            raise

    def _key(self, *parts: str) -> str:
        return ":".join((self.address.name, *parts))

    def _snapshot_key(self, position: int) -> str:
        return self._key("snapshot", str(position))


def _entries(found: list[Any] | None) -> list[Any]:
    """Return the entries in XREAD's reply for one stream."""
    return found[0][1] if found else []


def _pairs(reply: list[Any]) -> list[tuple[Any, Any]]:
    """Return the pairs in a reply that lists them flat."""
    return list(zip(reply[::2], reply[1::2], strict=True))


def _texts(reply: list[bytes]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in _pairs(reply)}


def _first(facts: dict[str, Any]) -> str:
    return facts["first-entry"][0].decode() if facts.get("first-entry") else FIRST


def _last(facts: dict[str, Any]) -> str:
    return facts["last-generated-id"].decode() if facts else FIRST


def _is_trimmed(facts: dict[str, Any], batch_id: str) -> bool:
    """Return whether batches were removed on purpose, including this one or some after it."""
    if not facts or facts["length"] == facts["entries-added"]:
        return False
    return not facts["length"] or order_of(batch_id) < order_of(_first(facts))
