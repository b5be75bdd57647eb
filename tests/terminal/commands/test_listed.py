"""The lists that both clients read: what they may contain, and reading them from a zip file."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pytest

import chatcore
from chatcore.terminal.commands import listed

_CLIENTS = ("terminal", "page")


@pytest.mark.parametrize("client", _CLIENTS)
def test_command_names_are_unique_and_lower_case(client: str) -> None:
    names = [name for row in listed.commands(client) for name in (row.name, *row.aliases)]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert names == [name.lower() for name in names]


@pytest.mark.parametrize("client", _CLIENTS)
def test_the_usage_names_all_required_words(client: str) -> None:
    for row in listed.commands(client):
        needed = row.usage.partition("[")[0].split("|")[0].split()
        assert row.least <= max(len(needed), len(row.usage.split())), row.name
        assert row.only in ("", client)


def test_emoji_have_ascii_names_and_are_not_ascii_themselves() -> None:
    emoji = listed.emoji()
    assert emoji["tada"] == "\N{PARTY POPPER}"
    assert [name for name, each in emoji.items() if each.isascii() or not name.isascii()] == []
    assert len(listed.emoji(lines=1)) < 20 < len(emoji)


def test_lists_are_read_from_a_zip_file(tmp_path: Path) -> None:
    folder = Path(chatcore.__file__).parent
    with zipfile.ZipFile(tmp_path / "chat.zip", "w") as packed:
        for path in (*folder.rglob("*.py"), *folder.glob("web/*.js")):
            packed.write(path, path.relative_to(folder.parent))
    script = "from chatcore.terminal.commands import slash; print(slash.__file__, len(slash.COMMANDS), sep=chr(10))"
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'chat.zip')!r}); {script}"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    where, count = done.stdout.splitlines()
    assert "chat.zip" in where
    assert int(count) == len(listed.commands())
