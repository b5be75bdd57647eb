"""Which threads preempt others when they wake (Linux)."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from chatcore.server.incoming.scheduling import let_others_finish
from tests.support.trackers import Hosted

needs_policies = pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="Linux alone has SCHED_BATCH")


def _tasks() -> set[int]:
    return {int(task.name) for task in Path("/proc/self/task").iterdir()}


@needs_policies
def test_client_threads_run_as_batch_and_delivery_does_not(hosted: Hosted) -> None:
    before = _tasks()
    hosted.client("ann", "#room").sync()
    named = {thread.name: thread.native_id or 0 for thread in threading.enumerate()}
    clients = _tasks() - before
    assert clients
    assert {os.sched_getscheduler(task) for task in (*clients, named["accept"])} == {os.SCHED_BATCH}
    assert os.sched_getscheduler(named["delivery"]) == os.SCHED_OTHER


@needs_policies
@pytest.mark.parametrize("refuses", [False, True])
def test_another_policy_is_kept_and_a_refusal_is_ignored(monkeypatch: pytest.MonkeyPatch, refuses: bool) -> None:
    asked = []

    def set_policy(*arguments: object) -> None:
        asked.append(arguments)
        raise PermissionError

    monkeypatch.setattr(os, "sched_getscheduler", lambda _: os.SCHED_OTHER if refuses else os.SCHED_IDLE)
    monkeypatch.setattr(os, "sched_setscheduler", set_policy)
    let_others_finish()
    assert len(asked) == refuses
