"""Which token brings back which client, for how long, and what survives a restart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from chatcore.server.access import resume_tokens
from chatcore.server.access.resume_file import RESUME_FILE, ResumeFile
from chatcore.server.access.resume_tokens import RESUMABLE_S, ResumeTokens
from chatcore.state.kept_visit import KeptVisit, Seat
from tests.support.disk import Disk

_ANN, _BOB = 1, 2
_SEATS = (Seat("#room", 7, False),)


def _kept(visit: str = "1.1", nick: str = "ann", host: str = "192.0.2.1") -> KeptVisit:
    return KeptVisit(visit, nick, "user", "Real", host)


class _House:
    """A state folder and two clocks, for successive runs of a tracker."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.now = 1000.0
        self.unix = 1_700_000_000.0
        self.told: list[str] = []
        self._stack = stack

    def run(self, password: str = "pw") -> ResumeTokens:
        """Return the tokens of the next run, which starts right after the last sign of life of the one before."""
        file = ResumeFile(self.folder, password, self.told.append)
        if file.rows:
            file.alive_at = self.unix
        self._stack.callback(file.close)
        return ResumeTokens(file, lambda: self.now, lambda: self.unix)

    def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.unix += seconds

    def enter(self, tokens: ResumeTokens, kept: KeptVisit | None = None, client: int = _ANN) -> str:
        """Have a client come in; return its token."""
        kept = kept or _kept()
        token = tokens.give(kept, client)
        assert token
        tokens.arrive(kept.visit, client)
        return token


@pytest.fixture
def house(tmp_path: Path) -> Iterator[_House]:
    with ExitStack() as stack:
        yield _House(tmp_path, stack)


def test_a_token_is_valid_until_ten_minutes_after_the_loss(house: _House) -> None:
    tokens = house.run()
    token = house.enter(tokens)
    house.pass_time(10_000)
    assert tokens.find(token) is not None
    assert tokens.lose("1.1", _ANN) == (True, [])
    house.pass_time(RESUMABLE_S - 1)
    assert tokens.expire() == []
    assert tokens.find(token) is not None
    house.pass_time(1)
    assert tokens.find(token) is None
    assert [entry.kept for entry in tokens.expire()] == [_kept()]
    assert tokens.was_good(token)
    assert not tokens.was_good("another")
    assert tokens.expire() == []


def test_a_token_is_invalid_until_its_client_is_in(house: _House) -> None:
    tokens = house.run()
    token = tokens.give(_kept(), _ANN)
    assert token
    assert tokens.find(token) is None
    tokens.release(_ANN)
    tokens.arrive("1.1", _ANN)
    assert tokens.find(token) is None
    assert house.run().find(token) is None


def test_a_new_token_replaces_the_old_only_once_the_client_is_in(house: _House) -> None:
    tokens = house.run()
    token = house.enter(tokens)
    tokens.lose("1.1", _ANN)
    entry = tokens.find(token)
    assert entry is not None
    assert tokens.claim(token, 3) == 0
    assert tokens.claim(token, _BOB) == 3, "the later claim must replace that of client 3"
    assert (tokens.claimed(3), tokens.claimed(_BOB)) == (None, entry)
    assert tokens.give(_kept(), 3) is None
    tokens.arrive("1.1", 3)
    tokens.release(3)
    assert tokens.claimed(_BOB) is entry
    second = tokens.give(_kept(nick="anna"), _BOB) or ""
    tokens.release(_BOB)
    tokens.release(_BOB)
    assert tokens.find(token) is entry
    assert tokens.find(second) is None
    assert tokens.claim(token, 3) == 0
    tokens.withdraw(3)
    assert tokens.give(_kept(), 3)
    assert tokens.claim(token, _BOB) is None, "client 3 is coming in with this token"
    tokens.withdraw(3)
    assert tokens.claim(token, _BOB) == 3
    tokens.withdraw(3)
    found = house.run().find(token)
    assert found is not None
    assert found.kept.nick == "ann"
    third = tokens.give(_kept(nick="anna"), _BOB) or ""
    tokens.arrive("1.1", _BOB)
    assert (tokens.find(token), tokens.find(second), tokens.find(third)) == (None, None, entry)
    assert (entry.kept.nick, tokens.claimed(_BOB), tokens.lost()) == ("anna", None, {})


def test_a_client_resuming_without_a_new_token_has_none(house: _House) -> None:
    tokens = house.run()
    token = house.enter(tokens)
    entry = tokens.find(token)
    assert entry is not None
    tokens.claim(token, _BOB)
    tokens.arrive("1.1", _BOB)
    assert tokens.find(token) is None
    tokens.note(_kept()._replace(away="tea"))
    assert tokens.is_kept("1.1"), "its seats must be cleared when it leaves"
    assert tokens.lose("1.1", _BOB) == (False, [entry])
    assert not tokens.is_kept("1.1")
    assert house.run().lost() == {}


def test_only_its_own_client_can_lose_or_end_a_visit(house: _House) -> None:
    tokens = house.run()
    token = house.enter(tokens)
    assert tokens.lose("1.1", _BOB) == (False, [])
    assert tokens.end("1.1", _BOB) is None
    assert tokens.find(token) is not None
    assert tokens.end("1.1", _ANN) is not None
    assert tokens.end("1.1", _ANN) is None
    assert tokens.find(token) is None
    assert not tokens.set_rooms("1.1", _SEATS)


def test_an_ended_visit_cannot_be_claimed(house: _House) -> None:
    tokens = house.run()
    token = house.enter(tokens)
    entry = tokens.find(token)
    assert entry is not None
    tokens.claim(token, _BOB)
    tokens.end("1.1")
    assert tokens.claimed(_BOB) is None
    assert tokens.claim(token, _BOB) is None


def test_a_claimed_visit_does_not_expire(house: _House) -> None:
    tokens = house.run()
    token = house.enter(tokens)
    tokens.lose("1.1", _ANN)
    entry = tokens.find(token)
    assert entry is not None
    tokens.claim(token, _BOB)
    house.pass_time(2 * RESUMABLE_S)
    assert tokens.expire() == []
    tokens.release(_BOB)
    assert tokens.expire() == [entry]


def test_changes_survive_a_restart(house: _House) -> None:
    tokens = house.run()
    token = house.enter(tokens)
    tokens.note(_kept(nick="anna"))
    tokens.note(_kept("9.9", "nobody"))
    found = house.run().find(token)
    assert found is not None
    assert found.kept.nick == "anna"


@pytest.mark.parametrize("was_lost", [False, True])
def test_the_next_run_counts_from_the_loss_or_the_last_sign_of_life(house: _House, was_lost: bool) -> None:
    tokens = house.run()
    token = house.enter(tokens)
    if was_lost:
        tokens.lose("1.1", _ANN)
    house.pass_time(400)
    second = house.run()
    assert second.identities() == {"visit 1.1"}
    house.pass_time(RESUMABLE_S - 400 - 1)
    assert second.find(token) is not None
    house.pass_time(1)
    assert (second.find(token) is None) == was_lost
    house.pass_time(400)
    assert second.find(token) is None
    assert len(second.expire()) == 1
    assert house.run().identities() == set()


def test_a_token_that_expired_between_runs_is_known_as_expired(house: _House) -> None:
    tokens = house.run()
    token = house.enter(tokens)
    tokens.lose("1.1", _ANN)
    house.pass_time(RESUMABLE_S)
    second = house.run()
    assert second.find(token) is None
    assert second.was_good(token)


def test_setting_the_clock_back_does_not_prolong_a_token(house: _House) -> None:
    tokens = house.run()
    token = house.enter(tokens)
    tokens.lose("1.1", _ANN)
    house.unix -= 1_000_000
    second = house.run()
    assert second.find(token) is not None
    house.pass_time(RESUMABLE_S)
    assert second.find(token) is None


def test_another_password_invalidates_all_tokens(house: _House) -> None:
    token = house.enter(house.run())
    assert house.run("other").identities() == set()
    second = house.run()
    assert second.find(token) is None
    assert not second.was_good(token)


def test_nothing_changes_after_closing(house: _House) -> None:
    tokens = house.run()
    token = house.enter(tokens)
    tokens.close()
    tokens.note(_kept(nick="anna"))
    tokens.release(_ANN)
    assert tokens.end("1.1", _ANN) is None
    assert tokens.lose("1.1", _ANN) == (False, [])
    assert tokens.give(_kept("1.2"), _BOB) == ""
    found = house.run().find(token)
    assert found is not None
    assert found.kept.nick == "ann"


def test_beyond_the_limit_the_address_with_most_lost_visits_yields(
    house: _House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resume_tokens, "MAX_LOST", 3)
    tokens = house.run()
    hosts = {1: "192.0.2.1", 2: "192.0.2.9", 3: "192.0.2.9", 4: "192.0.2.1", 5: "192.0.2.9"}
    over = []
    for number, host in hosts.items():
        house.enter(tokens, _kept(f"1.{number}", f"n{number}", host), number)
        may_return, others = tokens.lose(f"1.{number}", number)
        assert may_return
        over += [entry.kept.visit for entry in others]
    assert over == ["1.1", "1.2"]
    assert tokens.lost().keys() == {"1.3", "1.4", "1.5"}
    house.pass_time(RESUMABLE_S)
    assert len(tokens.expire()) == 3


def test_a_limited_number_of_used_tokens_is_remembered(house: _House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resume_tokens, "MAX_OVER", 1)
    tokens = house.run()
    first, second = house.enter(tokens), house.enter(tokens, _kept("1.2"), _BOB)
    tokens.end("1.1")
    assert tokens.was_good(first)
    tokens.end("1.2")
    assert (tokens.was_good(first), tokens.was_good(second)) == (False, True)


def test_a_new_run_keeps_no_more_than_the_limit(house: _House, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = house.run()
    for number in range(4):
        house.enter(tokens, _kept(f"1.{number}"), number + 1)
    monkeypatch.setattr(resume_tokens, "MAX_LOST", 3)
    monkeypatch.setattr(resume_tokens, "MAX_OVER", 0)
    assert len(house.run().lost()) == 3


def test_a_full_disk_allows_no_new_tokens_but_keeps_existing_ones(
    house: _House, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = house.run()
    token = house.enter(tokens)
    disk = Disk(monkeypatch)
    disk.free = 0
    assert tokens.give(_kept("1.2", "bob"), _BOB) == ""
    tokens.arrive("1.2", _BOB)
    disk.cannot_sync = True
    tokens.expire()
    assert tokens.lose("1.1", _ANN) == (True, [])
    assert tokens.find(token) is not None
    disk.free, disk.cannot_sync = None, False
    assert tokens.give(_kept("1.2", "bob"), _BOB) == "", "the file still lacks the other tokens"
    tokens.expire()
    assert tokens.give(_kept("1.2", "bob"), _BOB)
    assert house.run().find(token) is not None


def test_tokens_that_a_full_disk_cannot_store_last_for_this_run(house: _House, monkeypatch: pytest.MonkeyPatch) -> None:
    token = house.enter(house.run())
    disk = Disk(monkeypatch)
    disk.cannot_sync = True
    second = house.run()
    assert second.find(token) is not None
    assert (house.folder / RESUME_FILE).stat().st_size == 0


@pytest.mark.parametrize(
    "damage",
    [
        *({"nick": 5}, {"nick": "\ud800"}, {"token": None}, {"away": 7}, {"modes": ["o"]}, {"lost": None, "host": {}}),
        *({"lost": lost} for lost in ("x", 10**400, -(10**400), float("nan"), float("-inf"))),
    ],
)
def test_a_damaged_row_lets_nobody_in_unless_only_its_time_is_bad(house: _House, damage: dict[str, object]) -> None:
    file = ResumeFile(house.folder, "pw")
    row = {**_kept()._asdict(), "token": file.digest("token"), "lost": None}
    file.append({**row, **damage})
    file.append({"visit": "1.9"})
    file.close()
    if [*damage] == ["lost"]:
        assert house.run().find("token") is not None, "the loss is dated to the tracker's last sign of life"
    else:
        assert house.run().find("token") is None


def test_an_edited_file_makes_nobody_an_operator(house: _House) -> None:
    file = ResumeFile(house.folder, "pw")
    file.append({**_kept()._replace(modes="iow")._asdict(), "token": file.digest("token"), "lost": None})
    file.close()
    found = house.run().find("token")
    assert found is not None
    assert found.kept.modes == "iw"


def test_the_file_is_rewritten_when_most_lines_are_outdated(house: _House) -> None:
    tokens = house.run()
    token = house.enter(tokens)
    for number in range(700):
        tokens.note(_kept()._replace(away=f"{number}" * 100))
    before = (house.folder / RESUME_FILE).stat().st_size
    tokens.expire()
    assert (house.folder / RESUME_FILE).stat().st_size < before / 50
    assert house.run().find(token) is not None
