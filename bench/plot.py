"""The plot of a report: a bar for each server, relative to the best of our peers. Pure; SVG by hand."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bench.figures import CEILING, COMPARE, FIGURES, TRACKER, Case, best_peer, median, score

if TYPE_CHECKING:
    from bench.figures import Results
    from bench.workloads import Workload

_WIDTH, _LEFT, _RIGHT, _TOP = 900, 262, 190, 64
_BAR, _STEP, _GAP = 11, 14, 16
_LONGEST = 4.0  # longer bars are cut; their number is right
_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-size: 16px; font-weight: 600 }
.note { fill: #57606a }
.value { font-size: 11px }
.axis { stroke: #d0d7de }
.best { stroke: #57606a; stroke-dasharray: 3 3 }
.whisker { stroke: #24292f; stroke-width: 1.2 }
.s0 { fill: #0969da } .s1 { fill: #a8b1bb } .s2 { fill: #d4a72c } .s3 { fill: #8250df }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .note { fill: #9198a1 } .axis { stroke: #3d444d } .best { stroke: #9198a1 }
  .whisker { stroke: #e6edf3 } .s0 { fill: #4493f8 } .s1 { fill: #656c76 } .s2 { fill: #9e6a03 } .s3 { fill: #ab7df8 }
}
"""


def plot(results: Results) -> str:
    """One group of bars for each figure that the tracker and a peer have: longer is better, and 1 is the best peer."""
    servers = [
        TRACKER,
        *dict.fromkeys(case.server for case in results if case.server not in (TRACKER, COMPARE, CEILING)),
    ]
    groups = [
        (workload, name, best)
        for workload in dict.fromkeys(case.workload for case in results)
        for name in workload.figures
        if (best := best_peer(results, workload, name))
    ]
    longest = max([1.0, *(length for group in groups for length in _lengths(results, *group))])
    per_unit = (_WIDTH - _LEFT - _RIGHT) / longest
    body, y = [], _TOP
    for workload, name, best in groups:
        lines, height = _group(results, workload, name, best, servers, y, per_unit)
        body += lines
        y += height
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y}" viewBox="0 0 {_WIDTH} {y}">',
            f"<style>{_STYLE}</style>",
            '<text class="title" x="12" y="24">How well each server does, the best other one being 1</text>',
            *_legend(servers),
            *_axis(longest, per_unit, y),
            *body,
            "</svg>\n",
        ]
    )


def _lengths(results: Results, workload: Workload, name: str, best: str) -> list[float]:
    """The lengths of the bars of a group, and the lines across them, relative to the best peer's bar."""
    base = median(results[Case(workload, best)], name)
    return [
        _length(run[name], base, name)
        for case, runs in results.items()
        if case.workload == workload and case.server not in (COMPARE, CEILING)
        for run in runs
    ]


def _length(value: float, base: float, name: str) -> float:
    return min(score(value, base, name), _LONGEST)


def _legend(servers: list[str]) -> list[str]:
    lines, x = [], 12
    for number, server in enumerate(servers):
        lines += [_bar(number, x, 36, 11), f'<text x="{x + 17}" y="46">{escape(server)}</text>']
        x += 40 + 7 * len(server)
    return [
        *lines,
        f'<text class="note" x="{x + 8}" y="46">longer is better; the line across: slowest to fastest run</text>',
    ]


def _axis(longest: float, per_unit: float, bottom: int) -> list[str]:
    lines = []
    for value in (step / 2 for step in range(int(longest * 2) + 1)):
        x = _LEFT + value * per_unit
        kind = "best" if value == 1 else "axis"
        lines.append(f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom - _GAP + 4}"/>')
        lines.append(f'<text class="note" x="{x:.1f}" y="{_TOP - 4}" text-anchor="middle">{value:g}</text>')
    return lines


def _group(
    results: Results, workload: Workload, name: str, best: str, servers: list[str], y: int, per_unit: float
) -> tuple[list[str], int]:
    """The SVG lines of one group at height y, and its height."""
    figure = FIGURES[name]
    lines = [
        f'<text x="12" y="{y + 10}"><tspan font-weight="600">{workload.name}</tspan> {escape(workload.title)}</text>',
        f'<text class="note" x="12" y="{y + 25}">{escape(figure.unit)}</text>',
    ]
    base = median(results[Case(workload, best)], name)
    top = y
    for number, server in enumerate(servers):
        runs = results.get(Case(workload, server))
        if not runs:
            continue
        middle = median(runs, name)
        length = _length(middle, base, name) * per_unit
        ends = sorted(_LEFT + _length(end(run[name] for run in runs), base, name) * per_unit for end in (min, max))
        center = y + _BAR / 2
        lines += [
            _bar(number, _LEFT, y, max(length, 1)),
            f'<line class="whisker" x1="{ends[0]:.1f}" x2="{ends[1]:.1f}" y1="{center}" y2="{center}"/>',
            f'<text class="value" x="{ends[1] + 5:.1f}" y="{y + 9}">{middle:,.{figure.digits}f}</text>',
        ]
        y += _STEP
    return lines, max(y - top, 2 * _STEP) + _GAP


def _bar(number: int, x: float, y: float, length: float) -> str:
    return f'<rect class="s{number}" x="{x:.1f}" y="{y}" width="{length:.1f}" height="{_BAR}" rx="1.5"/>'
