"""Text of docs/hosting.md to type or copy: flags, settings, the unit's drop-in, certbot's deploy hook."""

from __future__ import annotations

import re
import shlex
import subprocess
import textwrap
import tomllib
from pathlib import Path
from typing import Any

import pytest

from chatcore.config import load_config
from chatcore.server.cli.arguments import split_arguments
from tests.support.document import ROOT, Document

_DOCUMENT = Document("docs/hosting.md")
_STARTS = re.findall(r'^ *make tracker ARGS="(.*)"$', _DOCUMENT.text, re.MULTILINE)
_OWN_TLS = {"tls_cert", "tls_key"}


def _blocks(language: str) -> list[str]:
    """Return the fenced blocks of this language, also those within a list."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", _DOCUMENT.text, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for _, block in found]


def _settings() -> list[dict[str, Any]]:
    return [tomllib.loads(block) for block in _blocks("toml")]


@pytest.mark.parametrize("flags", _STARTS)
def test_documented_starts_are_valid(flags: str) -> None:
    options, beside = split_arguments(shlex.split(flags))
    assert beside == []
    config = load_config(None, options)
    assert config.keep_alive
    assert config.web_hosts or config.host


def test_the_document_has_five_ways_to_start() -> None:
    assert len(_STARTS) == 5


@pytest.mark.parametrize("values", _settings(), ids=" ".join)
def test_documented_settings_are_valid(values: dict[str, Any]) -> None:
    config = load_config(None, values)
    assert config.keep_alive
    assert config.web_hosts
    assert values.keys() >= _OWN_TLS or config.trusted_proxies


def test_the_unit_reads_settings_instead_of_its_flags() -> None:
    unit = (ROOT / "contrib" / "chatcore.service").read_text(encoding="utf-8")
    (before,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    (addition,) = _blocks("ini")
    cleared, after = re.findall(r"^ExecStart=(.*)$", addition, re.MULTILINE)
    assert cleared == ""
    program, *words = shlex.split(after)
    assert program == shlex.split(before)[0]
    options, beside = split_arguments(words)
    usual, _ = split_arguments(shlex.split(before)[1:])
    assert beside == []
    assert str(options.pop("config")) in _DOCUMENT.text.replace(after, "")
    assert {**options, "keep_alive": True} == usual


def test_the_deploy_hook_puts_certificates_where_the_settings_look(tmp_path: Path) -> None:
    (script,) = _blocks("sh")
    (tls,) = [values for values in _settings() if values.keys() >= _OWN_TLS]
    (tmp_path / "live").mkdir()
    for name in ("fullchain.pem", "privkey.pem", "chain.pem"):
        (tmp_path / "live" / name).write_text(name, encoding="utf-8")
    here = script.replace(" -g chat", "").replace("/etc/chat/", f"{tmp_path}/etc/")
    assert here.count(str(tmp_path)) == 2
    subprocess.run(["sh", "-c", here], check=True, env={"PATH": "/usr/bin:/bin", "RENEWED_LINEAGE": f"{tmp_path}/live"})
    handed_over = sorted((tmp_path / "etc" / "tls").iterdir())
    assert [f"/etc/chat/tls/{path.name}" for path in handed_over] == [tls["tls_cert"], tls["tls_key"]]
    assert [path.read_text(encoding="utf-8") for path in handed_over] == ["fullchain.pem", "privkey.pem"]
    assert {path.stat().st_mode & 0o777 for path in handed_over} == {0o640}
    assert (tmp_path / "etc" / "tls").stat().st_mode & 0o777 == 0o750


def test_certbot_is_given_the_documented_deploy_hook() -> None:
    (told,) = set(re.findall(r"--deploy-hook (\S+)", _DOCUMENT.text))
    assert f"`{told}`" in _DOCUMENT.text
