"""HELP: the help texts of the table's rows."""

from __future__ import annotations

from chatcore.commands.table import COMMANDS
from tests.support.stage import Stage, reply


def test_help_lists_all_commands_or_explains_one() -> None:
    alice = Stage().actor("alice")
    everything = alice.says("HELP").replies
    assert [line[2].split()[0] for line in everything[1:-1]] == list(COMMANDS)
    row = COMMANDS["JOIN"]
    assert alice.says("HELP join").replies == [
        ("704", "JOIN", f"JOIN {row.syntax}"),
        ("705", "JOIN", row.help),
        reply("706 JOIN :End of help"),
    ]
    assert alice.says("HELP tea").codes == ["524"]


def test_every_row_has_a_help_text() -> None:
    assert [name for name, row in COMMANDS.items() if not row.help] == []
