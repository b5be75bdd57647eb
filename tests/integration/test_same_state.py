"""Two trackers that are one chat: their snapshots are the same bytes, whatever their people do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from chatcore.cluster.registry_snapshot import registry_state
from chatcore.cluster.snapshot import decode, encode
from chatcore.server.outgoing.restoration import ViewState
from chatcore.state.registry_state import RegistryState
from tests.support.agreement import disagreements
from tests.support.irc import IrcClient
from tests.support.likely import CAPS, NICKS, ROOMS, likely_lines
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker
from tests.support.valkey import valkey_process

_READ = "timestamp=2026-01-01T00:00:00.000Z"
_KINDS = {"registry": RegistryState, "view": ViewState}


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Hosted, Hosted]]:
    """Two trackers of one chat, inside this process."""
    with (
        valkey_process(tmp_path / "engine") as engine,
        hosted_tracker(tmp_path / "one", cluster=engine.url) as one,
        hosted_tracker(tmp_path / "two", cluster=engine.url) as two,
    ):
        yield one, two


def _state(hosted: Hosted) -> bytes:
    tracker = hosted.tracker
    return encode({"registry": registry_state(tracker.registry), "view": tracker.delivery.state()})


def _differences(one: Hosted, two: Hosted) -> list[str]:
    """List what is not the same in the two snapshots, by part and field."""
    first, second = (decode(_state(each), _KINDS) for each in (one, two))
    return [
        f"{part}.{name}: {getattr(first[part], name)} != {getattr(second[part], name)}"
        for part in _KINDS
        for name in first[part]._fields
        if getattr(first[part], name) != getattr(second[part], name)
    ]


def _is_at_rest(pair: tuple[Hosted, Hosted]) -> bool:
    """Return whether both have delivered all that there is."""
    positions = {each.tracker.stream.position for each in pair}
    return len(positions) == 1 and len({"\n".join(each.log_lines()[1:]) for each in pair}) == 1


@pytest.mark.parametrize("seed", range(2))
def test_after_random_commands_of_people_on_both(pair: tuple[Hosted, Hosted], seed: int) -> None:
    random = Random(seed)
    clients: list[IrcClient] = [pair[number % 2].client(nick, caps=CAPS) for number, nick in enumerate(NICKS[:6])]
    for number in range(6):
        for _ in range(10):
            here = sorted(client.nick for client in pair[0].tracker.registry.clients())
            for client in clients:
                client.send(
                    *likely_lines(random, here),
                    f"PRIVMSG {random.choice(here)} :hi",
                    f"MARKREAD {random.choice(ROOMS)} {_READ}",
                )
        leaving = clients.pop(0)
        leaving.send("QUIT :bye")
        leaving.receive_rest()
        clients.append(pair[number % 2].client(f"new{number}", caps=CAPS))
        for client in clients:
            client.sync()
        wait_until(lambda: _is_at_rest(pair))
        assert _differences(*pair) == []
        assert _state(pair[0]) == _state(pair[1])
        assert [disagreements(each.tracker) for each in pair] == [[], []]
    last = decode(_state(pair[0]), _KINDS)
    assert last["registry"].channels
    assert last["view"].dialogs.names
    assert last["view"].markers
