"""A strict parser of Prometheus' text format, as documented: anything doubtful is an error."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_ABOUT = re.compile(rf"# (HELP|TYPE) ({_NAME}) (\S.*)")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"')
_SAMPLE = re.compile(rf"({_NAME})(?:\{{([^\n]*)\}})? (\S+)")
_TYPES = {"counter", "gauge", "histogram", "summary", "untyped"}
_ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}

Labels = tuple[tuple[str, str], ...]


@dataclass
class Family:
    """One metric: its samples by name and labels."""

    help: str
    kind: str = ""
    samples: dict[tuple[str, Labels], float] = field(default_factory=dict)

    @property
    def value(self) -> float:
        """Return the value of the only sample."""
        (value,) = self.samples.values()
        return value

    def by(self, label: str) -> dict[str, float]:
        """Return the values by the value of the only label."""
        return {dict(labels)[label]: value for (_, labels), value in self.samples.items()}


def parse_exposition(text: str) -> dict[str, Family]:
    """Return all metrics of a text by name. Raises AssertionError for a violation of the format."""
    assert text.endswith("\n"), "the last line has no line end"
    families: dict[str, Family] = {}
    name = ""
    for line in text.split("\n")[:-1]:
        if line.startswith("#"):
            about = _ABOUT.fullmatch(line)
            assert about, line
            if about[1] == "HELP":
                name = about[2]
                assert name not in families, f"{name} appears twice"
                families[name] = Family(_unescape(about[3]))
            else:
                assert (about[2], families[name].kind, families[name].samples) == (name, "", {}), line
                assert about[3] in _TYPES, line
                families[name].kind = about[3]
        else:
            _take_sample(name, families[name], line)
    for name, family in families.items():
        _check(name, family)
    return families


def _take_sample(name: str, family: Family, line: str) -> None:
    found = _SAMPLE.fullmatch(line)
    assert found, line
    suffixes = ("_bucket", "_sum", "_count") if family.kind == "histogram" else ("",)
    assert found[1] in {name + suffix for suffix in suffixes}, line
    labels: list[tuple[str, str]] = []
    rest = found[2] or ""
    while rest:
        label = _LABEL.match(rest)
        assert label, line
        labels.append((label[1], _unescape(label[2])))
        rest = rest[label.end() :].removeprefix(",")
    key = (found[1], tuple(labels))
    assert key not in family.samples, f"{line} appears twice"
    family.samples[key] = float(found[3])


def _unescape(text: str) -> str:
    return re.sub(r"\\.", lambda found: _ESCAPES[found[0]], text)


def _check(name: str, family: Family) -> None:
    assert family.kind, f"{name} has no type"
    assert family.samples, f"{name} has no value"
    assert (family.kind == "counter") == name.endswith("_total"), name
    if family.kind == "counter":
        assert min(family.samples.values()) >= 0, name
    if family.kind == "histogram":
        bounds = [(float(dict(labels)["le"]), value) for (part, labels), value in family.samples.items() if labels]
        assert bounds == sorted(bounds), name
        assert [value for _, value in bounds] == sorted(value for _, value in bounds), name
        assert bounds[-1] == (math.inf, family.samples[f"{name}_count", ()]), name
        assert family.samples[f"{name}_sum", ()] >= 0, name
