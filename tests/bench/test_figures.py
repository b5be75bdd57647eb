"""bench.figures: percentiles by nearest rank, medians of runs, and the printed line."""

import pytest

from bench.figures import HEADING, Measurement, percentile, ratio, row


def _run(rate: int, p50_ms: float = 1.0, cpu_us: float | None = None) -> Measurement:
    return Measurement(
        deliveries=rate * 2,
        seconds=2.0,
        p50_ms=p50_ms,
        p90_ms=2.0,
        p99_ms=3.0,
        load_busy=0.5,
        server_cpu_us=cpu_us,
    )


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


def test_a_row_shows_medians_and_the_extremes_of_the_rate() -> None:
    line = row("A  title", "tracker", [_run(1000, 9.0, 1.5), _run(3000, 4.0, 2.5), _run(2000, 5.0, 0.5)])
    assert " ".join(line.split()) == "A title tracker 2,000 1,000 - 3,000 5.00 2.00 3.00 1.50 50%"
    assert len(line) == len(HEADING)


def test_a_row_without_the_servers_processor_time() -> None:
    assert row("A", "running", [_run(1000)]).split()[-2:] == ["-", "50%"]


def test_the_ratio_is_median_over_median() -> None:
    assert ratio([_run(10), _run(30), _run(20)], [_run(40), _run(40), _run(1)]) == 0.5
