"""Rules for the logs: all have the same lines, none twice, and every acknowledged message."""

from __future__ import annotations

from collections import Counter
from itertools import zip_longest

from tests.faults.cluster.case import SAID, Case, Log, some
from tests.faults.cluster.lines import LOCAL_KINDS, LogLine


def _logs_are_equal(case: Case) -> None:
    reference = case.whole()
    for log in case.logs.values():
        if log.has_gap() and not case.transcript.gaps_allowed:
            case.find("gap", f"{log.tracker}'s log has a gap")
    if reference is None:
        case.find("gap", "no log is without a gap")
        return
    for other in (log for log in case.logs.values() if not log.has_gap() and log is not reference):
        pairs = zip_longest(reference.shared(), other.shared(), fillvalue=(-1, None))
        for (here, one), (there, two) in pairs:
            if one != two:
                case.find(
                    "equal logs",
                    f"{reference.tracker} line {here + 1}: {one}, but {other.tracker} line {there + 1}: {two}",
                )
                break
    known = [line for _, line in reference.shared()]
    for log in case.logs.values():
        if log.has_gap():
            _connects(case, log, known)


def _connects(case: Case, log: Log, known: list[LogLine]) -> None:
    """Check that a log has, between its gaps, only unbroken runs of the other logs' lines, in their order."""
    at, after_gap = 0, False
    for number, line in enumerate(log.lines[: log.end + 1]):
        if line.kind == "gap":
            after_gap = True
        elif line.kind not in LOCAL_KINDS:
            if after_gap and line in known[at:]:
                at = known.index(line, at)
            after_gap = False
            if at >= len(known) or known[at] != line:
                case.find("equal logs", f"{log.tracker} line {number + 1} is not what others have there: {line}")
                return
            at += 1


def _nothing_twice(case: Case) -> None:
    for log in case.logs.values():
        counts = Counter(line.text for line in log.lines if line.kind in SAID)
        doubled = [text for text, count in counts.items() if count > 1]
        if doubled:
            case.find("twice", f"{log.tracker}'s log has more than once: {some(doubled)}")


def _acknowledged_is_logged(case: Case) -> None:
    for log in case.logs.values():
        texts = {line.text for line in log.lines if line.kind in SAID}
        lost = [text for text in case.transcript.acknowledged if text not in texts]
        if lost and not log.has_gap():
            case.find("lost", f"not in {log.tracker}'s log, but came back to who said it: {some(lost)}")


RULES = (_logs_are_equal, _nothing_twice, _acknowledged_is_logged)
