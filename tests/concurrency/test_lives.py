"""Concurrent actions that move a client's belongings: resuming visits, renaming rooms, setting metadata.

The lines for each client are unpredictable, but in the end registry and view agree, and nothing is left over.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from chatcore.commands import renaming
from chatcore.server.resumption import Resumer
from chatcore.state.metadata import size_bytes
from tests.support.agreement import disagreements, view_of
from tests.support.crowd import at_once
from tests.support.irc import IrcClient
from tests.support.resuming import tokens_in
from tests.support.sasl_client import plain
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker

_PEOPLE, _STEPS = 8, 60
_ROOMS = ("#a", "#b", "#c", "#d")
_CAPS = "batch draft/metadata-3 chatcore/resume draft/channel-rename sasl"
_DEEDS = (
    *("JOIN {room}", "JOIN {room}", "PART {room}", "RENAME {room} {other}", "RENAME {room} {other}"),
    *("METADATA * SET k{few} v{step}", "METADATA {room} SET k{few} v{step}", "METADATA * CLEAR", "METADATA * SUB k1"),
    *("MODE {room} +i", "MODE {room} -is", "MODE {room} +s", "MODE {room} +b *1x*!*@*", "NICK p{number}n{step}"),
    *("CAP REQ :-chatcore/resume", "CAP REQ :chatcore/resume", "REGISTER * * :Sw0rdfish{number}", "", "", "QUIT"),
)


class _Life:
    """A person who acts at random, sometimes loses the connection, and mostly resumes by token."""

    def __init__(self, hosted: Hosted, number: int, seed: int) -> None:
        self._hosted = hosted
        self._number = number
        self._random = Random(seed * _PEOPLE + number)
        self._token = ""
        self.client: IrcClient | None = None

    def run(self) -> None:
        """Take a number of random steps."""
        for step in range(_STEPS):
            if self.client is None:
                self._connect(step)
            else:
                self._do(self.client, step)

    def _connect(self, step: int) -> None:
        client, lines, random = self._hosted.connect(), [f"CAP REQ :{_CAPS}"], self._random
        if random.random() < 0.3:
            lines.append("METADATA * SET k1 early")
        if self._token and random.random() < 0.8:
            lines.append(f"RESUME {self._token}")
        elif random.random() < 0.4:
            lines += plain(f"account{self._number % 2}", "pw")
        if random.random() < 0.2:
            lines.append("CAP REQ :-chatcore/resume")
        seen = client.command(*lines, f"NICK p{self._number}x{step}", "USER u 0 * :x", "CAP END")
        self._token = "".join(tokens_in(seen))
        self.client = client

    def _do(self, client: IrcClient, step: int) -> None:
        random = self._random
        names = {"room": random.choice(_ROOMS), "other": random.choice(_ROOMS), "few": random.randrange(4)}
        deed = random.choice(_DEEDS).format(**names, number=self._number, step=step)
        if not deed:
            client.close()
            self.client = None
        elif deed == "QUIT":
            client.send(deed)
            client.receive_rest()
            client.close()
            self.client = None
        else:
            self._token = "".join(tokens_in(client.command(deed))) or self._token


@pytest.mark.parametrize("seed", range(3))
def test_registry_and_view_agree_in_the_end_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(renaming, "RENAME_INTERVAL_S", 0)
    with hosted_tracker(tmp_path, registration="open") as hosted:
        for number in range(2):
            hosted.tracker.keys.accounts.add(f"account{number}", "pw")
        lives = [_Life(hosted, number, seed) for number in range(_PEOPLE)]
        at_once([life.run for life in lives])
        here = [life.client for life in lives if life.client is not None]
        wait_until(lambda: len(hosted.tracker.visits()) == len(here))
        for client in here:
            client.sync()
        hosted.log_text()
        assert disagreements(hosted.tracker) == []
        _assert_all_metadata_is_counted(hosted)
        _assert_every_seat_has_an_owner(hosted)


def _assert_all_metadata_is_counted(hosted: Hosted) -> None:
    registry = hosted.tracker.registry
    profiles = {id(client.metadata): client.metadata for client in registry.clients()}
    profiles |= {id(profile): profile for profile in registry._profiles.snapshot()}
    said = [profile.values for profile in profiles.values() if profile is not None]
    said += [channel.metadata for channel in registry.channels()]
    assert registry.metadata_bytes == sum(map(size_bytes, said))
    for profile in registry._profiles.snapshot():
        assert view_of(hosted.tracker).profiles.of(profile.account_id) == profile.values


def _assert_every_seat_has_an_owner(hosted: Hosted) -> None:
    resumer = hosted.tracker.resumer
    assert isinstance(resumer, Resumer)
    tokens = resumer._tokens
    here = {client.visit for client in hosted.tracker.registry.clients()}
    assert tokens._claims == {}
    assert tokens._by_visit.keys() <= here | tokens.lost().keys()
    seats = {seat for channel in hosted.tracker.registry.channels() for seat in channel.absent}
    assert seats <= {f"visit {visit}" for visit in tokens._by_visit}
