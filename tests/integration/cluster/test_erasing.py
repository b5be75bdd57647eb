"""A message erased on one tracker is erased on all, and from everything that others could catch up from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.server.archive.erasing.erase_mail import EraseMail, EraseRequest
from chatcore.state.erasure import Erasure
from tests.support.irc import IrcClient
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker
from tests.support.valkey import ValkeyProcess, valkey_process

_CAPS = "batch draft/chathistory"
_SECRET = b"a thing she wants forgotten"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[ValkeyProcess]:
    with valkey_process(tmp_path / "engine") as process:
        yield process


def _past(reader: IrcClient) -> list[str]:
    return [line.params[-1] for line in reader.command("CHATHISTORY LATEST #tea * 50") if line.command == "PRIVMSG"]


def _erase(tracker: Hosted, whose: str) -> None:
    mail = EraseMail(tracker.tracker.config.state_dir)
    mail.ask(EraseRequest("1", Erasure(whose)))
    wait_until(lambda: (answer := mail.read_answer("1")) is not None and answer.is_done)


def _keeps_secret(folder: Path) -> bool:
    try:
        return any(_SECRET in path.read_bytes() for path in folder.glob("segment-*"))
    except FileNotFoundError:  # a segment was removed before it was read: the next call retries
        return True


def test_a_message_is_erased_on_all_trackers_and_in_the_engine(tmp_path: Path, engine: ValkeyProcess) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    with (
        hosted_tracker(folders[0], cluster=engine.url) as one,
        hosted_tracker(folders[1], cluster=engine.url) as two,
    ):
        ann, bob = one.client("ann"), two.client("bob", caps=_CAPS)
        ann.command("JOIN #tea")
        bob.command("JOIN #tea")
        ann.command(f"PRIVMSG #tea :{_SECRET.decode()}")
        bob.command("PRIVMSG #tea :tea?")
        assert _past(bob) == [_SECRET.decode(), "tea?"]
        states = [tracker.tracker.config.state_dir / "cluster" for tracker in (one, two)]
        assert all(map(_keeps_secret, states))
        _erase(one, "ann")
        wait_until(lambda: _past(bob) == ["tea?"])
        wait_until(lambda: not any(map(_keeps_secret, states)))
        with engine.client() as client:
            wait_until(lambda: not any(_SECRET in fields[b"b"] for _, fields in client.xrange("chat:stream")))
