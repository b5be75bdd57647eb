"""Labeled answers and batches, taken apart and checked."""

from __future__ import annotations

from typing import NamedTuple

from chatcore.protocol.capabilities import NEGOTIABLE
from chatcore.protocol.message import Message
from tests.support.irc import IrcClient

_LEFT_OUT = ("chatcore/trackers", "draft/account-registration", "no-implicit-names")
EVERYTHING = " ".join(name for name in NEGOTIABLE if name not in _LEFT_OUT)
"""All capabilities but those that only some trackers have, and one that makes answers shorter."""

LABELS = "labeled-response batch message-tags"


class Batch(NamedTuple):
    """One batch: how it was opened, and what came in it, in order."""

    opening: Message
    inside: list[Message]

    @property
    def kind(self) -> str:
        """Return the batch's type."""
        return self.opening.params[1]


def split_batches(seen: list[Message]) -> tuple[list[Batch], list[Message]]:
    """Return the batches among messages, in the order of their beginnings, and the messages outside of them.

    Fails when a batch does not end, or a line is part of one that is not open.
    """
    open_batches: dict[str, Batch] = {}
    batches, others = [], []
    for message in seen:
        if message.command == "BATCH" and message.params[0].startswith("-"):
            assert message.params[0][1:] in open_batches, f"{message} ends a batch that is not open"
            del open_batches[message.params[0][1:]]
            continue
        reference = message.tags.get("batch")
        assert reference is None or reference in open_batches, f"{message} is in no open batch"
        if reference is not None:
            open_batches[reference].inside.append(message)
        if message.command == "BATCH":
            name = message.params[0].removeprefix("+")
            assert name not in open_batches, f"{message} is open already"
            open_batches[name] = Batch(message, [])
            batches.append(open_batches[name])
        elif reference is None:
            others.append(message)
    assert not open_batches, f"{[*open_batches]} never ended"
    return batches, others


def labeled(seen: list[Message], label: str) -> list[Message]:
    """Return the answer with this label: one message, or all those in its batch. Fails unless there is one."""
    found = [message for message in seen if message.tags.get("label") == label]
    assert len(found) == 1, f"the label {label} is on {len(found)} messages of {seen}"
    if found[0].command != "BATCH":
        return found
    batches, _ = split_batches(seen)
    return next(batch.inside for batch in batches if batch.opening is found[0])


def ask(client: IrcClient, line: str, label: str = "L") -> list[Message]:
    """Send a labeled command; return its answer. Fails if anything else came."""
    tags, _, rest = line.partition(" ") if line.startswith("@") else ("@", "", line)
    seen = client.command(f"{tags}{';' if len(tags) > 1 else ''}label={label} {rest}")
    answer = labeled(seen, label)
    _, others = split_batches(seen)
    unlabeled = [message for message in others if "label" not in message.tags]
    assert not unlabeled, f"{line} got unlabeled messages: {unlabeled}"
    return answer
