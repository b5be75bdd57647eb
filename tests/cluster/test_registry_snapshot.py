"""The registry in a snapshot: nothing is missing, and restoring it changes no behaviour."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chatcore.cluster.registry_snapshot import registry_state, restore_registry
from chatcore.state.channel import Channel, Listed, Topic
from chatcore.state.client import Client
from chatcore.state.credentials import Credentials
from chatcore.state.credit import Credit
from chatcore.state.registry import Registry
from chatcore.state.slow_mode import SlowMode
from tests.support.reborn import bytes_of, give_another_registry, restored
from tests.support.rerun import Rerun
from tests.support.stage import Stage

_ROOT = Path(__file__).parents[2]
_LINES = 3000
_WITHOUT_COST = partial(re.compile(r"^(\d+) [\d.]+ ").sub, r"\1 ")  # the cost of a command depends on caches
_DERIVED = {
    "Client": {
        "source": "the nick",
        "address": "host and port",
        "is_registered": "all of them are",
        "has_left": "none of them has",
        "_channels": "the channels' members",
        "_lock": "no state",
        "credit": "its own tracker's",
        "looks": "its own tracker's, for one command",
    },
    "Channel": {
        "key_name": "the name",
        "lock": "no state",
        "is_dead": "none of them is",
        "is_asleep": "none of them is",
        "ban_effects": "the lists",
        "_speech_rules": "the modes",
    },
    "SlowMode": {"interval_s": "the modes"},
    "Registry": {
        "_unix_time": "no state",
        "_counting": "no state",
        "_addresses": "the clients' addresses",
        "_nicks": "the clients' nicks",
        "compositions": "of clients' own trackers",
        "listed_count": "the channels",
        "metadata_bytes": "the channels, clients and profiles",
    },
}
"""State left out of a snapshot, by class, and its source. All else must be in one."""


def _stage_with_all_state() -> tuple[Stage, dict[str, Any]]:
    """Return a stage with every kind of state set, and an object of each class."""
    stage = Stage()
    ann, bob = stage.actor("anna", "#a", "#b", caps="draft/metadata-3 batch"), stage.actor("bob", "#a")
    for line in (
        *("TOPIC #a :tea", "MODE #a +skW tea 9"),
        *("MODE #a +b x!*@*", "MODE anna +iw", "AWAY :tea", "MONITOR + bob", "METADATA * SET url x"),
        *("METADATA #a SET url y", "METADATA * SUB url", "INVITE bob #b", "RENAME #b #c", "NICK ann"),
    ):
        ann.says(line)
    bob.says("METADATA * SET url z")
    bob.says("PRIVMSG #a :tea")
    channel = stage.registry.channel("#a")
    assert channel is not None
    objects = {"Client": ann.client, "Channel": channel, "SlowMode": channel.slow_mode, "Registry": stage.registry}
    return stage, objects


def _attributes(value: object) -> Iterator[str]:
    yield from vars(value) if hasattr(value, "__dict__") else type(value).__slots__  # type: ignore[attr-defined]


def _missing(objects: Mapping[str, Any], registry: Registry) -> list[str]:
    """List the attributes that can change without changing the snapshot and are not listed as derived."""
    before, found = bytes_of(registry), []
    for kind, value in objects.items():
        for name in {*_attributes(value)} - _DERIVED[kind].keys():
            had = getattr(value, name)
            setattr(value, name, _OTHER_VALUES.get(name, _other_value)(had))
            if bytes_of(registry) == before:
                found.append(f"{kind}.{name}")
            setattr(value, name, had)
    return sorted(found)


def _other_value(had: Any) -> Any:
    """Return another value of the same kind."""
    if isinstance(had, bool):
        return not had
    if isinstance(had, int | float):
        return had + 1
    if isinstance(had, str):
        return had + "x"
    return type(had)() if had else ("planted",)


def _registry_with(name: str) -> Any:
    return getattr(Stage().registry, name)


_OTHER_VALUES: dict[str, Any] = {
    "login": lambda had: Credentials("ann", b"salt", b"stored", b"server", 4096, "id-of-ann"),
    "metadata": lambda had: {} if isinstance(had, Mapping) else None,
    "renamed_at": lambda had: 5.0,
    "invited": lambda had: {99: None},
    "absent": lambda had: {"account x": "o"},
    "former_names": lambda had: (("#old", 5),),
    "topic": lambda had: Topic("other", "x", 1),
    "lists": lambda had: {**had, "b": {"y": Listed("y", "x", 1)}},
    "slow_mode": lambda had: SlowMode(),
    "_channels": lambda had: type(had)(),
    "_dormant": lambda had: _from_another_run("_dormant"),
    "_profiles": lambda had: _from_another_run("_profiles"),
    "whowas": lambda had: _registry_with("whowas"),
    "taken_back": lambda had: _from_another_run("taken_back"),
}


def _from_another_run(name: str) -> Any:
    rerun = Rerun(1)
    rerun._stage.registry.taken_back.claim(7)
    rerun._stage.registry.profile("id").values = {"url": "x"}
    return getattr(rerun._stage.registry, name)


def test_everything_is_in_a_snapshot_or_derived_from_it() -> None:
    stage, objects = _stage_with_all_state()
    assert _missing(objects, stage.registry) == []
    assert {kind: _DERIVED[kind].keys() - {*_attributes(value)} for kind, value in objects.items()} == {
        kind: set() for kind in objects
    }


def test_state_missing_from_the_snapshot_is_found() -> None:
    stage, objects = _stage_with_all_state()
    objects["Client"].favourite = objects["Channel"].colour = objects["Registry"].mood = "tea"
    assert _missing(objects, stage.registry) == ["Channel.colour", "Client.favourite", "Registry.mood"]


@pytest.mark.parametrize("kind", [Client, Channel, SlowMode, Registry])
def test_derived_state_is_restored(kind: type[Any]) -> None:
    stage, objects = _stage_with_all_state()
    again = restored(stage.registry)
    client, channel = again.client("ann"), again.channel("#a")
    assert channel is not None
    others = {"Client": client, "Channel": channel, "SlowMode": channel.slow_mode, "Registry": again}
    compared = _DERIVED[kind.__name__].keys() - {"_lock", "lock", "_counting", "ban_effects", "_addresses", "_nicks"}
    for name in compared:
        assert getattr(others[kind.__name__], name) == getattr(objects[kind.__name__], name), name
    assert [again.client_at(each.address) for each in again.clients()] == again.clients()


@pytest.mark.parametrize("seed", [1, 2])
def test_replacing_the_registry_by_its_snapshot_changes_nothing(seed: int) -> None:
    """The same commands, in one run with a restored registry now and then, give the same results."""
    through, changing = Rerun(seed), Rerun(seed)
    for number in range(_LINES):
        through.step()
        changing.step()
        if number % 100 == 0:
            give_another_registry(changing)
            assert bytes_of(changing._stage.registry) == bytes_of(through._stage.registry)
            _assert_same_counts(changing._stage.registry, through._stage.registry)
    for each in (through, changing):
        each.report_state()
    assert [_WITHOUT_COST(line) for line in changing.report] == [_WITHOUT_COST(line) for line in through.report]


def _assert_same_counts(one: Registry, other: Registry) -> None:
    assert one.listed_count == other.listed_count
    assert one.metadata_bytes == other.metadata_bytes
    assert one.client_count() == other.client_count()


_PRINT_SNAPSHOT = """
import sys
from tests.support.rerun import Rerun
from tests.support.reborn import bytes_of
rerun = Rerun(1)
for _ in range(1500):
    rerun.step()
sys.stdout.buffer.write(bytes_of(rerun._stage.registry))
"""


@pytest.mark.thorough
def test_processes_with_other_hash_seeds_make_the_same_bytes() -> None:
    """Hashes of strings do not matter."""
    made = [
        subprocess.run(
            [sys.executable, "-c", _PRINT_SNAPSHOT],
            cwd=_ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            check=True,
            timeout=120,
        ).stdout
        for seed in ("1", "2")
    ]
    assert made[0] == made[1] != b""


def test_restoring_twice_gives_the_same_state() -> None:
    """The first tracker has already laid down the state of its last run."""
    rerun = Rerun(1)
    rerun._stage.registry.keep_metadata({"id": {"url": "x"}})
    state = registry_state(rerun._stage.registry)._replace(clients=(), channels=())
    registries = [Registry(lambda: 0.0), Registry(lambda: 0.0)]
    for registry in (registries[0], *registries):
        restore_registry(registry, state, lambda id_, host, port: Client(id_, host, port, Credit(1)))
    assert state.profiles
    assert state.dormant
    assert bytes_of(registries[0]) == bytes_of(registries[1])
    _assert_same_counts(*registries)
