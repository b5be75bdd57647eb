"""A client that does a bit of everything: load for tests that compare what was seen with what was logged."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.support.crowd import Witness
from tests.support.irc import Disconnected


class Guest:
    """Gives random commands, like people in a few shared rooms; the same seed gives the same commands."""

    ROOMS = ("#one", "#two", "#three")
    NICKS = tuple(f"contended{number}" for number in range(8))

    def __init__(self, client: Witness, seed: str) -> None:
        self.client = client
        self._random = random.Random(seed)
        self._labels = "labeled-response" in client.caps
        self._others = [f"member{number}" for number in range(20)]

    def line(self) -> str:
        """Return the next command."""
        choose = self._random.choice
        room = choose(self.ROOMS)
        kinds = {
            f"PRIVMSG {room} :{self._random.random()}": 40,
            f"JOIN {room}": 20,
            f"PART {room}": 8,
            f"PART {room} :bored": 4,
            f"NICK {choose(self.NICKS)}": 6,
            f"NICK {self.client.nick}": 4,
            f"KICK {room} {choose([*self.NICKS, *self._others])} :out": 6,
            f"TOPIC {room} :{self._random.random()}": 3,
            f"MODE {room} +o {choose([*self.NICKS, *self._others])}": 6,
            f"PRIVMSG {choose([*self.NICKS, *self._others])} :{self._random.random()}": 6,
            "JOIN 0": 1,
        }
        line = self._random.choices([*kinds], [*kinds.values()])[0]
        return f"@label=any {line}" if self._labels and self._random.random() < 0.3 else line

    def live(self, lines: int) -> None:
        """Send this many commands, ten at a time, and read the answers."""
        for _ in range(lines // 10):
            self.client.command(*(self.line() for _ in range(10)))

    def live_until_cut_off(self, after_each: Callable[[], object]) -> None:
        """Do the same until the tracker is gone; call `after_each` after every ten commands."""
        try:
            while True:
                self.live(10)
                after_each()
        except (Disconnected, OSError):
            self.client.receive_rest()

    def live_and_quit(self, lines: int) -> None:
        """Do the same, and QUIT at the end."""
        self.live(lines)
        self.client.send("QUIT :enough")
        self.client.receive_rest()
