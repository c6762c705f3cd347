"""A person is forgotten in every workflow that has an object of theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leadstate.domain.history import HistoryKind
from leadstate.domain.values import FieldType
from leadstate.service.audit.proving import audit
from leadstate.service.backup import backup
from leadstate.service.erase import (
    erase,
    preview,
    wanted_object,
    wanted_record,
    wanted_value,
)
from leadstate.store import RecordStatus, open_store
from leadstate.store.restoring import glimpse, take_over

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from two_crms import Relay

    from leadstate.service.app import App
    from leadstate.service.erase import ErasureRequest

WAYS = {
    "record": lambda relay: wanted_record(relay.app, relay.record("1").record.id),
    "email": lambda relay: wanted_value(relay.beside[0], FieldType.EMAIL, "p1@x.de"),
    "object": lambda relay: wanted_object(relay.beside[1], "hub", "1"),
}


@pytest.fixture(name="relay")
def _relay(relay_of: Callable[..., Relay]) -> Relay:
    """Three workflows that look at two contacts."""
    relay = relay_of(shared=True)
    for one in ("1", "2"):
        relay.hub.create(
            one, email=f"p{one}@x.de", name=f"P{one}", stage="mql", budget="3"
        )
    relay.work()
    return relay


def _told(app: App, id_: str) -> tuple[str, RecordStatus, int, list[str]]:
    """Return of a contact's record: its id, status, open visits, and how it ended."""
    with app.store.read() as view:
        link = view.links.get_many("hub", "contacts", [id_])[id_]
        assert link.record_id is not None
        row = view.records.get(link.record_id, app.lifecycle.fields)
        visits = view.visits.of(link.record_id)
        rows = view.history.of(link.record_id)
    assert row is not None
    ends = [one for one in rows if one.kind is HistoryKind.ERASED]
    assert all(one.from_stage == row.record.stage for one in ends)
    still = sum(one.left_by is None for one in visits)
    return link.record_id, row.status, still, [one.actor for one in ends]


def _check_forgotten(relay: Relay, actor: str) -> None:
    """The first contact has ended everywhere, and told of it once; the second lives."""
    for app in relay.apps:
        assert (RecordStatus.ERASED, 0, [actor]) == _told(app, "1")[1:]
        assert (RecordStatus.ACTIVE, 1, []) == _told(app, "2")[1:]
    found = audit(*relay.apps)
    assert (0, ()) == (found.total, found.faults)


@pytest.mark.parametrize("way", WAYS)
def test_every_record_of_a_person_ends(relay: Relay, way: str) -> None:
    """However the person is named, and whichever workflow is asked."""
    wanted: ErasureRequest = WAYS[way](relay)

    erase(relay.app, wanted, actor="dpo")

    _check_forgotten(relay, "dpo")


def test_what_would_be_destroyed_is_shown_with_its_workflow(relay: Relay) -> None:
    """Before anything is."""
    expected = {_told(app, "1")[0]: app.name for app in relay.apps}

    shown = preview(relay.app, wanted_record(relay.app, _told(relay.app, "1")[0]))

    assert expected == shown.workflows
    assert () == shown.others
    assert (RecordStatus.ACTIVE, 1, []) == _told(relay.app, "1")[1:]


def test_a_privacy_deletion_in_the_crm_is_told_once_a_record(relay: Relay) -> None:
    """Each workflow hears of it; whoever is first ends them all."""
    relay.hub.delete("1", erase=True)
    relay.work()

    _check_forgotten(relay, "hub")


def test_a_forgotten_person_is_taken_in_by_no_workflow(relay: Relay) -> None:
    """The contact that the CRM still shows stays outside, whoever polls."""
    erase(relay.app, wanted_object(relay.app, "hub", "1"), actor="dpo")

    relay.hub.edit("1", need="to be called")
    relay.work()
    relay.poll()
    relay.work(told=False)

    _check_forgotten(relay, "dpo")


def test_an_audit_compares_the_visits_of_every_workflow(relay: Relay) -> None:
    """And finds the one that was forged in another workflow than the first."""
    record_id = _told(relay.beside[1], "1")[0]
    with relay.app.store.begin() as work:
        work.connection.exec_driver_sql(
            "UPDATE visit SET stage = 'done' WHERE record_id = ?", (record_id,)
        )
        work.commit()

    found = audit(*relay.apps)

    assert any(
        one.part == "visit" and record_id in one.text for one in found.derived or ()
    )


def test_a_restore_forgets_a_person_again_in_every_workflow(
    relay: Relay, tmp_path: Path
) -> None:
    """The backup has the person still, and each record's history tells of it anew."""
    file = tmp_path / "backup.db"
    backup(relay.app, file)
    erase(relay.app, wanted_object(relay.app, "hub", "1"), actor="dpo")

    new = open_store(f"sqlite:///{file}")
    with glimpse(relay.app.store.path) as old:
        now = relay.clock.now()
        take_over(new, old, identifying=("email",), actor="ops", now=now)
    relay.app.store.close()
    relay.app, *beside = (replace(app, store=new) for app in relay.apps)
    relay.beside = tuple(beside)

    _check_forgotten(relay, "ops")
