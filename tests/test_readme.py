"""README.md tells of everything there is: options, commands, settings, kinds of log lines, pictures."""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from chatcore.config import Config, Limits, load_config
from chatcore.server.cli.arguments import build_parser
from chatcore.server.cli.console import CONSOLE_COMMANDS
from chatcore.terminal.arguments import parse_arguments
from chatcore.terminal.slash import COMMANDS

_ROOT = Path(__file__).parents[1]
_README = (_ROOT / "README.md").read_text(encoding="utf-8")
_MAX_PICTURE_BYTES = 150_000


def _options(parser: argparse.ArgumentParser) -> list[str]:
    return [option for action in parser._actions for option in action.option_strings]


def _in_a_cell(text: str) -> str:
    """Return a text as it stands in a cell of a Markdown table."""
    return text.replace("|", "\\|")


def _as_toml(value: Any) -> str:
    if isinstance(value, Path):
        return json.dumps("" if value == Path() else str(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, tuple | Mapping):
        return json.dumps(list(value) if isinstance(value, tuple) else dict(value))
    return json.dumps(value)


def _settings() -> list[tuple[str, str]]:
    values = [
        (field.name, getattr(kind, field.name)) for kind in (Config(), Limits()) for field in dataclasses.fields(kind)
    ]
    return [(name, _as_toml(value)) for name, value in values if name != "limits"]


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", _README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("option", _options(build_parser()))
def test_option_of_the_tracker(option: str) -> None:
    assert re.search(rf"\| (`-\w`, )?`{option}[ `]|\| `{option}`, ", _README)


@pytest.fixture
def client_options(capsys: pytest.CaptureFixture[str]) -> set[str]:
    with pytest.raises(SystemExit):
        parse_arguments(["--help"])
    shown = capsys.readouterr().out.partition("\nin the chat:")[0]
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", shown))


def test_options_of_the_client(client_options: set[str]) -> None:
    options = client_options
    assert {"--password-file", "-p"} <= options
    table = _README[_README.index("| Option of the client") :].partition("\n\n")[0]
    assert [option for option in sorted(options) if not re.search(rf"`{option}[ `]", table)] == []


@pytest.mark.parametrize("syntax", [command.syntax for command in CONSOLE_COMMANDS.values()])
def test_console_command(syntax: str) -> None:
    assert f"\n| `{_in_a_cell(syntax)}` | " in _README


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_slash_command(command: Any) -> None:
    synopsis = _in_a_cell(f"/{command.name} {command.usage}".rstrip())
    row = re.search(rf"^\| `{re.escape(synopsis)}` \|.*$", _README, re.MULTILINE)
    assert row, "no row in the table"
    assert [alias for alias in command.aliases if f"`/{alias}`" not in row[0]] == []


@pytest.mark.parametrize(("name", "default"), _settings())
def test_setting_and_its_default(name: str, default: str) -> None:
    assert f"\n| `{name}` | `{default}` | " in _README


def test_nothing_is_told_that_is_not(client_options: set[str]) -> None:
    rows = re.findall(r"^\| `(\w+)` \| `[^|]+` \| ", _README, re.MULTILINE)
    assert sorted(rows) == sorted(name for name, _ in _settings())
    tables = _README[_README.index("## Options") : _README.index("## Configuration file")]
    options = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", tables))
    assert options == client_options | set(_options(build_parser()))


def test_the_example_of_a_configuration_is_one(tmp_path: Path) -> None:
    (example,) = _blocks("toml")
    path = tmp_path / "tracker.toml"
    path.write_text(example, encoding="utf-8")
    assert set(load_config(path, {}).operators) == set(tomllib.loads(example)["operators"]) == {"ann"}


def test_commands_of_make_exist() -> None:
    makefile = (_ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"\bmake ([a-z]+)\b", " ".join(re.findall(r"^    (.*)$", _README, re.MULTILINE))))
    assert {"tracker", "client", "test", "bench"} <= targets
    assert [target for target in sorted(targets) if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


def test_pictures_are_small() -> None:
    pictures = [_ROOT / link for link in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", _README)]
    assert pictures
    assert [picture.name for picture in pictures if picture.stat().st_size > _MAX_PICTURE_BYTES] == []
