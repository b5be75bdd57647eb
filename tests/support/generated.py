"""Shared by the tests with generated input: their settings, and the text that a message can carry."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

from tests.support.thorough import examples

PROPERTY = settings(max_examples=examples(60))

CONTENT = st.characters(codec="utf-8", exclude_characters="\r\n\0")
"""Any character that may stand in a message."""

WORD = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0 "), min_size=1, max_size=12)
"""Text without spaces, which is what sources, commands and parameters are made of."""
