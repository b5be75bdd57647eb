"""The locked versions are allowed by setup.cfg and pyproject.toml."""

import re
import tomllib
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_ROOT = Path(__file__).parents[1]


def _declared() -> list[str]:
    config = ConfigParser()
    config.read(_ROOT / "setup.cfg", "utf-8")
    extras = config["options.extras_require"].values()
    lines = [line for text in (config["options"]["install_requires"], *extras) for line in text.splitlines()]
    build = tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))["build-system"]["requires"]
    return [line for line in (*lines, *build) if line and not line.startswith(("#", "chatcore["))]


def _locked() -> dict[str, str]:
    text = (_ROOT / "requirements/dev.txt").read_text("utf-8")
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))


def _missing(declared: list[str], locked: dict[str, str]) -> list[str]:
    wanted = map(Requirement, declared)
    return [str(one) for one in wanted if not one.specifier.contains(locked.get(canonicalize_name(one.name), "0"))]


def test_declared_requirements_are_locked() -> None:
    assert _missing(_declared(), _locked()) == []


@pytest.mark.parametrize("declared", ["segno>=99", "pytest<1", "nobody-wrote-this>=1"])
def test_an_unlocked_requirement_is_found(declared: str) -> None:
    assert _missing([declared], _locked()) == [declared]


def test_locked_requirements_have_hashes() -> None:
    text = (_ROOT / "requirements/dev.txt").read_text("utf-8")
    assert re.findall(r"^[\w.-]+==[^\\\n]*$", text, re.MULTILINE) == []
    assert "://" not in text
