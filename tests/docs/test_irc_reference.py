"""docs/irc-reference.md has a row for each command, mode and capability of the tables, and no others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chatcore.commands.bounds import MAX_CHANGES
from chatcore.commands.table import COMMANDS
from chatcore.protocol.capabilities import CAPABILITIES, TOLD, Capability
from chatcore.protocol.extbans import EXTBANS, ExtBan
from chatcore.protocol.modes import CHANNEL_MODES, USER_MODES, Kind, Mode, UserMode
from tests.support.document import Document

_DOCUMENT = Document("docs/irc-reference.md")
_COMMANDS = [f"{name} {command.syntax}".rstrip() for name, command in COMMANDS.items()]


def _documented(document: Document) -> list[str]:
    """Return the commands that the document names and explains."""
    rows = document.table("Command")
    return [name.strip("`") for name, meaning in rows if meaning]


def _differences(synopses: Iterable[str], document: Document) -> set[str]:
    return set(synopses) ^ set(_documented(document))


def test_every_command_has_its_row() -> None:
    assert _differences(_COMMANDS, _DOCUMENT) == set()
    assert _documented(_DOCUMENT) == sorted(_COMMANDS)


def test_a_command_without_a_row_is_found() -> None:
    found = _differences([*_COMMANDS, "FLY <target>"], _DOCUMENT)
    assert found - _differences(_COMMANDS, _DOCUMENT) == {"FLY <target>"}


def test_a_row_without_a_command_is_found() -> None:
    text = _DOCUMENT.text.replace("| `WHOWAS <nick> [count]` | ", "| `WHOAMI` | ")
    found = _differences(_COMMANDS, Document("docs/irc-reference.md", text))
    assert found - _differences(_COMMANDS, _DOCUMENT) == {"WHOWAS <nick> [count]", "WHOAMI"}


def _mode_rows(modes: Mapping[str, Mode | UserMode]) -> list[tuple[str, ...]]:
    """Return the rows that a document's table of modes must have."""
    return [
        (mode.letter, mode.kind.value, mode.help) if isinstance(mode, Mode) else (mode.letter, mode.help)
        for mode in modes.values()
    ]


def _mode_differences(modes: Mapping[str, Mode | UserMode], heading: str) -> set[str]:
    """Return the letters of which the document says nothing, too much, or something else."""
    documented = {tuple(cell.replace("`", "") for cell in row) for row in _DOCUMENT.table(heading)}
    return {row[0] for row in documented ^ set(_mode_rows(modes))}


def test_every_mode_has_its_row() -> None:
    assert _mode_differences(CHANNEL_MODES, "Mode") == set()
    assert _mode_differences(USER_MODES, "User mode") == set()


def test_a_mode_without_a_row_is_found() -> None:
    planted = Mode("c", Kind.FLAG, "no colours")
    assert _mode_differences({**CHANNEL_MODES, "c": planted}, "Mode") == {"c"}
    assert _mode_differences({**USER_MODES, "x": UserMode("x", "unknown")}, "User mode") == {"x"}


def test_a_row_with_other_text_is_found() -> None:
    planted = {**CHANNEL_MODES, "m": Mode("m", Kind.KEY, CHANNEL_MODES["m"].help)}
    del planted["s"]
    assert _mode_differences(planted, "Mode") == {"m", "s"}


def _extban_differences(extbans: Iterable[ExtBan]) -> set[str]:
    """Return the letters of which the document says nothing, too much, or something else."""
    documented = {tuple(cell.strip("`") for cell in row) for row in _DOCUMENT.table("Extended ban")}
    return {row[0][0] for row in documented ^ {(f"{row.letter}:", row.help) for row in extbans}}


def test_every_extended_ban_has_its_row() -> None:
    assert _extban_differences(EXTBANS.values()) == set()
    assert _extban_differences([*EXTBANS.values(), ExtBan("z", "zebras")]) == {"z"}
    assert _extban_differences([]) == {"m", "R"}


def test_default_modes_and_limits_are_documented() -> None:
    defaults = "".join(mode.letter for mode in CHANNEL_MODES.values() if mode.is_default)
    assert f"A new channel has `+{defaults}`. Up to {MAX_CHANGES} modes fit into one `MODE`." in _DOCUMENT.text
    for_operators = [mode.letter for mode in CHANNEL_MODES.values() if mode.listing and mode.listing.is_for_operators]
    assert f"the lists of {' and '.join(f'`{letter}`' for letter in for_operators)} are for operators" in _DOCUMENT.text


def _capability_differences(capabilities: Iterable[Capability]) -> set[str]:
    """Return the names of which the document says nothing, too much, or something else."""
    documented = {tuple(cell.replace("`", "") for cell in row) for row in _DOCUMENT.table("Capability")}
    wanted = {(f"[{known.name}]({known.specification})", known.help) for known in capabilities}
    return {row[0][1:].partition("]")[0] for row in documented ^ wanted}


def test_every_capability_has_its_row() -> None:
    assert _capability_differences([*CAPABILITIES, *TOLD]) == set()


def test_capabilities_without_a_row_or_with_another_link_are_found() -> None:
    planted = Capability("draft/telepathy", 1 << 29, "what others think", "telepathy")
    assert _capability_differences([*CAPABILITIES, *TOLD, planted]) == {"draft/telepathy"}
    assert _capability_differences([*CAPABILITIES[1:], *TOLD, CAPABILITIES[0]._replace(page="other")]) == {
        "account-notify"
    }
