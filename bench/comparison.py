"""Formats the results of one tree, or of two side by side, for people. Pure.

Of two, the first is the tree in question, the second the one it is compared with.
"""

from __future__ import annotations

import itertools
import math
import statistics
import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bench.calls import Call, Structure

# Student's t for 95 % on both sides, by degrees of freedom; more of them count as 30.
_T95 = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
_OURS, _PYTHONS, _OTHERS = "chatcore", "standard library", "other libraries"


class Use(NamedTuple):
    """The cost of one run."""

    cpu_us: float
    """Processor time per message in microseconds, including the system's."""
    kb_per_client: float


Uses = dict[str, list[list[Use]]]
"""By workload: for each run, the cost of each tree."""


class Ratio(NamedTuple):
    """The geometric mean of ratios, and its 95 % confidence interval, which is infinite for a single one."""

    mean: float
    low: float
    high: float


def ratio(pairs: Iterable[tuple[float, float]]) -> Ratio:
    """The ratio of the first to the second of each pair."""
    logs = [math.log(one / other) for one, other in pairs]
    mean, freedom = statistics.mean(logs), len(logs) - 1
    half = _T95[min(freedom, len(_T95)) - 1] * statistics.stdev(logs) / math.sqrt(len(logs)) if freedom else math.inf
    return Ratio(math.exp(mean), math.exp(mean - half), math.exp(mean + half))


def origin(module: str) -> str:
    """The owner of a module."""
    top = module.partition(".")[0]
    if top in ("chatcore", "tracker"):
        return _OURS
    return _PYTHONS if top in sys.stdlib_module_names or top == "__main__" else _OTHERS


def imports_told(structures: Sequence[Structure]) -> list[str]:
    """How many modules are imported, and the names of those that only one of two trees imports."""
    lines = [f"Python {' -> '.join(dict.fromkeys(structure.python for structure in reversed(structures)))}"]
    for when in ("modules", "late_modules"):
        found: list[frozenset[str]] = [getattr(structure, when) for structure in structures]
        whose = [
            f"{_change([sum(origin(module) == kind for module in modules) for modules in found])} of {kind}"
            for kind in (_OURS, _PYTHONS, _OTHERS)
        ]
        title = "Modules imported when it listens" if when == "modules" else "Imported later, as clients talk"
        lines.append(f"{title}: {_change([len(modules) for modules in found])} ({', '.join(whose)})")
        for sign, names in (("new", found[0] - found[-1]), ("gone", found[-1] - found[0])):
            lines += [f"    {sign}: {name}" for name in sorted(names)]
    return lines


def calls_told(structures: Sequence[Structure], *, by_function: bool) -> list[str]:
    """A table of calls per message by thread, and one of the functions that differ (there only), or of all."""
    shapes = list(structures[0].calls)
    calls = sorted({call for structure in structures for counted in structure.calls.values() for call in counted})
    totals, functions = [], []
    for kind, of_kind in itertools.groupby(calls, _kind):
        total = [[0.0 for _ in structures] for _ in shapes]
        for call in of_kind:
            counts = [[structure.calls[shape].get(call, 0) for structure in structures] for shape in shapes]
            total = [[a + b for a, b in zip(*pair, strict=True)] for pair in zip(total, counts, strict=True)]
            if by_function:
                functions.append(_row(map(_change, counts), f"{kind}: {call.function}"))
            elif any(len(set(count)) > 1 for count in counts):
                changes = [_change(count) if len(set(count)) > 1 else "" for count in counts]
                functions.append(_row(changes, f"{kind}: {call.function}"))
        totals.append(_row(map(_change, total), kind))
    what = "functions" if by_function else "functions that differ"
    return [_row(shapes, "calls per message"), *totals, "", _row(shapes, f"{len(functions)} {what}"), *functions]


def uses_told(uses: Uses) -> list[str]:
    """A line for each workload: medians, and for two trees the ratio of their costs."""
    lines = []
    for title, runs in uses.items():
        cpu, memory = ([[getattr(use, name) for use in run] for run in runs] for name in Use._fields)
        line = f"{title:<27} {_medians(cpu)} us CPU a message, {_medians(memory)} KB a client"
        if len(runs[0]) > 1:
            mean, low, high = ratio((new, old) for new, old in cpu)
            line += f"; CPU {mean:.3f} times as much [{low:.3f} to {high:.3f}]"
        lines.append(line)
    return lines


def as_json(folders: Sequence[str], structures: Sequence[Structure], uses: Uses) -> list[dict[str, object]]:
    """Everything, by tree."""
    return [
        {
            "tree": folder,
            "modules": sorted(structure.modules),
            "late_modules": sorted(structure.late_modules),
            "calls": {
                shape: [call._asdict() | {"per_message": count} for call, count in counted.items()]
                for shape, counted in structure.calls.items()
            },
            "runs": {title: [run[number]._asdict() for run in runs] for title, runs in uses.items()},
        }
        for number, (folder, structure) in enumerate(zip(folders, structures, strict=True))
    ]


def _kind(call: Call) -> str:
    return f"{call.thread}, {'C' if call.is_c else 'Python'}"


def _change(values: Sequence[float], form: str = "g") -> str:
    """The first value, or if they differ both: second -> first."""
    return " -> ".join(dict.fromkeys(format(value, form) for value in reversed(values)))


def _medians(runs: Sequence[Sequence[float]]) -> str:
    return _change([statistics.median(tree) for tree in zip(*runs, strict=True)], ".1f")


def _row(cells: Iterable[str], label: str) -> str:
    """A row of numbers, with 0 left blank, and their label."""
    return "".join(f"{'' if cell == '0' else cell:>12}" for cell in cells) + f"   {label}"
