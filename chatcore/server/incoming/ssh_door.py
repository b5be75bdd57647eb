"""The door for people who come by ssh: they log in here, before a terminal client starts for them.

Refused clients get ssh's own disconnect message, which needs no library.
"""

from __future__ import annotations

from chatcore.commands.entry_checks import WRONG_PASSWORD
from chatcore.errors import Leave
from chatcore.server.incoming import ssh_login
from chatcore.server.incoming.arrival import Arrival
from chatcore.server.incoming.entered import Entered, settled
from chatcore.server.incoming.gate import Gate
from chatcore.transport.connection import Connection
from chatcore.transport.ssh import Asked, Question, SshConnection, TurningAway

NO_SSH = "This tracker does not accept ssh"
_TOO_MANY_WRONG = "Too many wrong passwords"
_MOST_NAME_CHARS = 100  # short enough for a line of IRC, where the name is refused if it is too long


def enter_by_ssh(connection: Connection, data: bytes, arrival: Arrival, gate: Gate) -> Entered:
    """Let a person in or refuse them; the connection begins with `data`. The client's thread. Raises StreamClosed."""
    return settled(TurningAway(connection), arrival, lambda: _enter(connection, data, arrival, gate))


def _enter(connection: Connection, data: bytes, arrival: Arrival, gate: Gate) -> Entered:
    refusal = gate.reception.admit(arrival.client, arrival.admission) or gate.reception.bar(arrival.client)
    if refusal is not None:
        raise Leave(refusal.words)
    if gate.ssh is None:
        raise Leave(NO_SSH)
    person = gate.ssh.receive(connection, data)
    arrival.is_encrypted = True
    arrival.set_deadline(gate.config.limits.ssh_login_timeout_s, "Login timed out")
    return settled(person, arrival, lambda: _log_in(person, arrival, gate))


def _log_in(person: SshConnection, arrival: Arrival, gate: Gate) -> Entered:
    """Answer questions until the person may chat. Raises Leave, StreamClosed."""
    attempts_left = gate.config.limits.max_failed_logins
    while (question := person.next_question()) is not None:
        if question.asked is Asked.TERMINAL:
            return _begin(person, question.name, arrival, gate)
        is_yes = _answer(question, person, arrival, gate)
        attempts_left -= question.asked is Asked.PASSWORD and not is_yes
        if not attempts_left:
            raise Leave(_TOO_MANY_WRONG)
        person.answer(is_yes=is_yes)
    return Entered(person)


def _answer(question: Question, person: SshConnection, arrival: Arrival, gate: Gate) -> bool:
    name = question.name
    if question.asked is Asked.NAME:
        is_let_in = not ssh_login.needs_proof(gate, name)
        if is_let_in:
            ssh_login.without_proof(gate, arrival)
        return is_let_in
    if question.asked is Asked.KEY:
        return ssh_login.knows_key(gate, name, question.key)
    if question.asked is Asked.PROVEN_KEY:
        answer = ssh_login.by_key(gate, arrival, name, question.key)
    else:
        answer = ssh_login.by_password(gate, arrival, name, question.password)
    if answer.words not in ("", WRONG_PASSWORD):  # ssh clients say the latter themselves
        person.remark(answer.words)
    return answer.lets_in


def _begin(person: SshConnection, name: str, arrival: Arrival, gate: Gate) -> Entered:
    """Start the chat under the account's name or the given one. If that is refused, the chat asks for another."""
    arrival.set_deadline(gate.config.limits.nick_choice_timeout_s, "Registration timed out")
    login = arrival.client.login
    nick = (login and login.account) or name
    person.begin(nick if nick.isprintable() and len(nick) <= _MOST_NAME_CHARS else "")
    person.answer(is_yes=True)
    return Entered(person, person.recv())
