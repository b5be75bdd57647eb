"""docs/cluster.md: an engine set up as documented is accepted, and the settings that may differ are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chatcore.cluster.agreement import LIMITS_OF_ONE_TRACKER, OF_ONE_TRACKER
from chatcore.cluster.engine_fitness import ACL_COMMANDS
from chatcore.cluster.engine_url import parse_engine_url
from chatcore.cluster.valkey_engine import ValkeyEngine
from tests.support.document import Document
from tests.support.valkey import valkey_process

_DOCUMENT = Document("docs/cluster.md")


def test_an_engine_set_up_as_documented_is_accepted(tmp_path: Path) -> None:
    (block,) = _DOCUMENT.section("The engine").blocks("conf")
    settings = dict(line.split(" ", 1) for line in block.splitlines())
    (users,) = _DOCUMENT.section("Who may use it").blocks("acl")
    (tmp_path / "users.acl").write_text(users, encoding="ascii")
    with valkey_process(tmp_path / "engine", aclfile=str(tmp_path / "users.acl"), **settings) as server:
        engine = ValkeyEngine(server.url.replace("://", "://tracker:PASSWORD@"))
        engine.check_fit()
        engine.append(b"x")
        engine.close()


def test_the_documented_acl_is_exactly_what_trackers_need() -> None:
    (users,) = _DOCUMENT.section("Who may use it").blocks("acl")
    assert users.splitlines()[0].partition("-@all ")[2] == ACL_COMMANDS


@pytest.mark.parametrize("address", _DOCUMENT.row_names("Address"))
def test_the_documented_addresses_are_valid(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("ca.pem", "own.pem", "own.key"):
        Path(name).touch()
    assert parse_engine_url(address.replace("/etc/chat/", "")).name == "chat"


def test_all_settings_that_may_differ_are_documented() -> None:
    cells = " ".join(row[0] for row in _DOCUMENT.section("Settings").table("Setting"))
    names = re.findall(r"`(\w+)`", cells)
    assert sorted(names) == sorted(OF_ONE_TRACKER | LIMITS_OF_ONE_TRACKER)
