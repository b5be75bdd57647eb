"""Small plays about who may read what: people send lines to a tracker, which may be restarted in between.

A step is `who: line`, or one of the tracker's: `restart` with other settings, `remove` or `add` an account, `login`.
People called ann, bob or cat have accounts of these names, and so have their further visits (ann2); others have none.
"""

from __future__ import annotations

import ast
import shutil
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from chatcore.protocol.message import Message
from chatcore.server.access.accounts import ACCOUNTS_FILE, AccountStore
from tests.support.batches import split_batches
from tests.support.irc import IrcClient, only
from tests.support.sasl_client import plain
from tests.support.trackers import Hosted, hosted_tracker

ACCOUNTS = ("ann", "bob", "cat")
CAPS = "sasl batch message-tags server-time account-tag draft/chathistory draft/event-playback"
_SAID = frozenset(("PRIVMSG", "NOTICE"))
_TO_SOMEBODY = _SAID | {"INVITE"}
_TOLD = _SAID | {"TOPIC"}
_LONG_AGO, _FAR_AHEAD = "timestamp=2001-01-01T00:00:00.000Z", "timestamp=2999-01-01T00:00:00.000Z"
_REPLAY = 50


def make_accounts(folder: Path) -> Path:
    """Make the file of people's accounts, once for many plays; return its path."""
    store = AccountStore(folder / ACCOUNTS_FILE)
    for name in ACCOUNTS:
        store.add(name, "pw")
    return folder / ACCOUNTS_FILE


class Play:
    """A tracker, one state folder, and the people."""

    def __init__(self, folder: Path, accounts: Path, wire: str, *, is_there: bool = False, **settings: Any) -> None:
        """Begin with a new state folder that has these accounts, unless there is one (`is_there`)."""
        self._folder = folder
        self._wire = wire
        self._settings: dict[str, Any] = {"password": "", "replay": _REPLAY, **settings}
        self._people: dict[str, IrcClient] = {}
        self._running = ExitStack()
        self.replayed: dict[str, set[str]] = {}
        """What people received when they entered a room, since the last restart."""
        if not is_there:
            (folder / "state").mkdir(mode=0o700)
            shutil.copy(accounts, folder / "state" / ACCOUNTS_FILE)
        self.hosted = self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._running.close()

    def act(self, steps: Iterable[str]) -> None:
        """Carry out steps, one after the other: each has been delivered to everybody before the next."""
        for step in steps:
            who, is_said, line = step.partition(": ")
            if is_said:
                self._say(who, line)
            else:
                verb, *words = step.split()
                getattr(self, verb)(*words)

    def restart(self, *settings: str, put_back: Callable[[], None] = lambda: None) -> None:
        """Restart the tracker while people are connected, with other settings if any are given.

        `put_back` may change the state folder in between.
        """
        self.hosted.tracker.stop()
        self._running.close()
        self._people.clear()
        self.replayed.clear()
        put_back()
        for setting in settings:
            name, _, value = setting.partition("=")
            self._settings[name] = ast.literal_eval(value)
        self.hosted = self._start()

    def remove(self, account: str) -> None:
        """Remove an account; wait until its visits are over."""
        self.hosted.tracker.keys.accounts.remove(account)
        for who in [who for who in self._people if _account(who) == account]:
            self._people.pop(who).receive_rest()

    def add(self, account: str) -> None:
        """Make an account, under a name that may have been another's."""
        self.hosted.tracker.keys.accounts.add(account, "pw")

    def login(self, who: str, account: str) -> None:
        """Log a connected person in to an account."""
        assert only(self.person(who).command(*plain(account, "pw")), "903")

    def person(self, who: str) -> IrcClient:
        """Return a person's connection; they connect if they are not here."""
        return self._people.get(who) or self._come_in(who)

    def history(self, who: str) -> set[str]:
        """Return everything that a person may read in what TARGETS lists; every kind of CHATHISTORY must agree."""
        person = self.person(who)
        found: set[str] = set()
        for target in self.targets(who):
            latest = self._read(person, f"LATEST {target} * 90")
            for question in (
                f"BEFORE {target} {_FAR_AHEAD} 90",
                f"AFTER {target} {_LONG_AGO} 90",
                f"BETWEEN {target} {_LONG_AGO} {_FAR_AHEAD} 90",
                f"AROUND {target} {_FAR_AHEAD} 180",
            ):
                assert self._read(person, question) == latest, question
            assert latest, f"TARGETS gives {who} {target}, where nothing can be read"
            found.update(latest)
        for room in self._rooms(who):
            if room not in self.targets(who):
                assert not self._read(person, f"LATEST {room} * 90"), (
                    f"TARGETS does not give {who} {room}, which can be read"
                )
        return found

    def targets(self, who: str) -> list[str]:
        """Return the rooms and people that TARGETS lists for somebody."""
        seen = self.person(who).command(f"CHATHISTORY TARGETS {_LONG_AGO} {_FAR_AHEAD} 90")
        return [message.params[1] for message in only(seen, "CHATHISTORY")]

    def refusals(self, who: str, target: str) -> list[Message]:
        """Return the errors that a person gets for a place."""
        return only(self.person(who).command(f"CHATHISTORY LATEST {target} * 90"), "FAIL")

    def search(self, who: str, attributes: str) -> set[str]:
        """Return the texts that a person finds."""
        seen = self.person(who).command(f"SEARCH {attributes}")
        (batch,), others = split_batches(seen)
        assert batch.kind == "soju.im/search", others
        return {message.params[1] for message in batch.inside if message.command in _SAID}

    def _start(self) -> Hosted:
        return self._running.enter_context(hosted_tracker(self._folder, **self._settings))

    def _come_in(self, who: str) -> IrcClient:
        client = self._people[who] = self.hosted.connect(wire=self._wire)
        client.nick = who
        login = plain(_account(who), "pw") if _account(who) in ACCOUNTS else ()
        password = self._settings["password"]
        search = "CAP REQ soju.im/search"  # separate, as it is refused if nothing is kept
        client.command(*([f"PASS {password}"] if password else []), f"CAP REQ :{CAPS}", search, *login)
        assert only(client.command(f"NICK {who}", f"USER {who} 0 * :x", "CAP END"), "001"), who
        return client

    def _say(self, who: str, line: str) -> None:
        person = self.person(who)
        verb, *params = line.split(maxsplit=2)
        if verb in _TO_SOMEBODY and not params[0].startswith("#"):
            self.person(params[0])  # must be connected
        if line == "QUIT":
            person.send(line)
            person.receive_rest()
            del self._people[who]
            return
        seen = person.command(line)
        batches, others = split_batches(seen)
        if any((message.source or "").startswith(f"{person.nick}!") for message in only(others, "JOIN")):
            given = {m.params[1] for batch in batches for m in batch.inside if m.command in _TOLD}
            self.replayed.setdefault(who, set()).update(given)

    def _rooms(self, who: str) -> list[str]:
        seen = self.person(who).command(f"WHOIS {self.person(who).nick}")
        return [room.lstrip("@+") for message in only(seen, "319") for room in message.params[-1].split()]

    def _read(self, person: IrcClient, question: str) -> list[str]:
        (batch,), others = split_batches(person.command(f"CHATHISTORY {question}"))
        assert not others
        assert "hidden" not in str(batch.inside)
        return [message.params[1] for message in batch.inside if message.command in _TOLD]


def _account(who: str) -> str:
    return who.rstrip("0123456789")
