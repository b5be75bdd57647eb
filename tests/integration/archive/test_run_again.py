"""One of several trackers replays entries after a kill and journals them twice: the archive has them once.

The replayed records have the same ids, in the same order, from some record on.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest

from chatcore.server.archive.archivist import Archivist
from chatcore.server.archive.journal.journal import Journal, JournalReader
from chatcore.server.archive.storage.files import HistoryFiles
from chatcore.server.archive.storage.rooms import Rooms
from chatcore.server.archive.storage.writer import Writer
from tests.support.irc import IrcClient, one
from tests.support.sasl_client import logged_in
from tests.support.trackers import Hosted

_CAPS = "sasl echo-message server-time message-tags batch labeled-response draft/multiline draft/message-redaction"
_MORE = "draft/metadata-3 draft/read-marker draft/channel-rename draft/event-playback"


@pytest.fixture
def journalled(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Everything the tracker writes into its journal."""
    written: list[bytes] = []
    write = Journal._write

    def note(journal: Journal, data: bytes) -> bool:
        written.extend(data.splitlines(keepends=True))
        return write(journal, data)

    monkeypatch.setattr(Journal, "_write", note)
    return written


def _do_everything(hosted: Hosted) -> None:
    """Do everything that the journal records."""
    for name in ("amy", "ben", "zoe"):
        hosted.tracker.keys.accounts.add(name, "pw")
    amy, ben = (logged_in(hosted, name, caps=f"{_CAPS} {_MORE}") for name in ("amy", "ben"))
    guest = hosted.client("guest", "#a")
    amy.command("JOIN #a,#b", "TOPIC #a :tea", "MODE #a +kt secret", "METADATA * SET url x", "METADATA #a SET url y")
    ben.command("JOIN #a secret", "JOIN #b", "PRIVMSG #b :one", "PRIVMSG amy :in private", "PRIVMSG zoe :waits")
    first = _say(amy, "#a", "an unwise word")
    second = _say(amy, "#a", "a good one")
    ben.command(f"@+draft/react=+1;+draft/reply={second} TAGMSG #a")
    amy.command(f"REDACT #a {first}", "RENAME #b #c", "MARKREAD #a timestamp=2026-01-01T00:00:00.000Z")
    ben.command("PART #c", "PRIVMSG #a :later", "MODE #a -o ben")
    amy.command("KICK #a guest :bye")
    guest.send("QUIT :gone")
    zoe = logged_in(hosted, "zoe", caps=f"{_CAPS} {_MORE}")
    zoe.command("JOIN #a secret", "PRIVMSG #a :last")
    for client in (amy, ben, zoe):
        client.sync()


def _say(client: IrcClient, room: str, text: str) -> str:
    client.sync()
    return one(client.command(f"PRIVMSG {room} :{text}"), "PRIVMSG").tags["msgid"]


def _archive_records(folder: Path, records: list[bytes]) -> None:
    """Journal these records, archive them and close, as a tracker that starts and stops does."""
    told: list[str] = []
    reader = JournalReader(folder)
    journal = Journal(folder, told.append)
    files = HistoryFiles(folder, 1 << 30, told.append)
    writer, rooms = Writer(files), Rooms(folder, told.append)
    archivist = Archivist(journal, reader, writer, rooms, told.append)
    for record in records:
        journal.append(record)
    journal.commit()
    assert archivist.take_all()
    archivist.close()
    journal.close()
    assert told == []


def _archived_rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of all tables in the archive's files except the search index, by file and table."""
    kept = {}
    for path in sorted(folder.glob("*.sqlite")):
        with closing(connect(path)) as connection:
            for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                if not table.startswith("words"):
                    rows = connection.execute(f"SELECT * FROM {table}").fetchall()
                    kept[f"{path.name} {table}"] = sorted(rows, key=repr)
    return kept


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def test_replayed_records_are_archived_exactly_once(hosted: Hosted, journalled: list[bytes], tmp_path: Path) -> None:
    _do_everything(hosted)
    hosted.close_clients()
    hosted.tracker.stop("over")
    records = journalled.copy()
    assert {record[:1] for record in records} == {b"m", b"s", b"r", b"x", b"+", b"-", b"f"}
    whole = _folder(tmp_path / "whole")
    _archive_records(whole, records)
    expected = _archived_rows(whole)
    assert len(expected) > 10
    for number, killed in enumerate(range(5, len(records) + 1, 7)):
        folder = _folder(tmp_path / str(number))
        _archive_records(folder, records[:killed])
        for again in (killed // 3, 0):
            _archive_records(folder, records[again:killed])
        _archive_records(folder, records[killed // 2 :])
        assert _archived_rows(folder) == expected, f"killed after {killed} records of {len(records)}"
    short = _folder(tmp_path / "short")
    _archive_records(short, records[:-1])
    assert _archived_rows(short) != expected
