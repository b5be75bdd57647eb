"""People who talk without a pause while something is done to the log, each numbering their messages."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from tests.support.irc import DEADLINE_S, IrcClient
from tests.support.together import wait_until

_LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [a-z-]+( [^ :][^ ]*)*( :.*)?")
_SAID = re.compile(r" message #room (talker\d) :(\d+) x+$")
_FEW = 20


class Talk:
    """Several people who talk in #room. `said` counts the delivered messages of each."""

    def __init__(self, clients: list[IrcClient]) -> None:
        self.said = {client.nick: 0 for client in clients}
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(client,)) for client in clients]
        for thread in self._threads:
            thread.start()

    def go_on(self) -> None:
        """Wait until each has said some more."""
        before = dict(self.said)
        wait_until(lambda: all(self.said[nick] >= count + _FEW for nick, count in before.items()))

    def end(self) -> None:
        """Stop the talk; wait until everybody is quiet."""
        self._is_over.set()
        for thread in self._threads:
            thread.join(DEADLINE_S)

    def _run(self, client: IrcClient) -> None:
        while not self._is_over.is_set():
            number = self.said[client.nick]
            told = client.command(*(f"PRIVMSG #room :{number + ahead} {'x' * 50}" for ahead in range(5)))
            if not any(message.command == "400" for message in told):
                self.said[client.nick] += 5


@contextmanager
def talking(port: int, count: int = 3) -> Iterator[Talk]:
    """Yield a talk of this many people; it ends with the block at the latest."""
    with ExitStack() as stack:
        clients = [stack.enter_context(IrcClient(port)) for _ in range(count)]
        for number, client in enumerate(clients):
            client.register(f"talker{number}")
            client.join("#room")
        talk = Talk(clients)
        stack.callback(talk.end)
        yield talk


def numbers_in(logs: Iterable[str]) -> dict[str, list[int]]:
    """Return the numbers that each said, in the order of the logs, oldest first; fail for an invalid line."""
    numbers = defaultdict(list)
    for log in logs:
        assert not log or log.endswith("\n")
        for line in log.splitlines():
            assert _LINE.fullmatch(line), f"not a valid log line: {line!r}"
            if found := _SAID.search(line):
                numbers[found[1]].append(int(found[2]))
    return numbers
