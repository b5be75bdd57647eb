"""docs/options.md has every flag, setting, limit and command beside a tracker, correctly, and nothing else."""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from chatcore.commands.bounds import MAX_AWAY_CHARS, MAX_REASON_CHARS, MAX_TOPIC_CHARS
from chatcore.config import Config, Limits, load_config
from chatcore.protocol.framing import MAX_BODY_BYTES, MAX_CLIENT_TAG_BYTES
from chatcore.protocol.names import MAX_CHANNEL_CHARS
from chatcore.server.access.invitations import MAX_KEPT, MAX_OF_ONE, REMEMBERED_S
from chatcore.server.cli.account_app import account_main
from chatcore.server.cli.arguments import build_parser
from chatcore.server.cli.log_app import build_parser as build_log_parser
from chatcore.server.incoming.http_door import MAX_REQUESTS
from chatcore.terminal.arguments import build_parser as build_client_parser
from chatcore.terminal.settings import Settings, read_settings
from chatcore.transport.http import MAX_HEAD_BYTES
from chatcore.transport.websocket import MAX_MESSAGE_BYTES
from tests.support.document import Document

_DOCUMENT = Document("docs/options.md")
_UNITS = {"_s": "seconds", "_bytes": "bytes", "_per_minute": "a minute", "_per_s": "a second", "_lines": "lines"}
_DEFAULTS_IN_WORDS = {"history_across_passwords": "asked for", "lan": "as left", "quiet": "not on a terminal"}
"""Settings whose default depends on where the tracker runs."""


def _in_toml(value: Any) -> str:
    if isinstance(value, Path):
        return json.dumps("" if value == Path() else str(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, tuple | Mapping):
        return json.dumps(list(value) if isinstance(value, tuple) else dict(value))
    return json.dumps(value)


def _fields(settings: Config | Limits) -> Iterator[tuple[str, str]]:
    """Yield each field's name and its value in TOML."""
    for field in dataclasses.fields(settings):
        if field.name != "limits":
            yield field.name, _in_toml(getattr(settings, field.name))


def _flag(action: argparse.Action) -> str:
    """Return a flag as the document writes it."""
    value = f" {action.metavar or action.dest.upper()}" if action.nargs != 0 else ""
    return ", ".join(f"`{option}{value}`" for option in action.option_strings)


def _flags_by_setting(parser: argparse.ArgumentParser) -> dict[str, str]:
    return {action.dest: _flag(action) for action in parser._actions}


def _defects(settings: Config | Limits, heading: str, document: Document) -> list[str]:
    """Return the defects of a table of settings: missing, superfluous and wrong rows."""
    rows = {row[0].strip("`"): row for row in document.table(heading)}
    fields = dict(_fields(settings))
    found = [f"{name} has no row" for name in fields.keys() - rows.keys()]
    found += [f"{name} is no setting" for name in rows.keys() - fields.keys()]
    flags = _flags_by_setting(build_parser())
    for name in fields.keys() & rows.keys():
        _, *flag, default, unit, meaning = rows[name]
        if default != _DEFAULTS_IN_WORDS.get(name, f"`{fields[name]}`"):
            found.append(f"{name} is {fields[name]}, not {default}")
        if flag and flag[0] != flags.get(name, ""):
            found.append(f"{name} has the flag {flags.get(name)}, not {flag[0]}")
        expected = max((suffix for suffix in _UNITS if name.endswith(suffix)), key=len, default="")
        if (unit != _UNITS[expected]) if expected else (not unit and fields[name].isdigit() and name != "port"):
            found.append(f"{name} is not counted in {unit!r}")
        if not meaning:
            found.append(f"{name} means nothing")
    return sorted(found)


def test_every_setting_is_documented() -> None:
    assert _defects(Config(), "Setting", _DOCUMENT) == []


def test_every_limit_is_documented() -> None:
    assert _defects(Limits(), "Limit", _DOCUMENT) == []


@dataclasses.dataclass(frozen=True)
class _MoreConfig(Config):
    """A configuration with an undocumented setting."""

    colour: str = "red"


def test_a_setting_without_a_row_is_found() -> None:
    found = set(_defects(_MoreConfig(), "Setting", _DOCUMENT))
    assert found - set(_defects(Config(), "Setting", _DOCUMENT)) == {"colour has no row"}


@pytest.mark.parametrize(
    ("row", "changed", "defect"),
    [
        (r"\| `replay` .*\n", "", "replay has no row"),
        (r"\| `replay` ", "| `relay` ", "relay is no setting"),
        (r"`8000`", "`8001`", "port is 8000, not `8001`"),
        (r"`--fsync`", "", "fsync has the flag `--fsync`, not "),
        (r"`--linger SECONDS`", "`--linger_s`", "linger_s has the flag `--linger SECONDS`, not `--linger_s`"),
        (r"\| seconds \| how long a lost", "| minutes | how long a lost", "linger_s is not counted in 'minutes'"),
        (r"\| characters \| the longest", "| | the longest", "max_name_length is not counted in ''"),
        (r"\| the \[log\].*\n", "| |\n", "log means nothing"),
    ],
)
def test_a_wrong_row_is_found(row: str, changed: str, defect: str) -> None:
    text, count = re.subn(row, changed, _DOCUMENT.text, count=1)
    assert count == 1
    assert defect in _defects(Config(), "Setting", Document("docs/options.md", text))


def _flag_differences(parser: argparse.ArgumentParser, heading: str, document: Document) -> set[str]:
    """Return the flags that set no setting and have no row, and the rows without a flag."""
    settings = {field.name for field in dataclasses.fields(Config)} if heading == "Flag" else set()
    flags = {_flag(action) for action in parser._actions if action.option_strings and action.dest not in settings}
    return flags ^ {row[0] for row in document.table(heading)}


_PARSERS = [("Flag", build_parser), ("Flag of the client", build_client_parser), ("Flag of `log`", build_log_parser)]


@pytest.mark.parametrize(("heading", "parser"), _PARSERS)
def test_every_flag_is_documented(heading: str, parser: Callable[[], argparse.ArgumentParser]) -> None:
    assert _flag_differences(parser(), heading, _DOCUMENT) == set()


@pytest.mark.parametrize(("heading", "parser"), _PARSERS)
def test_a_flag_without_a_row_is_found(heading: str, parser: Callable[[], argparse.ArgumentParser]) -> None:
    more = parser()
    more.add_argument("--colour", metavar="NAME")
    found = _flag_differences(more, heading, _DOCUMENT)
    assert found - _flag_differences(parser(), heading, _DOCUMENT) == {"`--colour NAME`"}


@pytest.mark.parametrize(("heading", "parser"), _PARSERS)
def test_a_row_without_a_flag_is_found(heading: str, parser: Callable[[], argparse.ArgumentParser]) -> None:
    flag = "`--no-pager`" if "log" in heading else "`--password-file FILE`"
    document = Document("docs/options.md", _DOCUMENT.text.replace(f"| {flag} |", "| `--pw FILE` |"))
    found = _flag_differences(parser(), heading, document)
    assert found - _flag_differences(parser(), heading, _DOCUMENT) == {flag, "`--pw FILE`"}


def _unexplained(parser: argparse.ArgumentParser) -> list[str]:
    """Return the flags that --help does not explain."""
    return [_flag(action) for action in parser._actions if not action.help]


@pytest.mark.parametrize(("heading", "parser"), _PARSERS)
def test_every_flag_is_explained_by_help(heading: str, parser: Callable[[], argparse.ArgumentParser]) -> None:
    assert _unexplained(parser()) == []
    more = parser()
    more.add_argument("--colour", metavar="NAME")
    assert _unexplained(more) == ["`--colour NAME`"]


def test_every_row_of_a_flag_has_a_meaning() -> None:
    for heading in ("Flag", "Flag of the client", "Flag of `account`", "Flag of `log`"):
        assert [row for row in _DOCUMENT.table(heading) if not row[1]] == []


def _help_of(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit):
        account_main([*arguments, "--help"])
    return capsys.readouterr().out


def _commands_beside() -> set[str]:
    """Return the commands beside a tracker that the usage of the program shows."""
    written = set()
    usage = build_parser().format_help().partition("\n\n")[0]
    for command, names, argument in re.findall(r"chat-tracker ([a-z]+)((?: [a-z|]+)?)((?: [A-Z]+)*)$", usage, re.M):
        written |= {f"python tracker.py {command}{name}{argument}" for name in _alternatives(names)}
    return written


def _alternatives(names: str) -> list[str]:
    return [f" {name}" for name in names.strip().split("|")] if names else [""]


def test_every_command_beside_a_tracker_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    rows = {row[0].strip("`"): row[1] for row in _DOCUMENT.table("Command")}
    assert rows.keys() == _commands_beside()
    assert "python tracker.py operator NAME" in rows
    listed = dict(re.findall(r"^    ([a-z]+) +(.*)$", _help_of([], capsys).partition("COMMAND\n")[2], re.MULTILINE))
    assert listed == {command.split()[3]: meaning for command, meaning in rows.items() if " account " in command}


def test_every_flag_of_the_account_commands_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    written = {option for row in _DOCUMENT.table("Flag of `account`") for option in re.findall("--[a-z-]+", row[0])}
    for arguments in ([], ["add"], ["list"], ["key", "add"]):
        shown = set(re.findall(r"(?<![\w-])--[a-z-]+", _help_of(arguments, capsys).partition("options:")[2]))
        assert shown - {"--account"} == written


def test_the_example_configuration_is_valid(tmp_path: Path) -> None:
    (example,) = _DOCUMENT.blocks("toml")
    path = tmp_path / "tracker.toml"
    path.write_text(example, encoding="utf-8")
    assert set(load_config(path, {}).operators) == set(tomllib.loads(example)["operators"]) == {"ann"}


def test_fixed_limits_are_documented() -> None:
    section = _DOCUMENT.section("What is fixed").text
    bytes_of = (MAX_BODY_BYTES + 2, MAX_CLIENT_TAG_BYTES, MAX_HEAD_BYTES, MAX_REQUESTS, MAX_MESSAGE_BYTES)
    characters_of = (MAX_TOPIC_CHARS, MAX_REASON_CHARS, MAX_CHANNEL_CHARS)
    assert MAX_AWAY_CHARS == MAX_REASON_CHARS
    invitations = (MAX_KEPT, MAX_OF_ONE, round(REMEMBERED_S / 86_400))
    assert re.findall(r"\b[\d,]+\d\b", section) == [
        f"{number:,}" for number in (*bytes_of, *characters_of, *invitations)
    ]


def _defects_of_the_client(document: Document) -> list[str]:
    """Return the defects of the table of the client's settings."""
    rows = {row[0].strip("`"): row for row in document.table("Setting of the client")}
    fields = {field.name: field for field in dataclasses.fields(Settings)}
    found = [f"{name} has no row" for name in fields.keys() - rows.keys()]
    found += [f"{name} is no setting" for name in rows.keys() - fields.keys()]
    for name in fields.keys() & rows.keys():
        _, default, meaning = rows[name]
        if default != f"`{json.dumps(fields[name].default)}`":
            found.append(f"{name} is not {default}")
        most = fields[name].metadata.get("most", 0)
        unsaid = {f"{most:,}"} if isinstance(fields[name].default, int) and most else set()
        unsaid |= {json.dumps(choice) for choice in fields[name].metadata.get("choices", ())}
        found += [f"{name} does not say {word}" for word in unsaid if word not in meaning]
        if not meaning:
            found.append(f"{name} means nothing")
    return sorted(found)


def test_every_setting_of_the_client_is_documented() -> None:
    assert _defects_of_the_client(_DOCUMENT) == []


@pytest.mark.parametrize(
    ("row", "changed", "defect"),
    [
        (r"\| `typing` .*\n", "", "typing has no row"),
        (r"\| `typing` ", "| `typed` ", "typed is no setting"),
        (r"\| `trackers` \| `9`", "| `trackers` | `8`", "trackers is not `8`"),
        (r" at most 1,000 \|", "|", "history_on_arrival does not say 1,000"),
        (r"a `\"light\"` background", "a light background", 'theme does not say "light"'),
        (r"others see that you are typing", "", "typing means nothing"),
    ],
)
def test_a_wrong_row_of_the_client_is_found(row: str, changed: str, defect: str) -> None:
    text, count = re.subn(row, changed, _DOCUMENT.text, count=1)
    assert count == 1
    assert defect in _defects_of_the_client(Document("docs/options.md", text))


def test_the_clients_example_settings_are_valid() -> None:
    example = "\n".join(_DOCUMENT.section("The terminal client").indented())
    settings, complaints = read_settings(example.encode())
    assert (settings, complaints) == (Settings(name="ann", theme="light", bell=False), [])
