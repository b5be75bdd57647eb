"""Checks a transcript against the promises about several trackers that form one chat.

Pure. It uses only the recording, parses logs and lines by itself, and knows nothing of the program.
"""

from __future__ import annotations

from tests.faults.cluster import end_rules, log_rules, monitor_rules, seen_rules
from tests.faults.cluster.case import Case, Finding
from tests.faults.cluster.transcript import Transcript

_RULES = (*log_rules.RULES, *seen_rules.RULES, *monitor_rules.RULES, *end_rules.RULES)


def check(transcript: Transcript) -> list[Finding]:
    """Return all findings."""
    case = Case(transcript)
    for rule in _RULES:
        rule(case)
    return case.findings
