"""The user's settings file: what it says, and what a mistake in it costs."""

from __future__ import annotations

import pytest

from chatcore.terminal.settings import Settings, read_settings


def test_without_a_file_the_defaults_apply() -> None:
    assert read_settings(None) == (Settings(), [])
    assert read_settings(b"") == (Settings(), [])


def test_a_file_changes_the_settings() -> None:
    content = '\ufeffname = "ann"\ntheme = "light"  # the beamer\nbell = false\nhistory_on_arrival = 20\n'
    settings, complaints = read_settings(content.encode())
    assert settings == Settings(name="ann", theme="light", bell=False, history_on_arrival=20)
    assert complaints == []


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("theme = 'pink'", "theme: must be one of auto, dark, light"),
        ("theme = ['dark']", "theme: must be one of auto, dark, light"),
        ("bell = 1", "bell: must be true or false"),
        ("name = 7", "name: must be a word of at most 32 characters"),
        ("name = 'two words'", "name: must be a word of at most 32 characters"),
        (f"name = '{'a' * 33}'", "name: must be a word of at most 32 characters"),
        (r'name = "\u001b[2J"', "name: must be a word of at most 32 characters"),
        ("history_on_arrival = 1001", "history_on_arrival: must be a number from 0 to 1,000"),
        ("trackers = -1", "trackers: must be a number from 0 to 9"),
        ("trackers = true", "trackers: must be a number from 0 to 9"),
        ("trackers = 1.5", "trackers: must be a number from 0 to 9"),
        ("sound = true", "sound: there is no such setting"),
    ],
)
def test_a_mistake_costs_one_setting(line: str, complaint: str) -> None:
    settings, complaints = read_settings(f"typing = false\n{line}\n".encode())
    assert settings == Settings(typing=False)
    assert complaints == [complaint]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"name = ann\n", "ignored: invalid value (at line 1, column 8)"),
        (b"name = '\xff'\n", "ignored: not UTF-8"),
        (b"x = " + b"[" * 100_000, "ignored: "),
    ],
)
def test_a_file_of_invalid_toml_is_ignored(content: bytes, complaint: str) -> None:
    settings, complaints = read_settings(content)
    assert settings == Settings()
    assert len(complaints) == 1
    assert complaints[0].startswith(complaint)


def test_another_programs_file_does_not_fill_the_screen() -> None:
    content = "".join(f"other_{number} = {number}\n" for number in range(9))
    _, complaints = read_settings(content.encode())
    assert len(complaints) == 6
    assert complaints[-1] == "and 4 more settings are wrong"
