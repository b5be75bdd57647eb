"""The cost of a message in this tree, compared with another tree: `python -m bench --cost --help`."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench.calls import examine
from bench.comparison import Use, Uses, as_json, calls_told, imports_told, uses_told
from bench.load import measure
from bench.tracker_process import REPOSITORY, Cores, pin, python_of, running, share_cores
from bench.workloads import Workload

_DEADLINE_S = 60
# Enough messages in flight to keep the tracker busy, and enough in total for two seconds.
_WORKLOADS = (
    Workload("few", "2 rooms of 2, one sends", rooms=2, members=2, senders=1, messages=90_000, window=32),
    Workload("room", "a room of 50, five send", rooms=1, members=50, senders=5, messages=16_000, window=8),
    Workload("rooms", "30 rooms of 10, nine send", rooms=30, members=10, senders=9, messages=400, window=2),
)


class Tree(NamedTuple):
    """A checkout, and the Python that runs it."""

    folder: Path
    python: str


def main(argv: Sequence[str]) -> None:
    """Measure and print. Raises LoadError, ServerError, OSError."""
    options = _arguments(argv)
    trees = [tree_in(folder) for folder in (REPOSITORY, options.compare) if folder]
    cores = share_cores()
    pin(cores.load)
    _tell("counting calls")
    structures = [examine(tree.python, tree.folder, cores) for tree in trees]
    uses = use_all(trees, options.runs, cores)
    print(f"{' -> '.join(str(tree.folder) for tree in reversed(trees))}; {cores}")
    for told in (imports_told(structures), calls_told(structures, by_function=options.functions), uses_told(uses)):
        print("\n".join(["", *told]))
    if options.json:
        text = json.dumps(as_json([str(tree.folder) for tree in trees], structures, uses), indent=2)
        options.json.write_text(text + "\n", encoding="utf-8")


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench --cost",
        description="What a message costs: the modules that a tracker imports, the calls that each of its threads "
        "makes for a message, processor time and memory.",
    )
    parser.add_argument("--compare", type=_checkout, metavar="OTHER", help="another checkout, measured in turns")
    parser.add_argument(
        "--runs", type=int, default=10, metavar="N", help="measure processor time so often (10); 0 only counts calls"
    )
    parser.add_argument("--functions", action="store_true", help="list every function that is called")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything to FILE too")
    return parser.parse_args(argv)


def _checkout(text: str) -> Path:
    folder = Path(text).resolve()
    if not (folder / "tracker.py").is_file():
        raise argparse.ArgumentTypeError(f"{text} is no checkout: it has no tracker.py")
    return folder


def tree_in(folder: Path) -> Tree:
    """A checkout and its own Python, or this one if it has none."""
    return Tree(folder, python_of(folder))


def _tell(what: str) -> None:
    print(f"bench: {what}", file=sys.stderr, flush=True)


def use_all(trees: list[Tree], runs: int, cores: Cores) -> Uses:
    """Measure all trees in turn: each goes first in every other run."""
    uses: Uses = {workload.title: [] for workload in _WORKLOADS if runs}
    for run in range(runs):
        for workload in _WORKLOADS:
            _tell(f"run {run + 1} of {runs}: {workload.title}")
            numbers = list(range(len(trees)))
            turns = numbers if run % 2 == 0 else numbers[::-1]
            used = {number: _use(trees[number], workload, cores) for number in turns}
            uses[workload.title].append([used[number] for number in numbers])
    return uses


def _use(tree: Tree, workload: Workload, cores: Cores) -> Use:
    with running(shlex.join([tree.python, str(tree.folder / "tracker.py")]), cores) as server:
        figures = measure(server.address, workload, prefix="c", deadline_s=_DEADLINE_S, process=server.process)
    return Use(figures["cpu_us"] * (workload.members - 1), figures["kb_per_client"])
