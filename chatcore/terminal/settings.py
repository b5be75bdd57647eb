"""The client's settings: a TOML file that only its owner writes. Flags on the command line take precedence. Pure.

A mistake in one setting costs that setting; a file that is not TOML costs all of them. Either is reported, and the chat
begins. What the program remembers by itself is kept elsewhere (`recent`), so that comments in this file survive.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

THEMES = ("auto", "dark", "light")
MOST_HISTORY_ON_ARRIVAL = 1000
MOST_INPUT_HISTORY = 10_000
MOST_TRACKERS = 9
"""As many as a single key can choose from."""

_MOST_NAME_CHARS = 32
_MOST_COMPLAINTS = 5


def _one_of(choices: tuple[str, ...]) -> Any:
    return field(default=choices[0], metadata={"choices": choices})


def _up_to(most: int, default: int) -> Any:
    return field(default=default, metadata={"most": most})


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its default."""

    name: str = field(default="", metadata={"most": _MOST_NAME_CHARS})
    theme: str = _one_of(THEMES)
    bell: bool = True
    title: bool = True
    notify: bool = True
    typing: bool = False
    fold_joins: bool = True
    history_on_arrival: int = _up_to(MOST_HISTORY_ON_ARRIVAL, 0)
    input_history: int = _up_to(MOST_INPUT_HISTORY, 1000)
    nearby: bool = True
    trackers: int = _up_to(MOST_TRACKERS, MOST_TRACKERS)


def read_settings(content: bytes | None) -> tuple[Settings, list[str]]:
    """Return the settings in a file's content (None: no file), and a few lines on what is wrong with it."""
    if content is None:
        return Settings(), []
    import tomllib  # most people have no such file

    try:
        values = tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        return Settings(), [f"ignored: {reason[:1].lower()}{reason[1:]}"]
    complaints = []
    taken: dict[str, Any] = {}
    fields = {each.name: each for each in dataclasses.fields(Settings)}
    for name, value in values.items():
        problem = _problem(fields[name], value) if name in fields else "there is no such setting"
        if problem:
            complaints.append(f"{name}: {problem}")
        else:
            taken[name] = value
    if len(complaints) > _MOST_COMPLAINTS:
        complaints[_MOST_COMPLAINTS:] = [f"and {len(complaints) - _MOST_COMPLAINTS} more settings are wrong"]
    return Settings(**taken), complaints


def _problem(setting: dataclasses.Field[Any], value: Any) -> str:
    """Return why a setting cannot have this value, '' if it can."""
    choices, most = setting.metadata.get("choices"), setting.metadata.get("most", 0)
    if choices is not None:
        return "" if value in choices else f"must be one of {', '.join(choices)}"
    if isinstance(setting.default, bool):
        return "" if isinstance(value, bool) else "must be true or false"
    if isinstance(setting.default, str):
        is_name = isinstance(value, str) and value.isprintable() and " " not in value and len(value) <= most
        return "" if is_name else f"must be a word of at most {most} characters"
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
    return "" if is_count else f"must be a number from 0 to {most:,}"
