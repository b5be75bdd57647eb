"""The public vectors of IRC parsing (parser-tests), which are not part of the project.

The environment variable IRC_TEST_VECTORS names the folder that has them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from chatcore.protocol.message import Message, Source, parse, parse_source, serialize
from chatcore.protocol.names import is_valid_hostname, mask_matches

_FOLDER = os.environ.get("IRC_TEST_VECTORS")

Vector = Mapping[str, Any]


def _message(atoms: Vector) -> Message:
    return Message(atoms["verb"], tuple(atoms.get("params") or ()), atoms.get("source"), dict(atoms.get("tags") or {}))


def _check_split(vector: Vector) -> None:
    assert parse(vector["input"]) == _message(vector["atoms"])


def _check_join(vector: Vector) -> None:
    assert serialize(_message(vector["atoms"])) in vector["matches"]


def _check_join_back(vector: Vector) -> None:
    for line in vector["matches"]:
        assert parse(line) == _message(vector["atoms"])


def _check_userhost(vector: Vector) -> None:
    assert parse_source(vector["source"]) == Source(**{"nick": "", **vector["atoms"]})


def _check_mask(vector: Vector) -> None:
    for text in vector["matches"]:
        assert mask_matches(vector["mask"], text), text
    for text in vector["fails"]:
        assert not mask_matches(vector["mask"], text), text


def _check_hostname(vector: Vector) -> None:
    assert is_valid_hostname(vector["host"]) is vector["valid"]


_CHECKS: list[tuple[str, Callable[[Vector], None]]] = [
    ("msg-split", _check_split),
    ("msg-join", _check_join),
    ("msg-join", _check_join_back),
    ("userhost-split", _check_userhost),
    ("mask-match", _check_mask),
    ("validate-hostname", _check_hostname),
]


def _cases() -> list[Any]:
    """Return one case per vector; without the variable, a skipped one that explains how to get them."""
    if not _FOLDER:
        reason = "set IRC_TEST_VECTORS to the folder of the public vectors (parser-tests: msg-split.yaml, …)"
        return [pytest.param(_check_split, {}, id="none", marks=pytest.mark.skip(reason=reason))]
    cases = []
    for name, check in _CHECKS:
        vectors = yaml.safe_load((Path(_FOLDER) / f"{name}.yaml").read_text(encoding="utf-8"))["tests"]
        assert vectors, f"{name}.yaml has no tests"
        label = check.__name__.removeprefix("_check_")
        cases += [pytest.param(check, vector, id=f"{label}-{place}") for place, vector in enumerate(vectors)]
    return cases


@pytest.mark.parametrize(("check", "vector"), _cases())
def test_vector(check: Callable[[Vector], None], vector: Vector) -> None:
    check(vector)
