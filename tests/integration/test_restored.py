"""A snapshot restored in another tracker: registry, view and log agree there, and continue."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatcore.cluster.registry_snapshot import registry_state, restore_registry
from chatcore.cluster.snapshot import decode, encode
from chatcore.server.outgoing.restoration import ViewState
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from chatcore.state.facts import Quit, Said
from chatcore.state.registry_state import RegistryState
from chatcore.transport.remote import RemoteConnection
from tests.support.agreement import disagreements
from tests.support.sasl_client import plain
from tests.support.trackers import Hosted, hosted_tracker

_KINDS = {"registry": RegistryState, "view": ViewState}
_CAPS = "sasl echo-message server-time message-tags batch draft/metadata-3 draft/read-marker"


def _snapshot(hosted: Hosted) -> bytes:
    """Return the snapshot of a tracker at rest."""
    tracker = hosted.tracker
    return encode({"registry": registry_state(tracker.registry), "view": tracker.delivery.state()})


def _populate(hosted: Hosted) -> None:
    hosted.tracker.keys.accounts.add("amy", "pw")
    hosted.tracker.keys.accounts.add("zoe", "pw")
    ann, bob = hosted.client("ann", "#a", "#b", caps=_CAPS), hosted.client("bob", "#a")
    ann.command(*plain("amy", "pw"), "TOPIC #a :tea", "MODE #a +sk tea", "MODE ann +iwB", "AWAY :tea", "MONITOR + bob")
    ann.command("METADATA * SET url x", "METADATA #a SET url y", "METADATA * SUB url", "RENAME #b #c", "NICK anna")
    ann.command("PRIVMSG bob :hi", "PRIVMSG zoe :hi", "PRIVMSG #a :hi", "MODE #a +v bob")
    ann.command("MARKREAD #a timestamp=2026-01-01T00:00:00.000Z")
    bob.command("PRIVMSG anna :hi", "METADATA * SET url z")
    for client in (ann, bob):
        client.sync()


def test_a_tracker_restored_from_a_snapshot_continues(
    tmp_path: Path, hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    _populate(hosted)
    data = _snapshot(hosted)
    with hosted_tracker(tmp_path / "other") as other:
        tracker = other.tracker
        monkeypatch.setattr(tracker.attendance, "enter", lambda event: RemoteConnection())
        parts = decode(data, _KINDS)
        restore_registry(
            tracker.registry, parts["registry"], lambda id_, host, port: Client(id_, host, port, Credit(1))
        )
        tracker.delivery.restore(parts["registry"], parts["view"], 1)
        assert _snapshot(other) == data
        assert disagreements(tracker) == []
        anna, bob = tracker.registry.client("anna"), tracker.registry.client("bob")
        assert anna is not None
        assert bob is not None
        tracker.publish(Said(anna.id, "#a", "PRIVMSG", "still here"), Quit(bob.id, "over", is_lost=False))
        assert " message #a anna :still here\n" in other.log_text()
        assert f" quit bob {bob.address} :over\n" in other.log_text()
        assert tracker.delivery.state().waiting[0][1][0].rest == "PRIVMSG zoe :hi"
