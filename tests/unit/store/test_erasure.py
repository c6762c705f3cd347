"""Forgetting a person leaves the history and none of the values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.domain.clock import Pause
from leadstate.store import (
    ApprovalItem,
    ApprovalState,
    Assignment,
    DeadLetterItem,
    Door,
    EventRow,
    FieldChange,
    Forgetting,
    OutboxState,
)

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Make
    from leadstate.store import Store, Work

PLANTED = "planted-4711@person.example"


def _keep_a_person(store: Store, make: type[Make]) -> None:
    with store.begin() as work:
        person = make.new("r1", email=PLANTED, need=f"call {PLANTED}")
        work.records.add([replace(person, owner="ann")])
        link = make.link("7", "r1", remote_properties={"email": PLANTED})
        work.links.save([link])
        entry = make.entry("r1", receipt={"candidates": [{"observed": PLANTED}]})
        work.history.append([entry])
        changed = FieldChange(
            record_id="r1",
            field="email",
            old=None,
            new=PLANTED,
            changed_at=None,
            learnt_at=make.noon,
        )
        work.field_changes.add([changed])
        happened = EventRow(
            record_id="r1",
            name="demo_requested",
            at=make.noon,
            source="hub",
            learnt_at=make.noon,
        )
        work.events.add([happened])
        work.inbox.add([make.item("k1", external_id="7", payload={"v": PLANTED})])
        work.outbox.add([make.write("t1", payload={"text": PLANTED})])
        letter = DeadLetterItem(
            door=Door.LINK,
            ref="hub:contacts:7",
            connection="hub",
            object="contacts",
            external_id="7",
            reason="unknown stage",
            detail=f"about {PLANTED}",
            at=make.noon,
        )
        work.dead_letters.put([letter])
        _keep_slas(work, make)
        work.commit()


def _keep_slas(work: Work, make: type[Make]) -> None:
    work.timers.replace({"r1": [make.timer("r1")]})
    pauses = (Pause(make.noon, make.at(5), f"asked {PLANTED}"), Pause(make.at(6)))
    work.clocks.save([make.clock("r1", pauses=pauses), make.clock("r1", sla="call")])
    (asked,) = work.approvals.ask(
        [
            ApprovalItem(
                record_id="r1",
                stage_version=0,
                transition="lose",
                asked_by="ann",
                asked_at=make.noon,
                note=f"{PLANTED} wants less",
            )
        ]
    )
    answer = f"{PLANTED} may have it"
    work.approvals.settle(asked, ApprovalState.APPROVED, "cyd", make.noon, answer)
    given = Assignment(record_id="r1", person="ann", at=make.noon)
    work.assignments.add([given])


def test_a_forgotten_person_leaves_no_byte_behind(
    store: Store, make: type[Make], tmp_path: Path
) -> None:
    """Neither the database nor its log holds the value after the next checkpoint."""
    _keep_a_person(store, make)

    with store.begin() as work:
        work.erasure.forget(Forgetting(record_id="r1"), make.noon)
        work.commit()
    store.close()

    kept = b"".join(one.read_bytes() for one in tmp_path.glob("*") if one.is_file())
    assert PLANTED.encode() not in kept


def test_forgetting_keeps_the_history_and_the_counts(
    store: Store, make: type[Make]
) -> None:
    """That something happened stays; what was observed goes."""
    _keep_a_person(store, make)

    with store.begin() as work:
        work.erasure.forget(Forgetting(record_id="r1"), make.noon)
        work.commit()

    with store.read() as view:
        row = view.records.get("r1", make.fields)
        entries = view.history.of("r1")
        assert row is not None
        assert ({}, ()) == (dict(row.record.values), row.record.happenings)
        assert [("lead", {})] == [(one.to_stage, one.receipt) for one in entries]


def test_what_was_to_be_written_about_a_forgotten_person_is_not(
    store: Store, make: type[Make]
) -> None:
    """An open write is taken back."""
    _keep_a_person(store, make)

    with store.begin() as work:
        work.erasure.forget(Forgetting(record_id="r1"), make.noon)
        work.commit()

    with store.read() as view:
        assert {OutboxState.SUPERSEDED: 1} == view.outbox.counts()


def test_nobody_waits_for_a_forgotten_person(store: Store, make: type[Make]) -> None:
    """Timers, approvals and assignments go; nobody owns the record."""
    _keep_a_person(store, make)

    with store.begin() as work:
        work.erasure.forget(Forgetting(record_id="r1"), make.noon)
        work.commit()

    with store.read() as view:
        assert 0 == view.timers.count()
        assert [] == view.approvals.listing(pending_only=False)
        assert {} == view.assignments.last(["ann"])
        assert {"ann": 0} == view.records.loads(["ann"], {"b2b": ["lead"]})


def test_forgetting_keeps_the_clocks_without_their_words(
    store: Store, make: type[Make]
) -> None:
    """How long things took stays; why somebody paused does not."""
    _keep_a_person(store, make)

    with store.begin() as work:
        work.erasure.forget(Forgetting(record_id="r1"), make.noon)
        work.commit()

    with store.read() as view:
        (accept, call) = view.clocks.of(["r1"])["r1"]
        assert (Pause(make.noon, make.at(5)), Pause(make.at(6))) == accept.pauses
        assert ("accept", "call") == (accept.sla, call.sla)


def test_other_people_are_not_touched(store: Store, make: type[Make]) -> None:
    """Only the named record and its objects are emptied."""
    _keep_a_person(store, make)
    with store.begin() as work:
        work.records.add([make.new("r2", email="other@person.example")])
        pauses = (Pause(make.noon, make.at(5), "on holiday"),)
        work.clocks.save([make.clock("r2", pauses=pauses)])
        work.timers.replace({"r2": [make.timer("r2")]})
        work.commit()

    with store.begin() as work:
        work.erasure.forget(Forgetting(record_id="r1"), make.noon)
        work.commit()

    with store.read() as view:
        row = view.records.get("r2", make.fields)
        assert row is not None
        assert "other@person.example" == row.record.values["email"]
        assert pauses == view.clocks.of(["r2"])["r2"][0].pauses
        assert ["r2"] == list(view.timers.of(["r1", "r2"]))
