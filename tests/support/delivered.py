"""Everything that was delivered to anybody, however the tracker ended, and what the archive has of it afterwards."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NamedTuple

from chatcore.protocol.message import Message
from tests.support.batches import split_batches
from tests.support.irc import Disconnected, IrcClient, only
from tests.support.play import CAPS
from tests.support.sasl_client import plain

KEPT = frozenset(("PRIVMSG", "NOTICE", "JOIN", "PART", "NICK", "QUIT", "KICK", "TOPIC", "MODE"))
ROOMS = ("#one", "#Two", "#three")
_OF_THE_MOMENT = frozenset(("batch", "label"))
_PAGE = 70


class Told(NamedTuple):
    """A message as somebody received it."""

    msgid: str
    tags: tuple[tuple[str, str], ...]
    source: str
    command: str
    params: tuple[str, ...]

    @classmethod
    def of(cls, message: Message) -> Told:
        tags = tuple(sorted((key, value) for key, value in message.tags.items() if key not in _OF_THE_MOMENT))
        return cls(message.tags["msgid"], tags, message.source or "", message.command, message.params)

    @property
    def room(self) -> str:
        """Return the message's room; '' for a private message, and for an event in all rooms of its source."""
        return self.params[0] if self.params and self.params[0].startswith("#") else ""


class Talker:
    """A client that sends all kinds of messages, as fast as the tracker takes them, until it ends."""

    def __init__(self, port: int, name: str, others: list[str], seed: str, *, has_account: bool) -> None:
        self.name = name
        self.told: list[Told] = []
        self._others = others
        self._seed = seed
        self._has_account = has_account
        self._random = random.Random(seed)
        self._client = IrcClient(port, wire="tcp")
        login = plain(name, "pw") if has_account else ()
        self._client.nick = name
        self._client.command(f"CAP REQ :echo-message {CAPS}", *login)
        self._client.command(f"NICK {name}", f"USER {name} 0 * :x", "CAP END", *(f"JOIN {room}" for room in ROOMS))

    def threads(self, heard: Callable[[], object]) -> list[threading.Thread]:
        """Return the function that talks and the one that listens; `heard` is called for each message."""
        return [threading.Thread(target=self._talk), threading.Thread(target=self._listen, args=(heard,))]

    def close(self) -> None:
        self._client.close()

    def _talk(self) -> None:
        with suppress(OSError):
            for line in self._lines():
                self._client.send(line)

    def _listen(self, heard: Callable[[], object]) -> None:
        with suppress(Disconnected):
            while True:
                message = self._client.receive()
                if message.command in KEPT and "msgid" in message.tags:
                    self.told.append(Told.of(message))
                    heard()

    def _lines(self) -> Iterator[str]:
        count = 0
        while True:
            count += 1
            text = f"w{self._seed.replace('.', 'x')}x{count}"
            room, other = self._random.choice(ROOMS), self._random.choice(self._others)
            yield self._random.choice(
                (
                    *[f"PRIVMSG {room} :{text}"] * 6,
                    *[f"PRIVMSG {other} :{text} \t : 漢字"] * 3,
                    f"NOTICE {room} :{text}",
                    f"NOTICE {other} :{text}",
                    f"PRIVMSG {room} :\x01ACTION does {text}\x01",
                    f"@+draft/reply={text};+note=a\\sb\\:c PRIVMSG {room} :{text}",
                    f"@+note=x PRIVMSG {other} :{text}",
                    f"PRIVMSG {room} :{text} {'long text ' * 44}",
                    f"PRIVMSG {','.join(ROOMS)},{other} :{text}",
                    f"PART {room} :{text}",
                    *[f"JOIN {','.join(ROOMS)}"] * 2,
                    f"TOPIC {room} :{text}",
                    f"MODE {room} +v {other}",
                    *([] if self._has_account else [f"NICK {self.name}{count}"]),
                )
            )


class Member:
    """A client that reads afterwards what was delivered."""

    def __init__(self, port: int, name: str) -> None:
        self._client = IrcClient(port, wire="tcp")
        self._client.nick = name
        self._client.command(f"CAP REQ :soju.im/search {CAPS}", *plain(name, "pw"))
        self._client.command(f"NICK {name}", f"USER {name} 0 * :x", "CAP END", *(f"JOIN {room}" for room in ROOMS))

    def close(self) -> None:
        self._client.close()

    def backward(self, target: str) -> list[Told]:
        """Return the whole history of a room or person, paged through from its end."""
        pages = [self._page(f"LATEST {target} *")]
        while pages[-1]:
            pages.append(self._page(f"BEFORE {target} msgid={pages[-1][0].msgid}"))
        return [told for page in reversed(pages) for told in page]

    def forward(self, target: str) -> list[Told]:
        """Return the whole history of a room or person, paged through from its beginning."""
        pages = [self._page(f"AFTER {target} timestamp=2001-01-01T00:00:00.000Z")]
        while pages[-1]:
            pages.append(self._page(f"AFTER {target} msgid={pages[-1][-1].msgid}"))
        return [told for page in pages for told in page]

    def search(self, text: str) -> list[Told]:
        """Return what is found."""
        return self._told(self._client.command(f"SEARCH text={text}"))

    def _page(self, question: str) -> list[Told]:
        return self._told(self._client.command(f"CHATHISTORY {question} {_PAGE}"))

    def _told(self, seen: list[Message]) -> list[Told]:
        assert not only(seen, "FAIL"), seen
        (batch,), _ = split_batches(seen)
        return [Told.of(message) for message in batch.inside]
