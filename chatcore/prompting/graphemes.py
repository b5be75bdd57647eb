"""Keys that edit the line being typed by graphemes, which people call characters.

A grapheme is an extended grapheme cluster of https://www.unicode.org/reports/tr29/, such as a flag or an accented
letter. prompt_toolkit itself works with code points. All of this runs in a prompt's event loop.
"""

from __future__ import annotations

from prompt_toolkit.application import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, has_focus, has_selection
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from wcwidth import grapheme_boundary_before, iter_graphemes

keys = KeyBindings()
"""They take precedence over prompt_toolkit's own."""

is_typing = has_focus(DEFAULT_BUFFER) & ~has_selection


@Condition
def _has_text() -> bool:
    return bool(get_app().current_buffer.text)


def start_before(text: str, position: int) -> int:
    """Return where the grapheme before `position` begins; 0 at the start of the text."""
    return grapheme_boundary_before(text, position) if position > 0 else 0


def end_after(text: str, position: int) -> int:
    """Return where the grapheme at `position` ends; the length of the text at its end."""
    start = start_before(text, position)
    end = start + len(next(iter_graphemes(text[start:]), ""))
    return end if end > position else position + len(next(iter_graphemes(text[position:]), ""))


def edit_by_graphemes(buffer: Buffer) -> None:
    """Make every movement end between graphemes and every deletion take whole ones, also by words and lines."""
    text, position = buffer.text, buffer.cursor_position
    delete_before, delete_after = buffer.delete_before_cursor, buffer.delete

    def moved(_: Buffer) -> None:
        nonlocal text, position
        is_edit, before = buffer.text != text, position  # typed text may be part of a grapheme
        text, position = buffer.text, buffer.cursor_position
        start = start_before(text, position)
        end = end_after(text, start)
        if not is_edit and start < position < end:
            buffer.cursor_position = start if position < before else end

    def delete_whole_before(count: int = 1) -> str:
        start = buffer.cursor_position - count
        return delete_before(buffer.cursor_position - start_before(buffer.text, start + 1)) if count else ""

    def delete_whole_after(count: int = 1) -> str:
        end = buffer.cursor_position + count
        return delete_after(end_after(buffer.text, end - 1) - buffer.cursor_position) if count else ""

    buffer.on_cursor_position_changed += moved
    # Replaced, because prompt_toolkit has no other way to change what its own keys delete.
    buffer.delete_before_cursor = delete_whole_before  # type: ignore[method-assign]
    buffer.delete = delete_whole_after  # type: ignore[method-assign]


@keys.add("backspace", filter=is_typing)
def _backspace(event: KeyPressEvent) -> None:
    buffer = event.current_buffer
    for _ in range(event.arg):
        buffer.delete_before_cursor()


@keys.add("delete", filter=is_typing)
@keys.add("c-d", filter=is_typing & _has_text)
def _delete(event: KeyPressEvent) -> None:
    buffer = event.current_buffer
    for _ in range(event.arg):
        buffer.delete()


@keys.add("left", filter=is_typing)
@keys.add("c-b", filter=is_typing)
def _left(event: KeyPressEvent) -> None:
    buffer = event.current_buffer
    for _ in range(event.arg):
        buffer.cursor_position = start_before(buffer.text, buffer.cursor_position)


@keys.add("right", filter=is_typing)
@keys.add("c-f", filter=is_typing)
def _right(event: KeyPressEvent) -> None:
    buffer = event.current_buffer
    for _ in range(event.arg):
        buffer.cursor_position = end_after(buffer.text, buffer.cursor_position)


@keys.add("c-t", filter=is_typing)
def _swap(event: KeyPressEvent) -> None:
    """Swap the graphemes around the cursor; at the end of the line, the last two."""
    buffer = event.current_buffer
    text = buffer.text
    if buffer.cursor_position == 0:
        return
    end = end_after(text, buffer.cursor_position)
    middle = start_before(text, end)
    start = start_before(text, middle)
    buffer.document = Document(text[:start] + text[middle:end] + text[start:middle] + text[end:], end)
