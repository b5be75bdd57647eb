"""docs/monitoring.md has every metric, and its examples fit the program."""

from __future__ import annotations

import re
import tomllib

import pytest
import yaml

from chatcore.config import Config
from chatcore.errors import ConfigError
from tests.support.document import Document
from tests.support.prometheus import Family, parse_exposition
from tests.support.together import wait_until
from tests.support.trackers import hosted_tracker
from tests.support.valkey import valkey_process

_PATH = "docs/monitoring.md"
_DOCUMENT = Document(_PATH)


def _metric_rows(families: dict[str, Family]) -> list[list[str]]:
    """Return the rows that the table must have for the metrics of a tracker."""
    rows = []
    for name, family in families.items():
        labels = dict.fromkeys(label for _, labels in family.samples for label, _ in labels if label != "le")
        values = [f"`{label}`: " + ", ".join(f"`{value}`" for value in family.by(label)) for label in labels]
        told = family.help[0].lower() + family.help[1:].removesuffix(".")
        rows.append([f"`{name}`", family.kind, "".join(values).partition(": `0")[0], told])
    return rows


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Family]:
    folder = tmp_path_factory.mktemp("tracker")
    with (
        valkey_process(folder / "engine") as engine,
        hosted_tracker(folder, seal=True, cluster=engine.url) as hosted,
    ):
        wait_until(lambda: "chatcore_log_sealed_timestamp_seconds" in hosted.tracker.metrics())
        return parse_exposition(hosted.tracker.metrics())


def test_every_metric_is_documented(families: dict[str, Family]) -> None:
    assert _DOCUMENT.table("Metric") == _metric_rows(families)


@pytest.mark.parametrize(
    ("told", "instead"), [("`address`, ", ""), ("| `chatcore_bans` | gauge", "| `bans` | counter")]
)
def test_a_wrong_row_is_found(families: dict[str, Family], told: str, instead: str) -> None:
    document = Document(_PATH, _DOCUMENT.text.replace(told, instead))
    assert document.table("Metric") != _metric_rows(families)


def test_alerts_refer_to_existing_metrics(families: dict[str, Family]) -> None:
    section = _DOCUMENT.text
    known = {*families, *(name for family in families.values() for name, _ in family.samples)}
    assert set(re.findall(r"\b(?:chatcore|process)_[a-z_]+\b", section)) <= known


def test_the_example_token_is_refused() -> None:
    (settings,) = _DOCUMENT.blocks("toml")
    (scraping,) = _DOCUMENT.blocks("yaml")
    token = tomllib.loads(settings)["metrics_token"]
    with pytest.raises(ConfigError, match="metrics_token"):
        Config(metrics_token=token)
    jobs = yaml.safe_load(scraping)["scrape_configs"]
    assert [job.get("authorization", {}).get("credentials") for job in jobs] == [None, token]
