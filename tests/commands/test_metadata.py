"""METADATA: who may set which values, and who may read them."""

from __future__ import annotations

import pytest

from chatcore.commands.bounds import MAX_METADATA_KEY_BYTES, MAX_METADATA_KEYS, MAX_METADATA_VALUE_BYTES
from chatcore.config import Limits
from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.protocol.names import MAX_CHANNEL_BYTES
from chatcore.server.outgoing.lines import reply_text
from chatcore.state.facts import MetadataChanged
from chatcore.state.metadata import size_bytes
from chatcore.state.notes import Noted, NoteKind
from chatcore.state.requests import RepliedInBatch
from tests.support.stage import Actor, Outcome, Stage, reply


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def alice(stage: Stage) -> Actor:
    """The operator of #room."""
    return stage.actor("alice", "#room")


@pytest.fixture
def bob(stage: Stage, alice: Actor) -> Actor:
    """A member."""
    return stage.actor("bob", "#room")


def _batch(outcome: Outcome) -> RepliedInBatch:
    (batch, *_) = outcome.events
    assert isinstance(batch, RepliedInBatch)
    return batch


def _values(actor: Actor, target: str) -> dict[str, str]:
    """Return the answer to LIST."""
    return {line[2]: line[4] for line in _batch(actor.says(f"METADATA {target} LIST")).replies}


def _failure(outcome: Outcome) -> tuple[str, ...]:
    """Return the one refusal, without its text."""
    assert outcome.events == ()
    ((command, about, *context, words),) = outcome.replies
    assert (command, about) == ("FAIL", "METADATA")
    assert words
    return tuple(context)


def test_a_client_sets_its_own_value_for_others_to_read(alice: Actor, bob: Actor) -> None:
    outcome = alice.says("METADATA * SET display-name :Alice in Chains")
    assert outcome.replies == [reply("761 alice display-name * :Alice in Chains")]
    assert outcome.events == (MetadataChanged(alice.client.id, "", "display-name", "Alice in Chains"),)
    assert _values(bob, "ALICE") == {"display-name": "Alice in Chains"}
    assert alice.says("METADATA alice SET display-name :Other").codes == ["761"]
    assert _values(alice, "*") == {"display-name": "Other"}


def test_an_empty_value_removes_the_key(alice: Actor) -> None:
    """> If the Value parameter is omitted or is an empty string, the key is removed."""
    for line in ("METADATA * SET url", "METADATA * SET url :"):
        alice.says("METADATA * SET url :x")
        outcome = alice.says(line)
        assert outcome.replies == [reply("766 alice url :Key not set")]
        assert outcome.events == (MetadataChanged(alice.client.id, "", "url", ""),)
    assert _values(alice, "*") == {}


@pytest.mark.parametrize("target", ["*", "#room"])
def test_a_set_without_effect_is_answered_but_not_published(alice: Actor, target: str) -> None:
    """> It is not an error if a client attempts to set a key to its current value or remove a nonexistent key"""
    alice.says(f"METADATA {target} SET url :x")
    assert (alice.says(f"METADATA {target} SET url :x").codes, alice.says(f"METADATA {target} SET note").codes) == (
        ["761"],
        ["766"],
    )
    assert alice.says(f"METADATA {target} SET url :x").events == ()


def test_get_answers_in_the_order_of_the_keys(alice: Actor, bob: Actor) -> None:
    alice.says("METADATA #room SET url :x")
    batch = _batch(bob.says("METADATA #ROOM get note url $x"))
    assert batch.batch == ("metadata", "#room")
    assert [line[0] for line in batch.replies] == ["766", "761", "WARN"]
    assert batch.replies[1] == ("761", "#room", "url", "*", "x")
    assert batch.replies[2][1:4] == ("METADATA", "INVALID_KEY", "$x")


@pytest.mark.parametrize("target", ["*", "#room"])
def test_clear_removes_all_keys(alice: Actor, target: str) -> None:
    name, room = ("alice", "") if target == "*" else ("#room", "#room")
    alice.says(f"METADATA {target} SET url :x")
    alice.says(f"METADATA {target} SET note :y")
    batch, *changed = alice.says(f"METADATA {target} CLEAR").events
    assert isinstance(batch, RepliedInBatch)
    assert [line[:3] for line in batch.replies] == [("766", name, "url"), ("766", name, "note")]
    assert changed == [MetadataChanged(alice.client.id, room, key, "") for key in ("url", "note")]
    assert alice.says(f"METADATA {target} CLEAR").events == (RepliedInBatch(alice.client.id, ("metadata", name), ()),)


def test_clients_cannot_set_the_values_of_others(alice: Actor, bob: Actor) -> None:
    for line, key in (("SET url :x", "url"), ("CLEAR", "*")):
        assert _failure(bob.says(f"METADATA Alice {line}")) == ("KEY_NO_PERMISSION", "alice", key)
        assert _failure(bob.says(f"METADATA #room {line}")) == ("KEY_NO_PERMISSION", "#room", key)
    assert _values(alice, "*") == _values(alice, "#room") == {}


def test_only_irc_operators_set_a_rooms_values_from_outside(stage: Stage, alice: Actor) -> None:
    carol = stage.actor("carol")
    assert _failure(carol.says("METADATA #room SET url :x")) == ("KEY_NO_PERMISSION", "#room", "url")
    stage.services.keys.operators["boss"] = "secret"
    carol.says("OPER boss secret")
    outcome = carol.says("METADATA #room SET url :x")
    assert outcome.events == (
        Noted(NoteKind.OVERRIDE, ("#room", "carol")),
        MetadataChanged(carol.client.id, "#room", "url", "x"),
    )
    assert [type(event) for event in carol.says("METADATA #room CLEAR").events] == [
        RepliedInBatch,
        Noted,
        MetadataChanged,
    ]
    assert [type(event) for event in carol.says("METADATA #room CLEAR").events] == [RepliedInBatch]


@pytest.mark.parametrize("mode", ["+i", "+k tea", "+s"])
def test_a_closed_rooms_values_are_for_its_members(stage: Stage, alice: Actor, bob: Actor, mode: str) -> None:
    alice.says("METADATA #room SET url :x")
    carol = stage.actor("carol", caps="batch draft/metadata-3")
    assert _values(carol, "#room") == {"url": "x"}
    alice.says(f"MODE #room {mode}")
    for line in ("LIST", "GET url", "SYNC"):
        assert _failure(carol.says(f"METADATA #room {line}")) == ("INVALID_TARGET", "#room")
    assert _values(bob, "#room") == {"url": "x"}
    assert _failure(carol.says("METADATA #room SET url :y"))[0] == "INVALID_TARGET" if mode == "+s" else True


def test_a_secret_room_looks_nonexistent(stage: Stage, alice: Actor) -> None:
    alice.says("MODE #room +s")
    carol = stage.actor("carol")
    for line in ("LIST", "GET url", "SET url :x", "CLEAR"):
        hidden, none = (carol.says(f"METADATA {room} {line}").replies for room in ("#room", "#none"))
        assert [(*context[:3], *context[4:]) for context in hidden] == [
            (*context[:3], *context[4:]) for context in none
        ]


@pytest.mark.parametrize("mode", ["+b m:bob", "+b bob", "+m"])
def test_a_muted_member_cannot_speak_through_values(alice: Actor, bob: Actor, mode: str) -> None:
    """Only operators can set a room's metadata, and they may always speak."""
    alice.says(f"MODE #room {mode}")
    assert _failure(bob.says("METADATA #room SET url :x")) == ("KEY_NO_PERMISSION", "#room", "url")
    alice.says("MODE #room +o bob")
    assert bob.says("METADATA #room SET url :x").codes == ["761"]
    assert bob.says("PRIVMSG #room :x").replies == []


@pytest.mark.parametrize(
    "value",
    ["a\x02b", "a\x1bb", "a\x7fb", "a\u202eb", "a\u200bb", "a\u2028b", "a\ufffdb", "x" * 301, "😀" * 76, "\x01x\x01"],
)
def test_invalid_values_are_refused(alice: Actor, value: str) -> None:
    assert _failure(alice.says(f"METADATA * SET url :{value}")) == ("INVALID_VALUE", "url")
    assert _values(alice, "*") == {}


def test_a_value_that_is_not_utf_8_is_refused(alice: Actor) -> None:
    assert _failure(alice.says(b"METADATA * SET url :caf\xe9")) == ("INVALID_VALUE", "url")


@pytest.mark.parametrize("key", ["URL", "$x", "a:b", "é", "k" * (MAX_METADATA_KEY_BYTES + 1)])
def test_invalid_keys_are_refused(alice: Actor, key: str) -> None:
    assert _failure(alice.says(f"METADATA * SET {key} :x")) == ("INVALID_KEY", key)


def test_an_unprintable_key_is_shown_as_a_star(alice: Actor) -> None:
    assert _failure(alice.says("METADATA * SET :")) == ("INVALID_KEY", "*")
    assert _failure(alice.says("METADATA * SET :two words")) == ("INVALID_KEY", "*")


@pytest.mark.parametrize(
    ("line", "context"),
    [
        ("METADATA * SNEEZE", ("INVALID_PARAMS", "SNEEZE")),
        ("METADATA * ::", ("INVALID_PARAMS", "*")),
        ("METADATA * GET", ("INVALID_PARAMS", "GET")),
        ("METADATA * set", ("INVALID_PARAMS", "SET")),
        ("METADATA * SET a b c", ("INVALID_PARAMS", "SET")),
        ("METADATA * LIST url", ("INVALID_PARAMS", "LIST")),
        ("METADATA * CLEAR url", ("INVALID_PARAMS", "CLEAR")),
        ("METADATA * SUB url", ("INVALID_PARAMS", "SUB")),
        ("METADATA * SYNC", ("INVALID_PARAMS", "SYNC")),
        ("METADATA nobody LIST", ("INVALID_TARGET", "nobody")),
        ("METADATA #none LIST", ("INVALID_TARGET", "#none")),
        ("METADATA #none SET url :x", ("INVALID_TARGET", "#none")),
        ("METADATA $a:user SET url :x", ("INVALID_TARGET", "$a:user")),
        ("METADATA *ALL LIST", ("INVALID_TARGET", "*ALL")),
    ],
)
def test_invalid_commands_and_targets_are_refused(alice: Actor, line: str, context: tuple[str, ...]) -> None:
    assert _failure(alice.says(line)) == context


def test_too_few_parameters_get_the_usual_numeric(alice: Actor) -> None:
    assert alice.says("METADATA *").codes == alice.says("METADATA").codes == ["461"]


@pytest.mark.parametrize("target", ["*", "#room"])
def test_the_number_of_keys_is_limited(alice: Actor, target: str) -> None:
    for number in range(MAX_METADATA_KEYS):
        assert alice.says(f"METADATA {target} SET k{number} :x").codes == ["761"]
    name = "alice" if target == "*" else "#room"
    assert _failure(alice.says(f"METADATA {target} SET more :x")) == (
        *("LIMIT_REACHED", "SET", name),
        str(MAX_METADATA_KEYS),
    )
    assert alice.says(f"METADATA {target} SET k1 :y").codes == ["761"]
    alice.says(f"METADATA {target} SET k2")
    assert alice.says(f"METADATA {target} SET more :x").codes == ["761"]


def test_the_total_size_is_limited_and_freed_again() -> None:
    one = size_bytes({"url": "x"})
    stage = Stage(limits=Limits(max_total_metadata_bytes=3 * one))
    alice, bob = stage.actor("alice", "#room"), stage.actor("bob")
    for line in ("METADATA * SET url :x", "METADATA #room SET url :x"):
        assert alice.says(line).codes == ["761"]
    assert bob.says("METADATA * SET url :x").codes == ["761"]
    assert stage.registry.metadata_bytes == 3 * one
    assert _failure(bob.says("METADATA * SET note :x"))[0] == "LIMIT_REACHED"
    alice.says("PART #room")
    assert stage.registry.metadata_bytes == 2 * one
    assert bob.says("METADATA * SET note :x").codes == ["761"]
    stage.leave(bob.client)
    assert stage.registry.metadata_bytes == one
    alice.says("METADATA * CLEAR")
    assert stage.registry.metadata_bytes == 0


def test_the_longest_value_fits_into_an_answer() -> None:
    stage = Stage(max_name_length=32)
    operator = stage.actor("漢" * 32, "#" + "r" * 63)
    room = "#" + "漢" * ((MAX_CHANNEL_BYTES - 1) // 3)
    operator.says(f"JOIN {room}")
    key = "k" * MAX_METADATA_KEY_BYTES
    for target, name in (("*", operator.client.nick), (room, room)):
        longest = next(
            size
            for size in range(300 if target == "*" else 210, 0, -1)  # as many bytes as fit into the command's line
            if operator.says(f"METADATA {target} SET {key} :{'x' * size}").codes == ["761"]
        )
        line = reply_text(stage.config.server_name, operator.client.nick, ("761", name, key, "*", "x" * longest))
        assert MAX_BODY_BYTES - 2 <= len(line.encode()) <= MAX_BODY_BYTES, name


def test_whois_shows_values_to_clients_with_the_capability(stage: Stage, alice: Actor) -> None:
    alice.says("METADATA * SET url :x")
    carol, dave = stage.actor("carol", caps="draft/metadata-3"), stage.actor("dave")
    assert ("760", "alice", "url", "*", "x") in carol.says("WHOIS alice").replies
    assert "760" not in dave.says("WHOIS alice").codes


def test_nothing_is_set_while_the_log_cannot_be_written(stage: Stage, alice: Actor) -> None:
    stage.services.is_log_writable = False
    assert alice.says("METADATA * SET url :x").codes == alice.says("METADATA #room CLEAR").codes == ["400"]
    assert _values(alice, "*") == {}


def test_cost_follows_the_recipients_and_the_values_sent(stage: Stage, alice: Actor) -> None:
    caps = "batch draft/metadata-3"
    crowd = [stage.actor(f"n{number}", "#room", caps=caps) for number in range(100)]
    for one in crowd:
        one.says("METADATA * SET url :x")
        one.says("METADATA * SUB url")
    assert alice.says("METADATA #room SET url :x").tokens == pytest.approx(101 / 400)
    assert alice.says("METADATA * SET url :x").tokens == pytest.approx(101 / 400)
    assert alice.says("METADATA * CLEAR").tokens >= 101 / 20
    assert crowd[0].says("METADATA #room SYNC").tokens == pytest.approx(100 / 40)
    assert crowd[0].says("METADATA *ALL SYNC").tokens == pytest.approx(100 / 40)
    stranger = stage.actor("stranger", caps=caps)
    for line in ("METADATA * SUB url note", f"MONITOR + {','.join(f'n{number}' for number in range(80))},nobody"):
        stranger.says(line)
    assert stranger.says("METADATA *ALL SYNC").tokens == pytest.approx(80 / 40)
    assert crowd[0].says("METADATA #other SYNC").tokens == 0
    assert alice.says("METADATA * GET " + "a " * 100).tokens == 2


def test_the_capability_value_lists_the_limits(stage: Stage) -> None:
    listed = " ".join(line[-1] for line in stage.stranger().says("CAP LS 302").replies).split()
    (value,) = (word.partition("=")[2] for word in listed if word.startswith("draft/metadata-3"))
    assert value.split(",")[0] == "before-connect"
    bounds = dict(token.split("=") for token in value.split(",")[1:])
    assert bounds.keys() == {"max-subs", "max-keys", "max-key-bytes", "max-value-bytes"}
    assert 0 < int(bounds["max-value-bytes"]) <= MAX_METADATA_VALUE_BYTES
    ann = stage.actor("ann", "#room")
    for target in ("*", "#room"):
        key, value = "k" * int(bounds["max-key-bytes"]), "v" * int(bounds["max-value-bytes"])
        assert ann.says(f"METADATA {target} SET {key} {value}").codes == ["761"]
