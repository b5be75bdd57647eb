"""bench.report and bench.plot: page and plot have every row, and the committed page has this form."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bench.contenders import Contender
from bench.figures import FIGURES, Case, Figures
from bench.measuring import cases
from bench.plot import plot
from bench.report import PAGE, PICTURE, page, write
from bench.tracker_process import Cores
from bench.workloads import WORKLOADS
from tests.support.document import ROOT, Document

_CONTENDERS = [
    Contender("tracker", "", is_ours=True),
    Contender("some<ircd>", "", version="some 1.0"),
    Contender("ceiling", ""),
]
_ROWS = [(w.name, w.title, FIGURES[name].unit) for w in WORKLOADS for name in w.figures]


def _runs(factor: float) -> list[Figures]:
    names = {*FIGURES, "p50_ms", "p99_ms", "cpu_us", "load_busy"}
    return [dict.fromkeys(names, factor * value) for value in (0.9, 1.1, 1.0)]


_RESULTS = {
    Case(workload, one.name): _runs(1000 * (number + 1))
    for workload, one in cases(WORKLOADS, _CONTENDERS)
    for number in [_CONTENDERS.index(one)]
}


def _as_document(text: str) -> Document:
    return Document("docs/performance.md", text)


def _rows(document: Document) -> list[tuple[str, ...]]:
    return [tuple(row[:3]) for row in document.table("row")]


def test_the_page_has_every_figure_of_every_workload() -> None:
    rows = _as_document(page(_RESULTS, ["a machine"])).table("row")
    assert [tuple(row[:3]) for row in rows] == _ROWS
    assert rows[0][3:] == ["1,000 [900 to 1,100]", "2,000 [1,800 to 2,200]", "0.50"]
    assert rows[-1][-1] == "2.00", "if less is better, half is twice as good"


def test_the_page_has_delays_and_the_ceiling_for_every_rate() -> None:
    rows = _as_document(page(_RESULTS, ["a machine"])).table("of row")
    assert {row[0] for row in rows} == {workload.name for workload in WORKLOADS if "rate" in workload.figures}
    assert ("A", "ceiling") in {(row[0], row[1]) for row in rows}


def test_the_plot_has_a_group_for_each_figure_shared_with_peers() -> None:
    root = ET.fromstring(plot(_RESULTS))
    texts = [" ".join("".join(node.itertext()).split()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
    shared = [workload for workload in WORKLOADS if workload.is_for_all for _ in workload.figures]
    assert [text for text in texts if text in {f"{w.name} {w.title}" for w in WORKLOADS}] == [
        f"{workload.name} {workload.title}" for workload in shared
    ]
    bars = [float(bar.attrib["width"]) for bar in root.iter("{http://www.w3.org/2000/svg}rect")][2:]
    assert len(bars) == 2 * len(shared)
    assert bars[0] == pytest.approx(bars[1] / 2, rel=0.01)
    assert "some<ircd>" in texts


def test_page_and_plot_are_written_atomically_and_readable(tmp_path: Path) -> None:
    (tmp_path / PAGE).write_text("old")
    write(tmp_path, _RESULTS, _CONTENDERS, Cores(frozenset(), frozenset()), {"F": "needs more files", "A": ""})
    text = (tmp_path / PAGE).read_text()
    assert "- some<ircd>: some 1.0\n- F is left out: needs more files\n" in text
    assert "A is left out" not in text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images", PAGE.name]
    assert [path.name for path in (tmp_path / "images").iterdir()] == [PICTURE.name]
    assert (tmp_path / PAGE).stat().st_mode & 0o777 == 0o644


def test_the_committed_page_has_this_form() -> None:
    document = Document(f"docs/{PAGE}")
    assert _rows(document) == _ROWS
    assert f"]({PICTURE.as_posix()})" in document.text
    ET.fromstring((ROOT / "docs" / PICTURE).read_text())
