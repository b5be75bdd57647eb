"""Backups made while people talk: a restored tracker has everything said before, exactly once, and continues."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from chatcore.config import Config
from chatcore.server.archive.erasing.erase_mail import EraseMail, EraseRequest
from chatcore.server.archive.storage.writer import Writer
from chatcore.server.audit.rotated import own_rotated
from chatcore.server.backup import copying
from chatcore.server.backup.copying import STATE
from chatcore.server.backup.parcel import Parcel
from chatcore.server.cli.app import main
from chatcore.state.erasure import Erasure
from tests.support.irc import only
from tests.support.play import Play, make_accounts
from tests.support.restored import LOG, archived, backup, log_text, restored_tracker, unpack
from tests.support.sasl_client import plain
from tests.support.talk import numbers_in, talking
from tests.support.together import wait_until
from tests.support.trackers import hosted_tracker

_BACKUPS = 3


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_accounts(tmp_path_factory.mktemp("accounts"))


def _numbers_archived(folder: Path) -> dict[str, list[int]]:
    numbers = defaultdict(list)
    for _, source, text in archived(folder):
        numbers[source.partition("!")[0]].append(int(text.split()[0]))
    return numbers


def _has_moved_on(config: Config, number: int) -> bool:
    """Return whether more than this many log files are finished, and archive files begun."""
    return min(len(own_rotated(config.log)), len([*config.state_dir.glob("history-*.sqlite")])) > number


def _is_whole(numbers: dict[str, list[int]], said: dict[str, int]) -> bool:
    """Return whether each person's numbers are complete and in order, up to the known count or beyond."""
    return numbers.keys() == said.keys() and all(
        numbers[nick] == list(range(len(numbers[nick]))) and len(numbers[nick]) >= count for nick, count in said.items()
    )


def test_backups_are_complete_while_files_rotate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatcore.server.archive.storage.files.MAX_FILE_BYTES", 1 << 16)
    monkeypatch.setattr("chatcore.server.archive.journal.journal.SEGMENT_BYTES", 1 << 14)
    before: list[dict[str, int]] = []
    # Not smaller: files would rotate faster than a backup can open all of them.
    with hosted_tracker(tmp_path, log_rotate="32k") as hosted:
        config = hosted.tracker.config
        with talking(hosted.port) as talk:
            for number in range(_BACKUPS):
                talk.go_on()
                wait_until(lambda: _has_moved_on(config, number))  # noqa: B023  # called at once
                before.append(dict(talk.said))
                copied = backup(config, tmp_path / f"{number}.tar.gz")
                assert copied.remarks == []
    for number, said in enumerate(before):
        folder = unpack(tmp_path / f"{number}.tar.gz", tmp_path / f"restored{number}")
        assert _is_whole(numbers_in([log_text(folder)]), said)
        with restored_tracker(folder):
            assert _is_whole(_numbers_archived(folder), said)


@pytest.mark.thorough
@pytest.mark.parametrize("rare", [4, 24, 40])
def test_messages_between_the_steps_do_not_spoil_a_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rare: int
) -> None:
    """Before and after each step messages are said and archived, now and then into a new archive file."""
    turns = count()
    monkeypatch.setattr(Writer, "_must_begin", lambda writer: writer.newest_id > 0 and next(turns) % rare == 0)
    monkeypatch.setattr("chatcore.server.archive.journal.journal.SEGMENT_BYTES", 1)
    with hosted_tracker(tmp_path, log_rotate="4k") as hosted:
        talker = hosted.client("talker0", "#room")
        said = 0

        def go_on(*, is_taken: bool = True) -> None:
            nonlocal said
            talker.command(f"PRIVMSG #room :{said} {'x' * 300}", f"PRIVMSG #room :{said + 1} {'x' * 300}")
            said += 2
            if is_taken:
                archivist = hosted.tracker.holdings.archivist
                wait_until(lambda: archivist.catch_up(hosted.tracker.stream.position) and not archivist.problem)

        def stirred(function: Callable[..., Any]) -> Callable[..., Any]:
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                go_on()
                result = function(*args, **kwargs)
                go_on()
                return result

            return wrapper

        for _ in range(rare + 3):
            go_on()
        go_on(is_taken=False)
        said_before = said
        monkeypatch.setattr(Parcel, "add_file", stirred(Parcel.add_file))
        for name in ("database_copy", "files_in", "open_log"):
            monkeypatch.setattr(copying, name, stirred(getattr(copying, name)))
        copied = backup(hosted.tracker.config, tmp_path / "backup.tar")
        assert copied.files[STATE] >= 6
    folder = unpack(tmp_path / "backup.tar", tmp_path / "restored")
    assert _is_whole(numbers_in([log_text(folder)]), {"talker0": said_before})
    with restored_tracker(folder):
        assert _is_whole(_numbers_archived(folder), {"talker0": said_before})


@pytest.mark.thorough
def test_a_restored_tracker_has_everything(tmp_path: Path, accounts: Path) -> None:
    """A conversation, a locked room, a waiting message, a ban, and the certificate."""
    with Play(tmp_path, accounts, "tcp") as play:
        tracker = play.hosted.tracker
        play.act(["ann: JOIN #room", "ann: TOPIC #room :tea", "ann: MODE #room +k cup", "ann: PRIVMSG #room :one"])
        play.act(["bob: PRIVMSG ann :two", "bob: QUIT"])
        play.person("ann").command("PRIVMSG bob :for later")
        tracker.bans.add("10.9.8.7")
        identity, msgids = tracker.tls_identity, _msgids(play)
        backup(tracker.config, tmp_path / "backup.tar")
    folder = unpack(tmp_path / "backup.tar", tmp_path / "restored")
    with Play(folder, accounts, "tcp", is_there=True, log=folder / LOG) as play:
        tracker = play.hosted.tracker
        assert tracker.tls_identity.fingerprint == identity.fingerprint
        assert tracker.bans.all() == ["10.9.8.7"]
        assert not [told for told in tracker.notices if "chmod" in told or "New:" in told]
        assert only(play.person("ann").command("JOIN #room"), "332")[0].params[-1] == "tea"
        assert play.history("ann") == {"one", "two", "for later", "tea"}
        assert _msgids(play) == msgids
        bob = play.hosted.connect()
        bob.command("CAP REQ sasl", *plain("bob", "pw"))
        seen = bob.command("NICK bob", "USER bob 0 * :x", "CAP END")
        assert [message.params[-1] for message in only(seen, "PRIVMSG")][-1].endswith("for later")


def _msgids(play: Play) -> list[str]:
    seen = play.person("ann").command("CHATHISTORY LATEST #room * 90", "CHATHISTORY LATEST bob * 90")
    return [message.tags["msgid"] for message in only(seen, "PRIVMSG")]


@pytest.mark.thorough
def test_a_restored_tracker_does_not_reuse_later_ids(tmp_path: Path, accounts: Path) -> None:
    """Otherwise a returning client would take a new message for a known one, and not show it."""
    say = ["ann: JOIN #room", "ann: PRIVMSG #room :said"]
    with Play(tmp_path, accounts, "tcp") as play:
        play.act(say)
        backup(play.hosted.tracker.config, tmp_path / "backup.tar")
        before = _msgids(play)
        play.restart()
        play.act(say)
        original = _msgids(play)
    given = set(original)
    for name in ("one", "other"):
        folder = unpack(tmp_path / "backup.tar", tmp_path / name)
        with Play(folder, accounts, "tcp", is_there=True, log=folder / LOG) as play:
            play.act(say)
            first, new = _msgids(play)
        assert [first] == before == original[:1]
        assert new not in given
        assert new[16:] == first[16:], "the ids have different sequence numbers"
        given.add(new)


def test_erasing_and_backing_up_exclude_each_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Otherwise the backup might contain erased messages, which a tracker restored from it would never erase."""
    with hosted_tracker(tmp_path) as hosted:
        hosted.client("ann", "#room").command("PRIVMSG #room :secret")
        config = hosted.tracker.config
    where = ["--state-dir", str(config.state_dir), "--log", str(config.log)]
    refused: list[int] = []

    def erase(into: object) -> None:
        refused.append(main([*where, "history", "erase", "--room", "room"]))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("chatcore.server.backup.copying.Copying._copy_log", erase)
        backup(config, tmp_path / "backup.tar")
    assert refused == [2]
    assert "or a `backup`" in capsys.readouterr().err
    mail = EraseMail(config.state_dir)
    mail.ask(EraseRequest("id1", Erasure("", "#room")))
    assert main([*where, "backup", str(tmp_path / "another.tar")]) == 2
    assert "is being erased" in capsys.readouterr().err
    assert main([*where, "history", "erase", "--room", "room"]) == 0
    assert main([*where, "backup", str(tmp_path / "another.tar"), "--quiet"]) == 0
    assert b"secret" not in (tmp_path / "another.tar").read_bytes().partition(b"logs/chat.log")[0]


@pytest.mark.thorough
def test_backups_of_restored_trackers_lose_nothing(tmp_path: Path, accounts: Path) -> None:
    folder, texts = tmp_path, set[str]()
    for number in range(3):
        there = bool(number)
        settings = {"log": folder / LOG} if there else {}
        with Play(folder, accounts, "tcp", is_there=there, **settings) as play:
            play.act(["ann: JOIN #room", f"ann: PRIVMSG #room :{number}"])
            texts.add(str(number))
            assert play.history("ann") == texts
            backup(play.hosted.tracker.config, tmp_path / f"{number}.tar.gz")
        folder = unpack(tmp_path / f"{number}.tar.gz", tmp_path / f"restored{number}")


@pytest.mark.thorough
def test_a_restored_sealed_log_is_verified_and_a_new_chain_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with hosted_tracker(tmp_path, seal=True, log_rotate="4k") as hosted:
        key = hosted.verification_key
        with talking(hosted.port) as talk:
            wait_until(lambda: len(own_rotated(hosted.log_path)) > 1)
            backup(hosted.tracker.config, tmp_path / "backup.tar")
            talk.end()
    folder = unpack(tmp_path / "backup.tar", tmp_path / "restored")
    assert not list(folder.rglob("seal-key*"))
    assert main(["log", "verify", "--key", key, "--log", str(folder / LOG)]) == 0
    for number in range(2):
        with restored_tracker(folder, seal=True) as hosted:
            assert bool(hosted.verification_key) == (number == 0)
            told = [told for told in hosted.tracker.notices if "a new one begins, with a new verification key" in told]
            assert len(told) == (number == 0)
    assert key not in capsys.readouterr().out
    assert main(["log", "verify", "--key", key, "--log", str(folder / LOG)]) == 0
