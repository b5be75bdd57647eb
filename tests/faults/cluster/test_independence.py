"""The checker shares no code with the program."""

from __future__ import annotations

import subprocess
import sys

from tests.faults.cluster.machine import ROOT


def test_neither_checker_nor_stage_imports_the_program() -> None:
    modules = "tests.faults.cluster.checker, tests.faults.cluster.stage, tests.faults.cluster.inquiry"
    asked = f"import sys, {modules}; print([name for name in sys.modules if name.startswith('chatcore')])"
    told = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert told.stdout.strip() == "[]", told.stderr
