"""Reactions: which tags make one, and how many are kept."""

from __future__ import annotations

import pytest

from chatcore.state.reactions import MAX_OF_ONE, MAX_REACTIONS, MAX_TAG_BYTES, Reaction, has_room, reaction_in, value_of

_SEQUENCE = "0123456789"
_MSGID = f"0000000000050000{_SEQUENCE}"


@pytest.mark.parametrize("reply", ["+reply", "+draft/reply"])
@pytest.mark.parametrize(("tag", "is_taken_back"), [("+draft/react", False), ("+draft/unreact", True)])
@pytest.mark.parametrize("value", ["lol", "👋", ""])
def test_a_reaction_is_to_a_message(reply: str, tag: str, is_taken_back: bool, value: str) -> None:
    """> this tag MUST be used in conjunction with the +reply client tag."""
    tags = [(reply, _MSGID), (tag, value), ("+x", "y")]
    assert reaction_in(tags, _SEQUENCE) == Reaction(5 << 16, value, is_taken_back)
    assert value_of(dict(tags)) == (value, is_taken_back)


@pytest.mark.parametrize(
    "tags",
    [
        {"+draft/react": "lol"},
        {"+reply": _MSGID},
        {"+reply": _MSGID, "+draft/react": "a", "+draft/unreact": "a"},
        {"+reply": "nonsense", "+draft/react": "lol"},
        {"+reply": "0" * 26, "+draft/react": "lol"},
        {"+reply": _MSGID, "+draft/react": "x" * MAX_TAG_BYTES},
    ],
)
def test_other_tags_are_no_reaction(tags: dict[str, str]) -> None:
    """> The +draft/react and +draft/unreact tags MUST NOT both be attached to a single message."""
    assert reaction_in(tags.items(), _SEQUENCE) is None


def test_one_author_cannot_use_up_a_messages_reactions() -> None:
    assert has_room([], "ann")
    assert has_room(["ann"] * (MAX_OF_ONE - 1), "ann")
    assert not has_room(["ann"] * MAX_OF_ONE, "ann")
    assert has_room(["ann"] * MAX_OF_ONE, "bob")
    assert not has_room(map(str, range(MAX_REACTIONS)), "bob")
