"""A question answered by one key."""

from __future__ import annotations

from collections.abc import Collection

from prompt_toolkit import PromptSession
from prompt_toolkit.history import DummyHistory
from prompt_toolkit.key_binding import KeyBindings, KeyBindingsBase, KeyPressEvent, merge_key_bindings
from prompt_toolkit.keys import Keys

from chatcore.prompting.terminal import Terminal


def choice_prompt(
    question: str,
    letters: Collection[str],
    more_keys: KeyBindingsBase,
    terminal: Terminal,
    *,
    default: str,
    refusal: str,
) -> PromptSession[str]:
    """Return a prompt that ends with one of the letters; Enter is the default, Escape and Ctrl+C the refusal."""
    return PromptSession(
        question,
        history=DummyHistory(),
        key_bindings=merge_key_bindings([_answers(letters, default, refusal), more_keys]),
        erase_when_done=True,
        input=terminal.input,
        output=terminal.output,
    )


def _answers(letters: Collection[str], default: str, refusal: str) -> KeyBindings:
    keys = KeyBindings()

    def end_with(letter: str, *pressed: str) -> None:
        for key in pressed:
            keys.add(key)(lambda event: event.app.exit(result=letter))

    for letter in letters:
        end_with(letter, letter, letter.upper())
    end_with(default, "enter")
    end_with(refusal, "escape", "c-c", "c-d")

    @keys.add(Keys.Any)
    @keys.add(Keys.BracketedPaste)
    def _ignore(_: KeyPressEvent) -> None:
        """Ignore all other keys, and pastes."""

    return keys
