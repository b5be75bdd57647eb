"""How client threads share a processor with delivery."""

from __future__ import annotations

import contextlib
import os


def let_others_finish() -> None:
    """Keep the calling thread, and those it starts, from preempting others when they wake (Linux, SCHED_BATCH).

    What runs when a client's line arrives is nearly always the tracker itself: delivery in the middle of a batch, or
    another client's thread, which holds the interpreter lock that the woken thread would only wait for. A policy chosen
    for the whole process (chrt) is left alone.
    """
    if hasattr(os, "SCHED_BATCH"):
        with contextlib.suppress(OSError):  # a sandbox may forbid it
            if os.sched_getscheduler(0) == os.SCHED_OTHER:
                os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
