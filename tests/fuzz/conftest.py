"""A stage for all fuzz tests of one process: starting one takes longer than an example."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fuzz.stage import Stage, stage


@pytest.fixture(scope="module")
def on_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("stage")) as prepared:
        yield prepared
