"""A tracker that counts its own calls: `python profiled_tracker.py TREE CONTROL [options of the tracker]`.

It runs the unchanged tracker.py of TREE, and answers each byte on the Unix socket CONTROL with the imported modules and
the calls that each thread has made. Imports are part of the answer, so this file imports only what every tracker does.
"""

from __future__ import annotations

import _thread
import marshal
import os
import socket
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

# How often each function was called: its module, its name, and whether it is Python's own, written in C.
_Counts = dict[tuple[str | None, str, bool], int]
# One for each thread, after the module of the thread's first function.
_threads: list[tuple[str, _Counts]] = []
_start_new_thread = _thread.start_new_thread


def main() -> int:
    """Run the tracker of the tree named on the command line, and return its status."""
    tree, control, *options = sys.argv[1:]
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(control)
    threading.Thread(target=_answer, args=(sock,), daemon=True).start()
    sys.argv[1:] = options
    sys.path[0] = tree
    _thread.start_new_thread = _start_counted
    from tracker import main as serve  # type: ignore[attr-defined]  # which exports nothing, as it is a program

    threading.setprofile(_begin)
    sys.setprofile(_begin)
    status: int = serve()
    return status


def _answer(sock: socket.socket) -> None:
    while sock.recv(1):
        counts = [(name, dict(counts)) for name, counts in list(_threads)]
        found = (sys.version.split()[0], list(sys.modules), counts)
        sock.sendall(marshal.dumps(found, 2))  # a format that every version reads
    os._exit(1)  # the measuring program has gone


def _start_counted(function: Callable[..., object], args: tuple[Any, ...], *rest: Any) -> int:
    """Replace `_thread.start_new_thread`, so that threads unknown to `threading` are counted too."""

    def run(*args: Any, **kwargs: Any) -> None:
        sys.setprofile(_begin)
        function(*args, **kwargs)

    return _start_new_thread(run, args, *rest)


def _begin(frame: FrameType, event: str, arg: Any) -> None:
    """Count the calls of this thread, beginning with its first."""
    if event != "call":
        return
    counts: _Counts = {}
    _threads.append((frame.f_globals["__name__"], counts))

    def count(frame: FrameType, event: str, arg: Any) -> None:
        if event == "call":
            key = (frame.f_globals.get("__name__"), frame.f_code.co_qualname, False)
        elif event == "c_call":
            key = (arg.__module__, arg.__qualname__, True)
        else:
            return
        counts[key] = counts.get(key, 0) + 1

    sys.setprofile(count)
    count(frame, event, arg)


if __name__ == "__main__":
    sys.exit(main())
