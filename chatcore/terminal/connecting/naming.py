"""A name is claimed, and another one, until the tracker takes it."""

from __future__ import annotations

from chatcore.protocol.invitations import parse_invitation
from chatcore.protocol.message import Message
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.questions import Questions
from chatcore.terminal.connecting.turned_away import NickRefused

NAME_RETRIES = 3
NAME_PAUSE_S = 2.0
"""How often, and after which pause, a name is tried again that a lost connection of one's own may still have."""

_PERHAPS_OWN = (
    "{name} is taken, perhaps by a lost connection of yours. Trying again in {pause_s:.0f} s (Enter: another name) "
)


def claim(handshake: Handshake, name: str, questions: Questions, not_a_name: str, retries: int = 0) -> Message | None:
    """Return the welcome; None to try another name, as the person was told why this one was refused.

    `not_a_name` is told of an invitation. If the name is taken, it is tried again so often. Raises Refused,
    WrongPassword, and what `questions` do.
    """
    if parse_invitation(name) is not None:  # everybody would read it
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
