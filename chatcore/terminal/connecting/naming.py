"""Claiming a name, again if a lost connection of our own may still hold it."""

from __future__ import annotations

from chatcore.protocol.invitations import parse_invitation
from chatcore.protocol.message import Message
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.questions import Questions
from chatcore.terminal.connecting.turned_away import NickRefused

NAME_RETRIES = 3
NAME_PAUSE_S = 2.0
"""How often, and after what pause, to retry a name that a lost connection of our own may still hold."""

_PERHAPS_OWN = (
    "{name} is taken, perhaps by a lost connection of yours. Trying again in {pause_s:.0f} s (Enter: another name) "
)


def claim(handshake: Handshake, name: str, questions: Questions, not_a_name: str, retries: int = 0) -> Message | None:
    """Return the welcome, or None after telling the person why the name was refused.

    `not_a_name` is shown for an invitation. A name that is taken is tried `retries` more times. Raises Refused,
    WrongPassword, and what `questions` raises.
    """
    if parse_invitation(name) is not None:  # as a name, everybody would see it
        questions.tell_refusal(not_a_name)
        return None
    while True:
        try:
            return handshake.claim(name)
        except NickRefused as error:
            if not (retries and error.is_taken):
                questions.tell_refusal(f"{name}: {error}")
                return None
            question = _PERHAPS_OWN.format(name=name, pause_s=NAME_PAUSE_S)
            if not questions.wants_to_wait(handshake, question, NAME_PAUSE_S):
                return None
            retries -= 1
