"""Many clients join a dormant room at once: it is restored once, and everybody is in the same room."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.support.agreement import disagreements
from tests.support.dormant import dormant
from tests.support.irc import IrcClient, only
from tests.support.together import run_together
from tests.support.trackers import hosted_tracker

_CLIENTS = 8


@pytest.mark.parametrize("seed", range(3))
def test_one_of_many_concurrent_joins_restores_the_room(tmp_path: Path, seed: int) -> None:
    with hosted_tracker(tmp_path) as hosted:
        rooms = [dormant(f"#r{number}", instance=number, values={"k": "tea"}, topic=None) for number in range(1, 6)]
        hosted.tracker.registry.lay_down(rooms)
        clients = [hosted.client(f"n{number}") for number in range(_CLIENTS)]

        def enter_and_leave(client: IrcClient, number: int) -> None:
            for room in rooms[seed:] + rooms[:seed]:
                client.send(f"JOIN {room.name} {'tea' if number % 4 else 'wrong'}")
            client.sync()

        run_together(*(partial(enter_and_leave, client, number) for number, client in enumerate(clients)))
        hosted.log_text()
        assert disagreements(hosted.tracker) == []
        restored = [line for line in hosted.log_lines() if line.startswith("restore ")]
        assert sorted(restored) == [f"restore {room.name} +ntk tea" for room in rooms]
        for room in rooms:
            channel = hosted.tracker.registry.channel(room.name)
            assert channel is not None
            assert (channel.instance, len(channel.members)) == (room.instance, _CLIENTS - _CLIENTS // 4)
            (names,) = only(clients[1].command(f"NAMES {room.name}"), "353")
            assert sum(name.startswith("@") for name in names.params[3].split()) == 1
        assert hosted.tracker.registry.dormant_rooms() == []
