"""bench.figures: percentiles by nearest rank, medians of runs, ratios, and the table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.figures import HEADINGS, Case, Figures, as_text, best_peer, percentile, table, times_better
from bench.workloads import WORKLOADS

_A = WORKLOADS[0]
_LIVELY = replace(_A, figures=("rate", "p99_ms"))


def _run(rate: float, p99_ms: float = 3.0, busy: float = 0.5) -> Figures:
    return {"rate": rate, "p50_ms": 1.0, "p99_ms": p99_ms, "cpu_us": 1.25, "load_busy": busy}


@pytest.mark.parametrize(
    ("fraction", "expected"), [(0, 1), (0.01, 1), (0.07, 7), (0.5, 50), (0.9, 90), (0.991, 100), (1, 100)]
)
def test_percentile_is_the_nearest_rank(fraction: float, expected: int) -> None:
    assert percentile(range(1, 101), fraction) == expected


def test_percentile_of_few_samples() -> None:
    assert percentile([8], 0.5) == 8
    assert percentile([3, 5], 0.5) == 3
    assert percentile([3, 5], 0.51) == 5


@pytest.mark.parametrize(("samples", "fraction"), [([], 0.5), ([1], -0.1), ([1], 1.1)])
def test_percentile_refuses_nonsense(samples: list[int], fraction: float) -> None:
    with pytest.raises(ValueError, match="percentile needs"):
        percentile(samples, fraction)


def test_a_row_shows_median_extremes_delays_and_cost() -> None:
    (row,) = table({Case(_A, "tracker"): [_run(1000, 9.0), _run(3000, 4.0), _run(2000, 5.0)]})
    assert row[:6] == ("A", _A.title, "tracker", "2,000", "1,000", "3,000")
    assert row[6:] == ("deliveries/s", "1.00", "5.00", "1.25", "50%", "")


def test_a_busy_load_is_marked() -> None:
    (row,) = table({Case(_A, "ceiling"): [_run(1000, busy=0.9)]})
    assert row[HEADINGS.index("load")] == "90%!"


def test_ratios_refer_to_the_best_peer_and_to_the_tracker() -> None:
    results = {
        Case(_LIVELY, "tracker"): [_run(100, 8.0)],
        Case(_LIVELY, "compare"): [_run(150, 4.0)],
        Case(_LIVELY, "fast"): [_run(400, 4.0)],
        Case(_LIVELY, "quiet"): [_run(200, 2.0)],
        Case(_LIVELY, "ceiling"): [_run(900, 1.0)],
    }
    ratios = [(row[2], row[-1]) for row in table(results)]
    assert ratios[:2] == [("tracker", "0.25 x fast"), ("tracker", "0.25 x quiet")]
    assert ratios[2:4] == [("compare", "1.50 x tracker"), ("compare", "2.00 x tracker")]
    assert {ratio for _, ratio in ratios[4:]} == {""}


def test_without_peers_there_is_no_best() -> None:
    assert best_peer({Case(_A, "tracker"): [_run(1)], Case(_A, "ceiling"): [_run(2)]}, _A, "rate") is None


def test_ratios_compare_medians_and_above_one_is_better() -> None:
    slow, fast = [_run(10, 8.0), _run(30, 4.0), _run(20, 4.0)], [_run(40, 1.0), _run(40, 2.0), _run(1, 2.0)]
    assert times_better(slow, fast, "rate") == 0.5
    assert times_better(slow, fast, "p99_ms") == 0.5


def test_the_text_has_a_line_per_row_with_right_aligned_numbers() -> None:
    rows = table({Case(_A, "tracker"): [_run(1000)], Case(_A, "ngircd"): [_run(20)]})
    heading, first, second = as_text(rows).splitlines()
    assert heading.index("median") + len("median") == first.index("1,000") + 5 == second.index("20") + 2
