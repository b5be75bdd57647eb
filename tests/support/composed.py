"""Messages of several lines: generated, and as a client sends and reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hypothesis import strategies as st

from chatcore.protocol.message import Message
from chatcore.protocol.multiline import BATCH_TYPE, CONCAT_TAG, Part
from tests.support.batches import split_batches

CAPS = "draft/multiline batch message-tags"
_LINES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0\x01"), max_size=30)


def _is_possible(parts: list[Part]) -> bool:
    return any(part.text for part in parts) and not parts[0].is_joined


PARTS = st.lists(
    st.builds(Part, _LINES, st.just(False)) | st.builds(Part, _LINES.filter(bool), st.just(True)),
    min_size=2,
    max_size=6,
).filter(_is_possible)
"""What a client may send in one batch, two lines at least."""


def batch_lines(parts: Iterable[Part], target: str, *, name: str = "1", command: str = "PRIVMSG") -> list[str]:
    """Return what a client sends for a message."""
    inside = [
        f"@batch={name}{';' + CONCAT_TAG if part.is_joined else ''} {command} {target} :{part.text}" for part in parts
    ]
    return [f"BATCH +{name} {BATCH_TYPE} {target}", *inside, f"BATCH -{name}"]


def parts_of(messages: Sequence[Message]) -> list[Part]:
    """Return the parts in the lines of one batch."""
    return [Part(message.params[-1], CONCAT_TAG in message.tags) for message in messages]


def whole(seen: list[Message]) -> tuple[Message, list[Part]]:
    """Return the beginning of the one message of several lines among the messages, and its parts."""
    (found,) = (batch for batch in split_batches(seen)[0] if batch.kind == BATCH_TYPE)
    return found.opening, parts_of(found.inside)
