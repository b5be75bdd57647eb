"""Reasons to refuse a client, for the tests of each way in."""

from __future__ import annotations

from collections.abc import Callable

from chatcore.commands.entry_checks import Bar
from tests.support.stage import Stage

Obstacle = Callable[[Stage], object]

OBSTACLES: list[tuple[Bar, Obstacle, str]] = [
    (Bar.BAN, lambda stage: stage.services.banned.add("ann"), "You are banned"),
    (
        Bar.LOG,
        lambda stage: setattr(stage.services, "is_log_writable", False),
        "Nothing is accepted while the log cannot be written",
    ),
    (
        Bar.ACCOUNT,
        lambda stage: stage.services.keys.accounts.update(ann="secret"),
        "That username is registered: log in to its account, with SASL or --account",
    ),
    (Bar.HOLDER, lambda stage: stage.actor("Ann"), "That username is taken"),
]
"""The reason why somebody cannot come in as `ann`, and the words for it."""
