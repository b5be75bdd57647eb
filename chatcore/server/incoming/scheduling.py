"""How the threads of clients share a processor with delivery."""

from __future__ import annotations

import contextlib
import os


def let_others_finish() -> None:
    """Have the calling thread, and those that it starts, interrupt nobody when they wake (Linux, SCHED_BATCH).

    Whoever runs when a client's line arrives is nearly always the tracker itself: delivery in the middle of a batch, or
    another client's thread, with the interpreter lock that the new one would only wait for. A policy that somebody has
    chosen for the whole process (chrt) stays.
    """
    if hasattr(os, "SCHED_BATCH"):
        with contextlib.suppress(OSError):  # a sandbox may forbid it
            if os.sched_getscheduler(0) == os.SCHED_OTHER:
                os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
