"""The program that announces a tracker on the network, and answers queries, until its standard input ends.

It runs in a process of its own, started by `announcer` with the announcement as its only argument: strangers decide how
much it has to read, and that must not cost the chat anything. It is run by its path, so it imports nothing from
chatcore. If it ends early, it prints why in one line.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from contextlib import suppress
from typing import Any, NoReturn

MOST_BYTES = 512 << 20
"""The limit of its address space. What it keeps for strangers has its own bounds, far below."""

_LEAST_URGENT = 19


def main(argument: str) -> int:
    """Announce until standard input ends, then say goodbye; return the exit status. Main thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C at a terminal shared with the tracker
    signal.signal(signal.SIGTERM, _end)
    _give_way()
    try:
        _tell(json.loads(argument))
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else ""
        print(f"multicast DNS (port 5353) cannot be used: {reason or error}", flush=True)
        return 1
    return 0


def _tell(what: dict[str, Any]) -> None:
    from zeroconf import ServiceInfo, Zeroconf

    info = ServiceInfo(
        what["type"],
        f"{what['label']}.{what['type']}",
        port=what["port"],
        properties=what["properties"],
        server=f"{what['label']}.local.",
        parsed_addresses=what["addresses"],
    )
    with Zeroconf(interfaces=what["interfaces"]) as responder, suppress(SystemExit):  # closing it says goodbye
        responder.register_service(info, cooperating_responders=True)  # nobody else has this name
        sys.stdin.buffer.read()


def _give_way() -> None:
    """Let everything else on the machine run first, and limit our memory."""
    with suppress(OSError):
        os.nice(_LEAST_URGENT)
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = MOST_BYTES if hard == resource.RLIM_INFINITY else min(MOST_BYTES, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _end(_signum: int, _frame: object) -> NoReturn:
    raise SystemExit


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
