"""A tracker replays entries into a sealed log and continues it: nothing in it looks changed."""

from __future__ import annotations

from chatcore.server.audit.recovery import RecoveringLog, cut_torn
from chatcore.server.audit.sealing import sealer as sealing
from tests.server.audit.sealing.conftest import Desk

_TIME = "2026-11-20T22:50:01.123Z"


def _texts(first: int, last: int) -> list[str]:
    return [f"{_TIME} message #a ann :number {number}\n" for number in range(first, last + 1)]


def _run_again(desk: Desk, place: str) -> None:
    """Start again after a kill, and replay the entries after a place."""
    cut_torn(desk.path)
    desk._sealer = sealing.open_sealer(desk.path, desk.state, desk.told.append, lambda: desk.clock, desk.now)
    desk._log = RecoveringLog(desk.path, fsync=False, witness=desk.sealer)
    desk.sealer.turn()
    desk._log.recover(place)
    desk.log.write(_texts(1, 5))
    desk.seal()
    desk.end()


def test_a_log_cut_anywhere_still_verifies_after_replay(desk: Desk) -> None:
    desk.start()
    desk.say_and_seal("before")
    desk.end()
    log = RecoveringLog(desk.path, fsync=False)
    place = log.place()
    log.close()
    desk.start()
    desk.log.write(_texts(1, 2))
    desk.seal()
    sealed = desk.path.stat().st_size
    desk.log.write(_texts(3, 4))
    desk.kill()
    whole = desk.path.read_bytes()
    files = {path: path.read_bytes() for path in (*desk.state.iterdir(), *desk.path.parent.iterdir())}
    for size in range(sealed, len(whole) + 1, 7):
        for path, data in files.items():
            path.write_bytes(data)
        desk.path.write_bytes(whole[:size])
        _run_again(desk, place)
        assert desk.verify().problems == []
        assert desk.path.read_text().splitlines(keepends=True)[1:] == _texts(1, 5)
