"""The cost of a message and of a key in the page, after many messages: `python -m bench.conversation`.

It is the processor time of the page's own thread, by the browser's counters: script, style and layout, and in total.
Somebody sends many messages as fast as possible, then a few one by one; then keys are typed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from playwright.sync_api import CDPSession, Page, sync_playwright

from bench.member import LoadError, Member
from bench.room import come_in
from bench.tracker_process import TRACKER, Cores, ServerError, running

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ROOM = "#lobby"
_TIMES = 30
_PAUSE_S = 0.1  # so that each is drawn separately
_SETTLING_S = 1.0  # until the page has drawn what came before
_DEADLINE_MS = 300_000
_SHOWN = "text => document.getElementById('log').lastElementChild?.textContent.includes(text)"
_TOGETHER = Cores(frozenset(), frozenset())


class Cost(NamedTuple):
    """The cost of one message or key, in milliseconds of processor time."""

    script_and_layout: float
    everything: float


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; return 0 unless something does not start or does not arrive."""
    parser = argparse.ArgumentParser(prog="python -m bench.conversation", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[100, 3_000, 10_000], help="messages (100 3000 10000)")
    parser.add_argument("--tracker", default=TRACKER, metavar="COMMAND", help="which (default: the one of this tree)")
    options = parser.parse_args(argv)
    print("messages   shown after   a message     a key         elements   heap")
    try:
        for size in options.sizes:
            print(_measure(options.tracker, size), flush=True)
    except (LoadError, ServerError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


def _measure(tracker: str, size: int) -> str:
    with running(tracker, _TOGETHER) as server, sync_playwright() as playwright:
        program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        member = Member("talker", _ROOM, server.address)
        with contextlib.closing(member.sock), contextlib.closing(browser):
            come_in([member])
            page = browser.new_page()
            page.goto(f"http://{server.address[0]}:{server.address[1]}/")
            page.fill("#username", "reader")
            page.click("#enter")
            page.wait_for_function("() => document.getElementById('member-list').children.length > 1")
            return _row(page, member, size)


def _row(page: Page, member: Member, size: int) -> str:
    counters = page.context.new_cdp_session(page)
    counters.send("Performance.enable", {"timeDomain": "threadTicks"})
    member.sock.setblocking(True)
    began = time.perf_counter()
    for first in range(0, size, 100):
        member.write("".join(_said(number) for number in range(first, min(size, first + 100))).encode())
    page.wait_for_function(_SHOWN, arg=f"number {size - 1}.", timeout=_DEADLINE_MS)
    seconds = time.perf_counter() - began
    message = _cost(counters, lambda number: member.write(_said(size + number).encode()))
    page.focus("#text")
    key = _cost(counters, lambda _: counters.send("Input.dispatchKeyEvent", {"type": "char", "text": "a"}))
    counters.send("HeapProfiler.collectGarbage")
    elements = page.evaluate("document.querySelectorAll('*').length")
    heap = _read(counters)["JSHeapUsedSize"] / 1e6
    costs = "   ".join(f"{cost.script_and_layout:4.1f} of {cost.everything:4.1f}" for cost in (message, key))
    return f"{size:8,}   {seconds:9.1f} s   {costs}   {elements:8,}   {heap:.1f} MB"


def _said(number: int) -> str:
    return f"PRIVMSG {_ROOM} :This is what somebody says, as message number {number}.\r\n"


def _cost(counters: CDPSession, act: Callable[[int], object]) -> Cost:
    time.sleep(_SETTLING_S)
    before = _read(counters)
    for number in range(_TIMES):
        act(number)
        time.sleep(_PAUSE_S)
    time.sleep(_PAUSE_S)
    after = _read(counters)
    spent = {name: (after[name] - before[name]) * 1e3 / _TIMES for name in after}
    own = sum(spent[name] for name in ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration"))
    return Cost(own, spent["TaskDuration"])


def _read(counters: CDPSession) -> dict[str, float]:
    return {metric["name"]: metric["value"] for metric in counters.send("Performance.getMetrics")["metrics"]}


if __name__ == "__main__":
    sys.exit(main())
