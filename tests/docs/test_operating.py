"""docs/operating.md has every command of the console and every metric; its service starts a tracker."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
import yaml

from chatcore.config import Config
from chatcore.errors import ConfigError
from chatcore.server.console.table import CONSOLE_COMMANDS, carry_out
from tests.support.document import Document
from tests.support.dormant import dormant
from tests.support.prometheus import Family, parse_exposition
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker

_PATH = "docs/operating.md"
_DOCUMENT = Document(_PATH)
_SYNTAXES = [command.syntax for command in CONSOLE_COMMANDS.values()]


def _differences(syntaxes: Iterable[str], document: Document) -> set[str]:
    return set(syntaxes) ^ {row[0].strip("`") for row in document.table("Command") if row[1]}


def test_every_console_command() -> None:
    assert _differences(_SYNTAXES, _DOCUMENT) == set()


def test_a_console_command_without_a_row_is_found() -> None:
    assert _differences([*_SYNTAXES, "fly NAME"], _DOCUMENT) == {"fly NAME"}


def test_a_row_that_is_no_console_command_is_found() -> None:
    document = Document(_PATH, _DOCUMENT.text.replace("| `bans` | ", "| `banned` | "))
    assert _differences(_SYNTAXES, document) == {"banned", "bans"}


@pytest.mark.parametrize(
    "line", ["active", "rooms", "bans", "reload", "fingerprint", "help", "ban x", "unban x", "say x"]
)
def test_what_a_program_gets_of_a_command(hosted: Hosted, line: str) -> None:
    hosted.client("ann", "#room")
    hosted.tracker.registry.lay_down([dormant("#old")])
    if line == "unban x":
        carry_out(hosted.tracker, "ban x")
    rows = {row[0].strip("`"): row[1] for row in _DOCUMENT.table("Done by")}
    assert rows.keys() == CONSOLE_COMMANDS.keys()
    assert _keys(carry_out(hosted.tracker, line).data) == set(re.findall(r"`(\w+)`", rows[line.split(maxsplit=1)[0]]))


def _keys(data: Any) -> set[str]:
    """Return all names in a document."""
    if isinstance(data, Mapping):
        return set(data).union(*map(_keys, data.values()))
    return set().union(*map(_keys, data)) if isinstance(data, list) else set()


def _metric_rows(families: dict[str, Family]) -> list[list[str]]:
    """Return what the table says of the metrics that a tracker has."""
    rows = []
    for name, family in families.items():
        labels = dict.fromkeys(label for _, labels in family.samples for label, _ in labels if label != "le")
        values = [f"`{label}`: " + ", ".join(f"`{value}`" for value in family.by(label)) for label in labels]
        told = family.help[0].lower() + family.help[1:].removesuffix(".")
        rows.append([f"`{name}`", family.kind, "".join(values).partition(": `0")[0], told])
    return rows


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Family]:
    with hosted_tracker(tmp_path_factory.mktemp("tracker"), seal=True) as hosted:
        wait_until(lambda: "chatcore_log_sealed_timestamp_seconds" in hosted.tracker.metrics())
        return parse_exposition(hosted.tracker.metrics())


def test_every_metric(families: dict[str, Family]) -> None:
    assert _DOCUMENT.table("Metric") == _metric_rows(families)


@pytest.mark.parametrize(
    ("told", "instead"), [("`address`, ", ""), ("| `chatcore_bans` | gauge", "| `bans` | counter")]
)
def test_a_metric_that_is_told_otherwise_is_found(families: dict[str, Family], told: str, instead: str) -> None:
    document = Document(_PATH, _DOCUMENT.text.replace(told, instead))
    assert document.table("Metric") != _metric_rows(families)


def test_the_alerts_are_about_metrics_that_there_are(families: dict[str, Family]) -> None:
    section = _DOCUMENT.section("Health and metrics").text
    known = {*families, *(name for family in families.values() for name, _ in family.samples)}
    assert set(re.findall(r"\b(?:chatcore|process)_[a-z_]+\b", section)) <= known


def test_the_token_is_none_that_somebody_can_use_as_it_is() -> None:
    section = _DOCUMENT.section("Health and metrics")
    (settings,) = section.blocks("toml")
    (scraping,) = section.blocks("yaml")
    token = tomllib.loads(settings)["metrics_token"]
    with pytest.raises(ConfigError, match="metrics_token"):
        Config(metrics_token=token)
    jobs = yaml.safe_load(scraping)["scrape_configs"]
    assert [job.get("authorization", {}).get("credentials") for job in jobs] == [None, token]
