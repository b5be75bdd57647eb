"""Floods: a paste arrives whole, a flood is slowed down, and nobody else waits for it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest

from chatcore.state.credit import Credit
from tests.support.crowd import assert_all_saw_what_was_logged, settled, witnesses
from tests.support.irc import DEADLINE_S, commands
from tests.support.trackers import TrackerProcess, hosted_tracker

PASTE = [f"line {number} of a paste" for number in range(100)]
LINES_PER_S = 100.0
BURST = 30
FLOOD = 150
TRIPS = 5  # less than the burst: the others are not slowed down themselves


def test_a_paste_of_a_hundred_lines_arrives_whole_and_at_once(tracker: TrackerProcess) -> None:
    """With the default limits no line is lost or delayed."""
    with witnesses(tracker.port, 4, "#room") as clients:
        began = monotonic()
        clients[0].send(*(f"PRIVMSG #room :{text}" for text in PASTE))
        for client in clients:
            client.receive_until("PRIVMSG", PASTE[-1])
        assert monotonic() - began < len(PASTE) / 20.0, "slower than the rate after the burst"
        settled(clients)
        assert all(client.said == PASTE for client in clients)
        assert_all_saw_what_was_logged(clients, tracker.log_path)


@pytest.mark.thorough
def test_a_flood_is_slowed_down_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    others_have_talked = threading.Event()

    def pause(credit: Credit, seconds: float) -> bool:
        assert others_have_talked.wait(DEADLINE_S), "the others must not wait for the flood"
        return unhindered(credit, seconds)

    unhindered = Credit.pause
    monkeypatch.setattr(Credit, "pause", pause)
    with (
        hosted_tracker(tmp_path, lines_per_s=LINES_PER_S, burst_lines=BURST) as hosted,
        witnesses(hosted.port, 4, "#room") as (flooder, *others),
    ):
        flood = [f"flood {number}" for number in range(FLOOD)]
        began = monotonic()
        flooder.send(*(f"PRIVMSG #room :{text}" for text in flood))
        for _ in range(TRIPS):
            for other in others:
                other.command("PRIVMSG #room :meanwhile")
        others_have_talked.set()
        assert flood[-1] not in others[0].said, "the flood ended before the others had talked"
        flooder.receive_until("PRIVMSG", flood[-1])
        assert monotonic() - began >= (FLOOD - BURST) / LINES_PER_S * 0.9
        settled([flooder, *others])
        assert [text for text in others[0].said if text.startswith("flood")] == flood
        assert_all_saw_what_was_logged([flooder, *others], hosted.log_path)


@pytest.mark.thorough
@pytest.mark.xdist_group("heavy")
def test_without_rates_a_flood_is_held_back_by_its_credit(tmp_path: Path) -> None:
    """As many lines as fit are in flight, the rest waits in the flooder's socket; the others talk in between."""
    with (
        hosted_tracker(tmp_path, credit_lines=4) as hosted,
        witnesses(hosted.port, 6, "#room") as (flooder, *others),
        ThreadPoolExecutor(1) as pool,
    ):
        over = threading.Event()
        flood = [f"flood {number}" for number in range(3000)]
        flooding = pool.submit(flooder.command, *(f"PRIVMSG #room :{text}" for text in flood))
        flooding.add_done_callback(lambda _: over.set())
        trips = 0
        while not over.is_set():
            assert "PRIVMSG" in commands(others[trips % len(others)].command("PRIVMSG #room :meanwhile"))
            trips += 1
        flooding.result()
        settled([flooder, *others])
        assert trips > TRIPS
        assert [text for text in others[0].said if text.startswith("flood")] == flood
        assert_all_saw_what_was_logged([flooder, *others], hosted.log_path)


@pytest.mark.parametrize("ends", ["client", "tracker"])
def test_a_slowed_client_can_be_disconnected(tmp_path: Path, ends: str) -> None:
    """Neither a kick nor the end of the tracker waits for the flooder's delay."""
    with (
        hosted_tracker(tmp_path, lines_per_s=0.01, burst_lines=20) as hosted,
        witnesses(hosted.port, 2, "#room") as (flooder, other),
    ):
        flooder.send(*(f"PRIVMSG #room :flood {number}" for number in range(100)))
        other.receive_until("PRIVMSG")
        visit = hosted.visit_of(flooder.nick)
        while not visit.client.credit.is_waiting:
            assert not visit.is_over.is_set
        if ends == "client":
            visit.end("Kicked by the operator", is_lost=False)
            assert other.receive_until("QUIT").params == ("Kicked by the operator",)
        else:
            hosted.tracker.stop()
            assert visit.is_over.is_set
