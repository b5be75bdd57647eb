"""--help shows the defaults of Config; none is hard-coded."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from chatcore.config import Config
from chatcore.server.cli.arguments import build_parser

_PLANTED = Config(
    port=9001,
    server_name="planted.example",
    server_info="a planted tracker",
    log=Path("planted/chat.log"),
    state_dir=Path("planted-state"),
    plaintext="never",
    max_name_length=11,
    history=1001,
    history_days=91,
    history_mb=4097,
    replay=12,
    linger_s=31,
    log_keep=7,
    tls_cert=Path("planted.pem"),
    sts_days=8,
    registration="open",
    redact_minutes=16,
    invitation_uses=21,
    invitation_hours=25,
)


def _help_by_setting(defaults: Config) -> dict[str, str]:
    """Return the help of each flag, by its setting."""
    return {action.dest: action.help or "" for action in build_parser(defaults)._actions}


def _shown(value: object) -> str:
    return f"({value:g}" if isinstance(value, float) else f"({value}"


def _is_shown(value: object) -> bool:
    return not isinstance(value, bool) and value is not None and value not in ("", (), Path())


def _stale(helps: Mapping[str, str], defaults: Config) -> set[str]:
    """Return the settings with a default that their flag does not show in brackets."""
    found = set()
    for field in dataclasses.fields(defaults):
        value = getattr(defaults, field.name)
        has_default = _is_shown(getattr(Config(), field.name))
        if field.name in helps and has_default and _shown(value) not in helps[field.name]:
            found.add(field.name)
    return found


def test_every_default_is_shown() -> None:
    assert _stale(_help_by_setting(Config()), Config()) == set()


def test_every_default_is_taken_from_config() -> None:
    usual, helps = Config(), _help_by_setting(_PLANTED)
    assert _stale(helps, _PLANTED) == set()
    flags = [field.name for field in dataclasses.fields(Config) if field.name in helps]
    shown = {name for name in flags if _is_shown(getattr(usual, name))}
    planted = {name for name in shown if getattr(_PLANTED, name) != getattr(usual, name)}
    assert planted == shown, "_PLANTED must change every default that is shown"


def test_a_hard_coded_default_is_found() -> None:
    assert _stale({**_help_by_setting(_PLANTED), "history": "messages kept per room (1000)"}, _PLANTED) == {"history"}


def test_the_text_after_the_flags_shows_defaults_from_config() -> None:
    text = build_parser(_PLANTED).format_help()
    assert "planted/chat.log\n" in text
    assert "planted-state/\n" in text
    assert "use port 9001\n" in text
    for typed in ("8000", "logs/", "state/\n", "tracker.chat"):
        assert typed not in text.replace("planted-state/", "")
